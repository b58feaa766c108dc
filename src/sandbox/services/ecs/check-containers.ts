import type * as ecs from "@aws-sdk/client-ecs";
import {
  awslogsOptions,
  cpuUnits,
  fargateTimeouts,
  memoryMib,
  parseArn,
  portMappingName,
} from "../../../aws/index.ts";
import { AwsError } from "../../protocol/errors.ts";

type Container = ecs.ContainerDefinition;
type ContainerDefinitions = Pick<
  ecs.RegisterTaskDefinitionRequest,
  "containerDefinitions" | "cpu" | "memory" | "networkMode" | "proxyConfiguration" | "volumes"
> & { readonly containerDefinitions: readonly Container[] };

/** The error for an invalid task definition. Source: Amazon ECS API Reference, RegisterTaskDefinition. */
export const clientError = (message: string): AwsError => new AwsError("ClientException", message);

/** Source: Amazon ECS Developer Guide, "Amazon ECS service quotas". */
const MAX_CONTAINERS = 10;

/**
 * Checks the rules between the containers of a task definition.
 *
 * Sources: Amazon ECS API Reference, ContainerDefinition, ContainerDependency and Volume. Messages: boto/boto3#2436,
 * aws/amazon-ecs-agent#1220, aws/amazon-cloudwatch-logs-for-fluent-bit#20, fabfuel/ecs-deploy#164, aws/aws-cdk#24629,
 * aws/amazon-ecs-cli#184.
 *
 * @throws AwsError ClientException
 */
export function checkContainerRelations(input: ContainerDefinitions): void {
  const { containerDefinitions: containers } = input;
  if (containers.length > MAX_CONTAINERS) throw clientError("Too many containers.");
  checkNames(containers);
  checkVolumes(input);
  for (const container of containers) checkReferences(container, containers);
  if (hasCycle(containers)) throw clientError("Dependency cycle found between containers.");
  // Source of the text: labd/ecs-deplojo#26.
  if (input.networkMode === "awsvpc" && containers.some(({ hostname }) => hostname !== undefined))
    throw clientError("hostname is not supported on container when networkMode=awsvpc.");
  checkPorts(input);
  checkUniquePortNames(containers);
  checkSizes(input);
  checkFireLens(containers);
  const proxied = input.proxyConfiguration?.containerName;
  if (proxied !== undefined && !containers.some(({ name }) => name === proxied))
    throw clientError(`Unknown container '${proxied}' in proxyConfiguration.`);
}

function checkNames(containers: readonly Container[]): void {
  const names = containers.map(({ name }) => name ?? "");
  if (names.includes("")) throw clientError("Container.name should not be null or empty.");
  const duplicate = duplicateOf(names);
  if (duplicate !== undefined)
    throw clientError(`Container.name contains duplicate container names: ${duplicate}`);
  const invalidName = names.find((name) => !/^[A-Za-z0-9_-]{1,255}$/.test(name));
  if (invalidName !== undefined)
    throw clientError(
      `Invalid container name '${invalidName}': it must be letters, digits, hyphens and underscores.`,
    );
  if (!containers.some(isEssential))
    throw clientError("A task definition must have at least one essential container.");
}

const isEssential = ({ essential }: Container): boolean => essential !== false;

const duplicateOf = (names: readonly string[]): string | undefined =>
  names.find((name, index) => names.indexOf(name) !== index);

/** The kinds of a volume. A volume has at most one of them. */
const VOLUME_KINDS = [
  "host",
  "dockerVolumeConfiguration",
  "efsVolumeConfiguration",
  "fsxWindowsFileServerVolumeConfiguration",
] as const;

function checkVolumes({ volumes = [], containerDefinitions }: ContainerDefinitions): void {
  const duplicate = duplicateOf(volumes.map(({ name }) => name ?? ""));
  if (duplicate !== undefined) throw clientError(`Duplicate volume name '${duplicate}'.`);
  for (const volume of volumes) {
    if (volume.name === undefined || !/^[A-Za-z0-9_-]{1,255}$/.test(volume.name))
      throw clientError(
        `Invalid volume name '${volume.name ?? ""}': it must be letters, digits, hyphens and underscores.`,
      );
    if (volume.host?.sourcePath === "") throw clientError("host.sourcePath should not be blank.");
    const kinds = VOLUME_KINDS.filter((kind) => volume[kind] !== undefined);
    if (kinds.length > 1)
      throw clientError(`Volume '${volume.name}' has more than one of ${kinds.join(", ")}.`);
    checkEfsVolume(volume);
  }
  const volumeNames = new Set(volumes.map(({ name }) => name));
  for (const { mountPoints = [] } of containerDefinitions) {
    const mount = mountPoints.find(({ sourceVolume }) => !volumeNames.has(sourceVolume));
    if (mount) throw clientError(`Unknown volume '${mount.sourceVolume ?? "null"}'.`);
  }
}

/** Source: Amazon ECS API Reference, EFSVolumeConfiguration and EFSAuthorizationConfig. */
function checkEfsVolume({ efsVolumeConfiguration: efs }: ecs.Volume): void {
  const { iam, accessPointId } = efs?.authorizationConfig ?? {};
  if ((iam === "ENABLED" || accessPointId !== undefined) && efs?.transitEncryption !== "ENABLED")
    throw clientError(
      "EFS access points and IAM authorization require transitEncryption to be ENABLED.",
    );
  if (accessPointId !== undefined && (efs?.rootDirectory ?? "/") !== "/")
    throw clientError("EFS access points require rootDirectory to be omitted or set to '/'.");
}

function checkReferences(container: Container, containers: readonly Container[]): void {
  const find = (name: string | undefined): Container | undefined =>
    containers.find((candidate) => candidate.name === name);
  const from = container.volumesFrom?.find(({ sourceContainer }) => !find(sourceContainer));
  if (from)
    throw clientError(
      `Unknown container '${from.sourceContainer}' in volumesFrom of '${container.name}'.`,
    );
  const link = container.links?.find((text) => !find(text.split(":")[0]));
  if (link !== undefined)
    throw clientError(`Unknown container '${link.split(":")[0]}' in links of '${container.name}'.`);
  for (const { containerName, condition } of container.dependsOn ?? []) {
    const other = find(containerName);
    if (!other)
      throw clientError(
        `The container '${container.name}' depends on container '${containerName}' which does not exist in the task definition.`,
      );
    if (condition === "HEALTHY" && !other.healthCheck)
      throw clientError(
        `The container '${container.name}' depends on container '${containerName}' with a HEALTHY condition, but that container has no health check.`,
      );
    if ((condition === "SUCCESS" || condition === "COMPLETE") && isEssential(other))
      throw clientError(
        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
      );
  }
}

function hasCycle(containers: readonly Container[]): boolean {
  const dependencies = new Map(
    containers.map(({ name, dependsOn = [], links = [] }) => [
      name,
      [
        ...dependsOn.map(({ containerName }) => containerName),
        ...links.map((link) => link.split(":")[0]),
      ],
    ]),
  );
  const dependsOn = (
    from: string | undefined,
    target: string | undefined,
    seen: Set<unknown>,
  ): boolean =>
    (dependencies.get(from) ?? []).some(
      (next) => next === target || (!seen.has(next) && dependsOn(next, target, seen.add(next))),
    );
  return containers.some(({ name }) => dependsOn(name, name, new Set()));
}

/** In the network modes bridge and host, the containers share the ports of the instance. */
function checkPorts({ containerDefinitions, networkMode = "bridge" }: ContainerDefinitions): void {
  if (networkMode !== "bridge" && networkMode !== "host") return;
  const ports = containerDefinitions.flatMap(({ portMappings = [] }) =>
    portMappings.flatMap(({ containerPort, hostPort, protocol = "tcp" }) => {
      const port = networkMode === "host" ? (hostPort ?? containerPort) : hostPort;
      return port === undefined || port === 0
        ? []
        : [`${protocol.toUpperCase()} host port '${port}'`];
    }),
  );
  const duplicate = duplicateOf(ports);
  if (duplicate !== undefined) throw clientError(`${duplicate} is mapped multiple times in task.`);
}

/** Services refer to a port mapping by its name alone. No public source of the text is known. */
function checkUniquePortNames(containers: readonly Container[]): void {
  const seen = new Set<string>();
  for (const { name: container, portMappings = [] } of containers)
    for (const { name } of portMappings) {
      if (name === undefined) continue;
      if (seen.has(name))
        throw clientError(
          `Invalid setting for container '${container}'. The port mapping name '${name}' is used more than once in the task definition.`,
        );
      seen.add(name);
    }
}

function checkSizes({ containerDefinitions, cpu, memory }: ContainerDefinitions): void {
  const sum = (sizeOf: (container: Container) => number | undefined): number =>
    containerDefinitions.reduce((total, container) => total + (sizeOf(container) ?? 0), 0);
  for (const [name, size] of [
    ["cpu", cpu === undefined ? 0 : cpuUnits(cpu)],
    ["memory", memory === undefined ? 0 : memoryMib(memory)],
  ] as const)
    if (Number.isNaN(size)) throw clientError(`Invalid '${name}' setting for task.`);
  for (const container of containerDefinitions)
    if (memory !== undefined && (container.memory ?? 0) > memoryMib(memory))
      throw clientError(
        `The 'memory' setting for container '${container.name}' is greater than for the task.`,
      );
  if (cpu !== undefined && sum((container) => container.cpu) > cpuUnits(cpu))
    throw clientError(
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    );
  if (memory !== undefined && sum((container) => container.memoryReservation) > memoryMib(memory))
    throw clientError(
      "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'.",
    );
}

/** Source: Amazon ECS Developer Guide, "Send Amazon ECS logs to an AWS service or AWS Partner" (FireLens). */
function checkFireLens(containers: readonly Container[]): void {
  const hasRouter = containers.some(({ firelensConfiguration }) => firelensConfiguration);
  const isUsed = containers.some(
    ({ logConfiguration }) => logConfiguration?.logDriver === "awsfirelens",
  );
  if (isUsed && !hasRouter)
    throw clientError(
      "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers.",
    );
  if (hasRouter && !isUsed)
    throw clientError(
      "When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.",
    );
}

/** A number of a container definition, with its range. */
type Range = readonly [name: string, value: number | undefined, min: number, max: number];

/**
 * Checks the rules within one container definition.
 *
 * Sources: Amazon ECS API Reference, ContainerDefinition, HealthCheck, ContainerRestartPolicy, EnvironmentFile, Secret and
 * Ulimit. Messages: dagster-io/dagster#11622, CircleCI-Public/aws-ecs-orb#210, klothoplatform/klotho#892,
 * aws-samples/amazon-ecs-firelens-examples#83, terraform-linters/tflint-ruleset-aws#348.
 *
 * @throws AwsError ClientException
 */
export function checkContainerSettings(container: Container, isFargate: boolean): void {
  const { name, healthCheck, restartPolicy, linuxParameters: linux } = container;
  if (healthCheck && (healthCheck.command ?? []).length === 0)
    throw clientError(`Invalid setting for container '${name}'. healthCheck.command is empty.`);
  const ranges: readonly Range[] = [
    ["healthCheck.interval", healthCheck?.interval, 5, 300],
    ["healthCheck.timeout", healthCheck?.timeout, 2, 60],
    ["healthCheck.retries", healthCheck?.retries, 1, 10],
    ["healthCheck.startPeriod", healthCheck?.startPeriod, 0, 300],
    ["restartPolicy.restartAttemptPeriod", restartPolicy?.restartAttemptPeriod, 60, 1800],
    ["linuxParameters.swappiness", linux?.swappiness, 0, 100],
    ...(isFargate ? fargateTimeouts : []).map(([timeout, min, max]): Range => [
      timeout,
      container[timeout],
      min,
      max,
    ]),
    ...(container.portMappings ?? []).flatMap(({ containerPort, hostPort }): Range[] => [
      ["containerPort", containerPort, 0, 65_535],
      ["hostPort", hostPort, 0, 65_535],
    ]),
  ];
  for (const [setting, value, min, max] of ranges)
    if (value !== undefined && (value < min || value > max))
      throw clientError(
        setting === "containerPort" || setting === "hostPort"
          ? `Invalid '${setting}' setting for container '${name}'.`
          : `Invalid setting for container '${name}'. ${setting} must be between ${min} and ${max}.`,
      );
  const ulimit = container.ulimits?.find(
    ({ softLimit, hardLimit }) => (softLimit ?? 0) > (hardLimit ?? 0) && hardLimit !== -1,
  );
  if (ulimit)
    throw clientError(
      `Invalid setting for container '${name}'. The soft limit of the ulimit '${ulimit.name}' is greater than its hard limit.`,
    );
  const duplicateLimit = duplicateOf(
    (container.ulimits ?? []).map(({ name: limit }) => limit ?? ""),
  );
  if (duplicateLimit !== undefined)
    throw clientError(
      `Invalid setting for container '${name}'. The ulimit '${duplicateLimit}' is specified more than once.`,
    );
  checkSecrets(container);
  checkLogOptions(container);
  checkPortNames(container);
  if ((restartPolicy?.ignoredExitCodes ?? []).length > 50)
    throw clientError(
      `Invalid setting for container '${name}'. restartPolicy.ignoredExitCodes can have 50 exit codes.`,
    );
  for (const { value = "" } of container.environmentFiles ?? [])
    if (parseArn(value)?.service !== "s3" || !value.endsWith(".env"))
      throw clientError(
        `Invalid setting for container '${name}'. environmentFiles must be ARNs of S3 objects that end with .env.`,
      );
}

function checkSecrets({ environment = [], secrets = [] }: Container): void {
  const names = secrets.map(({ name }) => name ?? "");
  const duplicate = duplicateOf(names);
  if (duplicate !== undefined)
    throw clientError(
      `Duplicate secret names found: ${duplicate}. Each secret name must be unique.`,
    );
  const shared = names.find((name) => environment.some((variable) => variable.name === name));
  if (shared !== undefined)
    throw clientError(
      `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${shared}'.`,
    );
}

function checkLogOptions({ logConfiguration }: Container): void {
  if (logConfiguration?.logDriver !== "awslogs") return;
  const missing = ["awslogs-region", "awslogs-group"].filter(
    (key) => logConfiguration.options?.[key] === undefined,
  );
  if (missing.length > 0)
    throw clientError(`Log driver awslogs requires options: ${missing.join(", ")}`);
  const unknown = Object.keys(logConfiguration.options ?? {}).filter(
    (key) => !awslogsOptions.includes(key),
  );
  if (unknown.length > 0)
    throw clientError(`Log driver awslogs disallows options: ${unknown.join(", ")}`);
  if ((logConfiguration.options?.["awslogs-create-group"] ?? "true") !== "true")
    throw clientError(
      "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.",
    );
}

/** Names of port mappings. No public source of the text is known. */
function checkPortNames({ name, portMappings = [] }: Container): void {
  const invalid = portMappings.find(
    (mapping) => mapping.name !== undefined && !portMappingName.test(mapping.name),
  );
  if (invalid)
    throw clientError(
      `Invalid port mapping name '${invalid.name}' for container '${name}': it must be 1 to 64 lowercase letters, digits, underscores and hyphens, and not begin with a hyphen.`,
    );
}
