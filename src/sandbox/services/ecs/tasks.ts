import type * as ecs from "@aws-sdk/client-ecs";
import { cpuUnits, zonesWithoutFargate } from "../../../aws/fargate.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../service.ts";
import { createInterface, defaultGroupOf, deleteInterfacesOf } from "../ec2/network-interfaces.ts";
import { networkInterfaces, securityGroups, subnets } from "../ec2/rows.ts";
import { zoneId } from "../ec2/subnets.ts";
import { deregisterTask } from "./registration.ts";
import {
  clusters,
  type Definition,
  definitions,
  findDefinition,
  needCluster,
  putTask,
  shortName,
  tagList,
  tagMap,
  type Task,
  tasks,
} from "./rows.ts";

/** Why no task could be placed, in the words of a service event. */
export class PlacementFailure extends Error {}

const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);

/**
 * Checks where tasks are to stand.
 *
 * Source: Amazon ECS API Reference, AwsVpcConfiguration.
 */
export function checkNetwork(
  context: Context,
  definition: Definition | undefined,
  network: ecs.NetworkConfiguration | undefined,
): ecs.AwsVpcConfiguration | undefined {
  const isAwsvpc = definition?.body.networkMode === "awsvpc";
  const wanted = network?.awsvpcConfiguration;
  if (definition && !isAwsvpc && wanted)
    throw invalid(
      "Network Configuration is not valid for the given networkMode of this task definition.",
    );
  if (!wanted) {
    if (isAwsvpc)
      throw invalid(
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
      );
    return undefined;
  }
  const ids = wanted.subnets ?? [];
  if (ids.length === 0) throw invalid("subnets can not be empty.");
  if (ids.length > 16) throw invalid("You can specify a maximum of 16 subnets.");
  const groups = wanted.securityGroups ?? [];
  if (groups.length > context.laws.quotas.securityGroupsPerInterface)
    throw invalid(
      `You can specify a maximum of ${context.laws.quotas.securityGroupsPerInterface} security groups.`,
    );
  const rows = ids.map((id) => {
    const row = context.in(subnets).get(id);
    if (!row)
      throw invalid(
        `Error retrieving subnet information for [${id}]: The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
      );
    return row;
  });
  const [first] = rows;
  if (rows.some((row) => row.vpcId !== first?.vpcId))
    throw invalid("Subnets must all belong to the same VPC.");
  for (const id of groups) {
    const group = context.in(securityGroups).get(id);
    if (!group)
      throw invalid(
        `Error retrieving security group information for [${id}]: The security group '${id}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
      );
    if (group.vpcId !== first?.vpcId)
      throw invalid(
        `Security Group ${id} does not appear to belong to the same VPC as the input subnets.`,
      );
  }
  return { assignPublicIp: "DISABLED", ...wanted, subnets: ids, securityGroups: groups };
}

/** What a task is started from. */
export interface Order {
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

/** The subnet with the fewest tasks of the group: Fargate spreads them over zones. */
function subnetFor(context: Context, order: Order): string {
  const load = (id: string): number =>
    context
      .in(tasks)
      .filter(
        (one) => one.subnetId === id && one.group === order.group && one.desired === "RUNNING",
      ).length;
  const ids = order.network.subnets ?? [];
  const least = Math.min(...ids.map(load));
  return ids.find((id) => load(id) === least) ?? "";
}

/**
 * Gives a task an interface.
 *
 * @throws PlacementFailure where AWS would have no room for it
 */
export function place(context: Context, order: Order): Task {
  const subnetId = subnetFor(context, order);
  const subnet = context.in(subnets).get(subnetId);
  if (!subnet) {
    throw new PlacementFailure(
      `Reason: The subnet ID '${subnetId}' does not exist (ErrorCode: InvalidSubnetID.NotFound).`,
    );
  }
  if (zonesWithoutFargate.has(zoneId(subnet.zone)))
    throw new PlacementFailure("Reason: Internal error.");
  const running = context
    .in(tasks)
    .filter((one) => one.status !== "STOPPED" && one.capacityProvider !== "FARGATE_SPOT")
    .map((one) => findDefinition(context, one.definitionArn))
    .reduce((sum, one) => sum + (one ? vcpusOf(one) : 0), 0);
  if (
    order.capacityProvider !== "FARGATE_SPOT" &&
    running + vcpusOf(order.definition) > context.laws.quotas.fargateVcpus
  ) {
    throw new PlacementFailure(
      "Reason: You've reached the limit on the number of vCPUs you can run concurrently.",
    );
  }
  const id = context.hex(32);
  const arn = context.arn("ecs", `task/${order.clusterName}/${id}`);
  const groups = order.network.securityGroups ?? [];
  try {
    const face = createInterface(context, subnet, {
      type: "interface",
      description: arn.replace(/^arn:[^:]+:ecs:([^:]+):(\d+):task/, "arn:aws:ecs:$1:$2:attachment"),
      groupIds: groups.length > 0 ? groups : [defaultGroupOf(context, subnet.vpcId)],
      owner: arn,
    });
    const isPublic = order.network.assignPublicIp === "ENABLED";
    const host = Number.parseInt(face.id.slice(-4), 16) % 65_536;
    context.in(networkInterfaces).put(face.id, {
      ...face,
      // A block for benchmarks that nobody routes (RFC 2544) stands for Amazon's pool.
      ...(isPublic ? { publicIp: `198.19.${Math.floor(host / 256)}.${host % 256}` } : {}),
    });
    return putTask(context, {
      arn,
      id,
      clusterName: order.clusterName,
      definitionArn: order.definition.arn,
      status: "PROVISIONING",
      desired: "RUNNING",
      launchType: "FARGATE",
      platformVersion: order.platformVersion === "LATEST" ? "1.4.0" : order.platformVersion,
      group: order.group,
      interfaceId: face.id,
      subnetId,
      zone: subnet.zone,
      privateIp: face.privateIp,
      containers: (order.definition.body.containerDefinitions ?? []).map((one) => ({
        name: one.name ?? "",
        arn: context.arn("ecs", `container/${order.clusterName}/${id}/${context.uuid()}`),
        image: one.image ?? "",
        status: "PENDING",
        health: "UNKNOWN",
      })),
      overrides: order.overrides ?? {},
      exec: order.exec,
      tags: order.tags,
      created: context.now,
      ...(order.capacityProvider === undefined ? {} : { capacityProvider: order.capacityProvider }),
      ...(order.startedBy === undefined ? {} : { startedBy: order.startedBy }),
      ...(order.serviceName === undefined ? {} : { serviceName: order.serviceName }),
      ...(order.deploymentId === undefined ? {} : { deploymentId: order.deploymentId }),
    });
  } catch (error) {
    if (error instanceof AwsError)
      throw new PlacementFailure(
        `Reason: ${error.message.replace(/\.$/, "")} (ErrorCode: ${error.code}).`,
      );
    throw error;
  }
}

/** Ends a task: it is out of its target groups at once, and its interface goes with it. */
export function stop(
  context: Context,
  task: Task,
  code: ecs.TaskStopCode,
  reason: string,
  containers: Partial<Task["containers"][number]> = {},
): Task {
  deregisterTask(context, task);
  deleteInterfacesOf(context, task.arn);
  const { failing: _, ...rest } = task;
  return putTask(context, {
    ...rest,
    status: "STOPPED",
    desired: "STOPPED",
    stopping: context.now,
    stopped: context.now,
    stopCode: code,
    stoppedReason: reason,
    containers: task.containers.map((one) => ({ ...one, status: "STOPPED", ...containers })),
  });
}

function describe(context: Context, task: Task, include: readonly string[]): ecs.Task {
  const definition = context.in(definitions).get(shortName(task.definitionArn))?.body;
  const cluster = context.in(clusters).get(task.clusterName);
  const face =
    task.interfaceId === undefined
      ? undefined
      : context.in(networkInterfaces).get(task.interfaceId);
  const details = [
    { name: "subnetId", value: task.subnetId },
    ...(task.interfaceId === undefined
      ? []
      : [{ name: "networkInterfaceId", value: task.interfaceId }]),
    ...(face ? [{ name: "macAddress", value: face.mac }] : []),
    ...(task.privateIp === undefined
      ? []
      : [{ name: "privateIPv4Address", value: task.privateIp }]),
  ];
  const attachmentId = task.id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return {
    taskArn: task.arn,
    clusterArn: cluster?.arn ?? "",
    taskDefinitionArn: task.definitionArn,
    lastStatus: task.status,
    desiredStatus: task.desired,
    launchType: task.launchType,
    platformVersion: task.platformVersion,
    platformFamily: "Linux",
    group: task.group,
    availabilityZone: task.zone,
    connectivity: task.status === "RUNNING" ? "CONNECTED" : "DISCONNECTED",
    cpu: task.overrides.cpu ?? definition?.cpu ?? "",
    memory: task.overrides.memory ?? definition?.memory ?? "",
    createdAt: task.created,
    enableExecuteCommand: task.exec,
    healthStatus: task.containers.some((one) => one.health === "UNHEALTHY")
      ? "UNHEALTHY"
      : task.containers.some((one) => one.health === "HEALTHY")
        ? "HEALTHY"
        : "UNKNOWN",
    version: 1,
    overrides: task.overrides,
    attributes: [],
    ephemeralStorage: { sizeInGiB: definition?.ephemeralStorage?.sizeInGiB ?? 20 },
    attachments: [
      {
        id: attachmentId,
        type: "ElasticNetworkInterface",
        status: task.status === "STOPPED" ? "DELETED" : "ATTACHED",
        details,
      },
    ],
    containers: task.containers.map((one) => ({
      containerArn: one.arn,
      taskArn: task.arn,
      name: one.name,
      image: one.image,
      lastStatus: one.status,
      healthStatus: one.health,
      networkBindings: [],
      networkInterfaces:
        task.privateIp === undefined ? [] : [{ attachmentId, privateIpv4Address: task.privateIp }],
      ...(one.exitCode === undefined ? {} : { exitCode: one.exitCode }),
      ...(one.reason === undefined ? {} : { reason: one.reason }),
    })),
    tags: include.includes("TAGS") ? tagList(task.tags) : [],
    ...(task.capacityProvider === undefined ? {} : { capacityProviderName: task.capacityProvider }),
    ...(task.startedBy === undefined ? {} : { startedBy: task.startedBy }),
    ...(task.started ? { startedAt: task.started } : {}),
    ...(task.stopping ? { stoppingAt: task.stopping } : {}),
    ...(task.stopped ? { stoppedAt: task.stopped, executionStoppedAt: task.stopped } : {}),
    ...(task.stopCode === undefined ? {} : { stopCode: task.stopCode }),
    ...(task.stoppedReason === undefined ? {} : { stoppedReason: task.stoppedReason }),
  };
}

export function needDefinition(context: Context, name: string): Definition {
  const row = findDefinition(context, name);
  if (!row?.isActive) throw new AwsError("ClientException", "TaskDefinition not found.");
  return row;
}

/** The provider that a task is counted to, of a strategy. */
export function checkLaunch(
  context: Context,
  clusterName: string,
  definition: Definition | undefined,
  launchType: ecs.LaunchType | undefined,
  strategy: readonly ecs.CapacityProviderStrategyItem[] | undefined,
): void {
  if (launchType !== undefined && strategy !== undefined && strategy.length > 0)
    throw invalid("Specifying both a launch type and capacity provider strategy is not supported.");
  const cluster = context.in(clusters).get(clusterName);
  const loose = strategy?.find(
    (one) => cluster?.capacityProviders.includes(one.capacityProvider ?? "") !== true,
  );
  if (loose) {
    throw invalid(
      "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.",
    );
  }
  const isFargate =
    launchType === "FARGATE" ||
    (launchType === undefined && (strategy ?? cluster?.defaultStrategy ?? []).length > 0);
  if (!isFargate) {
    throw new AwsError(
      "NotImplemented",
      "Berth's sandbox does not implement tasks on EC2 or external instances",
      501,
    );
  }
  if (definition && definition.body.compatibilities?.includes("FARGATE") !== true)
    throw invalid("Task definition does not support launch_type FARGATE.");
}

/** Platform versions of Linux tasks. Source: Amazon ECS Developer Guide, "Fargate Linux platform versions". */
export function checkPlatform(version: string | undefined): string {
  const given = version ?? "LATEST";
  if (!["LATEST", "1.4.0", "1.3.0"].includes(given))
    throw new AwsError(
      "PlatformUnknownException",
      "The specified platform version does not exist.",
    );
  return given;
}

const byCluster = (context: Context, cluster: string | undefined): Task[] => {
  const { name } = needCluster(context, cluster);
  return context.in(tasks).filter((one) => one.clusterName === name);
};

export const taskOperations: Operations = {
  RunTask: operation<ecs.RunTaskRequest, ecs.RunTaskResponse>()(
    [
      "capacityProviderStrategy",
      "cluster",
      "count",
      "enableECSManagedTags",
      "enableExecuteCommand",
      "group",
      "launchType",
      "networkConfiguration",
      "overrides",
      "platformVersion",
      "propagateTags",
      "referenceId",
      "startedBy",
      "tags",
      "taskDefinition",
    ],
    (context, input) => {
      const cluster = needCluster(context, input.cluster);
      const definition = needDefinition(context, input.taskDefinition);
      checkLaunch(
        context,
        cluster.name,
        definition,
        input.launchType,
        input.capacityProviderStrategy,
      );
      const network = checkNetwork(context, definition, input.networkConfiguration);
      if (!network) throw invalid("Network Configuration must be provided.");
      if (input.enableExecuteCommand === true) checkExec(definition);
      const strategy = input.capacityProviderStrategy ?? cluster.defaultStrategy;
      const provider = input.launchType === undefined ? strategy[0]?.capacityProvider : undefined;
      const made: Task[] = [];
      const failures: ecs.Failure[] = [];
      for (let index = 0; index < (input.count ?? 1); index++) {
        try {
          made.push(
            place(context, {
              clusterName: cluster.name,
              definition,
              network,
              group: input.group ?? `family:${definition.family}`,
              platformVersion: checkPlatform(input.platformVersion),
              exec: input.enableExecuteCommand ?? false,
              tags: tagMap(input.tags),
              ...(input.overrides === undefined ? {} : { overrides: input.overrides }),
              ...(input.startedBy === undefined ? {} : { startedBy: input.startedBy }),
              ...(provider === undefined ? {} : { capacityProvider: provider }),
            }),
          );
        } catch (error) {
          if (!(error instanceof PlacementFailure)) throw error;
          failures.push({ reason: error.message.replace(/^Reason: /, "") });
        }
      }
      return { tasks: made.map((task) => describe(context, task, ["TAGS"])), failures };
    },
  ),

  StopTask: operation<ecs.StopTaskRequest, ecs.StopTaskResponse>()(
    ["cluster", "task", "reason"],
    (context, input) => {
      const { name } = needCluster(context, input.cluster);
      const task = context.in(tasks).get(`${name}/${shortName(input.task)}`);
      if (!task) throw invalid("The referenced task was not found.");
      const row =
        task.status === "STOPPED"
          ? task
          : stop(context, task, "UserInitiated", input.reason ?? "Task stopped by user");
      return { task: describe(context, row, ["TAGS"]) };
    },
  ),

  DescribeTasks: operation<ecs.DescribeTasksRequest, ecs.DescribeTasksResponse>()(
    ["cluster", "tasks", "include"],
    (context, input) => {
      const { name } = needCluster(context, input.cluster);
      const found = input.tasks.map((one) => context.in(tasks).get(`${name}/${shortName(one)}`));
      return {
        tasks: found.flatMap((row) => (row ? [describe(context, row, input.include ?? [])] : [])),
        failures: input.tasks
          .filter((_, index) => found[index] === undefined)
          .map((one) => ({
            arn: context.arn("ecs", `task/${name}/${shortName(one)}`),
            reason: "MISSING",
          })),
      };
    },
  ),

  ListTasks: operation<ecs.ListTasksRequest, ecs.ListTasksResponse>()(
    [
      "cluster",
      "desiredStatus",
      "family",
      "launchType",
      "maxResults",
      "nextToken",
      "serviceName",
      "startedBy",
    ],
    (context, input) => {
      const desired = input.desiredStatus ?? "RUNNING";
      const rows = byCluster(context, input.cluster).filter(
        (row) =>
          row.desired === desired &&
          (input.family === undefined ||
            findDefinition(context, row.definitionArn)?.family === input.family) &&
          (input.serviceName === undefined || row.serviceName === shortName(input.serviceName)) &&
          (input.launchType === undefined || row.launchType === input.launchType) &&
          (input.startedBy === undefined || row.startedBy === input.startedBy),
      );
      const { items, next } = page(rows, input.maxResults ?? 100, input.nextToken);
      return {
        taskArns: items.map((row) => row.arn),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    },
  ),

  ExecuteCommand: operation<ecs.ExecuteCommandRequest, ecs.ExecuteCommandResponse>()(
    ["cluster", "container", "command", "interactive", "task"],
    (context, input) => {
      const { name } = needCluster(context, input.cluster);
      const task = context.in(tasks).get(`${name}/${shortName(input.task)}`);
      if (!task) throw invalid("The referenced task was not found.");
      if (!task.exec) {
        throw invalid(
          "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.",
        );
      }
      throw new AwsError(
        "NotImplemented",
        "Berth's sandbox does not run programs: there is no shell to open",
        501,
      );
    },
  ),
};

/** Source: Amazon ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec". */
export function checkExec(definition: Definition | undefined): void {
  if (definition && definition.body.taskRoleArn === undefined) {
    throw invalid(
      "The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.",
    );
  }
}
