import type * as ecs from "@aws-sdk/client-ecs";
import { AwsError, invalidParameter } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { networkInterfaces } from "../ec2/tables.ts";
import {
  checkExec,
  checkLaunch,
  checkNetwork,
  checkPlatform,
  requireDefinition,
  placeTask,
  stopTask,
} from "./placement.ts";
import { PlacementFailure } from "./placement-failure.ts";
import {
  clusters,
  definitions,
  findDefinition,
  findTask,
  requireCluster,
  shortName,
  tagList,
  tagMap,
  type Task,
  tasks,
} from "./tables.ts";

function describe(context: Context, task: Task, include: readonly string[]): ecs.Task {
  const definition = context.in(definitions).get(shortName(task.definitionArn))?.body;
  const cluster = context.in(clusters).get(task.clusterName);
  const networkInterface =
    task.interfaceId === undefined
      ? undefined
      : context.in(networkInterfaces).get(task.interfaceId);
  const details = [
    { name: "subnetId", value: task.subnetId },
    ...(task.interfaceId === undefined
      ? []
      : [{ name: "networkInterfaceId", value: task.interfaceId }]),
    ...(networkInterface ? [{ name: "macAddress", value: networkInterface.mac }] : []),
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
    connectivity:
      task.status === "RUNNING" || task.status === "DEACTIVATING" ? "CONNECTED" : "DISCONNECTED",
    cpu: task.overrides.cpu ?? definition?.cpu ?? "",
    memory: task.overrides.memory ?? definition?.memory ?? "",
    createdAt: task.created,
    enableExecuteCommand: task.exec,
    healthStatus: task.containers.some((container) => container.health === "UNHEALTHY")
      ? "UNHEALTHY"
      : task.containers.some((container) => container.health === "HEALTHY")
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
    containers: task.containers.map((container) => ({
      containerArn: container.arn,
      taskArn: task.arn,
      name: container.name,
      image: container.image,
      ...(container.imageDigest === undefined ? {} : { imageDigest: container.imageDigest }),
      lastStatus: container.status,
      healthStatus: container.health,
      networkBindings: [],
      networkInterfaces:
        task.privateIp === undefined ? [] : [{ attachmentId, privateIpv4Address: task.privateIp }],
      ...(container.exitCode === undefined ? {} : { exitCode: container.exitCode }),
      ...(container.reason === undefined ? {} : { reason: container.reason }),
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

const byCluster = (context: Context, cluster: string | undefined): Task[] => {
  const { name } = requireCluster(context, cluster);
  return context.in(tasks).filter((task) => task.clusterName === name);
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
      "startedBy",
      "tags",
      "taskDefinition",
    ],
    (context, input) => {
      const cluster = requireCluster(context, input.cluster);
      const definition = requireDefinition(context, input.taskDefinition);
      checkLaunch(
        context,
        cluster.name,
        definition,
        input.launchType,
        input.capacityProviderStrategy,
      );
      if (input.propagateTags === "SERVICE")
        throw invalidParameter("propagateTags SERVICE is for tasks of a service.");
      const network = checkNetwork(context, definition, input.networkConfiguration);
      if (!network) throw invalidParameter("Network Configuration must be provided.");
      // Source: Amazon ECS API Reference, "RunTask". No public source of the message is known. The names of rules and schedules,
      // which start tasks too, may contain dots.
      if (input.startedBy !== undefined && !/^[\w./-]{1,128}$/.test(input.startedBy))
        throw invalidParameter("startedBy contains invalid characters or is longer than 128.");
      if (input.enableExecuteCommand === true) checkExec(definition);
      const strategy = input.capacityProviderStrategy ?? cluster.defaultStrategy;
      const provider = input.launchType === undefined ? strategy[0]?.capacityProvider : undefined;
      const startedTasks: Task[] = [];
      const failures: ecs.Failure[] = [];
      for (let index = 0; index < (input.count ?? 1); index++) {
        try {
          startedTasks.push(
            placeTask(context, {
              clusterName: cluster.name,
              definition,
              network,
              group: input.group ?? `family:${definition.family}`,
              platformVersion: checkPlatform(input.platformVersion),
              exec: input.enableExecuteCommand ?? false,
              tags: {
                ...(input.enableECSManagedTags === true
                  ? { "aws:ecs:clusterName": cluster.name }
                  : {}),
                ...(input.propagateTags === "TASK_DEFINITION" ? definition.tags : {}),
                ...tagMap(input.tags),
              },
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
      return { tasks: startedTasks.map((task) => describe(context, task, ["TAGS"])), failures };
    },
  ),

  StopTask: operation<ecs.StopTaskRequest, ecs.StopTaskResponse>()(
    ["cluster", "task", "reason"],
    (context, input) => {
      const { name } = requireCluster(context, input.cluster);
      const task = findTask(context, name, input.task);
      if (!task) throw invalidParameter("The referenced task was not found.");
      const reason = input.reason ?? "Task stopped by user";
      const row = stopTask(context, task, "UserInitiated", reason);
      return { task: describe(context, row, ["TAGS"]) };
    },
  ),

  DescribeTasks: operation<ecs.DescribeTasksRequest, ecs.DescribeTasksResponse>()(
    ["cluster", "tasks", "include"],
    (context, input) => {
      const { name } = requireCluster(context, input.cluster);
      const found = input.tasks.map((task) => findTask(context, name, task));
      return {
        tasks: found.flatMap((row) => (row ? [describe(context, row, input.include ?? [])] : [])),
        failures: input.tasks
          .filter((_, index) => found[index] === undefined)
          .map((task) => ({
            arn: context.arn("ecs", `task/${name}/${shortName(task)}`),
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
      const { name } = requireCluster(context, input.cluster);
      const task = findTask(context, name, input.task);
      if (!task) throw invalidParameter("The referenced task was not found.");
      if (!task.exec) {
        throw invalidParameter(
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
