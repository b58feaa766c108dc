import type { SettleTrigger } from "../../core/settle-trigger.ts";
import type { Context } from "../../core/operation.ts";
import { networkInterfaces } from "../ec2/tables.ts";
import { healthOf } from "../elasticloadbalancing/health.ts";
import { targetGroups, targetKey, targets } from "../elasticloadbalancing/tables.ts";
import { change, noteFailure, reread, say } from "./events.ts";
import { stepTask, tryStart } from "./task-lifecycle.ts";
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
import { place, PlacementFailure, stop } from "./placement.ts";

/** Lets tasks and services do what is due, until nothing is. */
export function settle(context: Context, occasion: SettleTrigger): void {
  // Each round moves every task and service one step; what fails is tried again on the next occasion alone.
  let first = true;
  for (let round = 0; round < 100; round++) {
    const moved = [
      ...context
        .in(tasks)
        .filter((task) => task.status !== "STOPPED")
        .map((task) => stepTask(context, task, occasion)),
      ...context
        .in(services)
        .filter((row) => row.status !== "INACTIVE")
        .map((row) => stepService(context, row, first ? occasion : "clock")),
    ];
    first = false;
    if (!moved.includes(true)) return;
  }
}

/** A task that does its work: it runs, and whoever checks it finds it healthy. */
export function isHealthy(context: Context, service: EcsService, task: Task): boolean {
  if (task.status !== "RUNNING") return false;
  const unwell = containersOf(context, task).some((container) => {
    const row = task.containers.find((taskContainer) => taskContainer.name === container.name);
    return container.healthCheck !== undefined && row?.health !== "HEALTHY";
  });
  if (unwell) return false;
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
    // A target group that no listener uses (another controller's spare one) does not check.
    return ["healthy", "unused"].includes(healthOf(context, group, target).state);
  });
}

const wantedOf = (service: EcsService, deployment: Deployment): number =>
  Math.ceil((service.desired * deployment.scale) / 100);

/** One step of a service towards what it wants. Answers whether there was one. */
function stepService(context: Context, service: EcsService, occasion: SettleTrigger): boolean {
  if (service.status === "DRAINING" || service.desired === 0) {
    const running = service.deployments.flatMap((deployment) =>
      tasksOf(context, service, deployment),
    );
    for (const task of running)
      stop(
        context,
        task,
        "ServiceSchedulerInitiated",
        `Scaling activity initiated by (deployment ${task.deploymentId})`,
      );
    if (service.status === "DRAINING") {
      putService(context, { ...reread(context, service), status: "INACTIVE", deployments: [] });
      return true;
    }
    if (running.length > 0) return true;
  }
  return service.controller === "ECS"
    ? stepRolling(context, service, occasion)
    : service.deployments.some((deployment) =>
        fill(context, service, deployment, wantedOf(service, deployment), Infinity, occasion),
      );
}

/** Starts or stops tasks of one deployment. */
function fill(
  context: Context,
  service: EcsService,
  deployment: Deployment,
  wanted: number,
  room: number,
  occasion: SettleTrigger,
): boolean {
  const live = tasksOf(context, service, deployment);
  if (live.length > wanted) {
    for (const task of live.slice(wanted))
      stop(
        context,
        task,
        "ServiceSchedulerInitiated",
        `Scaling activity initiated by (deployment ${deployment.id})`,
      );
    return true;
  }
  const missing = Math.min(wanted - live.length, room);
  if (
    missing <= 0 ||
    deployment.rollout === "FAILED" ||
    !mayTry(context, service, deployment, occasion)
  )
    return false;
  const started: Task[] = [];
  for (let index = 0; index < missing; index++) {
    const task = start(context, service, deployment);
    if (!task) break;
    started.push(task);
  }
  if (started.length === 0) return false;
  const ids = started.map((task) => `(task ${task.id})`).join(", ");
  say(context, service, `(service ${service.name}) has started ${started.length} tasks: ${ids}.`);
  return true;
}

/** After a failure the next attempt waits: for its time, or, at the pace `instant`, until a client looks or something has changed that helps. */
function mayTry(
  context: Context,
  service: EcsService,
  deployment: Deployment,
  occasion: SettleTrigger,
): boolean {
  if (deployment.failures === 0 || deployment.retryAt === undefined) return true;
  if (context.laws.pace === "real") return context.now >= deployment.retryAt;
  if (occasion === "waited") return true;
  return occasion === "changed" && wouldStart(context, service, deployment);
}

/** Tries a start without leaving a trace. */
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
    const task = place(context, orderOf(context, service, deployment));
    const failure = tryStart(context, task);
    forget(context, task);
    return failure === undefined;
  } catch (error) {
    if (error instanceof PlacementFailure) return false;
    throw error;
  }
}

function forget(context: Context, task: Task): void {
  for (const networkNetworkInterface of context
    .in(networkInterfaces)
    .filter((networkInterface) => networkInterface.owner === task.arn))
    context.in(networkInterfaces).delete(networkNetworkInterface.id);
  context.in(tasks).delete(`${task.clusterName}/${task.id}`);
}

/** What a task of a service's deployment is started from. */
export function orderOf(
  context: Context,
  service: EcsService,
  deployment: Deployment,
): Parameters<typeof place>[1] {
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

/** The provider that is furthest behind its share. Source: Amazon ECS Developer Guide, "Amazon ECS capacity providers for Fargate": base, then weights. */
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
  const basic = service.strategy.find(
    (strategyItem) => count(strategyItem.capacityProvider) < (strategyItem.base ?? 0),
  );
  if (basic) return basic.capacityProvider;
  const weighed = service.strategy.filter((strategyItem) => (strategyItem.weight ?? 0) > 0);
  const share = (strategyItem: (typeof weighed)[number]): number =>
    (count(strategyItem.capacityProvider) - (strategyItem.base ?? 0)) / (strategyItem.weight ?? 1);
  return [...weighed].sort((a, b) => share(a) - share(b))[0]?.capacityProvider;
}

function start(context: Context, service: EcsService, deployment: Deployment): Task | undefined {
  try {
    return place(context, orderOf(context, service, deployment));
  } catch (error) {
    if (!(error instanceof PlacementFailure)) throw error;
    say(
      context,
      service,
      `(service ${service.name}) was unable to place a task. ${error.message} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
    );
    noteFailure(context, service, deployment);
    return undefined;
  }
}

/**
 * A rolling update: as many new tasks as there is room for, and old ones as soon as they are not needed.
 *
 * Source: Amazon ECS Developer Guide, "Deploy Amazon ECS services by replacing tasks".
 */
function stepRolling(context: Context, service: EcsService, occasion: SettleTrigger): boolean {
  const primary = service.deployments.find((deployment) => deployment.status === "PRIMARY");
  if (!primary) return false;
  if (tripBreaker(context, service, primary)) return true;
  const old = service.deployments.filter((deployment) => deployment !== primary);
  const oldTasks = old.flatMap((deployment) => tasksOf(context, service, deployment));
  const newTasks = tasksOf(context, service, primary);
  const { maximumPercent, minimumHealthyPercent } = service.configuration;
  const most = Math.max(Math.floor((service.desired * maximumPercent) / 100), 0);
  const least = Math.ceil((service.desired * minimumHealthyPercent) / 100);
  const room = oldTasks.length === 0 ? Infinity : most - oldTasks.length - newTasks.length;
  if (fill(context, service, primary, service.desired, room, occasion)) return true;

  const healthy = [...oldTasks, ...newTasks].filter((task) => isHealthy(context, service, task));
  const spare = oldTasks.find((task) => !healthy.includes(task) || healthy.length - 1 >= least);
  const fresh = newTasks.filter((task) => healthy.includes(task)).length;
  if (spare && (fresh > 0 || healthy.length > least || !healthy.includes(spare))) {
    if (primary.rollout === "FAILED") return false;
    stop(
      context,
      spare,
      "ServiceSchedulerInitiated",
      `Scaling activity initiated by (deployment ${primary.id})`,
    );
    say(
      context,
      service,
      `(service ${service.name}) has stopped 1 running tasks: (task ${spare.id}).`,
    );
    return true;
  }
  if (oldTasks.length === 0 && fresh === service.desired && newTasks.length === service.desired)
    return complete(context, service, primary, old.length > 0);
  if (
    oldTasks.length > 0 &&
    newTasks.length < service.desired &&
    room <= 0 &&
    primary.failures === 0
  ) {
    say(
      context,
      service,
      `(service ${service.name}) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.`,
    );
  }
  return false;
}

function complete(
  context: Context,
  service: EcsService,
  primary: Deployment,
  hasOld: boolean,
): boolean {
  if (primary.rollout === "COMPLETED" && !hasOld) return false;
  const done = change(context, service, primary.id, {
    rollout: "COMPLETED",
    rolloutReason: `ECS deployment ${primary.id} completed.`,
    failures: 0,
  });
  putService(context, {
    ...done,
    deployments: done.deployments.filter((deployment) => deployment.id === primary.id),
  });
  say(
    context,
    service,
    `(service ${service.name}) (deployment ${primary.id}) deployment completed.`,
  );
  say(context, service, `(service ${service.name}) has reached a steady state.`);
  return true;
}

/** Source: Amazon ECS Developer Guide, "How the Amazon ECS deployment circuit breaker detects failures": half of the desired count, from 3 to 200. */
function tripBreaker(context: Context, service: EcsService, primary: Deployment): boolean {
  const { enable, rollback } = service.configuration.breaker;
  const threshold = Math.min(200, Math.max(3, Math.ceil(service.desired / 2)));
  if (!enable || primary.rollout !== "IN_PROGRESS" || primary.failedTasks < threshold) return false;
  change(context, service, primary.id, {
    rollout: "FAILED",
    rolloutReason: "ECS deployment circuit breaker: tasks failed to start.",
  });
  say(
    context,
    service,
    `(service ${service.name}) (deployment ${primary.id}) deployment failed: tasks failed to start.`,
  );
  const back = service.deployments.find(
    (deployment) => deployment.id !== primary.id && deployment.rollout === "COMPLETED",
  );
  if (!rollback || !back) return true;
  const now = say(
    context,
    service,
    `(service ${service.name}) rolling back to deployment ${back.id}.`,
  );
  for (const task of tasksOf(context, service, primary))
    stop(
      context,
      task,
      "ServiceSchedulerInitiated",
      `Scaling activity initiated by (deployment ${back.id})`,
    );
  putService(context, {
    ...now,
    deployments: now.deployments
      .filter((deployment) => deployment.id !== primary.id)
      .map((deployment) =>
        deployment.id === back.id
          ? {
              ...deployment,
              status: "PRIMARY",
              rollout: "COMPLETED",
              rolloutReason: `ECS deployment circuit breaker: rolling back to deploymentId ${back.id}.`,
            }
          : deployment,
      ),
  });
  return true;
}
