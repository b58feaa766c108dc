import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { KMSClient } from "@aws-sdk/client-kms";
import { SSMClient } from "@aws-sdk/client-ssm";

/** AWS's own clients, all looking at one endpoint. */
export interface Clients {
  readonly ec2: EC2Client;
  readonly ecr: ECRClient;
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly kms: KMSClient;
  readonly logs: CloudWatchLogsClient;
  readonly ssm: SSMClient;
}

/** What every client of the sandbox is made with. */
export interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

/** The account is chosen by the access key. */
export function clientOptions(
  endpoint: string,
  region: string,
  account = "111122223333",
): ClientOptions {
  return {
    endpoint,
    region,
    credentials: { accessKeyId: account, secretAccessKey: "sandbox" },
    maxAttempts: 1,
  };
}

/** An object whose members are made at their first use: to make an AWS client takes a millisecond. */
export function lazy<Members extends object>(makers: {
  readonly [Name in keyof Members]: () => Members[Name];
}): Members {
  const members = {} as Members;
  for (const name of Object.keys(makers) as (keyof Members)[])
    Object.defineProperty(members, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        const value = makers[name]();
        Object.defineProperty(members, name, { value, enumerable: true });
        return value;
      },
    });
  return members;
}

/** How the clients of the foundation's services are made. */
export function clientMakers(options: ClientOptions): {
  readonly [Name in keyof Clients]: () => Clients[Name];
} {
  return {
    ec2: () => new EC2Client(options),
    ecr: () => new ECRClient(options),
    ecs: () => new ECSClient(options),
    elb: () => new ElasticLoadBalancingV2Client(options),
    kms: () => new KMSClient(options),
    logs: () => new CloudWatchLogsClient(options),
    ssm: () => new SSMClient(options),
  };
}

export function clientsFor(endpoint: string, region: string): Clients {
  return lazy(clientMakers(clientOptions(endpoint, region)));
}
