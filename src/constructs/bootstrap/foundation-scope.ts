import { partitionOf } from "../../aws/regions.ts";
import type { FoundationOptions, ProjectOptions } from "../../config/options.ts";
import { stateObjectKey } from "../synth/foundation-stack.ts";

/** What names a foundation and its state in an account: all that its roles may touch. */
export interface FoundationScope {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly logGroup: string;
  /** The image repository; undefined where it is somebody else's. */
  readonly repository: string | undefined;
  /** ARNs of what the config names as there already: its VPC with subnets and route tables, its key. */
  readonly existingArns: readonly string[];
  /** The parameter that the outputs are published in. */
  readonly parameter: string;
  readonly state: {
    readonly bucket: string;
    readonly key: string;
    readonly region: string;
    /** ARN of the key that encrypts the state, where it is not the one that bootstrap makes. */
    readonly kmsKeyArn?: string;
  };
}

/** Ids of EC2's are unique in AWS: a subnet may be shared by another account, which nobody says here. */
const ec2Arn = (region: string, kind: string, id: string): string =>
  `arn:${partitionOf(region)}:ec2:${region}:*:${kind}/${id}`;

function existingArnsOf({ region, network = {}, key = {} }: FoundationOptions): string[] {
  const named = (kind: string, ids: readonly string[] = []): string[] =>
    ids.map((id) => ec2Arn(region, kind, id));
  return [
    ...("vpcId" in network
      ? [
          ...named("vpc", [network.vpcId]),
          ...named("subnet", network.privateSubnetIds),
          ...named("route-table", network.routeTableIds),
        ]
      : []),
    ...("arn" in key ? [key.arn] : []),
  ];
}

/** Where a config's foundation stands. Account and state must be said: there is nothing to guard without. */
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
