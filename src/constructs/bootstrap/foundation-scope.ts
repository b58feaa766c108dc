import { partitionOf } from "../../aws/index.ts";
import type { FoundationOptions, ProjectOptions } from "../../config/index.ts";
import { stateObjectKey } from "../synth/foundation-stack.ts";

/** The names of a foundation's resources and of its state in an account. They limit what its roles may access. */
export interface FoundationScope {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly logGroup: string;
  /** The image repository; undefined if the config uses an existing one. */
  readonly repository: string | undefined;
  /** ARNs of existing resources in the config: the VPC with its subnets and route tables, and the key. */
  readonly existingArns: readonly string[];
  /** The SSM parameter with the published outputs. */
  readonly parameter: string;
  readonly state: {
    readonly bucket: string;
    readonly key: string;
    readonly region: string;
    /** ARN of the key that encrypts the state. @default the key that bootstrap creates */
    readonly kmsKeyArn?: string;
  };
}

/** An EC2 ARN for any account: another account can own a shared subnet, and EC2 IDs are unique across accounts. */
const ec2Arn = (region: string, kind: string, id: string): string =>
  `arn:${partitionOf(region)}:ec2:${region}:*:${kind}/${id}`;

function existingArnsOf({ region, network = {}, key = {} }: FoundationOptions): string[] {
  const arnsOf = (kind: string, ids: readonly string[] = []): string[] =>
    ids.map((id) => ec2Arn(region, kind, id));
  return [
    ...("vpcId" in network
      ? [
          ...arnsOf("vpc", [network.vpcId]),
          ...arnsOf("subnet", network.privateSubnetIds),
          ...arnsOf("route-table", network.routeTableIds),
        ]
      : []),
    ...("arn" in key ? [key.arn] : []),
  ];
}

/** The scope of a config's foundation. It requires an account and a state bucket, because the roles are limited to them. */
export function foundationScopeOf(
  options: FoundationOptions & ProjectOptions & { readonly account: string },
  bucket: string,
): FoundationScope {
  const { name, region, account, logs, repository = {}, publish } = options;
  return {
    name,
    region,
    account,
    logGroup: logs?.name ?? `/ecs/${name}`,
    repository: "url" in repository ? undefined : (repository.name ?? name),
    existingArns: existingArnsOf(options),
    parameter: typeof publish === "string" ? publish : `/berth/${name}`,
    state: {
      bucket,
      key: stateObjectKey(options),
      region: options.state?.region ?? region,
      ...(options.state?.kmsKeyArn === undefined ? {} : { kmsKeyArn: options.state.kmsKeyArn }),
    },
  };
}
