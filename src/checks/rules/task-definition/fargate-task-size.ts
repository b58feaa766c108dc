import { awsErrorOf } from "../../../failures/index.ts";
import { cpuUnits, fargateSizes, memoryMib } from "../../../aws/index.ts";
import { isUnknown } from "../../../plan/index.ts";
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
  knownContainers,
  taskSize,
  unknownContainers,
} from "../../shared/containers.ts";

export const fargateTaskSizeCheck: Check = {
  id: "fargate-task-size",
  question: "start",
  title: "Task size is valid on Fargate",
  severity: "error",
  ids: ["TD-01", "TD-02", "TD-05", "TD-18"],
  explanation:
    "Fargate supports only some combinations of CPU and memory. A container cannot have more CPU or memory than its task.",
  sources: [
    "Amazon ECS Developer Guide, “Troubleshoot Amazon ECS task definition invalid CPU or memory errors”",
  ],
  *run(context) {
    yield* checkTaskSizes(context);
    yield* checkContainerSizes(context);
    for (const { resource, reason } of unknownContainers(context))
      yield unknownOutcome(resource.address, reason, "TD-05");
  },
};

/** Sizes and platforms of tasks. */
function* checkTaskSizes(context: CheckContext): Iterable<CheckOutcome> {
  for (const resource of context.plan.resourcesOfType("aws_ecs_task_definition")) {
    if (resource.mode !== "managed" || !isFargate(resource)) continue;
    const { address } = resource;
    const [cpu, memory] = [taskSize(resource, "cpu"), taskSize(resource, "memory")];
    if (isUnknown(cpu) || isUnknown(memory)) {
      yield unknownOutcome(address, String(isUnknown(cpu) ? cpu : memory), "TD-01");
      continue;
    }
    if (cpu === undefined || memory === undefined) {
      const attribute = cpu === undefined ? "cpu" : "memory";
      yield fail(address, "TD-02", `it has no ${attribute}`, {
        awsError: awsErrorOf("task-size-missing", { attribute }),
      });
      continue;
    }
    if (fargateSizes.get(cpuUnits(cpu))?.includes(memoryMib(memory)) !== true)
      yield fail(
        address,
        "TD-01",
        `Fargate does not support tasks with ${cpu} CPU units and ${memory} MiB`,
        {
          awsError: awsErrorOf("task-size", {
            cpu: String(cpuUnits(cpu)),
            memory: String(memoryMib(memory)),
          }),
        },
      );
    else yield pass(address);
    const storage = resource.number("ephemeral_storage", 0, "size_in_gib");
    if (typeof storage === "number" && (storage < 21 || storage > 200))
      yield fail(
        address,
        "TD-18",
        `its ephemeral storage is ${storage} GiB; Fargate supports 21 to 200 GiB`,
      );
    const unknownValue =
      unknownValueAt(resource, "runtime_platform", 0, "operating_system_family") ??
      unknownValueAt(resource, "runtime_platform", 0, "cpu_architecture");
    if (unknownValue) yield unknownOutcome(address, unknownValue, "TD-18");
    const family = resource.text("runtime_platform", 0, "operating_system_family");
    if (typeof family === "string" && family.startsWith("WINDOWS")) {
      const isArm = resource.value("runtime_platform", 0, "cpu_architecture") === "ARM64";
      if (isArm || cpuUnits(cpu) < 1024)
        yield fail(
          address,
          "TD-18",
          isArm ? "Windows does not run on ARM64" : "Windows needs 1 vCPU or more",
        );
    }
  }
}

/** Sizes of containers, compared with their task. */
function* checkContainerSizes(context: CheckContext): Iterable<CheckOutcome> {
  for (const { resource, containers } of knownContainers(context)) {
    const [cpu, memory] = [taskSize(resource, "cpu"), taskSize(resource, "memory")];
    const largest =
      typeof memory === "string"
        ? containers.find(
            (container) =>
              Number(container["memory"] ?? container["memoryReservation"] ?? 0) >
              memoryMib(memory),
          )
        : undefined;
    const containerCpu = containers.reduce(
      (total, container) => total + Number(container["cpu"] ?? 0),
      0,
    );
    if (largest)
      yield fail(
        resource.address,
        "TD-05",
        `container ${String(largest["name"])} has more memory than its task, which has ${String(memory)} MiB`,
      );
    else if (typeof cpu === "string" && containerCpu > cpuUnits(cpu))
      yield fail(
        resource.address,
        "TD-05",
        `its containers have ${containerCpu} CPU units, but the task has only ${cpu}`,
      );
    else if (typeof cpu === "string" && typeof memory === "string") yield pass(resource.address);
  }
}
