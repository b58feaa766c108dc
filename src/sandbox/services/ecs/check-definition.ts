import type * as ecs from "@aws-sdk/client-ecs";
import { parseArn, cpuUnits, fargateSizes, memoryMib, parseEcrImage } from "../../../aws/index.ts";
import type { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import {
  checkContainerRelations,
  checkContainerSettings,
  clientError,
} from "./check-containers.ts";

type TaskDefinitionInput = Partial<ecs.RegisterTaskDefinitionRequest> & {
  readonly containerDefinitions: readonly ecs.ContainerDefinition[];
};
type Container = ecs.ContainerDefinition;

/** Log drivers of Fargate tasks. Source: Amazon ECS API Reference, LogConfiguration. */
const FARGATE_DRIVERS = new Set(["awslogs", "splunk", "awsfirelens"]);

/** Sizes that containers on Fargate cannot set. Source: Amazon ECS API Reference, LinuxParameters. */
const LINUX_SIZES = ["maxSwap", "sharedMemorySize", "swappiness"] as const;

/**
 * Checks a task definition at its registration.
 *
 * Sources: Amazon ECS API Reference, RegisterTaskDefinition and ContainerDefinition; Amazon ECS Developer Guide,
 * "Amazon ECS task definition differences for Fargate".
 *
 * @throws AwsError ClientException
 */
export function checkDefinition(context: Context, input: TaskDefinitionInput): void {
  if (input.containerDefinitions.length === 0) throw clientError("Container list cannot be empty.");
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(input.family ?? ""))
    throw clientError(
      "Invalid family name; it must be 1 to 255 letters, digits, hyphens and underscores.",
    );
  const bytes = Buffer.byteLength(JSON.stringify(input));
  if (bytes > MAX_BYTES)
    throw clientError(`Actual length: '${bytes}'. Max allowed length is '${MAX_BYTES}' bytes.`);
  for (const container of input.containerDefinitions) checkContainer(context, input, container);
  const isFargate = (input.requiresCompatibilities ?? []).includes("FARGATE");
  if (isFargate) checkFargate(input);
  checkContainerRelations(input);
  for (const container of input.containerDefinitions) {
    if (isFargate) checkLogs(input, container);
    checkContainerSettings(container, isFargate);
  }
}

/** Bytes of a task definition. Source: Amazon ECS Developer Guide, "Amazon ECS service quotas". */
const MAX_BYTES = 65_536;

function checkContainer(
  context: Context,
  input: TaskDefinitionInput,
  containerDefinition: Container,
): void {
  if (containerDefinition.image === undefined || containerDefinition.image === "")
    throw clientError(`Container.image should not be null or empty.`);
  if (input.networkMode === "awsvpc") {
    const invalidPortMapping = containerDefinition.portMappings?.find(
      (port) =>
        port.hostPort !== undefined && port.hostPort !== 0 && port.hostPort !== port.containerPort,
    );
    if (invalidPortMapping)
      throw clientError(
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
      );
    if ((containerDefinition.links ?? []).length > 0)
      throw clientError("Links are not supported when networkMode=awsvpc.");
  }
  const hasSecrets =
    (containerDefinition.secrets ?? []).length > 0 ||
    (containerDefinition.logConfiguration?.secretOptions ?? []).length > 0;
  if (hasSecrets && input.executionRoleArn === undefined) {
    throw clientError(
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    );
  }
  if (containerDefinition.repositoryCredentials && input.executionRoleArn === undefined)
    throw clientError(
      "When you are specifying repositoryCredentials, you must also specify a value for 'executionRoleArn'.",
    );
  for (const { valueFrom = "" } of containerDefinition.secrets ?? []) {
    const arn = parseArn(valueFrom);
    if (arn?.service === "ssm" && arn.account !== context.account) {
      throw clientError(
        "The Systems Manager parameter ARN has a different account ID than the current account. Cross-account access for ARNs is not currently supported.",
      );
    }
  }
  if (
    containerDefinition.memory !== undefined &&
    containerDefinition.memoryReservation !== undefined &&
    containerDefinition.memoryReservation > containerDefinition.memory
  )
    throw clientError(
      `Invalid setting for container '${containerDefinition.name}'. The 'memoryReservation' must be less than or equal to 'memory'.`,
    );
  const isTaskSized = input.memory !== undefined;
  if (
    !isTaskSized &&
    containerDefinition.memory === undefined &&
    containerDefinition.memoryReservation === undefined
  )
    throw clientError(
      `Invalid setting for container '${containerDefinition.name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
}

function checkFargate(input: TaskDefinitionInput): void {
  if (input.networkMode !== "awsvpc")
    throw clientError("Fargate only supports network mode 'awsvpc'.");
  for (const key of ["cpu", "memory"] as const) {
    if (input[key] === undefined)
      throw clientError(`Fargate requires that '${key}' be defined at the task level.`);
  }
  const [cpu, memory] = [cpuUnits(input.cpu ?? ""), memoryMib(input.memory ?? "")];
  if (fargateSizes.get(cpu)?.includes(memory) !== true)
    throw clientError("No Fargate configuration exists for given values.");
  const gib = input.ephemeralStorage?.sizeInGiB;
  if (gib !== undefined && (gib < 21 || gib > 200))
    throw clientError(`Invalid ephemeral storage size ${gib}: it must be from 21 to 200 GiB.`);
  const { cpuArchitecture = "X86_64", operatingSystemFamily = "LINUX" } =
    input.runtimePlatform ?? {};
  if (operatingSystemFamily !== "LINUX") {
    if (cpuArchitecture === "ARM64")
      throw clientError(`Fargate does not support ARM64 with ${operatingSystemFamily}.`);
    if (cpu < 1024)
      throw clientError(`Fargate requires at least 1024 CPU units with ${operatingSystemFamily}.`);
  }
  if (input.pidMode === "host") throw clientError("Fargate only supports pidMode 'task'.");
  // Source of the text: cn-terraform/terraform-aws-ecs-fargate#2.
  if (input.ipcMode !== undefined)
    throw clientError("Tasks using the Fargate launch type do not support ipcMode.");
  if ((input.placementConstraints ?? []).length > 0)
    throw clientError("Fargate does not support placement constraints.");
  for (const volume of input.volumes ?? []) {
    if (volume.host?.sourcePath !== undefined)
      throw clientError(
        "Fargate compatible task definitions do not support host volumes with a sourcePath.",
      );
    if (volume.dockerVolumeConfiguration)
      throw clientError(
        "Fargate compatible task definitions do not support dockerVolumeConfiguration.",
      );
    const efs = volume.efsVolumeConfiguration;
    const usesIam = efs?.authorizationConfig?.iam === "ENABLED";
    if (usesIam && input.taskRoleArn === undefined)
      throw clientError("EFS IAM authorization requires a task role.");
  }
  for (const containerDefinition of input.containerDefinitions)
    checkFargateContainer(containerDefinition);
  if (
    input.executionRoleArn === undefined &&
    input.containerDefinitions.some(({ image = "" }) => parseEcrImage(image) !== undefined)
  )
    throw clientError(
      "Fargate requires task definition to have execution role ARN to support ECR images.",
    );
}

function checkFargateContainer(containerDefinition: Container): void {
  const unsupported = (field: string): AwsError =>
    clientError(`Fargate compatible task definitions do not support ${field}`);
  if (containerDefinition.privileged === true) throw unsupported("privileged");
  if ((containerDefinition.links ?? []).length > 0) throw unsupported("links");
  if ((containerDefinition.dockerSecurityOptions ?? []).length > 0)
    throw unsupported("dockerSecurityOptions");
  if ((containerDefinition.extraHosts ?? []).length > 0) throw unsupported("extraHosts");
  // Source: Amazon ECS Developer Guide, "Amazon ECS task definition differences for Fargate".
  if ((containerDefinition.dnsServers ?? []).length > 0) throw unsupported("dnsServers");
  if ((containerDefinition.dnsSearchDomains ?? []).length > 0)
    throw unsupported("dnsSearchDomains");
  if (containerDefinition.disableNetworking === true) throw unsupported("disableNetworking");
  if (
    containerDefinition.resourceRequirements?.some((dependency) => dependency.type === "GPU") ===
    true
  )
    throw unsupported("GPU");
  const linux = containerDefinition.linuxParameters;
  if ((linux?.devices ?? []).length > 0) throw unsupported("devices");
  const size = LINUX_SIZES.find((name) => linux?.[name] !== undefined);
  if (size !== undefined) throw unsupported(size);
  if ((linux?.tmpfs ?? []).length > 0) throw unsupported("tmpfs");
  const added = (linux?.capabilities?.add ?? []).find((name) => name !== "SYS_PTRACE");
  if (added !== undefined) throw unsupported(`the Linux capability ${added}`);
}

function checkLogs(input: TaskDefinitionInput, containerDefinition: Container): void {
  const config = containerDefinition.logConfiguration;
  if (!config) return;
  const driver = config.logDriver ?? "";
  if (!FARGATE_DRIVERS.has(driver))
    throw clientError(
      `Log driver ${driver} is not supported on Fargate; use awslogs, splunk or awsfirelens.`,
    );
  if (driver !== "awslogs") return;
  if (input.executionRoleArn === undefined)
    throw clientError(
      "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    );
  for (const key of ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"]) {
    if (config.options?.[key] === undefined)
      throw clientError(
        `Fargate requires log configuration options to include ${key} to support log driver awslogs.`,
      );
  }
}
