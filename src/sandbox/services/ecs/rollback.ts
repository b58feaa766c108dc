import type { Context } from "../../core/operation.ts";
import { addEvent, updateDeployment } from "./events.ts";
import {
  alarmsInAlarm,
  breakerThreshold,
  finishServiceDeployment,
  revisionArn,
  updateServiceDeployment,
} from "./service-deployments.ts";
import {
  type Deployment,
  type EcsService,
  putService,
  type ServiceDeployment,
  serviceRevisions,
} from "./tables.ts";

/** Why ECS stops a deployment. */
interface DeploymentFailure {
  readonly isRolledBack: boolean;
  /** The status reason of the service deployment that follows "Service deployment rolled back" or "stopped". */
  readonly cause: string;
  /** The service event, if ECS has detected a failure. */
  readonly event?: string;
  /** What has stopped the deployment, as the rollout state reasons name it. */
  readonly detector: string;
  readonly rolloutReason: string;
  readonly changes?: Partial<ServiceDeployment>;
}

/** Changes the status of an ongoing service deployment. Returns whether anything changed. */
export function advanceServiceDeployment(
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
        detector: "ECS deployment",
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
      detector: "ECS deployment circuit breaker",
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
    detector: "ECS deployment alarms",
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
  { isRolledBack, cause, event, detector, rolloutReason, changes }: DeploymentFailure,
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
        rolloutReason: `${detector}: rolling back to deploymentId ${previous.id}.`,
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
