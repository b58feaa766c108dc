import type { Context } from "../../core/operation.ts";
import type { SettleTrigger } from "../../core/settle-trigger.ts";
import { addEvent, updateDeployment } from "./events.ts";
import { stopTask } from "./placement.ts";
import {
  alarmsInAlarm,
  bakeSeconds,
  breakerThreshold,
  finishServiceDeployment,
  ongoingServiceDeployment,
  revisionArn,
  updateServiceDeployment,
} from "./service-deployments.ts";
import { startOrStopTasks } from "./service-tasks.ts";
import {
  deactivatingTasksOf,
  type Deployment,
  type EcsService,
  putService,
  type ServiceDeployment,
  serviceRevisions,
  tasksOf,
} from "./tables.ts";
import { isHealthy } from "./task-health.ts";

/**
 * Advances a rolling update: starts as many new tasks as maximumPercent allows, and stops old tasks as soon as
 * minimumHealthyPercent allows.
 *
 * Source: Amazon ECS Developer Guide, "Deploy Amazon ECS services by replacing tasks".
 */
export function advanceRollingUpdate(
  context: Context,
  service: EcsService,
  trigger: SettleTrigger,
): boolean {
  const primary = service.deployments.find((deployment) => deployment.status === "PRIMARY");
  if (!primary) return false;
  const ongoing = ongoingServiceDeployment(context, service);
  if (ongoing && advanceServiceDeployment(context, service, primary, ongoing)) return true;
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
    return completeDeployment(context, service, primary, old.length > 0, trigger);
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
  trigger: SettleTrigger,
): boolean {
  if (primary.rollout === "FAILED" || (primary.rollout === "COMPLETED" && !hasOld)) return false;
  const ongoing = ongoingServiceDeployment(context, service);
  if (ongoing?.status === "IN_PROGRESS") {
    const seconds = bakeSeconds(context, ongoing);
    if (seconds > 0 && !ongoing.steady) {
      updateServiceDeployment(context, ongoing, { steady: context.now });
      return true;
    }
    // At the pace `instant`, the bake time passes when a client polls.
    if (seconds > 0 && context.settings.pace === "instant" && trigger !== "waited") return false;
    if (ongoing.steady && !context.isPast(ongoing.steady, seconds)) return false;
  }
  // The service deployment ends before the old tasks are deregistered, and the deployment afterwards.
  const completed = primary.completed ?? context.now;
  if (ongoing)
    finishServiceDeployment(
      context,
      updateDeployment(context, service, primary.id, { completed }),
      ongoing,
      { status: ongoing.rollback ? "ROLLBACK_SUCCESSFUL" : "SUCCESSFUL" },
    );
  if (deactivatingTasksOf(context, service).length > 0) return ongoing !== undefined;
  const updatedService = updateDeployment(context, service, primary.id, {
    rollout: "COMPLETED",
    rolloutReason: `ECS deployment ${primary.id} completed.`,
    failures: 0,
    completed,
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

/** Why ECS stops a deployment. */
interface DeploymentFailure {
  readonly isRolledBack: boolean;
  /** The status reason of the service deployment that follows "Service deployment rolled back" or "stopped". */
  readonly cause: string;
  /** The service event, if ECS has detected a failure. */
  readonly event?: string;
  readonly rolloutReason: string;
  readonly changes?: Partial<ServiceDeployment>;
}

/** Changes the status of an ongoing service deployment. Returns whether anything changed. */
function advanceServiceDeployment(
  context: Context,
  service: EcsService,
  primary: Deployment,
  ongoing: ServiceDeployment,
): boolean {
  switch (ongoing.status) {
    case "PENDING":
      updateServiceDeployment(context, ongoing, { status: "IN_PROGRESS", started: context.now });
      return true;
    case "IN_PROGRESS": {
      const failure = detectFailure(context, service, primary, ongoing);
      if (failure) stopDeployment(context, service, primary, ongoing, failure);
      return failure !== undefined;
    }
    case "STOP_REQUESTED":
    case "ROLLBACK_REQUESTED":
      stopDeployment(context, service, primary, ongoing, {
        isRolledBack: ongoing.status === "ROLLBACK_REQUESTED",
        cause: "because a user stopped it.",
        rolloutReason: "ECS deployment was stopped by a user.",
      });
      return true;
    case "ROLLBACK_IN_PROGRESS": {
      if (!isBreakerTripped(service, primary)) return false;
      const failed = failPrimary(context, service, primary, BREAKER_REASON);
      finishServiceDeployment(context, failed, ongoing, {
        status: "ROLLBACK_FAILED",
        reason:
          "Service deployment rollback failed because the circuit breaker threshold was exceeded.",
      });
      return true;
    }
    default:
      return false;
  }
}

const BREAKER_REASON = "ECS deployment circuit breaker: tasks failed to start.";

const isBreakerTripped = (service: EcsService, { failedTasks }: Deployment): boolean =>
  service.configuration.breaker.enable && failedTasks >= breakerThreshold(service);

/** The failure that the circuit breaker or an alarm detects. The first one decides whether ECS rolls back. */
function detectFailure(
  context: Context,
  service: EcsService,
  primary: Deployment,
  ongoing: ServiceDeployment,
): DeploymentFailure | undefined {
  if (isBreakerTripped(service, primary)) {
    return {
      isRolledBack: service.configuration.breaker.rollback,
      cause: "because the circuit breaker threshold was exceeded.",
      event: "tasks failed to start",
      rolloutReason: BREAKER_REASON,
      changes: { breakerStatus: "TRIGGERED" },
    };
  }
  const triggeredAlarms =
    ongoing.alarmStatus === "MONITORING" ? alarmsInAlarm(context, ongoing.configuration) : [];
  if (triggeredAlarms.length === 0) return undefined;
  return {
    isRolledBack: ongoing.configuration.alarms?.rollback === true,
    cause: `because alarms were triggered: ${triggeredAlarms.join(", ")}.`,
    event: "alarm detected",
    rolloutReason: "ECS deployment failed: alarm detected.",
    changes: { alarmStatus: "TRIGGERED", triggeredAlarms },
  };
}

function failPrimary(
  context: Context,
  service: EcsService,
  primary: Deployment,
  rolloutReason: string,
): EcsService {
  return updateDeployment(context, service, primary.id, { rollout: "FAILED", rolloutReason });
}

/**
 * Stops a deployment and, if requested, starts the rollback to the last completed deployment. ECS deploys its service
 * revision again, so that the service has the settings of that revision.
 *
 * Source: Amazon ECS Developer Guide, "Stopping Amazon ECS service deployments" and "Amazon ECS service revisions". The
 * texts of the status reasons, except for the circuit breaker, are not documented.
 */
function stopDeployment(
  context: Context,
  service: EcsService,
  primary: Deployment,
  ongoing: ServiceDeployment,
  { isRolledBack, cause, event, rolloutReason, changes }: DeploymentFailure,
): void {
  const failed = failPrimary(context, service, primary, rolloutReason);
  if (event !== undefined)
    addEvent(
      context,
      service,
      `(service ${service.name}) (deployment ${primary.id}) deployment failed: ${event}.`,
    );
  if (!isRolledBack) {
    finishServiceDeployment(context, failed, ongoing, {
      ...changes,
      status: "STOPPED",
      stopped: context.now,
      reason: `Service deployment stopped ${cause}`,
    });
    return;
  }
  const previous = service.deployments.find(
    (deployment) =>
      deployment.id !== primary.id &&
      (deployment.completed !== undefined || deployment.rollout === "COMPLETED"),
  );
  if (!previous) {
    finishServiceDeployment(context, failed, ongoing, {
      ...changes,
      status: "ROLLBACK_FAILED",
      reason: "No rollback candidate was found to run the rollback.",
    });
    return;
  }
  const current = addEvent(
    context,
    service,
    `(service ${service.name}) rolling back to deployment ${previous.id}.`,
  );
  const arn = revisionArn(context, service, previous.id);
  const reason = `Service deployment rolled back ${cause}`;
  updateServiceDeployment(context, ongoing, {
    ...changes,
    status: "ROLLBACK_IN_PROGRESS",
    reason,
    rollback: { reason, started: context.now, revision: arn },
  });
  const { launchType: _, network: __, connect: ___, ...rest } = current;
  putService(context, {
    ...rest,
    ...settingsOf(context, arn, current),
    deployments: [
      {
        ...previous,
        status: "PRIMARY",
        rollout: "IN_PROGRESS",
        rolloutReason: `ECS deployment circuit breaker: rolling back to deploymentId ${previous.id}.`,
        failedTasks: 0,
        failures: 0,
        updated: context.now,
      },
      ...current.deployments
        .filter((deployment) => deployment.id !== previous.id)
        .map((deployment) => ({ ...deployment, status: "ACTIVE" as const })),
    ],
  });
}

/** The settings of a service that belong to its service revision. */
function settingsOf(
  context: Context,
  arn: string,
  service: EcsService,
): Pick<
  EcsService,
  | "strategy"
  | "platformVersion"
  | "loadBalancers"
  | "registries"
  | "launchType"
  | "network"
  | "connect"
> {
  const { strategy, platformVersion, loadBalancers, registries, launchType, network, connect } =
    context.in(serviceRevisions).get(arn) ?? service;
  return {
    strategy,
    platformVersion,
    loadBalancers,
    registries,
    ...(launchType === undefined ? {} : { launchType }),
    ...(network ? { network } : {}),
    ...(connect ? { connect } : {}),
  };
}
