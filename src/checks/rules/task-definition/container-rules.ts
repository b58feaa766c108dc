import { formatValue, type Json, jsonsOf, listOf } from "../../../plan/index.ts";
import { fargateTimeouts, memoryMib, portMappingName } from "../../../aws/index.ts";
import { awsErrorOf } from "../../../failures/index.ts";
import { type Check, type CheckOutcome, fail, pass, unknownOutcome } from "../../engine/check.ts";
import {
  isFargate,
  knownContainers,
  objectAt,
  taskSize,
  unknownContainers,
} from "../../shared/containers.ts";

/** Ranges of numbers in a container definition, by object and member. */
const RANGES = [
  ["healthCheck", "interval", 5, 300],
  ["healthCheck", "timeout", 2, 60],
  ["healthCheck", "retries", 1, 10],
  ["healthCheck", "startPeriod", 0, 300],
  ["restartPolicy", "restartAttemptPeriod", 60, 1800],
  ["linuxParameters", "swappiness", 0, 100],
] as const;

export const containerRulesCheck: Check = {
  id: "container-rules",
  question: "start",
  title:
    "Containers of a task definition do not contradict each other, and their settings are in range",
  severity: "error",
  ids: ["TD-05", "TD-20", "TD-21", "TD-22", "TD-23", "TD-24", "LOG-07"],
  explanation:
    "ECS rejects a task definition in which a container waits for the end of an essential container, two port mappings use the same host port or the same name, a secret has the name of an environment variable, a number is out of range, or a host name is set in the network mode awsvpc. A task does not start if the ARN of a secret has some of its selectors, but not all three.",
  sources: [
    "Amazon ECS API Reference, ContainerDefinition, ContainerDependency, HealthCheck and Secret",
    "Amazon ECS Developer Guide, “Pass Secrets Manager secrets through Amazon ECS environment variables”",
  ],
  *run(context) {
    for (const { resource, containers } of knownContainers(context)) {
      const { address } = resource;
      const outcomes = [
        ...dependencyFailures(address, containers),
        ...hostPortFailures(address, containers, resource.text("network_mode")),
        ...portNameFailures(address, containers),
        ...fireLensFailures(address, containers),
        ...memoryFailures(address, containers, taskSize(resource, "memory")),
        ...selectorFailures(address, context.plan.secretSelectorsNear(resource), containers),
        ...containers.flatMap((container) => [
          ...secretFailures(address, container),
          ...nameFailures(address, container, resource.text("network_mode")),
          ...rangeFailures(address, container, isFargate(resource)),
        ]),
      ];
      if (outcomes.length === 0) yield pass(address);
      yield* outcomes;
    }
    for (const { resource, reason } of unknownContainers(context))
      yield unknownOutcome(resource.address, reason, "TD-20");
  },
};

const nameOf = (container: Json): string => String(container["name"]);

const duplicateOf = (names: readonly string[]): string | undefined =>
  names.find((name, index) => names.indexOf(name) !== index);

const isEssential = ({ essential }: Json): boolean => essential !== false;

function* dependencyFailures(address: string, containers: readonly Json[]): Iterable<CheckOutcome> {
  if (!containers.some(isEssential))
    yield fail(address, "TD-20", "no container is essential", {
      fix: "Set essential = true on a container",
    });
  for (const container of containers)
    for (const { containerName, condition } of jsonsOf(container["dependsOn"])) {
      const other = containers.find((candidate) => candidate["name"] === containerName);
      if ((condition === "SUCCESS" || condition === "COMPLETE") && other && isEssential(other))
        yield fail(
          address,
          "TD-20",
          `container ${nameOf(container)} waits for ${condition} of ${nameOf(other)}, which is essential`,
          {
            awsError: awsErrorOf("dependency-is-essential"),
          },
        );
    }
  const cycle = cycleOf(containers);
  if (cycle) yield fail(address, "TD-20", `containers wait for each other: ${cycle.join(", ")}`);
}

/** The names of containers that wait for each other, directly or through other containers. */
function cycleOf(containers: readonly Json[]): string[] | undefined {
  const dependencies = new Map(
    containers.map((container) => [
      nameOf(container),
      [
        ...jsonsOf(container["dependsOn"]).map(({ containerName }) => String(containerName)),
        ...listOf(container["links"]).map((link) => String(link).split(":")[0] ?? ""),
      ],
    ]),
  );
  const reachable = (from: string, seen: Set<string> = new Set()): Set<string> => {
    for (const next of dependencies.get(from) ?? [])
      if (!seen.has(next)) reachable(next, seen.add(next));
    return seen;
  };
  const cycle = [...dependencies.keys()].filter((name) => reachable(name).has(name));
  return cycle.length === 0 ? undefined : cycle;
}

/** In the network modes bridge and host, the containers share the ports of the instance. */
function* hostPortFailures(
  address: string,
  containers: readonly Json[],
  mode: unknown,
): Iterable<CheckOutcome> {
  if (mode !== undefined && mode !== "bridge" && mode !== "host") return;
  const ports = containers.flatMap((container) =>
    jsonsOf(container["portMappings"]).flatMap(({ containerPort, hostPort, protocol = "tcp" }) => {
      const port = mode === "host" ? (hostPort ?? containerPort) : hostPort;
      return port === undefined || Number(port) === 0
        ? []
        : [`${String(protocol).toUpperCase()} host port '${formatValue(port)}'`];
    }),
  );
  const duplicate = duplicateOf(ports);
  if (duplicate !== undefined)
    yield fail(address, "TD-21", `${duplicate} is mapped more than once`);
}

/** Services refer to a port mapping by its name alone. */
function* portNameFailures(address: string, containers: readonly Json[]): Iterable<CheckOutcome> {
  const duplicate = duplicateOf(
    containers.flatMap((container) =>
      jsonsOf(container["portMappings"]).flatMap(({ name }) =>
        typeof name === "string" ? [name] : [],
      ),
    ),
  );
  if (duplicate !== undefined)
    yield fail(address, "TD-23", `two port mappings have the name ${duplicate}`, {
      fix: "Rename one of them",
    });
}

/** The names of port mappings, and the host name, which the network mode awsvpc does not support. */
function* nameFailures(address: string, container: Json, mode: unknown): Iterable<CheckOutcome> {
  for (const { name } of jsonsOf(container["portMappings"]))
    if (typeof name === "string" && !portMappingName.test(name))
      yield fail(
        address,
        "TD-23",
        `container ${nameOf(container)} has the port mapping name ${name}, which must be 1 to 64 lowercase letters, digits, underscores and hyphens`,
      );
  if (mode === "awsvpc" && typeof container["hostname"] === "string")
    yield fail(address, "TD-23", `container ${nameOf(container)} sets hostname in awsvpc mode`, {
      fix: "Remove hostname",
      awsError: awsErrorOf("hostname-awsvpc"),
    });
}

function* fireLensFailures(address: string, containers: readonly Json[]): Iterable<CheckOutcome> {
  const router = containers.find(
    (container) => Object.keys(objectAt(container, "firelensConfiguration")).length > 0,
  );
  const isUsed = containers.some(
    (container) => objectAt(container, "logConfiguration")["logDriver"] === "awsfirelens",
  );
  if (router && !isUsed)
    yield fail(
      address,
      "LOG-07",
      `container ${nameOf(router)} is a FireLens router, but no container uses the log driver awsfirelens`,
      {
        awsError: awsErrorOf("firelens-not-used"),
      },
    );
}

function* memoryFailures(
  address: string,
  containers: readonly Json[],
  memory: unknown,
): Iterable<CheckOutcome> {
  if (typeof memory !== "string") return;
  const sum = containers.reduce(
    (total, container) => total + Number(container["memoryReservation"] ?? 0),
    0,
  );
  if (sum > memoryMib(memory))
    yield fail(
      address,
      "TD-05",
      `its containers reserve ${sum} MiB, but the task has only ${memory}`,
    );
}

/** Parts of the ARN of a secret; with JSON key, version stage and version ID, it has three more. */
const ARN_PARTS = 7;
const SELECTOR_PARTS = 3;

function* secretFailures(address: string, container: Json): Iterable<CheckOutcome> {
  const secrets = jsonsOf(container["secrets"]);
  const names = secrets.map(({ name }) => String(name));
  const duplicate = duplicateOf(names);
  if (duplicate !== undefined)
    yield fail(
      address,
      "TD-22",
      `container ${nameOf(container)} has two secrets named ${duplicate}`,
    );
  const variables = new Set(jsonsOf(container["environment"]).map(({ name }) => name));
  const shared = names.find((name) => variables.has(name));
  if (shared !== undefined)
    yield fail(
      address,
      "TD-22",
      `container ${nameOf(container)} has a secret and an environment variable named ${shared}`,
      {
        awsError: awsErrorOf("secret-name-not-unique", { name: shared }),
      },
    );
  const references = [
    ...secrets,
    ...jsonsOf(objectAt(container, "logConfiguration")["secretOptions"]),
  ];
  for (const { name, valueFrom } of references) {
    if (typeof valueFrom !== "string") continue;
    const parts = valueFrom.split(":");
    if (parts[2] !== "secretsmanager") continue;
    if (parts.length !== ARN_PARTS && parts.length !== ARN_PARTS + SELECTOR_PARTS)
      yield fail(
        address,
        "TD-24",
        `the ARN of secret ${String(name)} of container ${nameOf(container)} has ${parts.length} parts instead of ${ARN_PARTS} or ${ARN_PARTS + SELECTOR_PARTS}`,
      );
  }
}

/** ARNs of secrets that are known after apply: the text after them is in the configuration. */
function* selectorFailures(
  address: string,
  selectors: readonly string[],
  containers: readonly Json[],
): Iterable<CheckOutcome> {
  if (!containers.some((container) => jsonsOf(container["secrets"]).length > 0)) return;
  for (const selector of selectors)
    if (selector !== "" && selector.split(":").length !== SELECTOR_PARTS + 1)
      yield fail(
        address,
        "TD-24",
        `valueFrom appends "${selector}" to the ARN of a secret; it must be :json-key:version-stage:version-id`,
      );
}

function* rangeFailures(
  address: string,
  container: Json,
  onFargate: boolean,
): Iterable<CheckOutcome> {
  const settings = [
    ...RANGES.map(
      ([object, member, min, max]) =>
        [`${object}.${member}`, objectAt(container, object)[member], min, max] as const,
    ),
    ...(onFargate ? fargateTimeouts : []).map(
      ([timeout, min, max]) => [timeout, container[timeout], min, max] as const,
    ),
  ];
  for (const [setting, value, min, max] of settings) {
    if (typeof value === "number" && (value < min || value > max))
      yield fail(
        address,
        "TD-23",
        `${setting} of container ${nameOf(container)} is ${value}; it must be from ${min} to ${max}`,
      );
  }
  for (const { name, softLimit, hardLimit } of jsonsOf(container["ulimits"]))
    if (Number(softLimit) > Number(hardLimit) && Number(hardLimit) !== -1)
      yield fail(
        address,
        "TD-23",
        `the soft limit of the ulimit ${String(name)} of container ${nameOf(container)} is greater than its hard limit`,
      );
}
