import type * as ecs from "@aws-sdk/client-ecs";
import { cpuUnits, zonesWithoutFargate } from "../../../aws/index.ts";
import { AwsError, notImplemented, invalidParameter } from "../../protocol/errors.ts";
import { type Context } from "../../core/operation.ts";
import {
  createNetworkInterface,
  defaultSecurityGroupId,
  deleteNetworkInterfacesOf,
} from "../ec2/network-interfaces.ts";
import { networkInterfaces, securityGroups, subnets } from "../ec2/tables.ts";
import { zoneId } from "../ec2/subnets.ts";
import { PlacementFailure } from "./placement-failure.ts";
import { deregisterTask } from "./target-registration.ts";
import { clusters, type Definition, findDefinition, putTask, type Task, tasks } from "./tables.ts";

/**
 * Checks the network configuration of tasks.
 *
 * Source: Amazon ECS API Reference, AwsVpcConfiguration.
 */
export function checkNetwork(
  context: Context,
  definition: Definition | undefined,
  network: ecs.NetworkConfiguration | undefined,
): ecs.AwsVpcConfiguration | undefined {
  const isAwsvpc = definition?.body.networkMode === "awsvpc";
  const configuration = network?.awsvpcConfiguration;
  if (definition && !isAwsvpc && configuration)
    throw invalidParameter(
      "Network Configuration is not valid for the given networkMode of this task definition.",
    );
  if (!configuration) {
    if (isAwsvpc)
      throw invalidParameter(
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
      );
    return undefined;
  }
  const ids = configuration.subnets ?? [];
  if (ids.length === 0) throw invalidParameter("subnets can not be empty.");
  if (ids.length > 16) throw invalidParameter("You can specify a maximum of 16 subnets.");
  const groups = configuration.securityGroups ?? [];
  if (groups.length > context.settings.quotas.securityGroupsPerInterface)
    throw invalidParameter(
      `You can specify a maximum of ${context.settings.quotas.securityGroupsPerInterface} security groups.`,
    );
  const rows = ids.map((id) => {
    const row = context.in(subnets).get(id);
    if (!row)
      throw invalidParameter(
        `Error retrieving subnet information for [${id}]: The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
      );
    return row;
  });
  const [first] = rows;
  if (rows.some((row) => row.vpcId !== first?.vpcId))
    throw invalidParameter("Subnets must all belong to the same VPC.");
  for (const id of groups) {
    const group = context.in(securityGroups).get(id);
    if (!group)
      throw invalidParameter(
        `Error retrieving security group information for [${id}]: The security group '${id}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
      );
    if (group.vpcId !== first?.vpcId)
      throw invalidParameter(
        `Security Group ${id} does not appear to belong to the same VPC as the input subnets.`,
      );
  }
  return { assignPublicIp: "DISABLED", ...configuration, subnets: ids, securityGroups: groups };
}

/** A request to start a task. */
export interface TaskRequest {
  readonly clusterName: string;
  readonly definition: Definition;
  readonly network: ecs.AwsVpcConfiguration;
  readonly group: string;
  readonly capacityProvider?: string;
  readonly platformVersion: string;
  readonly startedBy?: string;
  readonly serviceName?: string;
  readonly deploymentId?: string;
  readonly overrides?: ecs.TaskOverride;
  readonly exec: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

const vcpusOf = (definition: Definition): number => cpuUnits(definition.body.cpu ?? "0") / 1024;

/** The subnet with the fewest tasks of the group, because Fargate spreads tasks over availability zones. */
function subnetFor(context: Context, taskRequest: TaskRequest): string {
  const load = (id: string): number =>
    context
      .in(tasks)
      .filter(
        (task) =>
          task.subnetId === id && task.group === taskRequest.group && task.desired === "RUNNING",
      ).length;
  const ids = taskRequest.network.subnets ?? [];
  const least = Math.min(...ids.map(load));
  return ids.find((id) => load(id) === least) ?? "";
}

/**
 * Places a task: creates the task and its network interface.
 *
 * @throws PlacementFailure if AWS cannot place the task
 */
export function placeTask(context: Context, taskRequest: TaskRequest): Task {
  const subnetId = subnetFor(context, taskRequest);
  const subnet = context.in(subnets).get(subnetId);
  if (!subnet) {
    throw new PlacementFailure(
      "rejected",
      `Reason: The subnet ID '${subnetId}' does not exist (ErrorCode: InvalidSubnetID.NotFound).`,
    );
  }
  if (zonesWithoutFargate.has(zoneId(subnet.zone)))
    throw new PlacementFailure("zone-without-fargate", "Reason: Internal error.");
  const running = context
    .in(tasks)
    .filter((task) => task.status !== "STOPPED" && task.capacityProvider !== "FARGATE_SPOT")
    .map((task) => findDefinition(context, task.definitionArn))
    .reduce((sum, definition) => sum + (definition ? vcpusOf(definition) : 0), 0);
  if (
    taskRequest.capacityProvider !== "FARGATE_SPOT" &&
    running + vcpusOf(taskRequest.definition) > context.settings.quotas.fargateVcpus
  ) {
    throw new PlacementFailure(
      "vcpu-quota",
      "Reason: You've reached the limit on the number of vCPUs you can run concurrently.",
    );
  }
  const id = context.hex(32);
  const arn = context.arn("ecs", `task/${taskRequest.clusterName}/${id}`);
  const groups = taskRequest.network.securityGroups ?? [];
  try {
    const networkInterface = createNetworkInterface(context, subnet, {
      type: "interface",
      description: arn.replace(/^arn:[^:]+:ecs:([^:]+):(\d+):task/, "arn:aws:ecs:$1:$2:attachment"),
      groupIds: groups.length > 0 ? groups : [defaultSecurityGroupId(context, subnet.vpcId)],
      owner: arn,
    });
    const isPublic = taskRequest.network.assignPublicIp === "ENABLED";
    const host = Number.parseInt(networkInterface.id.slice(-4), 16) % 65_536;
    context.in(networkInterfaces).put(networkInterface.id, {
      ...networkInterface,
      // Addresses of the benchmark block (RFC 2544), which is not routed, are used instead of the pool of Amazon.
      ...(isPublic ? { publicIp: `198.19.${Math.floor(host / 256)}.${host % 256}` } : {}),
    });
    return putTask(context, {
      arn,
      id,
      clusterName: taskRequest.clusterName,
      definitionArn: taskRequest.definition.arn,
      status: "PROVISIONING",
      desired: "RUNNING",
      launchType: "FARGATE",
      platformVersion:
        taskRequest.platformVersion === "LATEST" ? "1.4.0" : taskRequest.platformVersion,
      group: taskRequest.group,
      interfaceId: networkInterface.id,
      subnetId,
      zone: subnet.zone,
      privateIp: networkInterface.privateIp,
      containers: (taskRequest.definition.body.containerDefinitions ?? []).map(
        (containerDefinition) => ({
          name: containerDefinition.name ?? "",
          arn: context.arn("ecs", `container/${taskRequest.clusterName}/${id}/${context.uuid()}`),
          image: containerDefinition.image ?? "",
          status: "PENDING",
          health: "UNKNOWN",
        }),
      ),
      overrides: taskRequest.overrides ?? {},
      exec: taskRequest.exec,
      tags: taskRequest.tags,
      created: context.now,
      ...(taskRequest.capacityProvider === undefined
        ? {}
        : { capacityProvider: taskRequest.capacityProvider }),
      ...(taskRequest.startedBy === undefined ? {} : { startedBy: taskRequest.startedBy }),
      ...(taskRequest.serviceName === undefined ? {} : { serviceName: taskRequest.serviceName }),
      ...(taskRequest.deploymentId === undefined ? {} : { deploymentId: taskRequest.deploymentId }),
    });
  } catch (error) {
    if (error instanceof AwsError)
      throw new PlacementFailure(
        error.code === "InsufficientFreeAddressesInSubnet" ? "no-free-address" : "rejected",
        `Reason: ${error.message.replace(/\.$/, "")} (ErrorCode: ${error.code}).`,
      );
    throw error;
  }
}

/**
 * Stops a task. A running task is first deregistered from its target groups: it is DEACTIVATING, and still answers,
 * until their deregistration delay has passed.
 *
 * Source: Amazon ECS Developer Guide, "Amazon ECS task lifecycle".
 */
export function stopTask(
  context: Context,
  task: Task,
  code: ecs.TaskStopCode,
  reason: string,
  containers: Partial<Task["containers"][number]> = {},
): Task {
  if (task.desired === "STOPPED") return task;
  const seconds = deregisterTask(context, task);
  const { failing: _, ...rest } = task;
  const stopping: Task = {
    ...rest,
    desired: "STOPPED",
    stopping: context.now,
    stopCode: code,
    stoppedReason: reason,
  };
  if (task.status !== "RUNNING" || seconds === 0) return endTask(context, stopping, containers);
  return putTask(context, {
    ...stopping,
    status: "DEACTIVATING",
    deregistered: new Date(context.now.getTime() + seconds * 1000),
  });
}

/** Ends the containers of a task and deletes its network interface. */
export function endTask(
  context: Context,
  task: Task,
  containers: Partial<Task["containers"][number]> = {},
): Task {
  deleteNetworkInterfacesOf(context, task.arn);
  return putTask(context, {
    ...task,
    status: "STOPPED",
    stopped: context.now,
    containers: task.containers.map((container) => ({
      ...container,
      status: "STOPPED",
      ...containers,
    })),
  });
}

export function requireDefinition(context: Context, name: string): Definition {
  const row = findDefinition(context, name);
  if (!row?.isActive) throw new AwsError("ClientException", "TaskDefinition not found.");
  return row;
}

/** Checks the launch type and the capacity provider strategy. */
export function checkLaunch(
  context: Context,
  clusterName: string,
  definition: Definition | undefined,
  launchType: ecs.LaunchType | undefined,
  strategy: readonly ecs.CapacityProviderStrategyItem[] | undefined,
): void {
  if (launchType !== undefined && strategy !== undefined && strategy.length > 0)
    throw invalidParameter(
      "Specifying both a launch type and capacity provider strategy is not supported.",
    );
  const cluster = context.in(clusters).get(clusterName);
  const unassociated = strategy?.find(
    (strategyItem) =>
      cluster?.capacityProviders.includes(strategyItem.capacityProvider ?? "") !== true,
  );
  if (unassociated) {
    throw invalidParameter(
      "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.",
    );
  }
  const isFargate =
    launchType === "FARGATE" ||
    (launchType === undefined && (strategy ?? cluster?.defaultStrategy ?? []).length > 0);
  if (!isFargate) {
    throw notImplemented("tasks on EC2 or external instances");
  }
  if (definition && definition.body.compatibilities?.includes("FARGATE") !== true)
    throw invalidParameter("Task definition does not support launch_type FARGATE.");
}

/** Platform versions of Linux tasks. Source: Amazon ECS Developer Guide, "Fargate Linux platform versions". */
export function checkPlatform(version: string | undefined): string {
  const requested = version ?? "LATEST";
  if (!["LATEST", "1.4.0", "1.3.0"].includes(requested))
    throw new AwsError(
      "PlatformUnknownException",
      "The specified platform version does not exist.",
    );
  return requested;
}

/** Source: Amazon ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec". */
export function checkExec(definition: Definition | undefined): void {
  if (definition && definition.body.taskRoleArn === undefined) {
    throw invalidParameter(
      "The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.",
    );
  }
}
