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

export function clientsFor(endpoint: string, region: string): Clients {
  const options = clientOptions(endpoint, region);
  return {
    ec2: new EC2Client(options),
    ecr: new ECRClient(options),
    ecs: new ECSClient(options),
    elb: new ElasticLoadBalancingV2Client(options),
    kms: new KMSClient(options),
    logs: new CloudWatchLogsClient(options),
    ssm: new SSMClient(options),
  };
}
