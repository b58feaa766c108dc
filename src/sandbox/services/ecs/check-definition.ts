import type * as ecs from "@aws-sdk/client-ecs";
import { parseArn } from "../../../aws/arn.ts";
import { cpuUnits, fargateSizes, memoryMib } from "../../../aws/fargate.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";

type Wanted = Partial<ecs.RegisterTaskDefinitionRequest> & {
  readonly containerDefinitions: readonly ecs.ContainerDefinition[];
};
type Container = ecs.ContainerDefinition;

/** ECS answers what it does not accept of a definition with this code. Source: Amazon ECS API Reference, RegisterTaskDefinition. */
const refuse = (message: string): AwsError => new AwsError("ClientException", message);

/** Log drivers of Fargate tasks. Source: Amazon ECS API Reference, LogConfiguration. */
const FARGATE_DRIVERS = new Set(["awslogs", "splunk", "awsfirelens"]);

export const isEcrImage = (image: string): boolean =>
  /^\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//.test(image);

/**
 * Checks a task definition as ECS does when it is registered.
 *
 * Sources: Amazon ECS API Reference, RegisterTaskDefinition and ContainerDefinition; Amazon ECS Developer Guide,
 * "Amazon ECS task definition differences for Fargate".
 *
 * @throws AwsError ClientException
 */
export function checkDefinition(context: Context, wanted: Wanted): void {
  if (wanted.containerDefinitions.length === 0) throw refuse("Container list cannot be empty.");
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(wanted.family ?? ""))
    throw refuse(
      "Invalid family name; it must be 1 to 255 letters, digits, hyphens and underscores.",
    );
  checkNames(wanted);
  for (const container of wanted.containerDefinitions) checkContainer(context, wanted, container);
  if ((wanted.requiresCompatibilities ?? []).includes("FARGATE")) checkFargate(wanted);
  for (const container of wanted.containerDefinitions) checkLogs(wanted, container);
}

function checkNames({ containerDefinitions, volumes = [] }: Wanted): void {
  const names = containerDefinitions.map((containerDefinition) => containerDefinition.name ?? "");
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined)
    throw refuse(`Container.name contains duplicate container names: ${double}`);
  const invalidName = names.find((name) => !/^[A-Za-z0-9_-]{1,255}$/.test(name));
  if (invalidName !== undefined)
    throw refuse(
      `Invalid container name '${invalidName}': it must be letters, digits, hyphens and underscores.`,
    );
  if (!containerDefinitions.some((containerDefinition) => containerDefinition.essential !== false))
    throw refuse("A task definition must have at least one essential container.");
  const volumeNames = new Set(volumes.map((volume) => volume.name));
  for (const containerDefinition of containerDefinitions) {
    const mount = containerDefinition.mountPoints?.find(
      (point) => !volumeNames.has(point.sourceVolume),
    );
    if (mount) throw refuse(`Unknown volume '${mount.sourceVolume}'.`);
    const from = containerDefinition.volumesFrom?.find(
      (other) => !names.includes(other.sourceContainer ?? ""),
    );
    if (from)
      throw refuse(
        `Unknown container '${from.sourceContainer}' in volumesFrom of '${containerDefinition.name}'.`,
      );
    for (const need of containerDefinition.dependsOn ?? []) {
      const other = containerDefinitions.find((candidate) => candidate.name === need.containerName);
      if (!other)
        throw refuse(
          `The container '${containerDefinition.name}' depends on container '${need.containerName}' which does not exist in the task definition.`,
        );
      if (need.condition === "HEALTHY" && !other.healthCheck)
        throw refuse(
          `The container '${containerDefinition.name}' depends on container '${need.containerName}' with a HEALTHY condition, but that container has no health check.`,
        );
    }
  }
  if (hasCycle(containerDefinitions)) throw refuse("Dependency cycle found between containers.");
}

function hasCycle(containers: readonly Container[]): boolean {
  const needs = new Map(
    containers.map((container) => [
      container.name,
      (container.dependsOn ?? []).map((need) => need.containerName),
    ]),
  );
  const reaches = (
    from: string | undefined,
    goal: string | undefined,
    seen: Set<unknown>,
  ): boolean =>
    (needs.get(from) ?? []).some(
      (next) => next === goal || (!seen.has(next) && reaches(next, goal, seen.add(next))),
    );
  return containers.some((container) => reaches(container.name, container.name, new Set()));
}

function checkContainer(context: Context, wanted: Wanted, containerDefinition: Container): void {
  if (containerDefinition.image === undefined || containerDefinition.image === "")
    throw refuse(`Container.image should not be null or empty.`);
  if (wanted.networkMode === "awsvpc") {
    const invalidPortMapping = containerDefinition.portMappings?.find(
      (port) =>
        port.hostPort !== undefined && port.hostPort !== 0 && port.hostPort !== port.containerPort,
    );
    if (invalidPortMapping)
      throw refuse(
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
      );
    if ((containerDefinition.links ?? []).length > 0)
      throw refuse("Links are not supported when networkMode=awsvpc.");
  }
  const hasSecrets =
    (containerDefinition.secrets ?? []).length > 0 ||
    (containerDefinition.logConfiguration?.secretOptions ?? []).length > 0;
  if (hasSecrets && wanted.executionRoleArn === undefined) {
    throw refuse(
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    );
  }
  if (containerDefinition.repositoryCredentials && wanted.executionRoleArn === undefined)
    throw refuse(
      "When you are specifying repositoryCredentials, you must also specify a value for 'executionRoleArn'.",
    );
  for (const { valueFrom = "" } of containerDefinition.secrets ?? []) {
    const arn = parseArn(valueFrom);
    if (arn?.service === "ssm" && arn.account !== context.account) {
      throw refuse(
        "The Systems Manager parameter ARN has a different account ID than the current account. Cross-account access for ARNs is not currently supported.",
      );
    }
  }
  if (
    containerDefinition.memory !== undefined &&
    containerDefinition.memoryReservation !== undefined &&
    containerDefinition.memoryReservation > containerDefinition.memory
  )
    throw refuse(
      `Invalid setting for container '${containerDefinition.name}'. The 'memoryReservation' must be less than or equal to 'memory'.`,
    );
  const isTaskSized = wanted.memory !== undefined;
  if (
    !isTaskSized &&
    containerDefinition.memory === undefined &&
    containerDefinition.memoryReservation === undefined
  )
    throw refuse(
      `Invalid setting for container '${containerDefinition.name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  if (wanted.memory !== undefined && (containerDefinition.memory ?? 0) > memoryMib(wanted.memory))
    throw refuse(
      `The 'memory' setting for container '${containerDefinition.name}' is greater than for the task.`,
    );
  if (
    containerDefinition.firelensConfiguration === undefined &&
    containerDefinition.logConfiguration?.logDriver === "awsfirelens"
  ) {
    const hasRouter = wanted.containerDefinitions.some((other) => other.firelensConfiguration);
    if (!hasRouter)
      throw refuse(
        "When a container uses the awsfirelens log driver, another container must have a firelensConfiguration object specified.",
      );
  }
}

function checkFargate(wanted: Wanted): void {
  if (wanted.networkMode !== "awsvpc") throw refuse("Fargate only supports network mode 'awsvpc'.");
  for (const key of ["cpu", "memory"] as const) {
    if (wanted[key] === undefined)
      throw refuse(`Fargate requires that '${key}' be defined at the task level.`);
  }
  const [cpu, memory] = [cpuUnits(wanted.cpu ?? ""), memoryMib(wanted.memory ?? "")];
  if (fargateSizes.get(cpu)?.includes(memory) !== true)
    throw refuse("No Fargate configuration exists for given values.");
  const sum = wanted.containerDefinitions.reduce(
    (total, containerDefinition) => total + (containerDefinition.cpu ?? 0),
    0,
  );
  if (sum > cpu)
    throw refuse(
      `Invalid setting for container '${wanted.containerDefinitions[0]?.name}'. The sum of the containers' cpu (${sum}) is greater than the task's (${cpu}).`,
    );
  const gib = wanted.ephemeralStorage?.sizeInGiB;
  if (gib !== undefined && (gib < 21 || gib > 200))
    throw refuse(`Invalid ephemeral storage size ${gib}: it must be from 21 to 200 GiB.`);
  const { cpuArchitecture = "X86_64", operatingSystemFamily = "LINUX" } =
    wanted.runtimePlatform ?? {};
  if (operatingSystemFamily !== "LINUX") {
    if (cpuArchitecture === "ARM64")
      throw refuse(`Fargate does not support ARM64 with ${operatingSystemFamily}.`);
    if (cpu < 1024)
      throw refuse(`Fargate requires at least 1024 CPU units with ${operatingSystemFamily}.`);
  }
  if (wanted.pidMode === "host") throw refuse("Fargate only supports pidMode 'task'.");
  if (wanted.ipcMode !== undefined) throw refuse("Fargate does not support ipcMode.");
  if ((wanted.placementConstraints ?? []).length > 0)
    throw refuse("Fargate does not support placement constraints.");
  for (const volume of wanted.volumes ?? []) {
    if (volume.host?.sourcePath !== undefined)
      throw refuse(
        "Fargate compatible task definitions do not support host volumes with a sourcePath.",
      );
    if (volume.dockerVolumeConfiguration)
      throw refuse("Fargate compatible task definitions do not support dockerVolumeConfiguration.");
    const efs = volume.efsVolumeConfiguration;
    const usesIam = efs?.authorizationConfig?.iam === "ENABLED";
    if (usesIam && wanted.taskRoleArn === undefined)
      throw refuse("EFS IAM authorization requires a task role.");
    if (
      (usesIam || efs?.authorizationConfig?.accessPointId !== undefined) &&
      efs?.transitEncryption !== "ENABLED"
    )
      throw refuse(
        "EFS access points and IAM authorization require transitEncryption to be ENABLED.",
      );
  }
  for (const containerDefinition of wanted.containerDefinitions)
    checkFargateContainer(containerDefinition);
  if (
    wanted.executionRoleArn === undefined &&
    wanted.containerDefinitions.some((containerDefinition) =>
      isEcrImage(containerDefinition.image ?? ""),
    )
  )
    throw refuse(
      "Fargate requires task definition to have execution role ARN to support ECR images.",
    );
}

function checkFargateContainer(containerDefinition: Container): void {
  const no = (field: string): AwsError =>
    refuse(`Fargate compatible task definitions do not support ${field}`);
  if (containerDefinition.privileged === true) throw no("privileged");
  if ((containerDefinition.links ?? []).length > 0) throw no("links");
  if ((containerDefinition.dockerSecurityOptions ?? []).length > 0)
    throw no("dockerSecurityOptions");
  if ((containerDefinition.extraHosts ?? []).length > 0) throw no("extraHosts");
  if (containerDefinition.resourceRequirements?.some((need) => need.type === "GPU") === true)
    throw no("GPU");
  const linux = containerDefinition.linuxParameters;
  if ((linux?.devices ?? []).length > 0) throw no("devices");
  if (linux?.sharedMemorySize !== undefined) throw no("sharedMemorySize");
  if ((linux?.tmpfs ?? []).length > 0) throw no("tmpfs");
  const added = (linux?.capabilities?.add ?? []).find((name) => name !== "SYS_PTRACE");
  if (added !== undefined) throw no(`the Linux capability ${added}`);
  const mapped = containerDefinition.portMappings?.find(
    (port) => (port.containerPort ?? 0) < 0 || (port.containerPort ?? 0) > 65_535,
  );
  if (mapped)
    throw refuse(`Invalid 'containerPort' setting for container '${containerDefinition.name}'`);
}

function checkLogs(wanted: Wanted, containerDefinition: Container): void {
  const config = containerDefinition.logConfiguration;
  if (!config || !(wanted.requiresCompatibilities ?? []).includes("FARGATE")) return;
  const driver = config.logDriver ?? "";
  if (!FARGATE_DRIVERS.has(driver))
    throw refuse(
      `Log driver ${driver} is not supported on Fargate; use awslogs, splunk or awsfirelens.`,
    );
  if (driver !== "awslogs") return;
  if (wanted.executionRoleArn === undefined)
    throw refuse(
      "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    );
  for (const key of ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"]) {
    if (config.options?.[key] === undefined)
      throw refuse(
        `Fargate requires log configuration options to include ${key} to support log driver awslogs.`,
      );
  }
}
