import { isUnknown, type Resource } from "../../plan/index.ts";
import {
  type HostName,
  pullThroughRuleOf,
  serviceHost,
  type Container,
  type TaskDefinition,
  type Workload,
} from "../../topology/index.ts";
import type { CheckContext } from "../engine/check.ts";
import { oncePerWorkload, type PerWorkload } from "./once-per-workload.ts";

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
  /** The name of the image's repository. */
  readonly repository?: string;
  /** True for a name of the host, such as that for IPv6, which the private DNS of its endpoint may not contain. */
  readonly isOtherName?: boolean;
  /** The pull-through cache rule by which ECR imports the image. */
  readonly importedBy?: Resource;
}

const isKnown = (definition: Workload["definition"]): definition is TaskDefinition =>
  definition !== undefined && !isUnknown(definition);

/** The connections that the tasks of a workload need. */
export const requirementsOf: PerWorkload<readonly ConnectionRequirement[]> =
  oncePerWorkload(findRequirements);

function findRequirements(
  context: CheckContext,
  workload: Workload,
): readonly ConnectionRequirement[] {
  const { definition, resource } = workload;
  if (!isKnown(definition)) return [];
  const region = context.accountAndRegion.region ?? "<region>";
  const requirements = definition.containers.flatMap((container) => [
    ...imageRequirements(context, container, region),
    ...logRequirements(container, region),
    ...secretRequirements(container, region),
  ]);
  if (resource?.value("enable_execute_command") === true)
    requirements.push({
      name: "exec",
      target: serviceHost("ssmmessages"),
      host: `ssmmessages.${region}.amazonaws.com`,
    });
  const unique = new Map(
    requirements.map((requirement) => [
      `${requirement.name}|${requirement.host}|${requirement.repository ?? ""}`,
      requirement,
    ]),
  );
  return [...unique.values()];
}

/** The name of the repository of an image in Amazon ECR. */
export function repositoryName({ repository, reference }: Container["image"]): string | undefined {
  const name = repository?.value("name");
  if (typeof name === "string") return name;
  return reference?.split("/").slice(1).join("/").split(/[:@]/)[0];
}

function imageRequirements(
  { accountAndRegion, plan }: CheckContext,
  { image }: Container,
  defaultRegion: string,
): ConnectionRequirement[] {
  if (image.kind === "public")
    return [
      {
        name: "image",
        target: { kind: "registry", name: image.registry },
        host: image.registry ?? "the image's registry",
      },
    ];
  if (image.kind !== "ecr") return [];
  const account = image.account ?? accountAndRegion.account ?? "<account>";
  const region = image.region ?? defaultRegion;
  const rule = pullThroughRuleOf(plan, image);
  return [
    {
      name: "registry",
      target: serviceHost("ecr.api"),
      host: `api.ecr.${region}.amazonaws.com`,
      region,
    },
    {
      name: "image",
      target: serviceHost("ecr.dkr"),
      host: image.host ?? `${account}.dkr.ecr.${region}.amazonaws.com`,
      ...(image.host === undefined ? {} : { isOtherName: true }),
      ...(rule ? { importedBy: rule } : {}),
      region,
      repository: repositoryName(image),
    },
    {
      name: "layers",
      target: serviceHost("s3"),
      host: `prod-${region}-starport-layer-bucket.s3.${region}.amazonaws.com`,
      region,
    },
  ];
}

const logRequirements = ({ log }: Container, region: string): ConnectionRequirement[] =>
  log?.driver === "awslogs"
    ? [
        {
          name: "logs",
          target: serviceHost("logs"),
          host: `logs.${log.region ?? region}.amazonaws.com`,
        },
      ]
    : [];

const secretRequirements = ({ secrets }: Container, region: string): ConnectionRequirement[] =>
  (["secretsmanager", "ssm"] as const)
    .filter((kind) => secrets.some((secret) => secret.kind === kind))
    .map((kind) => ({
      name: kind === "ssm" ? "parameters" : "secrets",
      target: serviceHost(kind),
      host: `${kind}.${region}.amazonaws.com`,
    }));
