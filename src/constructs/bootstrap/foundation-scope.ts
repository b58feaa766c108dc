import { formatArn, partitionOf } from "../../aws/index.ts";
import type { FoundationOptions, ProjectOptions, WorkloadOptions } from "../../config/index.ts";
import { repositoryArn } from "../service/foundation-reference.ts";
import { stateObjectKey, workloadStateKey } from "../synth/foundation-stack.ts";

/** The names of a foundation's resources and of its state in an account. They limit what its roles may access. */
export interface FoundationScope {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly logGroup: string;
  /** The image repository; undefined if the config uses an existing one. */
  readonly repository: string | undefined;
  /** ARN of the image repository, new or existing. */
  readonly imageRepositoryArn: string;
  /** Names of the services and jobs. */
  readonly services: readonly string[];
  /** Whether the pipeline builds the image of a service or job. */
  readonly buildsImages: boolean;
  /** ARNs of the secrets in Secrets Manager that services and jobs read. */
  readonly secretArns: readonly string[];
  /** ARNs of existing resources in the config: the VPC with its subnets and route tables, and the key. */
  readonly existingArns: readonly string[];
  /** The SSM parameter with the published outputs. */
  readonly parameter: string;
  readonly state: {
    readonly bucket: string;
    readonly key: string;
    /** Keys of the states of services and jobs, with wildcards for their names. */
    readonly serviceKeys: readonly string[];
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

/**
 * ARNs of the secrets that the containers of services and jobs read. Secrets Manager appends six characters to a name. Source: AWS
 * Secrets Manager User Guide, "What's in a Secrets Manager secret?".
 */
function secretArnsOf(
  workloads: readonly WorkloadOptions[],
  { region, account }: { readonly region: string; readonly account: string },
): readonly string[] {
  const containers = workloads.flatMap(({ sidecars = {}, ...main }) => [
    main,
    ...Object.values(sidecars),
  ]);
  const arns = containers.flatMap(({ secrets = {} }) =>
    Object.values(secrets).flatMap((reference) => {
      if (!("secret" in reference)) return [];
      const { secret } = reference;
      return secret.startsWith("arn:")
        ? secret
        : formatArn("secretsmanager", region, account, `secret:${secret}-??????`);
    }),
  );
  return [...new Set(arns)].sort();
}

/** The scope of a config's foundation. It requires an account and a state bucket, because the roles are limited to them. */
export function foundationScopeOf(
  options: FoundationOptions & ProjectOptions & { readonly account: string },
  bucket: string,
): FoundationScope {
  const { name, region, account, logs, repository = {}, publish } = options;
  const workloads = [
    ...Object.values(options.services ?? {}),
    ...Object.values(options.jobs ?? {}),
  ];
  return {
    name,
    region,
    account,
    logGroup: logs?.name ?? `/ecs/${name}`,
    repository: "url" in repository ? undefined : (repository.name ?? name),
    imageRepositoryArn: repositoryArn(options, account),
    services: [...Object.keys(options.services ?? {}), ...Object.keys(options.jobs ?? {})],
    buildsImages: workloads.some(({ image }) => typeof image === "object" && "build" in image),
    secretArns: secretArnsOf(workloads, { region, account }),
    existingArns: existingArnsOf(options),
    parameter: typeof publish === "string" ? publish : `/berth/${name}`,
    state: {
      bucket,
      key: stateObjectKey(options),
      serviceKeys: (["services", "jobs"] as const).map((kind) =>
        workloadStateKey(options, kind, "*"),
      ),
      region: options.state?.region ?? region,
      ...(options.state?.kmsKeyArn === undefined ? {} : { kmsKeyArn: options.state.kmsKeyArn }),
    },
  };
}
