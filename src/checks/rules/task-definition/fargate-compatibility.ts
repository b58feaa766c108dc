import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown, jsonsOf, listOf, type Resource } from "../../../plan/index.ts";
import { ROLE_TYPES, schedulePathsOf } from "../../../topology/index.ts";
import {
  type Check,
  fail,
  unknownValueAt,
  pass,
  unknownOutcome,
  type CheckContext,
  type CheckOutcome,
} from "../../engine/check.ts";
import {
  isFargate,
  objectAt,
  unknownContainers,
  knownContainers,
} from "../../shared/containers.ts";

/** Keys of a container definition that Fargate does not support. Source: Amazon ECS Developer Guide, “Amazon ECS task definition differences for Fargate”. */
const UNSUPPORTED_KEYS = [
  "links",
  "dockerSecurityOptions",
  "extraHosts",
  "hostname",
  "dnsServers",
  "dnsSearchDomains",
  "disableNetworking",
];

/** Attributes of a task definition that Fargate does not support, with their names in messages. */
const UNSUPPORTED_ATTRIBUTES = [
  ["placement_constraints", "placement constraints"],
  ["ipc_mode", "ipc_mode"],
  ["pid_mode", "pid_mode host"],
  ["inference_accelerator", "inference accelerators"],
] as const;

/** Attributes of services and schedules that place tasks on instances. Source: Amazon ECS API Reference, CreateService. */
const PLACEMENT_ATTRIBUTES = [
  ["ordered_placement_strategy"],
  ["placement_constraints"],
  ["ecs_target", 0, "ordered_placement_strategy"],
  ["ecs_target", 0, "placement_constraint"],
  ["target", 0, "ecs_parameters", 0, "placement_strategy"],
  ["target", 0, "ecs_parameters", 0, "placement_constraints"],
] as const;

/** The path of the role that ECS uses for a service without iam_role. AWS returns it as the role of the service. */
const SERVICE_LINKED_PATH = "/aws-service-role/";

export const fargateCompatibilityCheck: Check = {
  id: "fargate-compatibility",
  question: "start",
  title: "Tasks on Fargate use only features that Fargate supports",
  severity: "error",
  ids: ["TD-03", "TD-04", "TD-13", "TD-14"],
  explanation:
    "Fargate supports only the network mode awsvpc, gives no access to the host, and maps a container port to the same host port.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS task definition differences for Fargate”"],
  *run(context) {
    yield* checkLaunchTypes(context);
    yield* checkTaskDefinitions(context);
    yield* checkContainers(context);
    for (const { resource, reason } of unknownContainers(context))
      yield unknownOutcome(resource.address, reason, "TD-13");
  },
};

/** Launch types of workloads. */
function* checkLaunchTypes({ network }: CheckContext): Iterable<CheckOutcome> {
  for (const workload of network.workloads) {
    const { definition, resource: service, name } = workload;
    if (
      definition === undefined ||
      isUnknown(definition) ||
      definition.resource === undefined ||
      service === undefined
    )
      continue;
    const path = schedulePathsOf(service)?.task ?? [];
    const launchType = service.value(...path, "launch_type");
    const provider = service.text(...path, "capacity_provider_strategy", 0, "capacity_provider");
    if (
      launchType !== "FARGATE" &&
      !(typeof provider === "string" && provider.startsWith("FARGATE"))
    )
      continue;
    const compatibilities = definition.resource.value("requires_compatibilities");
    if (isUnknown(compatibilities)) yield unknownOutcome(name, compatibilities, "TD-14");
    else if (
      !listOf(compatibilities).includes("FARGATE") &&
      definition.resource.value("network_mode") !== "awsvpc"
    )
      yield fail(
        name,
        "TD-14",
        `requires_compatibilities of ${definition.resource.address} does not contain FARGATE`,
        {
          awsError: awsErrorOf("fargate-not-supported"),
        },
      );
    else yield pass(name);
    yield* checkPlacement(name, service);
  }
}

/** Attributes of services and schedules that ECS rejects for tasks on Fargate. */
function* checkPlacement(name: string, resource: Resource): Iterable<CheckOutcome> {
  for (const path of PLACEMENT_ATTRIBUTES) {
    const value = resource.value(...path);
    if (isUnknown(value)) yield unknownOutcome(name, value, "TD-13");
    else if (resource.isSet(...path))
      yield fail(name, "TD-13", `Fargate does not support ${path.at(-1)}`);
  }
  const role = resource.value("iam_role");
  const isRole = isUnknown(role)
    ? resource.referencesTo(ROLE_TYPES, "iam_role").references.length > 0
    : resource.isSet("iam_role") && !String(role).startsWith(SERVICE_LINKED_PATH);
  if (isRole && resource.isConfigured("iam_role"))
    yield fail(
      name,
      "TD-13",
      "iam_role is set, but ECS accepts no role for a service whose tasks use the network mode awsvpc",
    );
}

/** Attributes of task definitions. */
function* checkTaskDefinitions({ plan }: CheckContext): Iterable<CheckOutcome> {
  for (const resource of plan.resourcesOfType("aws_ecs_task_definition")) {
    if (resource.mode !== "managed" || !isFargate(resource)) continue;
    const { address } = resource;
    const mode = resource.text("network_mode");
    if (isUnknown(mode)) yield unknownOutcome(address, mode, "TD-03");
    else if (mode !== "awsvpc")
      yield fail(address, "TD-03", `its network mode is ${mode ?? "bridge"}`);
    else yield pass(address);
    const unsupported: string[] = [];
    for (const [attribute, attributeName] of UNSUPPORTED_ATTRIBUTES) {
      const value = resource.value(attribute);
      if (isUnknown(value)) yield unknownOutcome(address, value, "TD-13");
      else if (attribute === "pid_mode" ? value === "host" : resource.isSet(attribute))
        unsupported.push(attributeName);
    }
    const unknownValue = unknownValueAt(resource, "volume");
    if (unknownValue) yield unknownOutcome(address, unknownValue, "TD-13");
    const volumes = resource.blockPaths("volume");
    if (!isUnknown(volumes))
      for (const path of volumes)
        if (
          resource.isSet(...path, "host_path") ||
          resource.isSet(...path, "docker_volume_configuration")
        )
          unsupported.push("volumes of the host");
    if (unsupported.length > 0)
      yield fail(address, "TD-13", `Fargate does not support ${unsupported.join(", ")}`);
  }
}

/** Settings of containers. */
function* checkContainers(context: CheckContext): Iterable<CheckOutcome> {
  for (const { resource, containers } of knownContainers(context)) {
    if (!isFargate(resource)) continue;
    for (const container of containers) {
      const name = String(container["name"]);
      const invalidMapping = jsonsOf(container["portMappings"]).find(
        ({ containerPort, hostPort }) =>
          hostPort !== undefined && hostPort !== 0 && hostPort !== containerPort,
      );
      if (invalidMapping)
        yield fail(
          resource.address,
          "TD-04",
          `container ${name} maps container port ${String(invalidMapping["containerPort"])} to host port ${String(invalidMapping["hostPort"])}`,
          {
            awsError: awsErrorOf("host-port"),
          },
        );
      const linux = objectAt(container, "linuxParameters");
      const unsupportedKeys = [
        ...(container["privileged"] === true ? ["privileged"] : []),
        ...UNSUPPORTED_KEYS.filter(
          (key) => listOf(container[key]).length > 0 || container[key] === true,
        ),
        ...["devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness"].filter(
          (key) =>
            linux[key] !== undefined &&
            !(Array.isArray(linux[key]) && listOf(linux[key]).length === 0),
        ),
        ...listOf(objectAt(linux, "capabilities")["add"])
          .filter((capability) => capability !== "SYS_PTRACE")
          .map((capability) => `the capability ${String(capability)}`),
        ...(jsonsOf(container["resourceRequirements"]).some(({ type }) => type === "GPU")
          ? ["GPU"]
          : []),
      ];
      if (unsupportedKeys.length > 0)
        yield fail(
          resource.address,
          "TD-13",
          `container ${name} uses ${unsupportedKeys.join(", ")}, which Fargate does not support`,
        );
      else if (!invalidMapping) yield pass(resource.address);
    }
  }
}
