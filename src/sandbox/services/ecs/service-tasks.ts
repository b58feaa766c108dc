import type { Context } from "../../core/operation.ts";
import type { SettleTrigger } from "../../core/settle-trigger.ts";
import { networkInterfaces } from "../ec2/tables.ts";
import { addEvent, recordDeploymentFailure } from "./events.ts";
import { placeTask, stopTask, type TaskRequest } from "./placement.ts";
import { nextProvider } from "./provider-strategy.ts";
import { PlacementFailure } from "./placement-failure.ts";
import {
  type Deployment,
  type EcsService,
  findDefinition,
  type Task,
  tasks,
  tasksOf,
} from "./tables.ts";
import { attemptStart } from "./task-lifecycle.ts";

/** Starts or stops tasks of a deployment. Returns whether anything changed. */
export function startOrStopTasks(
  context: Context,
  service: EcsService,
  deployment: Deployment,
  desiredCount: number,
  maxNewTasks: number,
  trigger: SettleTrigger,
): boolean {
  const currentTasks = tasksOf(context, service, deployment);
  if (currentTasks.length > desiredCount) {
    for (const task of currentTasks.slice(desiredCount))
      stopTask(
        context,
        task,
        "ServiceSchedulerInitiated",
        `Scaling activity initiated by (deployment ${deployment.id})`,
      );
    return true;
  }
  const missing = Math.min(desiredCount - currentTasks.length, maxNewTasks);
  if (
    missing <= 0 ||
    deployment.rollout === "FAILED" ||
    !isRetryDue(context, service, deployment, trigger)
  )
    return false;
  const started: Task[] = [];
  for (let index = 0; index < missing; index++) {
    const task = startServiceTask(context, service, deployment);
    if (!task) break;
    started.push(task);
  }
  if (started.length === 0) return false;
  const ids = started.map((task) => `(task ${task.id})`).join(", ");
  addEvent(
    context,
    service,
    `(service ${service.name}) has started ${started.length} tasks: ${ids}.`,
  );
  return true;
}

/**
 * Whether a deployment may start tasks after a failure: when the retry time is reached or, at the pace `instant`, when
 * a client polls or when a change makes the start succeed.
 */
function isRetryDue(
  context: Context,
  service: EcsService,
  deployment: Deployment,
  trigger: SettleTrigger,
): boolean {
  if (deployment.failures === 0 || deployment.retryAt === undefined) return true;
  if (context.settings.pace === "real") return context.now >= deployment.retryAt;
  if (trigger === "waited") return true;
  return trigger === "changed" && wouldStart(context, service, deployment);
}

/** Whether a task would start. The state is not changed. */
function wouldStart(context: Context, service: EcsService, deployment: Deployment): boolean {
  const last = context
    .in(tasks)
    .all()
    .findLast((task) => task.deploymentId === deployment.id && task.status === "STOPPED");
  if (
    last?.stopCode === "ServiceSchedulerInitiated" ||
    last?.stopCode === "EssentialContainerExited"
  )
    return false;
  try {
    const task = placeTask(context, taskRequestOf(context, service, deployment));
    const failure = attemptStart(context, task);
    deleteTask(context, task);
    return failure === undefined;
  } catch (error) {
    if (error instanceof PlacementFailure) return false;
    throw error;
  }
}

function deleteTask(context: Context, task: Task): void {
  for (const taskInterface of context
    .in(networkInterfaces)
    .filter((networkInterface) => networkInterface.owner === task.arn))
    context.in(networkInterfaces).delete(taskInterface.id);
  context.in(tasks).delete(`${task.clusterName}/${task.id}`);
}

/** The request to start a task of a deployment. */
export function taskRequestOf(
  context: Context,
  service: EcsService,
  deployment: Deployment,
): TaskRequest {
  const definition = findDefinition(context, deployment.definitionArn);
  const network = deployment.network ?? service.network;
  if (!definition || !network)
    throw new PlacementFailure(
      "rejected",
      "Reason: the task definition or network configuration is missing.",
    );
  const provider = providerFor(context, service);
  return {
    clusterName: service.clusterName,
    definition,
    network,
    group: `service:${service.name}`,
    platformVersion: service.platformVersion,
    startedBy: deployment.id,
    serviceName: service.name,
    deploymentId: deployment.id,
    exec: service.exec,
    tags:
      service.propagateTags === "SERVICE"
        ? service.tags
        : service.propagateTags === "TASK_DEFINITION"
          ? definition.tags
          : {},
    ...(provider === undefined ? {} : { capacityProvider: provider }),
  };
}

/**
 * The capacity provider that is furthest below its share. Source: Amazon ECS Developer Guide, "Amazon ECS capacity
 * providers for Fargate": base, then weights.
 */
function providerFor(context: Context, service: EcsService): string | undefined {
  if (service.strategy.length === 0) return undefined;
  const count = (name: string | undefined): number =>
    context
      .in(tasks)
      .filter(
        (task) =>
          task.serviceName === service.name &&
          task.clusterName === service.clusterName &&
          task.desired === "RUNNING" &&
          task.capacityProvider === name,
      ).length;
  return nextProvider(service.strategy, count);
}

function startServiceTask(
  context: Context,
  service: EcsService,
  deployment: Deployment,
): Task | undefined {
  try {
    return placeTask(context, taskRequestOf(context, service, deployment));
  } catch (error) {
    if (!(error instanceof PlacementFailure)) throw error;
    addEvent(
      context,
      service,
      `(service ${service.name}) was unable to place a task. ${error.message} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
    );
    recordDeploymentFailure(context, service, deployment);
    return undefined;
  }
}
