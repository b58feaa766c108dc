import type { SettleTrigger } from "../../core/settle-trigger.ts";
import { containerFacts } from "../../workload-behavior.ts";
import type { Context } from "../../core/operation.ts";
import { networkInterfaces } from "../ec2/tables.ts";
import { healthOf } from "../elasticloadbalancing/health.ts";
import { targetGroups, targetKey, targets } from "../elasticloadbalancing/tables.ts";
import type { Failure } from "./startup/start-failure.ts";
import { startTask } from "./startup/start-task.ts";
import { openStreams } from "./startup/log-streams.ts";
import { containersOf } from "./startup/simulated-app.ts";
import { registerTask } from "./target-registration.ts";
import { findDefinition, putTask, type Task } from "./tables.ts";
import { stop } from "./placement.ts";

import { countFailure, say, serviceOf } from "./events.ts";

/** Seconds that things take on AWS, roughly: an interface, then an image. The pace `real` keeps them. */
const ATTACH = 15;
const PULL = 20;

/** One step in a task's life. Answers whether there was one. */
export function stepTask(context: Context, task: Task, occasion: SettleTrigger): boolean {
  switch (task.status) {
    case "PROVISIONING":
      if (!context.isPast(task.created, ATTACH)) return false;
      return begin(context, task);
    case "PENDING":
      return task.failing
        ? fail(context, task, task.failing)
        : context.isPast(task.created, ATTACH + PULL) && run(context, task);
    case "RUNNING":
      return look(context, task, occasion);
    case "STOPPED":
      return false;
  }
}

/** The interface is there: what the task needs next is walked through at once, and the outcome is kept. */
function begin(context: Context, task: Task): boolean {
  const failure = tryStart(context, task);
  putTask(context, {
    ...task,
    status: "PENDING",
    ...(failure
      ? {
          failing: {
            at: new Date(context.now.getTime() + failure.seconds * 1000),
            reason: failure.reason,
            step: failure.step,
          },
        }
      : {}),
  });
  return true;
}

export function tryStart(context: Context, task: Task): Failure | undefined {
  const networkInterface = context.in(networkInterfaces).get(task.interfaceId ?? "");
  const definition = findDefinition(context, task.definitionArn);
  if (!networkInterface || !definition)
    throw new TypeError(`${task.arn} has no interface or no definition`);
  return startTask({
    context,
    face: networkInterface,
    definition,
    taskId: task.id,
    clusterName: task.clusterName,
  });
}

function fail(context: Context, task: Task, failing: NonNullable<Task["failing"]>): boolean {
  if (context.laws.pace === "real" && context.now < failing.at) return false;
  stop(
    context,
    task,
    "TaskFailedToStart",
    failing.reason,
    failing.step === "image" ? { reason: failing.reason } : {},
  );
  countFailure(context, task);
  return true;
}

function run(context: Context, task: Task): boolean {
  const containers = containersOf(context, task);
  const running = putTask(context, {
    ...task,
    status: "RUNNING",
    started: context.now,
    containers: task.containers.map((container) => ({
      ...container,
      status: "RUNNING",
      health: "UNKNOWN",
    })),
  });
  openStreams(context, running);
  const ended = containers.find(
    (container) => containerFacts(context.laws.apps, container.name ?? "").exitCode !== undefined,
  );
  if (ended && ended.essential !== false) {
    const { exitCode } = containerFacts(context.laws.apps, ended.name ?? "");
    stop(
      context,
      running,
      "EssentialContainerExited",
      "Essential container in task exited",
      exitCode === undefined ? {} : { exitCode },
    );
    countFailure(context, task);
    return true;
  }
  registerTask(context, running);
  return true;
}

/** What the task's own and its load balancers' health checks say. */
function look(context: Context, task: Task, occasion: SettleTrigger): boolean {
  const containers = containersOf(context, task);
  const started = task.started ?? task.created;
  let moved = false;
  let current = task;
  for (const container of containers) {
    const check = container.healthCheck;
    const row = current.containers.find((taskContainer) => taskContainer.name === container.name);
    if (!check || !row || row.health === "UNHEALTHY" || row.health === "HEALTHY") continue;
    const healthy = containerFacts(context.laws.apps, container.name ?? "").healthy !== false;
    const { startPeriod = 0, interval = 30, retries = 3 } = check;
    const seconds = healthy ? interval : startPeriod + interval * retries;
    if (!context.isPast(started, seconds)) continue;
    current = putTask(context, {
      ...current,
      containers: current.containers.map((taskContainer) =>
        taskContainer.name === container.name
          ? { ...taskContainer, health: healthy ? "HEALTHY" : "UNHEALTHY" }
          : taskContainer,
      ),
    });
    moved = true;
    if (!healthy && container.essential !== false && task.serviceName !== undefined) {
      stop(context, current, "ServiceSchedulerInitiated", "Task failed container health checks");
      countFailure(context, current);
      return true;
    }
  }
  return failsLoadBalancer(context, current, occasion) || moved;
}

/** A task that its load balancer finds unhealthy is replaced. At the pace `instant` a client must look for it first. */
function failsLoadBalancer(context: Context, task: Task, occasion: SettleTrigger): boolean {
  const service = serviceOf(context, task);
  if (!service || task.desired === "STOPPED") return false;
  if (context.laws.pace === "instant" && occasion !== "waited") return false;
  const deployment = service.deployments.find(
    (otherDeployment) => otherDeployment.id === task.deploymentId,
  );
  for (const loadBalancer of deployment?.loadBalancers ?? service.loadBalancers) {
    const group = context.in(targetGroups).get(loadBalancer.targetGroupArn ?? "");
    const target =
      group &&
      context
        .in(targets)
        .get(targetKey(group.arn, task.privateIp ?? "", loadBalancer.containerPort ?? 0));
    if (!group || !target) continue;
    const health = healthOf(context, group, target);
    if (health.state !== "unhealthy") continue;
    const { intervalSeconds, unhealthy } = group.healthCheck;
    const grace = service.graceSeconds ?? 0;
    if (!context.isPast(task.started ?? task.created, Math.max(grace, intervalSeconds * unhealthy)))
      continue;
    say(
      context,
      service,
      `(service ${service.name}) (port ${loadBalancer.containerPort}) is unhealthy in (target-group ${group.arn}) due to (reason ${health.description})`,
    );
    stop(
      context,
      task,
      "ServiceSchedulerInitiated",
      `Task failed ELB health checks in (target-group ${group.arn})`,
    );
    countFailure(context, task);
    return true;
  }
  return false;
}
