import type { ServiceDeployment } from "./aws-types.ts";

/**
 * The state of a service deployment.
 *
 * Source: Amazon ECS API Reference, "ServiceDeployment", member status; Amazon ECS Developer Guide, "View service history using
 * Amazon ECS service deployments" (pending, ongoing and completed states).
 */
export type DeploymentStatus = NonNullable<ServiceDeployment["status"]>;

/** A lifecycle stage of a service deployment, such as SCALE_UP. */
export type DeploymentStage = NonNullable<ServiceDeployment["lifecycleStage"]>;

const COMPLETED: Readonly<Record<DeploymentStatus, boolean>> = {
  PENDING: false,
  IN_PROGRESS: false,
  STOP_REQUESTED: false,
  ROLLBACK_REQUESTED: false,
  ROLLBACK_IN_PROGRESS: false,
  SUCCESSFUL: true,
  STOPPED: true,
  ROLLBACK_SUCCESSFUL: true,
  ROLLBACK_FAILED: true,
};

/** True if ECS does not change the deployment after this status. */
export const isCompleted = (status: DeploymentStatus): boolean => COMPLETED[status];

/** How a deployment ended. */
export type DeploymentOutcome =
  /** The new revision runs. */
  | "successful"
  /** ECS has returned to an earlier revision. */
  | "rolled-back"
  /** ECS could not return to an earlier revision. */
  | "rollback-failed"
  /** The deployment was stopped, or it failed and the service has no rollback. */
  | "stopped";

const OUTCOMES: Readonly<Partial<Record<DeploymentStatus, DeploymentOutcome>>> = {
  SUCCESSFUL: "successful",
  ROLLBACK_SUCCESSFUL: "rolled-back",
  ROLLBACK_FAILED: "rollback-failed",
  STOPPED: "stopped",
};

/** How a completed deployment ended; undefined while it is ongoing. */
export const outcomeOf = (status: DeploymentStatus): DeploymentOutcome | undefined =>
  OUTCOMES[status];

/** Numbers of targets of a target group, by their health. */
export interface TargetCounts {
  readonly healthy: number;
  /** Targets whose first health checks have not ended. */
  readonly initial: number;
  readonly unhealthy: number;
  readonly draining: number;
}

/** How far a deployment is. */
export interface DeploymentProgress {
  readonly status: DeploymentStatus;
  /** The lifecycle stage, such as SCALE_UP; absent if ECS reports none. */
  readonly stage?: DeploymentStage;
  /** Tasks of the new revision. */
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** Failed tasks that the circuit breaker has counted. */
  readonly failed: number;
  /** The number of failed tasks at which the circuit breaker stops the deployment; absent without one. */
  readonly failureThreshold?: number;
  /** Tasks of earlier revisions that run. */
  readonly earlierRunning: number;
  /** Absent for a service without a target group. */
  readonly targets?: TargetCounts;
}

/** The progress in a response of DescribeServiceDeployments. */
export function progressOf(
  deployment: ServiceDeployment,
  targets?: TargetCounts,
): DeploymentProgress {
  const { targetServiceRevision: target = {}, deploymentCircuitBreaker: breaker } = deployment;
  return {
    status: deployment.status ?? "PENDING",
    ...(deployment.lifecycleStage === undefined ? {} : { stage: deployment.lifecycleStage }),
    desired: target.requestedTaskCount ?? 0,
    running: target.runningTaskCount ?? 0,
    pending: target.pendingTaskCount ?? 0,
    failed: breaker?.failureCount ?? 0,
    ...(breaker?.threshold === undefined || breaker.status === "DISABLED"
      ? {}
      : { failureThreshold: breaker.threshold }),
    earlierRunning: (deployment.sourceServiceRevisions ?? []).reduce(
      (sum, { runningTaskCount = 0 }) => sum + runningTaskCount,
      0,
    ),
    ...(targets === undefined ? {} : { targets }),
  };
}

/** What ended a deployment that was not successful. */
export type DeploymentTrigger =
  | { readonly kind: "circuit-breaker"; readonly failed: number; readonly threshold: number }
  | { readonly kind: "alarm"; readonly alarms: readonly string[] }
  /** A call of StopServiceDeployment, a later deployment, or a reason that only the text of ECS states. */
  | { readonly kind: "other" };

/** The trigger in a response of DescribeServiceDeployments. */
export function triggerOf({
  alarms,
  deploymentCircuitBreaker: breaker,
}: ServiceDeployment): DeploymentTrigger {
  if (breaker?.status === "TRIGGERED")
    return {
      kind: "circuit-breaker",
      failed: breaker.failureCount ?? 0,
      threshold: breaker.threshold ?? 0,
    };
  if (alarms?.status === "TRIGGERED")
    return { kind: "alarm", alarms: alarms.triggeredAlarmNames ?? [] };
  return { kind: "other" };
}
