import type * as ecs from "@aws-sdk/client-ecs";
import { AwsError, notImplemented, invalidParameter } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { checkLoadBalancers, storedLoadBalancers } from "./check-service.ts";
import { counts, deploymentOf, requireActiveService, requireService } from "./deployments.ts";
import { type Deployment, type EcsService, putService, tasksOf } from "./tables.ts";
import { checkNetwork, requireDefinition, stopTask } from "./placement.ts";

export function describeTaskSet(
  context: Context,
  row: EcsService,
  deployment: Deployment,
): ecs.TaskSet {
  const computed = Math.ceil((row.desired * deployment.scale) / 100);
  const { runningCount, pendingCount } = counts(context, row, deployment);
  return {
    id: deployment.id,
    taskSetArn: context.arn("ecs", `task-set/${row.clusterName}/${row.name}/${deployment.id}`),
    serviceArn: row.arn,
    clusterArn: context.arn("ecs", `cluster/${row.clusterName}`),
    status: deployment.status,
    taskDefinition: deployment.definitionArn,
    computedDesiredCount: computed,
    pendingCount,
    runningCount,
    createdAt: deployment.created,
    updatedAt: deployment.updated,
    launchType: row.launchType ?? "FARGATE",
    platformVersion: row.platformVersion,
    platformFamily: "Linux",
    loadBalancers: [...deployment.loadBalancers],
    serviceRegistries: [],
    scale: { value: deployment.scale, unit: "PERCENT" },
    stabilityStatus: runningCount === computed ? "STEADY_STATE" : "STABILIZING",
    tags: [],
    ...(deployment.externalId === undefined ? {} : { externalId: deployment.externalId }),
    ...(deployment.network
      ? { networkConfiguration: { awsvpcConfiguration: deployment.network } }
      : {}),
  };
}

const taskSetId = (idOrArn: string): string => /(ecs-svc\/\d+)$/.exec(idOrArn)?.[1] ?? idOrArn;

function requireTaskSet(row: EcsService, id: string): Deployment {
  const deployment = row.deployments.find((otherDeployment) => otherDeployment.id === id);
  if (!deployment)
    throw new AwsError("TaskSetNotFoundException", "The specified task set was not found.");
  return deployment;
}

/** Removes a task set from its service and stops its tasks. */
function deleteTaskSet(context: Context, row: EcsService, deployment: Deployment): void {
  for (const task of tasksOf(context, row, deployment))
    stopTask(context, task, "ServiceSchedulerInitiated", `Task set ${deployment.id} was deleted`);
  putService(context, {
    ...row,
    deployments: row.deployments.filter((otherDeployment) => otherDeployment.id !== deployment.id),
  });
}

export const taskSetOperations: Operations = {
  CreateTaskSet: operation<ecs.CreateTaskSetRequest, ecs.CreateTaskSetResponse>()(
    [
      "cluster",
      "externalId",
      "launchType",
      "loadBalancers",
      "networkConfiguration",
      "scale",
      "service",
      "taskDefinition",
    ],
    (context, input) => {
      const row = requireActiveService(context, input.cluster, input.service);
      if (row.controller === "ECS")
        throw invalidParameter(
          "Task sets are not supported for services with the ECS deployment controller.",
        );
      if ((input.launchType ?? "FARGATE") !== (row.launchType ?? "FARGATE"))
        throw notImplemented("task sets with another launch type than their service");
      const definition = requireDefinition(context, input.taskDefinition);
      const network = input.networkConfiguration
        ? checkNetwork(context, definition, input.networkConfiguration)
        : row.network;
      const balancers = storedLoadBalancers(input.loadBalancers);
      checkLoadBalancers(context, balancers, definition, network);
      const taskSet: Deployment = {
        ...deploymentOf(context, definition.arn, network, balancers),
        status: row.deployments.length === 0 ? "PRIMARY" : "ACTIVE",
        scale: input.scale?.value ?? 100,
        ...(input.externalId === undefined ? {} : { externalId: input.externalId }),
      };
      const updated = putService(context, { ...row, deployments: [...row.deployments, taskSet] });
      return { taskSet: describeTaskSet(context, updated, taskSet) };
    },
  ),

  UpdateServicePrimaryTaskSet: operation<
    ecs.UpdateServicePrimaryTaskSetRequest,
    ecs.UpdateServicePrimaryTaskSetResponse
  >()(["cluster", "service", "primaryTaskSet"], (context, input) => {
    const row = requireActiveService(context, input.cluster, input.service);
    const id = taskSetId(input.primaryTaskSet);
    const deployment = requireTaskSet(row, id);
    const updated = putService(context, {
      ...row,
      deployments: row.deployments.map((otherDeployment) => ({
        ...otherDeployment,
        status: otherDeployment.id === id ? ("PRIMARY" as const) : ("ACTIVE" as const),
      })),
    });
    return { taskSet: describeTaskSet(context, updated, { ...deployment, status: "PRIMARY" }) };
  }),

  UpdateTaskSet: operation<ecs.UpdateTaskSetRequest, ecs.UpdateTaskSetResponse>()(
    ["cluster", "service", "taskSet", "scale"],
    (context, input) => {
      const row = requireActiveService(context, input.cluster, input.service);
      const entry = {
        ...requireTaskSet(row, taskSetId(input.taskSet)),
        scale: input.scale.value ?? 100,
      };
      const updated = putService(context, {
        ...row,
        deployments: row.deployments.map((otherDeployment) =>
          otherDeployment.id === entry.id ? entry : otherDeployment,
        ),
      });
      return { taskSet: describeTaskSet(context, updated, entry) };
    },
  ),

  DeleteTaskSet: operation<ecs.DeleteTaskSetRequest, ecs.DeleteTaskSetResponse>()(
    ["cluster", "service", "taskSet", "force"],
    (context, input) => {
      const row = requireActiveService(context, input.cluster, input.service);
      const deployment = requireTaskSet(row, taskSetId(input.taskSet));
      if (deployment.scale > 0 && input.force !== true)
        throw invalidParameter(
          "The task set cannot be deleted while it is scaled above 0; use force.",
        );
      // With the scale 0 the scheduler starts no more tasks of it.
      const updated = putService(context, {
        ...row,
        deployments: row.deployments.map((otherDeployment) =>
          otherDeployment.id === deployment.id ? { ...otherDeployment, scale: 0 } : otherDeployment,
        ),
      });
      const described = describeTaskSet(context, updated, deployment);
      deleteTaskSet(context, updated, deployment);
      return { taskSet: { ...described, status: "DRAINING" } };
    },
  ),

  DescribeTaskSets: operation<ecs.DescribeTaskSetsRequest, ecs.DescribeTaskSetsResponse>()(
    ["cluster", "service", "taskSets", "include"],
    (context, input) => {
      const row = requireService(context, input.cluster, input.service);
      const requestedIds = input.taskSets?.map(taskSetId);
      return {
        taskSets: row.deployments
          .filter((deployment) => requestedIds?.includes(deployment.id) ?? true)
          .map((deployment) => describeTaskSet(context, row, deployment)),
        failures: (requestedIds ?? [])
          .filter((id) => !row.deployments.some((deployment) => deployment.id === id))
          .map((arn) => ({ arn, reason: "MISSING" })),
      };
    },
  ),
};
