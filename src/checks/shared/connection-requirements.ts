import { partitionOf } from "../../aws/index.ts";
import { isUnknown, type PlanModel, type Resource } from "../../plan/index.ts";
import {
  type AccountAndRegion,
  accountAndRegionAt,
  arnOf,
  type HostName,
  pullThroughRuleOf,
  serviceHost,
  type Container,
  type SecretReference,
  type TaskDefinition,
  type Workload,
} from "../../topology/index.ts";
import type { CheckContext } from "../engine/check.ts";
import { oncePerSubject, type PerWorkload } from "./once-per-subject.ts";
import { roleAt } from "./task-roles.ts";

/** The steps of a task's start on Fargate that need a connection, in their order. */
export type StepName = "registry" | "secrets" | "parameters" | "logs" | "image" | "layers" | "exec";

/** A connection that a task needs to start. */
export interface ConnectionRequirement {
  readonly name: StepName;
  readonly target: HostName;
  /** The DNS name, for messages. */
  readonly host: string;
  /** The region of the image's repository. */
  readonly region?: string;
  /** The region of the tasks; undefined if it is unknown. */
  readonly taskRegion?: string;
  /** The name of the image's repository. */
  readonly repository?: string;
  /** ARNs of the resources that the task uses through the connection, for the policy of its endpoint. */
  readonly resources: readonly string[];
  /** ARN of the role that uses them; undefined for a role that the plan does not manage. */
  readonly principal?: string;
  /** True for a name of the host, such as that for IPv6, which the private DNS of its endpoint may not contain. */
  readonly isOtherName?: boolean;
  /** The pull-through cache rule by which ECR imports the image. */
  readonly importedBy?: Resource;
}

/** The placeholder of an unknown name in an ARN. */
export const UNKNOWN_NAME = "<name>";

const isKnown = (definition: Workload["definition"]): definition is TaskDefinition =>
  definition !== undefined && !isUnknown(definition);

/** The connections that the tasks of a workload need. */
export const requirementsOf: PerWorkload<readonly ConnectionRequirement[]> =
  oncePerSubject(findRequirements);

function findRequirements(
  context: CheckContext,
  workload: Workload,
): readonly ConnectionRequirement[] {
  const { definition, resource, compute } = workload;
  // On an instance, the agent of Amazon ECS performs these steps, with the network of the instance.
  if (!isKnown(definition) || compute !== "fargate") return [];
  const place = resource ?? definition.resource;
  // The region of the tasks, which is not that of the plan if their provider is not the default one.
  const accountAndRegion = place
    ? accountAndRegionAt(context.plan, place)
    : context.accountAndRegion;
  const region = accountAndRegion.region ?? "<region>";
  const requirements = definition.containers.flatMap((container) => [
    ...imageRequirements(context.plan, container, accountAndRegion),
    ...logRequirements(container, accountAndRegion),
    ...secretRequirements(container, accountAndRegion),
  ]);
  if (resource?.value("enable_execute_command") === true)
    requirements.push({
      name: "exec",
      target: serviceHost("ssmmessages"),
      host: `ssmmessages.${region}.amazonaws.com`,
      resources: ["*"],
    });
  const unique = new Map<string, ConnectionRequirement>();
  for (const requirement of requirements) {
    const key = `${requirement.name}|${requirement.host}|${requirement.repository ?? ""}`;
    const resources = [...(unique.get(key)?.resources ?? []), ...requirement.resources];
    unique.set(key, { ...requirement, resources: [...new Set(resources)] });
  }
  const executionRole = principalOf(context, definition, "execution_role_arn");
  return [...unique.values()].map((requirement) => ({
    ...requirement,
    ...(accountAndRegion.region === undefined ? {} : { taskRegion: accountAndRegion.region }),
    // ECS Exec uses the task role.
    ...(requirement.name === "exec"
      ? principalOf(context, definition, "task_role_arn")
      : executionRole),
  }));
}

/** The role in an attribute of a task definition. */
function principalOf(
  context: CheckContext,
  { resource }: TaskDefinition,
  attribute: "execution_role_arn" | "task_role_arn",
): Pick<ConnectionRequirement, "principal"> {
  if (!resource) return {};
  const role = roleAt(context, resource, attribute);
  return role.kind === "managed"
    ? { principal: arnOf(role.resource, context.accountAndRegion) }
    : {};
}

/** The name of the repository of an image in Amazon ECR. */
export function repositoryName({ repository, reference }: Container["image"]): string | undefined {
  const name = repository?.value("name");
  if (typeof name === "string") return name;
  return reference?.split("/").slice(1).join("/").split(/[:@]/)[0];
}

function imageRequirements(
  plan: PlanModel,
  { image }: Container,
  accountAndRegion: AccountAndRegion,
): ConnectionRequirement[] {
  if (image.kind === "public")
    return [
      {
        name: "image",
        target: { kind: "registry", name: image.registry },
        host: image.registry ?? "the image's registry",
        resources: [],
      },
    ];
  if (image.kind !== "ecr") return [];
  const account = image.account ?? accountAndRegion.account ?? "<account>";
  const region = image.region ?? accountAndRegion.region ?? "<region>";
  const rule = pullThroughRuleOf(plan, image);
  const repository = repositoryName(image);
  const repositoryArn = image.repository
    ? arnOf(image.repository, { account, region })
    : `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${repository ?? UNKNOWN_NAME}`;
  return [
    {
      name: "registry",
      target: serviceHost("ecr.api"),
      host: `api.ecr.${region}.amazonaws.com`,
      region,
      resources: ["*"],
    },
    {
      name: "image",
      target: serviceHost("ecr.dkr"),
      host: image.host ?? `${account}.dkr.ecr.${region}.amazonaws.com`,
      ...(image.host === undefined ? {} : { isOtherName: true }),
      ...(rule ? { importedBy: rule } : {}),
      region,
      repository,
      resources: [repositoryArn],
    },
    {
      name: "layers",
      target: serviceHost("s3"),
      host: `prod-${region}-starport-layer-bucket.s3.${region}.amazonaws.com`,
      region,
      resources: [`arn:${partitionOf(region)}:s3:::prod-${region}-starport-layer-bucket/layer`],
    },
  ];
}

/** The ARN of the log group of a container. */
function logGroupArn(
  { group, region: ownRegion }: NonNullable<Container["log"]>,
  accountAndRegion: AccountAndRegion,
): string {
  const region = ownRegion ?? accountAndRegion.region ?? "<region>";
  const account = accountAndRegion.account ?? "<account>";
  if (typeof group === "object" && !isUnknown(group)) return arnOf(group, { account, region });
  return `arn:${partitionOf(region)}:logs:${region}:${account}:log-group:${group === undefined || isUnknown(group) ? UNKNOWN_NAME : group}`;
}

const logRequirements = (
  { log }: Container,
  accountAndRegion: AccountAndRegion,
): ConnectionRequirement[] =>
  log?.driver === "awslogs"
    ? [
        {
          name: "logs",
          target: serviceHost("logs"),
          host: `logs.${log.region ?? accountAndRegion.region ?? "<region>"}.amazonaws.com`,
          resources: [`${logGroupArn(log, accountAndRegion)}:log-stream:x`],
        },
      ]
    : [];

const secretRequirements = (
  { secrets }: Container,
  accountAndRegion: AccountAndRegion,
): ConnectionRequirement[] =>
  (["secretsmanager", "ssm"] as const).flatMap((kind) => {
    const ofKind = secrets.filter((secret) => secret.kind === kind);
    return ofKind.length === 0
      ? []
      : [
          {
            name: kind === "ssm" ? "parameters" : "secrets",
            target: serviceHost(kind),
            host: `${kind}.${accountAndRegion.region ?? "<region>"}.amazonaws.com`,
            resources: ofKind.map((secret) => secretArn(secret, accountAndRegion)),
          },
        ];
  });

/** The ARN of a secret or a parameter, which a container also refers to with a JSON key, or by the name of the parameter. */
function secretArn(
  { kind, resource, text = UNKNOWN_NAME }: SecretReference,
  accountAndRegion: AccountAndRegion,
): string {
  const [secret] =
    resource?.type === "aws_secretsmanager_secret_version"
      ? resource.referencesTo(["aws_secretsmanager_secret"], "secret_id").references
      : [];
  if (resource) return arnOf(secret?.resource ?? resource, accountAndRegion);
  if (text.startsWith("arn:")) return text.split(":").slice(0, 7).join(":");
  const { account = "<account>", region = "<region>" } = accountAndRegion;
  const name = kind === "ssm" ? `parameter/${text.replace(/^\//, "")}` : `secret:${text}`;
  return `arn:${partitionOf(region)}:${kind}:${region}:${account}:${name}`;
}
