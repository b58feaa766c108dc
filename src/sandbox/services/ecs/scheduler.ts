import type { SettleTrigger } from "../../core/settle-trigger.ts";
import type { Context } from "../../core/operation.ts";
import { networkInterfaces } from "../ec2/tables.ts";
import { healthOf } from "../elasticloadbalancing/health.ts";
import { targetGroups, targetKey, targets } from "../elasticloadbalancing/tables.ts";
import { updateDeployment, recordDeploymentFailure, currentService, addEvent } from "./events.ts";
import { advanceTask, attemptStart } from "./task-lifecycle.ts";
import { containersOf } from "./startup/simulated-app.ts";
import {
  type Deployment,
  type EcsService,
  findDefinition,
  putService,
  services,
  type Task,
  tasks,
  tasksOf,
} from "./tables.ts";
import { placeTask, PlacementFailure, stopTask, type TaskRequest } from "./placement.ts";

/** Advances tasks and services until nothing changes. */
export function runScheduler(context: Context, trigger: SettleTrigger): void {
  // Each round advances every task and service by one step. A failed start is retried only at the next run.
  let isFirstRound = true;
  for (let round = 0; round < 100; round++) {
    const progress = [
      ...context
        .in(tasks)
        .filter((task) => task.status !== "STOPPED")
        .map((task) => advanceTask(context, task, trigger)),
      ...context
        .in(services)
        .filter((row) => row.status !== "INACTIVE")
        .map((row) => advanceService(context, row, isFirstRound ? trigger : "clock")),
    ];
    isFirstRound = false;
    if (!progress.includes(true)) return;
  }
}

/** Whether a task is running and passes all health checks of its containers and load balancers. */
export function isHealthy(context: Context, service: EcsService, task: Task): boolean {
  if (task.status !== "RUNNING") return false;
  const hasUnhealthyContainer = containersOf(context, task).some((container) => {
    const row = task.containers.find((taskContainer) => taskContainer.name === container.name);
    return container.healthCheck !== undefined && row?.health !== "HEALTHY";
  });
  if (hasUnhealthyContainer) return false;
  const deployment = service.deployments.find(
    (otherDeployment) => otherDeployment.id === task.deploymentId,
  );
  return (deployment?.loadBalancers ?? service.loadBalancers).every((loadBalancer) => {
    const group = context.in(targetGroups).get(loadBalancer.targetGroupArn ?? "");
    const target =
      group &&
      context
        .in(targets)
        .get(targetKey(group.arn, task.privateIp ?? "", loadBalancer.containerPort ?? 0));
    if (!group || !target) return false;
    // A target group without a listener (such as the spare one of CodeDeploy) does not check its targets.
    return ["healthy", "unused"].includes(healthOf(context, group, target).state);
  });
}

const desiredCountOf = (service: EcsService, deployment: Deployment): number =>
  Math.ceil((service.desired * deployment.scale) / 100);

/** Advances a service by one step towards its desired state. Returns whether anything changed. */
function advanceService(context: Context, service: EcsService, trigger: SettleTrigger): boolean {
  if (service.status === "DRAINING" || service.desired === 0) {
    const running = service.deployments.flatMap((deployment) =>
      tasksOf(context, service, deployment),
    );
    for (const task of running)
      stopTask(
        context,
        task,
        "ServiceSchedulerInitiated",
        `Scaling activity initiated by (deployment ${task.deploymentId})`,
      );
    if (service.status === "DRAINING") {
      putService(context, {
        ...currentService(context, service),
        status: "INACTIVE",
        deployments: [],
      });
      return true;
    }
    if (running.length > 0) return true;
  }
  return service.controller === "ECS"
    ? advanceRollingUpdate(context, service, trigger)
    : service.deployments.some((deployment) =>
        startOrStopTasks(
          context,
          service,
          deployment,
          desiredCountOf(service, deployment),
          Infinity,
          trigger,
        ),
      );
}

/** Starts or stops tasks of a deployment. Returns whether anything changed. */
function startOrStopTasks(
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
          task.status !== "STOPPED" &&
          task.capacityProvider === name,
      ).length;
  const belowBase = service.strategy.find(
    (strategyItem) => count(strategyItem.capacityProvider) < (strategyItem.base ?? 0),
  );
  if (belowBase) return belowBase.capacityProvider;
  const weighted = service.strategy.filter((strategyItem) => (strategyItem.weight ?? 0) > 0);
  const share = (strategyItem: (typeof weighted)[number]): number =>
    (count(strategyItem.capacityProvider) - (strategyItem.base ?? 0)) / (strategyItem.weight ?? 1);
  return [...weighted].sort((a, b) => share(a) - share(b))[0]?.capacityProvider;
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

/**
 * Advances a rolling update: starts as many new tasks as maximumPercent allows, and stops old tasks as soon as
 * minimumHealthyPercent allows.
 *
 * Source: Amazon ECS Developer Guide, "Deploy Amazon ECS services by replacing tasks".
 */
function advanceRollingUpdate(
  context: Context,
  service: EcsService,
  trigger: SettleTrigger,
): boolean {
  const primary = service.deployments.find((deployment) => deployment.status === "PRIMARY");
  if (!primary) return false;
  if (tripCircuitBreaker(context, service, primary)) return true;
  const old = service.deployments.filter((deployment) => deployment !== primary);
  const oldTasks = old.flatMap((deployment) => tasksOf(context, service, deployment));
  const newTasks = tasksOf(context, service, primary);
  const { maximumPercent, minimumHealthyPercent } = service.configuration;
  const maxTasks = Math.max(Math.floor((service.desired * maximumPercent) / 100), 0);
  const minHealthyTasks = Math.ceil((service.desired * minimumHealthyPercent) / 100);
  const maxNewTasks =
    oldTasks.length === 0 ? Infinity : maxTasks - oldTasks.length - newTasks.length;
  if (startOrStopTasks(context, service, primary, service.desired, maxNewTasks, trigger))
    return true;

  const healthy = [...oldTasks, ...newTasks].filter((task) => isHealthy(context, service, task));
  const taskToStop = oldTasks.find(
    (task) => !healthy.includes(task) || healthy.length - 1 >= minHealthyTasks,
  );
  const healthyNewTasks = newTasks.filter((task) => healthy.includes(task)).length;
  if (
    taskToStop &&
    (healthyNewTasks > 0 || healthy.length > minHealthyTasks || !healthy.includes(taskToStop))
  ) {
    if (primary.rollout === "FAILED") return false;
    stopTask(
      context,
      taskToStop,
      "ServiceSchedulerInitiated",
      `Scaling activity initiated by (deployment ${primary.id})`,
    );
    addEvent(
      context,
      service,
      `(service ${service.name}) has stopped 1 running tasks: (task ${taskToStop.id}).`,
    );
    return true;
  }
  if (
    oldTasks.length === 0 &&
    healthyNewTasks === service.desired &&
    newTasks.length === service.desired
  )
    return completeDeployment(context, service, primary, old.length > 0);
  if (
    oldTasks.length > 0 &&
    newTasks.length < service.desired &&
    maxNewTasks <= 0 &&
    primary.failures === 0
  ) {
    addEvent(
      context,
      service,
      `(service ${service.name}) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.`,
    );
  }
  return false;
}

function completeDeployment(
  context: Context,
  service: EcsService,
  primary: Deployment,
  hasOld: boolean,
): boolean {
  if (primary.rollout === "COMPLETED" && !hasOld) return false;
  const updatedService = updateDeployment(context, service, primary.id, {
    rollout: "COMPLETED",
    rolloutReason: `ECS deployment ${primary.id} completed.`,
    failures: 0,
  });
  putService(context, {
    ...updatedService,
    deployments: updatedService.deployments.filter((deployment) => deployment.id === primary.id),
  });
  addEvent(
    context,
    service,
    `(service ${service.name}) (deployment ${primary.id}) deployment completed.`,
  );
  addEvent(context, service, `(service ${service.name}) has reached a steady state.`);
  return true;
}

/**
 * Source: Amazon ECS Developer Guide, "How the Amazon ECS deployment circuit breaker detects failures": half of the
 * desired count, from 3 to 200.
 */
function tripCircuitBreaker(context: Context, service: EcsService, primary: Deployment): boolean {
  const { enable, rollback } = service.configuration.breaker;
  const threshold = Math.min(200, Math.max(3, Math.ceil(service.desired / 2)));
  if (!enable || primary.rollout !== "IN_PROGRESS" || primary.failedTasks < threshold) return false;
  updateDeployment(context, service, primary.id, {
    rollout: "FAILED",
    rolloutReason: "ECS deployment circuit breaker: tasks failed to start.",
  });
  addEvent(
    context,
    service,
    `(service ${service.name}) (deployment ${primary.id}) deployment failed: tasks failed to start.`,
  );
  const previous = service.deployments.find(
    (deployment) => deployment.id !== primary.id && deployment.rollout === "COMPLETED",
  );
  if (!rollback || !previous) return true;
  const current = addEvent(
    context,
    service,
    `(service ${service.name}) rolling back to deployment ${previous.id}.`,
  );
  for (const task of tasksOf(context, service, primary))
    stopTask(
      context,
      task,
      "ServiceSchedulerInitiated",
      `Scaling activity initiated by (deployment ${previous.id})`,
    );
  putService(context, {
    ...current,
    deployments: current.deployments
      .filter((deployment) => deployment.id !== primary.id)
      .map((deployment) =>
        deployment.id === previous.id
          ? {
              ...deployment,
              status: "PRIMARY",
              rollout: "COMPLETED",
              rolloutReason: `ECS deployment circuit breaker: rolling back to deploymentId ${previous.id}.`,
            }
          : deployment,
      ),
  });
  return true;
}
