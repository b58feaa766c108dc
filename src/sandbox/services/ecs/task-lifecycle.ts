import type * as ecs from "@aws-sdk/client-ecs";
import type { SettleTrigger } from "../../core/settle-trigger.ts";
import { commandExitCode, containerFacts } from "../../workload-behavior.ts";
import type { Context } from "../../core/operation.ts";
import { networkInterfaces } from "../ec2/tables.ts";
import { healthOf } from "../elasticloadbalancing/health.ts";
import { targetGroups, targetKey, targets } from "../elasticloadbalancing/tables.ts";
import { pinImages, pinnedDigests } from "./pinned-images.ts";
import { imageDigest } from "./startup/image.ts";
import type { Failure } from "./startup/start-failure.ts";
import { startTask } from "./startup/start-task.ts";
import { createLogStreams, logProgramStarts } from "./startup/log-streams.ts";
import { containersOf, portsOf } from "./startup/simulated-app.ts";
import { registerTask } from "./target-registration.ts";
import { findDefinition, putTask, type Task, type TaskContainer } from "./tables.ts";
import { endTask, stopTask } from "./placement.ts";

import { recordTaskFailure, addEvent, serviceOf } from "./events.ts";

/** Approximate seconds on AWS to attach a network interface, and to pull an image. Used at the pace `real`. */
const ATTACH_SECONDS = 15;
const PULL_SECONDS = 20;

/** Advances a task by one step of its lifecycle. Returns whether anything changed. */
export function advanceTask(context: Context, task: Task, trigger: SettleTrigger): boolean {
  switch (task.status) {
    case "PROVISIONING":
      if (!context.isPast(task.created, ATTACH_SECONDS)) return false;
      return beginStart(context, task);
    case "PENDING":
      return task.failing
        ? failTask(context, task, task.failing)
        : context.isPast(task.created, ATTACH_SECONDS + PULL_SECONDS) && runTask(context, task);
    case "RUNNING":
      return checkHealth(context, task, trigger);
    case "DEACTIVATING":
      if (task.deregistered && context.now < task.deregistered) return false;
      endTask(context, task);
      return true;
    case "STOPPED":
      return false;
  }
}

/** The network interface is attached: performs the startup steps and stores the result. */
function beginStart(context: Context, task: Task): boolean {
  const failure = attemptStart(context, task);
  const containers = failure ? task.containers : withImageDigests(context, task);
  if (!failure) pinImages(context, task, containers);
  putTask(context, {
    ...task,
    status: "PENDING",
    containers,
    ...(failure
      ? {
          failing: {
            at: new Date(context.now.getTime() + failure.seconds * 1000),
            reason: failure.reason,
            step: failure.step,
          },
          startFailure: failure,
        }
      : {}),
  });
  return true;
}

/** The containers of a task with the digests of their images. */
function withImageDigests(context: Context, task: Task): readonly TaskContainer[] {
  const pinned = pinnedDigests(context, task);
  return task.containers.map((container) => {
    const digest = pinned.get(container.name) ?? imageDigest(context, container.image);
    return digest === undefined ? container : { ...container, imageDigest: digest };
  });
}

export function attemptStart(context: Context, task: Task): Failure | undefined {
  const networkInterface = context.in(networkInterfaces).get(task.interfaceId ?? "");
  const definition = findDefinition(context, task.definitionArn);
  if (!networkInterface || !definition)
    throw new TypeError(`${task.arn} has no interface or no definition`);
  return startTask({
    context,
    networkInterface,
    definition,
    taskId: task.id,
    clusterName: task.clusterName,
    pinnedDigests: pinnedDigests(context, task),
  });
}

function failTask(context: Context, task: Task, failing: NonNullable<Task["failing"]>): boolean {
  if (context.settings.pace === "real" && context.now < failing.at) return false;
  stopTask(
    context,
    task,
    "TaskFailedToStart",
    failing.reason,
    failing.step === "image" ? { reason: failing.reason } : {},
  );
  recordTaskFailure(context, task);
  return true;
}

function runTask(context: Context, task: Task): boolean {
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
  createLogStreams(context, running);
  const exitCodes = exitCodesOf(context, task);
  logProgramStarts(context, running, exitCodes);
  const exited = containers.find(
    ({ name = "", essential }) => essential !== false && exitCodes.has(name),
  );
  if (exited) {
    const exitCode = exitCodes.get(exited.name ?? "");
    stopTask(
      context,
      running,
      "EssentialContainerExited",
      "Essential container in task exited",
      exitCode === undefined ? {} : { exitCode },
    );
    recordTaskFailure(context, task);
    return true;
  }
  registerTask(context, running);
  return true;
}

/**
 * The exit codes of the programs that end after their start, by container. In a task that no service starts, a program without ports
 * does its work and ends. Without a command, this is only the first essential container: others are sidecars.
 */
function exitCodesOf(context: Context, task: Task): ReadonlyMap<string, number> {
  const containers = containersOf(context, task);
  const exitCodes = new Map<string, number>();
  const isOneOff = task.serviceName === undefined;
  for (const container of containers) {
    const { name = "", command = [] } = container;
    const facts = containerFacts(context.settings.apps, container);
    const override = task.overrides.containerOverrides?.find((entry) => entry.name === name);
    const work = override?.command ?? (listens(context, container) ? [] : command);
    if (isOneOff && work.length > 0) exitCodes.set(name, commandExitCode(facts, work));
    else if (facts.exitCode !== undefined) exitCodes.set(name, facts.exitCode);
  }
  const essential = containers.filter((container) => container.essential !== false);
  const [main] = essential;
  const isEnded = essential.some(({ name = "" }) => exitCodes.has(name));
  if (isOneOff && !isEnded && main && !listens(context, main)) exitCodes.set(main.name ?? "", 0);
  return exitCodes;
}

const listens = (context: Context, container: ecs.ContainerDefinition): boolean =>
  portsOf(context, container).length > 0;

/** Runs the health checks of the containers and the load balancers. Returns whether anything changed. */
function checkHealth(context: Context, task: Task, trigger: SettleTrigger): boolean {
  const containers = containersOf(context, task);
  const started = task.started ?? task.created;
  let hasChanged = false;
  let current = task;
  for (const container of containers) {
    const check = container.healthCheck;
    const row = current.containers.find((taskContainer) => taskContainer.name === container.name);
    if (!check || !row || row.health === "UNHEALTHY" || row.health === "HEALTHY") continue;
    const healthy = containerFacts(context.settings.apps, container).healthy !== false;
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
    hasChanged = true;
    if (!healthy && container.essential !== false && task.serviceName !== undefined) {
      stopTask(
        context,
        current,
        "ServiceSchedulerInitiated",
        "Task failed container health checks",
      );
      recordTaskFailure(context, current);
      return true;
    }
  }
  return stopIfTargetUnhealthy(context, current, trigger) || hasChanged;
}

/** Stops a task that is an unhealthy target. At the pace `instant` this happens only when a client polls. */
function stopIfTargetUnhealthy(context: Context, task: Task, trigger: SettleTrigger): boolean {
  const service = serviceOf(context, task);
  if (!service || task.desired === "STOPPED") return false;
  if (context.settings.pace === "instant" && trigger !== "waited") return false;
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
    addEvent(
      context,
      service,
      `(service ${service.name}) (port ${loadBalancer.containerPort}) is unhealthy in (target-group ${group.arn}) due to (reason ${health.description})`,
    );
    stopTask(
      context,
      task,
      "ServiceSchedulerInitiated",
      `Task failed ELB health checks in (target-group ${group.arn})`,
    );
    recordTaskFailure(context, task);
    return true;
  }
  return false;
}
