import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { KMSClient } from "@aws-sdk/client-kms";
import { SSMClient } from "@aws-sdk/client-ssm";

/** Clients of the AWS SDK for one endpoint. */
export interface Clients {
  readonly ec2: EC2Client;
  readonly ecr: ECRClient;
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly kms: KMSClient;
  readonly logs: CloudWatchLogsClient;
  readonly ssm: SSMClient;
}

/** Options of every client of the sandbox. */
export interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

/**
 * Client options for a sandbox. The access key selects the account.
 *
 * @param account 12-digit account ID. @default 111122223333
 */
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

/** An object that creates each member at its first use, because a new AWS client takes a millisecond. */
export function lazy<Members extends object>(factories: {
  readonly [Name in keyof Members]: () => Members[Name];
}): Members {
  const members = {} as Members;
  for (const name of Object.keys(factories) as (keyof Members)[])
    Object.defineProperty(members, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        const value = factories[name]();
        Object.defineProperty(members, name, { value, enumerable: true });
        return value;
      },
    });
  return members;
}

/** Functions that create the clients of the foundation's services. */
export function clientFactories(options: ClientOptions): {
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

/** The clients for a sandbox in a region. */
export function clientsFor(endpoint: string, region: string): Clients {
  return lazy(clientFactories(clientOptions(endpoint, region)));
}
