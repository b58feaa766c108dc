import { parseEcrImage } from "../aws/index.ts";
import {
  decodedJson,
  isObject,
  type Json,
  jsonsOf,
  knownValue,
  stepInto,
  type SymbolicValue,
  textOf,
  type PlanModel,
  type AttributePath,
  type Resource,
  isUnknown,
  Unknown,
  withUnknowns,
} from "../plan/index.ts";
import { accountAndRegionAt, accountAndRegionOf } from "./account-and-region.ts";

export const TASK_DEFINITION_TYPES: readonly string[] = ["aws_ecs_task_definition"];

/** A container image. */
export interface Image {
  /** The image reference; undefined if it is unknown. */
  readonly reference: string | undefined;
  /** The registry: Amazon ECR, or a public registry. */
  readonly kind: "ecr" | "public" | "unknown";
  /** The ECR repository, if it is in the plan. */
  readonly repository?: Resource;
  /** Account of the ECR registry. */
  readonly account?: string;
  /** Region of the ECR registry. */
  readonly region?: string;
  /** Host name of the ECR registry if it is a name for IPv6 or FIPS, which the private DNS of ecr.dkr may not contain. */
  readonly host?: string;
  /** Host name of the public registry. */
  readonly registry?: string;
}

/** The log configuration of a container. */
export interface LogConfiguration {
  readonly driver: string;
  /** The log group: a resource, or its name. */
  readonly group?: Resource | string | Unknown;
  readonly region?: string;
  /** True if the log driver creates the log group (awslogs-create-group). */
  readonly createsGroup: boolean;
}

/** A secret or a parameter that ECS reads for a container. */
export interface SecretReference {
  readonly kind: "secretsmanager" | "ssm" | "unknown";
  readonly resource?: Resource;
  /** The value of valueFrom. */
  readonly text?: string;
}

/** A container definition. */
export interface Container {
  readonly name: string | undefined;
  /** The container definition, with a placeholder for each unknown value; undefined if too much of it is unknown. */
  readonly json: Json | undefined;
  readonly image: Image;
  readonly log: LogConfiguration | undefined;
  readonly secrets: readonly SecretReference[];
  /** ARNs of the environment files in S3. */
  readonly environmentFiles: readonly (string | Unknown)[];
  readonly ports: readonly number[] | undefined;
}

/** A task definition. */
export interface TaskDefinition {
  /** Undefined for the probe of a foundation. */
  readonly resource: Resource | undefined;
  readonly containers: readonly Container[];
  /** Set if the container definitions are unknown as a whole: `containers` then has one incomplete container. */
  readonly unknown?: Unknown;
}

/** The resources that an unknown value in a container definition refers to. */
type ResolveReferences = (types: readonly string[], ...path: AttributePath) => readonly Resource[];

const SECRET_TYPES = [
  "aws_secretsmanager_secret",
  "aws_ssm_parameter",
  "aws_secretsmanager_secret_version",
];

/** Attributes that valueFrom may contain: a secret is given by its ARN, a parameter also by its name. */
const SECRET_IDENTIFIERS: ReadonlySet<string> = new Set(["arn", "id", "name", "secret_id"]);

const taskDefinitions = new WeakMap<Resource, TaskDefinition>();

export function taskDefinitionOf(plan: PlanModel, resource: Resource): TaskDefinition {
  const cached = taskDefinitions.get(resource);
  if (cached) return cached;
  const definition = readTaskDefinition(plan, resource);
  taskDefinitions.set(resource, definition);
  return definition;
}

function readTaskDefinition(plan: PlanModel, resource: Resource): TaskDefinition {
  const text = resource.value("container_definitions");
  if (isUnknown(text)) {
    const containers = containersWithUnknowns(plan, resource, text);
    return containers
      ? { resource, containers }
      : { resource, containers: [containerByReferences(resource)], unknown: text };
  }
  try {
    const definitions: unknown = JSON.parse(String(text));
    return {
      resource,
      containers: jsonsOf(definitions).map((json) =>
        containerOf(resource, json, () => [], recorderFor(plan, resource)),
      ),
    };
  } catch {
    return {
      resource,
      containers: [],
      unknown: new Unknown(resource.address, "container_definitions", "is not JSON"),
    };
  }
}

/**
 * Values of a container definition that may be unknown: the checks handle them. A container definition with any other
 * unknown value is treated as unknown.
 */
const MAY_BE_UNKNOWN =
  /^(image|environment\.\d+\.value|secrets\.\d+\.valueFrom|environmentFiles\.\d+\.value|repositoryCredentials\.credentialsParameter|dockerLabels\.[^.]+|logConfiguration\.options\.(?!awslogs-region|awslogs-create-group)[^.]+|logConfiguration\.secretOptions\.\d+\.valueFrom)$/;

/**
 * The containers from the companion resource of the container definitions, or from their expression, such as templatefile.
 * Undefined if too much is unknown.
 */
function containersWithUnknowns(
  plan: PlanModel,
  resource: Resource,
  unknown: Unknown,
): Container[] | undefined {
  const companion = plan.companionOf(resource, "container_definitions");
  // The expression of the .tf files has each value at its place; the plan has the references of all values together.
  const encoded = resource.symbolicValue("container_definitions");
  const expression = encoded && decodedJson(encoded);
  const input =
    companion?.valueWithUnknowns("input") ??
    (expression && withUnknowns(expression, () => undefined, unknown));
  if (!Array.isArray(input)) return undefined;
  const definitions = jsonsOf(expression ? withKnownValues(input, expression) : input);
  const isSufficient =
    definitions.length === input.length &&
    definitions.every((json) => unknownPaths(json).every((path) => MAY_BE_UNKNOWN.test(path)));
  if (!isSufficient) return undefined;
  return definitions.map((json, index) =>
    containerOf(
      resource,
      json,
      (types, ...path) => {
        const targets = expression && plan.targetsOf(valueAt(expression, [index, ...path]), types);
        if (targets && targets.length > 0) return targets;
        const resolved = companion?.referencesTo(types, "input", index, ...path);
        return !resolved || resolved.unknown.length > 0
          ? []
          : resolved.references.map((reference) => reference.resource);
      },
      recorderFor(plan, resource),
    ),
  );
}

const valueAt = (value: SymbolicValue, path: AttributePath): SymbolicValue =>
  path.reduce<SymbolicValue>(
    (current, step) => stepInto(current, typeof step === "number" ? { key: step } : step),
    value,
  );

/** Replaces each unknown value that its expression determines, such as the value of a parameter of the same plan. */
function withKnownValues(value: unknown, expression: SymbolicValue): unknown {
  if (isUnknown(value)) return knownValue(expression) ?? value;
  if (Array.isArray(value))
    return value.map((entry: unknown, index) =>
      withKnownValues(entry, stepInto(expression, { key: index })),
    );
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [
          key,
          withKnownValues(entry, stepInto(expression, key)),
        ]),
      )
    : value;
}

/** Paths of the unknown values in a value. */
function unknownPaths(value: unknown, path = ""): string[] {
  if (isUnknown(value)) return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    unknownPaths(entry, path === "" ? key : `${path}.${key}`),
  );
}

/** The resources that unknown container definitions refer to, as one container. */
function containerByReferences(resource: Resource): Container {
  const { references } = resource.referencesIn("container_definitions");
  const findByType = (type: string): Resource | undefined =>
    references.find((reference) => reference.resource.type === type)?.resource;
  const group = findByType("aws_cloudwatch_log_group");
  // A reference to the value of a parameter reads it during the apply.
  const secrets = references.filter(
    ({ resource: { type }, attribute }) =>
      SECRET_TYPES.includes(type) && SECRET_IDENTIFIERS.has(attribute),
  );
  return {
    name: undefined,
    json: undefined,
    image: repositoryImage(resource, findByType("aws_ecr_repository")),
    log: group ? { driver: "awslogs", group, createsGroup: false } : undefined,
    secrets: secrets.map((reference) => secretOfResource(reference.resource)),
    environmentFiles: [],
    ports: undefined,
  };
}

/** A function that wraps a container definition, so that `PlanModel.onRead` is called for each value that is read. */
function recorderFor(plan: PlanModel, resource: Resource): (json: Json) => Json {
  const { onRead } = plan;
  if (!onRead) return (json) => json;
  const record = (json: Json, path: readonly string[]): Json =>
    new Proxy(json, {
      get: (target, name): unknown => {
        const value: unknown = Reflect.get(target, name);
        if (typeof name === "symbol" || typeof value === "function") return value;
        const place = Array.isArray(target) ? path : [...path, name];
        if (typeof value === "object" && value !== null && !isUnknown(value))
          return record(value as Json, place); // a list is recorded by its entries
        onRead(resource, ["container_definitions", ...place]);
        return value;
      },
    });
  return (json) => record(json, []);
}

/** @param owner the task definition */
function containerOf(
  owner: Resource,
  definition: Json,
  resolve: ResolveReferences,
  record: (json: Json) => Json,
): Container {
  const json = record(definition);
  const credentials = json["repositoryCredentials"];
  const secretsAt = (value: unknown, ...path: AttributePath): SecretReference[] => {
    if (!isUnknown(value)) return [secretOfText(owner, textOf(value) ?? "")];
    const resources = resolve(SECRET_TYPES, ...path);
    return resources.length > 0
      ? resources.map(secretOfResource)
      : [{ kind: "unknown", text: String(value) }];
  };
  return {
    name: textOf(json["name"]),
    json: record(readable(definition) as Json), // an object stays an object
    image: imageAt(owner, json["image"], resolve),
    log: logConfigurationOf(owner, json["logConfiguration"], resolve),
    secrets: [
      ...jsonsOf(json["secrets"]).flatMap(({ valueFrom }, index) =>
        secretsAt(valueFrom, "secrets", index, "valueFrom"),
      ),
      ...(isObject(credentials)
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
    ports: jsonsOf(json["portMappings"]).map((mapping) => Number(mapping["containerPort"])),
  };
}

/** Replaces each unknown value by a placeholder, and removes members that are null, which Terraform does not send. */
function readable(value: unknown): unknown {
  if (isUnknown(value)) return "(known after apply)";
  if (Array.isArray(value)) return value.map(readable);
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, entry]) => entry !== null)
          .map(([key, entry]) => [key, readable(entry)]),
      )
    : value;
}

function imageAt(owner: Resource, value: unknown, resolve: ResolveReferences): Image {
  if (!isUnknown(value)) return imageOf(owner.plan, textOf(value) ?? "");
  const [repository, ...others] = resolve(["aws_ecr_repository"], "image");
  return repositoryImage(owner, others.length === 0 ? repository : undefined);
}

function repositoryImage(owner: Resource, repository: Resource | undefined): Image {
  if (!repository) return { reference: undefined, kind: "unknown" };
  const { plan } = owner;
  const { region } =
    plan.providerOf(repository) === plan.providerOf(owner)
      ? {}
      : accountAndRegionAt(plan, repository);
  return {
    reference: undefined,
    kind: "ecr",
    repository,
    ...(region === undefined ? {} : { region }),
  };
}

/** @param reference the image reference, such as `nginx:1.27` */
export function imageOf(plan: PlanModel, reference: string): Image {
  const image = parseEcrImage(reference);
  if (image === undefined) return { reference, kind: "public", registry: registryOf(reference) };
  const { account, region, registry: host } = image;
  const repository = plan
    .resourcesWithName("aws_ecr_repository", image.repository)
    .find((resource) => {
      const registry = resource.value("registry_id");
      // It is known after apply, unless the repository exists.
      const place = accountAndRegionAt(plan, resource);
      const owner = typeof registry === "string" ? registry : place.account;
      return owner === account && (place.region ?? region) === region;
    });
  return {
    reference,
    kind: "ecr",
    account,
    region,
    ...(host.startsWith(`${account}.dkr.ecr.${region}.`) ? {} : { host }),
    ...(repository ? { repository } : {}),
  };
}

/**
 * The pull-through cache rule of the plan that an image is pulled through: ECR imports the image from the upstream registry if
 * its repository does not exist. Undefined for an image of a repository of the plan.
 */
export function pullThroughRuleOf(
  plan: PlanModel,
  { kind, reference, repository, region, account }: Image,
): Resource | undefined {
  const own = accountAndRegionOf(plan);
  if (kind !== "ecr" || repository || reference === undefined) return undefined;
  if (own.region !== undefined && region !== own.region) return undefined;
  if (own.account !== undefined && account !== own.account) return undefined;
  const path = reference.slice(reference.indexOf("/") + 1);
  return plan.resourcesOfType("aws_ecr_pull_through_cache_rule").find((rule) => {
    const prefix = rule.text("ecr_repository_prefix");
    if (typeof prefix !== "string") return false;
    // ECR reads a prefix as if it ended with a slash.
    return prefix === "ROOT" || path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
  });
}

/** The host name of the registry of an image that is not in ECR. Source: Docker's reference grammar. */
export function registryOf(reference: string): string {
  const [first = ""] = reference.split("/");
  return reference.includes("/") && /[.:]|^localhost$/.test(first) ? first : "registry-1.docker.io";
}

/** @param valueFrom the ARN of a secret or parameter, or the name of a parameter */
function secretOfText(owner: Resource, valueFrom: string): SecretReference {
  const { plan } = owner;
  const isSecret = (valueFrom.split(":")[2] ?? "") === "secretsmanager";
  // An ARN in valueFrom may continue with a JSON key, a version stage and a version ID.
  const arn = isSecret ? valueFrom.split(":").slice(0, 7).join(":") : valueFrom;
  const resource = resourceInRegionOf(
    owner,
    ["aws_secretsmanager_secret", "aws_ssm_parameter"].flatMap((type) => [
      ...plan.resourcesWithArn(type, arn),
      ...(isSecret ? [] : plan.resourcesWithName(type, valueFrom)),
    ]),
  );
  return {
    kind: isSecret ? "secretsmanager" : "ssm",
    text: valueFrom,
    ...(resource ? { resource } : {}),
  };
}

const secretOfResource = (resource: Resource): SecretReference => ({
  kind: resource.type === "aws_ssm_parameter" ? "ssm" : "secretsmanager",
  resource,
});

function logConfigurationOf(
  owner: Resource,
  log: unknown,
  resolve: ResolveReferences,
): LogConfiguration | undefined {
  if (!isObject(log)) return undefined;
  const options = isObject(log["options"]) ? log["options"] : {};
  const group = options["awslogs-group"];
  const region = textOf(options["awslogs-region"]);
  return {
    driver: textOf(log["logDriver"]) ?? "",
    createsGroup: options["awslogs-create-group"] === "true",
    ...(group === undefined ? {} : { group: logGroupOf(owner, group, resolve) }),
    ...(region === undefined ? {} : { region }),
  };
}

/**
 * The log configuration of the proxy that Service Connect adds to the tasks of a service; undefined if it has none.
 * Source: Amazon ECS API Reference, ServiceConnectConfiguration.
 */
export function connectLogOf(service: Resource): LogConfiguration | undefined {
  const connect: AttributePath = ["service_connect_configuration", 0];
  const path: AttributePath = [...connect, "log_configuration", 0];
  const driver = service.text(...path, "log_driver");
  if (driver === undefined || service.value(...connect, "enabled") === false) return undefined;
  return logConfigurationOf(
    service,
    {
      logDriver: driver,
      options: service.valueWithUnknowns(...path, "options"),
    },
    (types) =>
      service
        .referencesTo(types, ...path, "options", "awslogs-group")
        .references.map(({ resource }) => resource),
  );
}

/** The resource with a name in the region of the task definition: resources of several regions may have the same name. */
function resourceInRegionOf(
  owner: Resource,
  candidates: readonly Resource[],
): Resource | undefined {
  const [first, ...others] = candidates;
  if (others.length === 0) return first;
  const provider = owner.plan.providerOf(owner);
  return candidates.find((candidate) => owner.plan.providerOf(candidate) === provider) ?? first;
}

function logGroupOf(
  owner: Resource,
  value: unknown,
  resolve: ResolveReferences,
): Resource | string | Unknown {
  if (!isUnknown(value))
    return (
      resourceInRegionOf(
        owner,
        owner.plan.resourcesWithName("aws_cloudwatch_log_group", textOf(value) ?? ""),
      ) ??
      textOf(value) ??
      ""
    );
  const [group, ...others] = resolve(
    ["aws_cloudwatch_log_group"],
    "logConfiguration",
    "options",
    "awslogs-group",
  );
  return group && others.length === 0 ? group : value;
}
