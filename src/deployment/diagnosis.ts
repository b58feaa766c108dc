import type { TargetHealth, TargetReason, Task } from "./aws-types.ts";
import {
  type FailedConnection,
  type FailureId,
  failures,
  type IdentifiedFailure,
  type OutboundPath,
  isPlacementFailure,
  taskFailureIn,
  unhealthyKindOf,
  unhealthyReasonIn,
} from "../failures/index.ts";

/** A container of a stopped task. */
export interface StoppedContainer {
  readonly name: string;
  readonly exitCode: number;
  /** The reason that ECS states, such as OutOfMemoryError. */
  readonly reason?: string;
}

/** Why tasks of a revision stopped or did not start. */
export interface DeploymentCause {
  /** The failure in the catalogue; absent if Berth does not know the text of AWS. */
  readonly failure?: {
    readonly id: FailureId;
    readonly title: string;
    readonly fix: string;
  };
  /** Other failures with the same text. */
  readonly alternatives: readonly FailureId[];
  /** The text of AWS. */
  readonly message: string;
  /** The connection at which the task or its health check failed; absent if the text contains none. */
  readonly hop?: FailedConnection;
  /** Health of the targets: the reason code of Elastic Load Balancing. */
  readonly targetHealth?: TargetReason;
  /** IDs of the tasks, the last one first; empty for a task that could not be placed. */
  readonly tasks: readonly string[];
  /** Containers of the last task that exited with an error; empty if none ran. */
  readonly containers: readonly StoppedContainer[];
}

/** What AWS reports about the tasks of a deployment. */
export interface DeploymentEvidence {
  /** Stopped tasks of the new revision (DescribeTasks). */
  readonly stoppedTasks: readonly Task[];
  /** Messages of the service events since the start of the deployment, the last one first. */
  readonly events: readonly string[];
  /** The targets of the service's target group. */
  readonly targets: readonly TargetHealth[];
  /** The region, for the fixes. */
  readonly region: string;
  /** How tasks reach AWS. @default "endpoints" */
  readonly outboundPath?: OutboundPath | undefined;
}

/**
 * Failures by the reason code of an unhealthy target.
 *
 * Source: Elastic Load Balancing API Reference, "TargetHealth", member Reason.
 */
const TARGET_FAILURES: Readonly<
  Partial<Record<TargetReason, readonly [FailureId, ...FailureId[]]>>
> = {
  "Target.Timeout": ["ALB-11", "ALB-10", "NET-26", "SVC-10", "ALB-04"],
  "Target.ResponseCodeMismatch": ["ALB-12"],
  "Target.FailedHealthChecks": ["ALB-12", "ALB-13"],
  "Target.NotInUse": ["ALB-18", "ALB-02"],
};

/**
 * Why the tasks of a new revision stopped: one cause for each different reason, the most frequent first.
 *
 * A task that stopped because of scaling is not a failure.
 */
export function causesOf(evidence: DeploymentEvidence): DeploymentCause[] {
  const causes = new Map<string, DeploymentCause>();
  const add = (cause: DeploymentCause): void => {
    const key = JSON.stringify([
      cause.failure?.id ?? cause.message,
      cause.hop?.host,
      exitCodesOf(cause),
    ]);
    const earlier = causes.get(key);
    causes.set(key, earlier ? { ...earlier, tasks: [...earlier.tasks, ...cause.tasks] } : cause);
  };
  const byStopTime = [...evidence.stoppedTasks].sort((a, b) => stopTimeOf(b) - stopTimeOf(a));
  for (const task of byStopTime) {
    const cause = causeOfTask(task, evidence);
    if (cause) add(cause);
  }
  for (const event of evidence.events.filter(isPlacementFailure))
    add(causeOf(taskFailureIn(event, evidence.outboundPath), event, evidence.region));
  if (causes.size === 0) for (const cause of healthCauses(evidence)) add(cause);
  return [...causes.values()].sort((a, b) => b.tasks.length - a.tasks.length);
}

const exitCodesOf = ({ containers }: DeploymentCause): readonly (number | undefined)[] =>
  containers.map(({ exitCode }) => exitCode);

const stopTimeOf = ({ stoppedAt, stoppingAt, createdAt }: Task): number =>
  new Date(stoppedAt ?? stoppingAt ?? createdAt ?? 0).getTime();

/** The ID of a task, from its ARN. */
export const taskIdOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

function causeOf(
  identified: IdentifiedFailure | undefined,
  message: string,
  region: string,
): DeploymentCause {
  return {
    ...(identified === undefined ? {} : { failure: failureNamed(identified.id, region) }),
    ...(identified?.connection === undefined ? {} : { hop: identified.connection }),
    alternatives: identified?.alternatives ?? [],
    message,
    tasks: [],
    containers: [],
  };
}

const failureNamed = (id: FailureId, region: string): NonNullable<DeploymentCause["failure"]> => ({
  id,
  title: failures[id].title,
  fix: failures[id].fix.replaceAll("<region>", region),
});

/**
 * Why a task stopped; undefined if ECS or a user stopped it without a failure.
 *
 * Source: Amazon ECS API Reference, "Task", member stopCode.
 */
function causeOfTask(task: Task, evidence: DeploymentEvidence): DeploymentCause | undefined {
  const { stopCode, stoppedReason = "", containers = [] } = task;
  // ECS states the reason for the task, for a container, or for both.
  const reasons = [stoppedReason, ...containers.flatMap(({ reason }) => reason ?? [])];
  const message = reasons.find((reason) => taskFailureIn(reason) !== undefined) ?? stoppedReason;
  const identified = taskFailureIn(message, evidence.outboundPath);
  const isUnhealthy = identified?.id === "ALB-12" || identified?.id === "TD-06";
  if (stopCode === "UserInitiated") return undefined;
  if (stopCode === "ServiceSchedulerInitiated" && !isUnhealthy) return undefined;
  const health = identified?.id === "ALB-12" ? targetHealthOf(evidence) : undefined;
  return {
    ...causeOf(
      health?.identified ?? identified,
      [message, ...(health ? [health.description] : [])].join(": "),
      evidence.region,
    ),
    ...(health === undefined ? {} : { targetHealth: health.reason }),
    tasks: [taskIdOf(task.taskArn ?? "")],
    // A container of an unhealthy task ends because ECS stops it.
    containers: isUnhealthy ? [] : containers.flatMap(failedContainer),
  };
}

/** A container that ran and exited with an error. */
function failedContainer({
  name = "",
  exitCode = 0,
  reason,
}: NonNullable<Task["containers"]>[number]): StoppedContainer[] {
  return exitCode === 0 ? [] : [{ name, exitCode, ...(reason === undefined ? {} : { reason }) }];
}

interface UnhealthyTarget {
  readonly reason: TargetReason;
  readonly description: string;
  readonly identified: IdentifiedFailure | undefined;
}

const unhealthyTarget = (reason: TargetReason, description: string): UnhealthyTarget => {
  const [id, ...alternatives] = TARGET_FAILURES[reason] ?? [];
  return {
    reason,
    description,
    identified: id === undefined ? undefined : { id, alternatives },
  };
};

/** The health of the last unhealthy target. ECS deregisters a target before it stops the task, so that an event may be the only source. */
function targetHealthOf({ targets, events }: DeploymentEvidence): UnhealthyTarget | undefined {
  const target = targets.find(({ TargetHealth }) => TargetHealth?.State === "unhealthy");
  const { Reason, Description = "" } = target?.TargetHealth ?? {};
  if (Reason !== undefined) return unhealthyTarget(Reason, Description);
  const reason = events.map(unhealthyReasonIn).find((text) => text !== undefined);
  return reason === undefined ? undefined : unhealthyTarget(unhealthyKindOf(reason), reason);
}

/** Causes while no task has stopped yet: unhealthy and unused targets, and events about the deployment. */
function healthCauses({
  targets,
  events,
  region,
  outboundPath,
}: DeploymentEvidence): DeploymentCause[] {
  const causes: DeploymentCause[] = [];
  for (const { TargetHealth: { State, Reason, Description = "" } = {} } of targets) {
    if ((State !== "unhealthy" && State !== "unused") || Reason === undefined) continue;
    const { identified } = unhealthyTarget(Reason, Description);
    if (identified)
      causes.push({
        ...causeOf(identified, `${Reason}: ${Description}`, region),
        targetHealth: Reason,
      });
  }
  for (const event of events) {
    const identified = taskFailureIn(event, outboundPath);
    if (identified) causes.push(causeOf(identified, event, region));
    // ECS has deregistered the target, and its task stops when the load balancer has completed its requests.
    const reason = unhealthyReasonIn(event);
    if (reason === undefined) continue;
    const { reason: targetHealth, identified: unhealthy } = unhealthyTarget(
      unhealthyKindOf(reason),
      reason,
    );
    if (unhealthy) causes.push({ ...causeOf(unhealthy, event, region), targetHealth });
  }
  return causes;
}
