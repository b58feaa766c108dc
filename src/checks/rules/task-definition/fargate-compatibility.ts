import { isUnknown } from "../../../plan/plan-model.ts";
import { jsonsOf, listOf } from "../../../plan/plan-json.ts";
import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";
import {
  isFargate,
  objectAt,
  unknownContainers,
  knownContainers,
} from "../../shared/containers.ts";

/** What Fargate does not take of a container. Source: Amazon ECS Developer Guide, “Amazon ECS task definition differences for Fargate”. */
const NOT_ON_FARGATE = [
  "links",
  "dockerSecurityOptions",
  "extraHosts",
  "hostname",
  "dnsServers",
  "dnsSearchDomains",
  "disableNetworking",
];

/** What a task definition may not say on Fargate, and the words for it. */
const NO_BLOCKS = [
  ["placement_constraints", "placement constraints"],
  ["ipc_mode", "ipc_mode"],
  ["pid_mode", "pid_mode host"],
  ["inference_accelerator", "inference accelerators"],
] as const;

export const fargateCompatibilityCheck: Check = {
  id: "fargate-compatibility",
  question: "start",
  title: "task definitions for Fargate use what Fargate has",
  severity: "error",
  ids: ["TD-03", "TD-04", "TD-13", "TD-14"],
  explanation: "Fargate has awsvpc networking, no host to reach into, and one port per container.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS task definition differences for Fargate”"],
  *run(context) {
    const { plan, network } = context;
    for (const workload of network.workloads) {
      const { definition, resource: service, name } = workload;
      if (
        definition === undefined ||
        isUnknown(definition) ||
        definition.resource === undefined ||
        service === undefined
      )
        continue;
      const launch = service.value("launch_type") ?? service.value("ecs_target", 0, "launch_type");
      const provider = service.text("capacity_provider_strategy", 0, "capacity_provider");
      if (launch !== "FARGATE" && !(typeof provider === "string" && provider.startsWith("FARGATE")))
        continue;
      const asked = definition.resource.value("requires_compatibilities");
      if (isUnknown(asked)) yield unknownOutcome(name, asked, "TD-14");
      else if (
        !listOf(asked).includes("FARGATE") &&
        definition.resource.value("network_mode") !== "awsvpc"
      )
        yield fail(name, "TD-14", `${definition.resource.address} is not for FARGATE`, {
          awsError:
            "InvalidParameterException: Task definition does not support launch_type FARGATE.",
        });
      else yield pass(name);
    }
    for (const resource of plan.resourcesOfType("aws_ecs_task_definition")) {
      if (resource.mode !== "managed" || !isFargate(resource)) continue;
      const { address } = resource;
      const mode = resource.text("network_mode");
      if (isUnknown(mode)) yield unknownOutcome(address, mode, "TD-03");
      else if (mode !== "awsvpc")
        yield fail(address, "TD-03", `its network mode is ${mode ?? "bridge"}`, {
          awsError: "ClientException: Fargate only supports network mode 'awsvpc'.",
        });
      else yield pass(address);
      const bad: string[] = [];
      for (const [attribute, words] of NO_BLOCKS) {
        const said = resource.value(attribute);
        if (isUnknown(said)) yield unknownOutcome(address, said, "TD-13");
        else if (attribute === "pid_mode" ? said === "host" : resource.isSet(attribute))
          bad.push(words);
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
            bad.push("volumes of the host");
      if (bad.length > 0)
        yield fail(address, "TD-13", `Fargate has no ${bad.join(", ")}`, {
          awsError: "ClientException: Fargate compatible task definitions do not support it",
        });
    }
    for (const { resource, containers } of knownContainers(context)) {
      if (!isFargate(resource)) continue;
      for (const container of containers) {
        const name = String(container["name"]);
        const invalid = jsonsOf(container["portMappings"]).find(
          ({ containerPort, hostPort }) =>
            hostPort !== undefined && hostPort !== 0 && hostPort !== containerPort,
        );
        if (invalid)
          yield fail(
            resource.address,
            "TD-04",
            `container ${name} maps ${String(invalid["containerPort"])} to ${String(invalid["hostPort"])}`,
            {
              awsError:
                "ClientException: When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
            },
          );
        const linux = objectAt(container, "linuxParameters");
        const forbidden = [
          ...(container["privileged"] === true ? ["privileged"] : []),
          ...NOT_ON_FARGATE.filter(
            (key) => listOf(container[key]).length > 0 || container[key] === true,
          ),
          ...["devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness"].filter(
            (key) =>
              linux[key] !== undefined &&
              !(Array.isArray(linux[key]) && listOf(linux[key]).length === 0),
          ),
          ...(jsonsOf(container["resourceRequirements"]).some(({ type }) => type === "GPU")
            ? ["GPU"]
            : []),
        ];
        if (forbidden.length > 0)
          yield fail(
            resource.address,
            "TD-13",
            `container ${name} asks for ${forbidden.join(", ")}, which Fargate has not`,
            {
              awsError: `ClientException: Fargate compatible task definitions do not support ${forbidden[0] ?? ""}`,
            },
          );
        else if (!invalid) yield pass(resource.address);
      }
    }
    for (const { resource, reason } of unknownContainers(context))
      yield unknownOutcome(resource.address, reason, "TD-13");
  },
};
