import type { PlanModel } from "../plan/plan-model.ts";
import { isUnknown, Unknown } from "../plan/unknown.ts";
import type { AttributePath, Resource } from "../plan/resource.ts";
import { isJson, type Json, jsonsOf, textOf } from "../plan/plan-json.ts";
import { accountAndRegionOf } from "./iam-policies.ts";
import { TARGET_GROUPS } from "./load-balancers.ts";
import { GROUPS, groupsAt } from "./security-groups.ts";
import { type PartiallyKnown, type Subnet, SUBNETS, subnetsIn } from "./subnets.ts";

export const DEFINITIONS: readonly string[] = ["aws_ecs_task_definition"];

/** Where an image comes from. */
export interface Image {
  readonly text: string | undefined;
  readonly kind: "ecr" | "public" | "unknown";
  /** The repository, where it is one of ECR's: a resource, or its name and account. */
  readonly repository?: Resource;
  readonly account?: string;
  readonly region?: string;
  readonly registry?: string;
}

export interface LogTarget {
  readonly driver: string;
  readonly group?: Resource | string | Unknown;
  readonly region?: string;
  readonly creates: boolean;
}

export interface SecretTarget {
  readonly kind: "secretsmanager" | "ssm" | "unknown";
  readonly resource?: Resource;
  readonly text?: string;
}

/** What a container asks for before it runs. */
export interface Container {
  readonly name: string | undefined;
  /** As it is written; undefined where the definition is not known as a whole. */
  readonly json: Json | undefined;
  readonly image: Image;
  readonly log: LogTarget | undefined;
  readonly secrets: readonly SecretTarget[];
  readonly environmentFiles: readonly (string | Unknown)[];
  readonly ports: readonly number[] | undefined;
}

/** A task definition. */
export interface TaskDefinition {
  /** The resource; undefined for a probe. */
  readonly resource: Resource | undefined;
  readonly containers: readonly Container[];
  /** What keeps the containers from being known. */
  readonly unknown?: Unknown;
}

export interface TargetGroupBinding {
  readonly groups: readonly Resource[];
  readonly externalIds: readonly string[];
  readonly unknown: readonly Unknown[];
  readonly container: string | Unknown | undefined;
  readonly port: number | Unknown | undefined;
}

/** Tasks and where they stand. */
export interface Workload {
  readonly kind: "service" | "task set" | "schedule" | "probe";
  readonly resource: Resource | undefined;
  readonly name: string;
  readonly subnets: PartiallyKnown<Subnet>;
  readonly groups: PartiallyKnown<string>;
  readonly isPublic: boolean | Unknown;
  readonly definition: TaskDefinition | Unknown | undefined;
  readonly bindings: readonly TargetGroupBinding[];
  readonly desired: number | Unknown;
}

const ECR =
  /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^@]+?)(?::[^:/@]*)?(?:@.*)?$/;

/** The registry of an image that is not ECR's. Source: Docker's reference grammar. */
export function registryOf(image: string): string {
  const [first = ""] = image.split("/");
  return image.includes("/") && /[.:]|^localhost$/.test(first) ? first : "registry-1.docker.io";
}

function imageOf(plan: PlanModel, text: string): Image {
  const [, account, region, name] = ECR.exec(text) ?? [];
  if (account !== undefined && region !== undefined) {
    const repository = plan
      .resourcesOfType("aws_ecr_repository")
      .find(
        (ecrRepository) =>
          ecrRepository.values["name"] === name &&
          (ecrRepository.values["registry_id"] ?? accountAndRegionOf(plan).account) === account,
      );
    return { text, kind: "ecr", account, region, ...(repository ? { repository } : {}) };
  }
  return { text, kind: "public", registry: registryOf(text) };
}

const arnService = (text: string): string => text.split(":")[2] ?? "";

function secretOf(plan: PlanModel, from: string): SecretTarget {
  const isSecret = arnService(from) === "secretsmanager";
  const bare = isSecret ? from.split(":").slice(0, 7).join(":") : from;
  const resource = plan
    .resourcesOfType("aws_secretsmanager_secret", "aws_ssm_parameter")
    .find(
      (secretOrParameter) =>
        secretOrParameter.values["arn"] === bare ||
        (!isSecret && secretOrParameter.values["name"] === from),
    );
  return {
    kind: isSecret ? "secretsmanager" : "ssm",
    text: from,
    ...(resource ? { resource } : {}),
  };
}

/** Resources of some types that a value which is not known leads to. */
type ResolveReferences = (types: readonly string[], ...path: AttributePath) => readonly Resource[];

const SECRETS = [
  "aws_secretsmanager_secret",
  "aws_ssm_parameter",
  "aws_secretsmanager_secret_version",
];

const secretBy = (resource: Resource): SecretTarget => ({
  kind: resource.type === "aws_ssm_parameter" ? "ssm" : "secretsmanager",
  resource,
});

const repositoryImage = (repository: Resource | undefined): Image =>
  repository ? { text: undefined, kind: "ecr", repository } : { text: undefined, kind: "unknown" };

function containerOf(plan: PlanModel, json: Json, leads: ResolveReferences): Container {
  const log = json["logConfiguration"];
  const options = isJson(log) && isJson(log["options"]) ? log["options"] : {};
  const group = options["awslogs-group"];
  const region = textOf(options["awslogs-region"]);
  const credentials = json["repositoryCredentials"];
  const secretsAt = (value: unknown, ...path: AttributePath): SecretTarget[] => {
    if (!isUnknown(value)) return [secretOf(plan, textOf(value) ?? "")];
    const found = leads(SECRETS, ...path);
    return found.length > 0 ? found.map(secretBy) : [{ kind: "unknown", text: String(value) }];
  };
  const [repository, ...others] = isUnknown(json["image"])
    ? leads(["aws_ecr_repository"], "image")
    : [];
  const ports = jsonsOf(json["portMappings"]).map((entry) => Number(entry["containerPort"]));
  return {
    name: textOf(json["name"]),
    json: withPlaceholders(json) as Json, // an object as before
    image: isUnknown(json["image"])
      ? repositoryImage(others.length === 0 ? repository : undefined)
      : imageOf(plan, textOf(json["image"]) ?? ""),
    log: isJson(log)
      ? {
          driver: textOf(log["logDriver"]) ?? "",
          creates: options["awslogs-create-group"] === "true",
          ...(group === undefined ? {} : { group: groupOf(plan, group, leads) }),
          ...(region === undefined ? {} : { region }),
        }
      : undefined,
    secrets: [
      ...jsonsOf(json["secrets"]).flatMap(({ valueFrom }, index) =>
        secretsAt(valueFrom, "secrets", index, "valueFrom"),
      ),
      ...(isJson(credentials)
        ? secretsAt(
            credentials["credentialsParameter"],
            "repositoryCredentials",
            "credentialsParameter",
          )
        : []),
    ],
    environmentFiles: jsonsOf(json["environmentFiles"]).map(({ value }) =>
      isUnknown(value) ? value : (textOf(value) ?? ""),
    ),
    ports,
  };
}

function groupOf(
  plan: PlanModel,
  value: unknown,
  leads: ResolveReferences,
): Resource | string | Unknown {
  const groups = plan.resourcesOfType("aws_cloudwatch_log_group");
  if (!isUnknown(value))
    return groups.find((group) => group.values["name"] === value) ?? textOf(value) ?? "";
  const [only, ...others] = leads(
    ["aws_cloudwatch_log_group"],
    "logConfiguration",
    "options",
    "awslogs-group",
  );
  return only && others.length === 0 ? only : value;
}

/** Where a container definition may hold what is not known, and all checks of it still hold. */
const MAY_BE_UNKNOWN =
  /^(image|environment\.\d+\.value|secrets\.\d+\.valueFrom|environmentFiles\.\d+\.value|repositoryCredentials\.credentialsParameter|dockerLabels\.[^.]+|logConfiguration\.options\.(?!awslogs-region|awslogs-create-group)[^.]+|logConfiguration\.secretOptions\.\d+\.valueFrom)$/;

/** What is not known in a value, and where. */
function unknownsIn(value: unknown, at = ""): { readonly at: string; readonly what: Unknown }[] {
  if (isUnknown(value)) return [{ at, what: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    unknownsIn(entry, at === "" ? key : `${at}.${key}`),
  );
}

/** The value with words where it is not known. */
function withPlaceholders(value: unknown): unknown {
  if (isUnknown(value)) return "(known after apply)";
  if (Array.isArray(value)) return value.map(withPlaceholders);
  return isJson(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, withPlaceholders(entry)]),
      )
    : value;
}

/** Containers by the value that their text will be JSON of; undefined where too little of it is known. */
function containersAside(plan: PlanModel, resource: Resource): Container[] | undefined {
  const aside = plan.companionOf(resource, "container_definitions");
  const value = aside?.valueWithUnknowns("input");
  if (!aside || !Array.isArray(value)) return undefined;
  const jsons = jsonsOf(value);
  const isEnough =
    jsons.length === value.length &&
    jsons.every((json) => unknownsIn(json).every(({ at }) => MAY_BE_UNKNOWN.test(at)));
  if (!isEnough) return undefined;
  return jsons.map((json, index) =>
    containerOf(plan, json, (types, ...path) => {
      const { references, unknown } = aside.referencesTo(types, "input", index, ...path);
      return unknown.length > 0 ? [] : references.map((reference) => reference.resource);
    }),
  );
}

/** What can be said of containers by what their text refers to, where the text itself is known after apply. */
function containerByReferences(plan: PlanModel, resource: Resource): Container {
  const { references } = resource.referencesIn("container_definitions");
  const of = (type: string): Resource | undefined =>
    references.find((reference) => reference.resource.type === type)?.resource;
  const repository = of("aws_ecr_repository");
  const group = of("aws_cloudwatch_log_group");
  const secrets = references.filter((reference) => SECRETS.includes(reference.resource.type));
  return {
    name: undefined,
    json: undefined,
    image: repositoryImage(repository),
    log: group ? { driver: "awslogs", group, creates: false } : undefined,
    secrets: secrets.map((secret) => secretBy(secret.resource)),
    environmentFiles: [],
    ports: undefined,
  };
}

const definitions = new WeakMap<Resource, TaskDefinition>();

export function definitionOf(plan: PlanModel, resource: Resource): TaskDefinition {
  const known = definitions.get(resource);
  if (known) return known;
  const found = findDefinition(plan, resource);
  definitions.set(resource, found);
  return found;
}

function findDefinition(plan: PlanModel, resource: Resource): TaskDefinition {
  const text = resource.value("container_definitions");
  if (isUnknown(text)) {
    const known = containersAside(plan, resource);
    return known
      ? { resource, containers: known }
      : { resource, containers: [containerByReferences(plan, resource)], unknown: text };
  }
  try {
    const parsed: unknown = JSON.parse(String(text));
    return {
      resource,
      containers: jsonsOf(parsed).map((entry) => containerOf(plan, entry, () => [])),
    };
  } catch {
    return {
      resource,
      containers: [],
      unknown: new Unknown(resource.address, "container_definitions", "is not JSON"),
    };
  }
}

function definitionAt(
  plan: PlanModel,
  from: Resource,
  ...path: AttributePath
): TaskDefinition | Unknown | undefined {
  const { references, externalIds, unknown } = from.referencesTo(DEFINITIONS, ...path);
  const managed = references.filter((reference) => reference.resource.mode === "managed");
  const [only] = managed;
  if (only && managed.length === 1) return definitionOf(plan, only.resource);
  if (references.length > 0)
    return new Unknown(
      from.address,
      "task_definition",
      `is one of ${references.map((reference) => reference.resource.address).join(", ")}`,
    );
  if (unknown[0]) return unknown[0];
  const [text] = externalIds;
  if (text === undefined) return undefined;
  const family = /^(?:arn:[^/]+\/)?([^:]+)(?::\d+)?$/.exec(text)?.[1];
  const found = plan
    .resourcesOfType(...DEFINITIONS)
    .find((resource) => resource.mode === "managed" && resource.values["family"] === family);
  return found
    ? definitionOf(plan, found)
    : new Unknown(from.address, "task_definition", `is ${text}, which is not in this plan`);
}

function bindingsAt(plan: PlanModel, from: Resource): TargetGroupBinding[] {
  const blocks = from.blockPaths("load_balancer");
  if (isUnknown(blocks)) {
    // A dynamic block for what is known after apply: what it says of every element is said beside.
    const aside = plan.companionOf(from, "load_balancer");
    return [
      {
        ...targetGroupsOf(from, ["load_balancer", 0]),
        container: aside?.text("input", "container_name") ?? blocks,
        port: aside?.number("input", "container_port") ?? blocks,
      },
    ];
  }
  return blocks.map((path) => ({
    ...targetGroupsOf(from, path),
    container: from.text(...path, "container_name"),
    port: from.number(...path, "container_port"),
  }));
}

function targetGroupsOf(
  from: Resource,
  path: AttributePath,
): Pick<TargetGroupBinding, "groups" | "externalIds" | "unknown"> {
  const { references, externalIds, unknown } = from.referencesTo(
    TARGET_GROUPS,
    ...path,
    "target_group_arn",
  );
  return { groups: references.map((reference) => reference.resource), externalIds, unknown };
}

const flag = (value: unknown): boolean | Unknown =>
  isUnknown(value) ? value : value === true || value === "true";

function standing(
  plan: PlanModel,
  from: Resource,
  path: AttributePath,
): Pick<Workload, "subnets" | "groups" | "isPublic"> {
  const subnets = subnetsIn(plan, from.referencesTo(SUBNETS, ...path, "subnets"));
  return {
    subnets,
    groups: groupsAt(from, subnets.items[0]?.vpc, ...path, "security_groups"),
    isPublic: flag(from.value(...path, "assign_public_ip")),
  };
}

/** Tasks in all the ways that Terraform places them. */
export function workloadsOf(plan: PlanModel): Workload[] {
  const services = plan
    .resourcesOfType("aws_ecs_service")
    .filter((ecsService) => ecsService.mode === "managed");
  const placed = services
    .filter((service) => service.value("deployment_controller", 0, "type") !== "EXTERNAL")
    .map((service): Workload => ({
      kind: "service",
      resource: service,
      name: service.address,
      ...standing(plan, service, ["network_configuration", 0]),
      definition: definitionAt(plan, service, "task_definition"),
      bindings: bindingsAt(plan, service),
      desired:
        service.value("scheduling_strategy") === "DAEMON"
          ? 1
          : (service.number("desired_count") ?? 0),
    }));
  const sets = plan.resourcesOfType("aws_ecs_task_set").map((ecsTaskSet): Workload => ({
    kind: "task set",
    resource: ecsTaskSet,
    name: ecsTaskSet.address,
    ...standing(plan, ecsTaskSet, ["network_configuration", 0]),
    definition: definitionAt(plan, ecsTaskSet, "task_definition"),
    bindings: bindingsAt(plan, ecsTaskSet),
    desired: 1,
  }));
  const schedules = plan
    .resourcesOfType("aws_cloudwatch_event_target")
    .flatMap((cloudwatchEventTarget): Workload[] => {
      if (!cloudwatchEventTarget.isSet("ecs_target")) return [];
      return [
        {
          kind: "schedule",
          resource: cloudwatchEventTarget,
          name: cloudwatchEventTarget.address,
          ...standing(plan, cloudwatchEventTarget, ["ecs_target", 0, "network_configuration", 0]),
          definition: definitionAt(
            plan,
            cloudwatchEventTarget,
            "ecs_target",
            0,
            "task_definition_arn",
          ),
          bindings: [],
          desired: cloudwatchEventTarget.number("ecs_target", 0, "task_count") ?? 1,
        },
      ];
    });
  const found = [...placed, ...sets, ...schedules];
  return found.length > 0 ? found : probeOf(plan);
}

/** Where a service would stand in a foundation that has none, as its outputs say. */
function probeOf(plan: PlanModel): Workload[] {
  const subnets = subnetsIn(plan, plan.outputReferences("task_subnet_ids", SUBNETS));
  const groups = plan.outputReferences("task_security_group_id", GROUPS);
  if (subnets.items.length === 0 || groups.references.length === 0) return [];
  const repository = plan.outputReferences("repository_url", ["aws_ecr_repository"]).references[0]
    ?.resource;
  const url = plan.outputConstant("repository_url");
  const group = plan.outputReferences("log_group_name", ["aws_cloudwatch_log_group"]).references[0]
    ?.resource;
  const target = plan
    .outputReferences("target_group_arn", TARGET_GROUPS)
    .references.map((reference) => reference.resource);
  const port = plan.outputConstant("container_port");
  return [
    {
      kind: "probe",
      resource: undefined,
      name: "a service by the outputs",
      subnets,
      groups: {
        items: groups.references.map((reference) => reference.resource.address),
        unknown: groups.unknown,
      },
      isPublic: plan.outputConstant("assign_public_ip") === true,
      definition: {
        resource: undefined,
        containers: [
          {
            name: "probe",
            json: undefined,
            image: repository
              ? { text: undefined, kind: "ecr", repository }
              : imageOf(plan, typeof url === "string" ? url : "public.ecr.aws/probe"),
            log: group ? { driver: "awslogs", group, creates: false } : undefined,
            secrets: [],
            environmentFiles: [],
            ports: typeof port === "number" ? [port] : undefined,
          },
        ],
      },
      bindings:
        target.length === 0
          ? []
          : [
              {
                groups: target,
                externalIds: [],
                unknown: [],
                container: "probe",
                port: typeof port === "number" ? port : undefined,
              },
            ],
      desired: 2,
    },
  ];
}
