import type {
  CompletedDeployment,
  DeploymentCause,
  DeploymentProgress,
  DeploymentStatus,
} from "../deployment/index.ts";
import { revisionName } from "../deployment/index.ts";
import { countOf } from "../shared/index.ts";
import type { Problem } from "./host/host.ts";

const STATUSES: Readonly<Record<DeploymentStatus, string>> = {
  PENDING: "pending",
  IN_PROGRESS: "in progress",
  STOP_REQUESTED: "stopping",
  ROLLBACK_REQUESTED: "rollback requested",
  ROLLBACK_IN_PROGRESS: "rolling back",
  SUCCESSFUL: "successful",
  STOPPED: "stopped",
  ROLLBACK_SUCCESSFUL: "rolled back",
  ROLLBACK_FAILED: "rollback failed",
};

/** The progress of a deployment in a line: stage, counts, target health. */
export function progressLine(progress: DeploymentProgress): string {
  const {
    status,
    stage,
    desired,
    running,
    pending,
    failed,
    failureThreshold,
    earlierRunning,
    targets,
  } = progress;
  const stageText =
    status === "IN_PROGRESS" && stage ? stage.toLowerCase().replaceAll("_", " ") : STATUSES[status];
  return [
    stageText,
    `${running} of ${desired} running`,
    ...(pending > 0 ? [`${pending} pending`] : []),
    ...(earlierRunning > 0 ? [`${earlierRunning} of earlier revisions running`] : []),
    ...(failed > 0
      ? [
          `${failed} failed${failureThreshold === undefined ? "" : ` (stops at ${failureThreshold})`}`,
        ]
      : []),
    ...(targets === undefined
      ? []
      : [
          `targets: ${targets.healthy} healthy`,
          ...(targets.initial > 0 ? [`${targets.initial} initial`] : []),
          ...(targets.unhealthy > 0 ? [`${targets.unhealthy} unhealthy`] : []),
          ...(targets.draining > 0 ? [`${targets.draining} draining`] : []),
        ]),
  ].join(", ");
}

const PROBLEMS: Readonly<Record<NonNullable<DeploymentCause["hop"]>["problem"], string>> = {
  timeout: "no response",
  "name-not-resolved": "the name does not resolve",
  "connection-refused": "connection refused",
};

/** The connection at which a task failed. */
function hopText({ hop }: DeploymentCause): string | undefined {
  if (hop === undefined) return undefined;
  const { host, address, port, problem } = hop;
  const target = [host ?? "the AWS service", ...(port === undefined ? [] : [`port ${port}`])].join(
    " ",
  );
  return `task to ${target}${address === undefined ? "" : ` (${address})`}: ${PROBLEMS[problem]}`;
}

/** A cause in a line: failure and text of AWS. */
export function causeTitle({ failure, message, containers }: DeploymentCause): string {
  const exits = containers.flatMap(({ name, exitCode, reason }) => [
    `${name} exited with code ${exitCode}`,
    ...(reason === undefined ? [] : [`${name}: ${reason}`]),
  ]);
  return [
    ...(failure === undefined ? [] : [`${failure.id} ${failure.title}`]),
    [message, ...exits].join("; "),
  ].join(": ");
}

/** A cause as a problem: its number of tasks, the hop, and the fix. */
export function causeProblem(cause: DeploymentCause): Problem {
  const { tasks, alternatives, failure } = cause;
  const hop = hopText(cause);
  const count = tasks.length === 0 ? "" : `${countOf(tasks.length, "task")} stopped: `;
  const others =
    alternatives.length === 0
      ? ""
      : `; if this is not the reason, see ${alternatives.join(", ")} (berth explain)`;
  return {
    what: `${count}${causeTitle(cause)}`,
    ...(hop === undefined ? {} : { where: hop }),
    ...(failure === undefined ? {} : { fix: `${failure.fix}${others}` }),
  };
}

const OUTCOMES: Readonly<Record<CompletedDeployment["outcome"], string>> = {
  successful: "was successful",
  "rolled-back": "was rolled back",
  "rollback-failed": "failed, and ECS could not return to an earlier revision",
  stopped: "was stopped",
};

/** Why a deployment ended without success, and which revision runs. */
export function deploymentProblems(
  service: string,
  taskDefinition: string,
  { outcome, reason, trigger, replacedBy, running, causes }: CompletedDeployment,
): Problem[] {
  const trip =
    trigger?.kind === "circuit-breaker"
      ? `the circuit breaker counted ${countOf(trigger.failed, "failed task")} of ${trigger.threshold}`
      : trigger?.kind === "alarm"
        ? `the alarm ${trigger.alarms.join(", ")} is in the state ALARM`
        : reason;
  const end =
    replacedBy === undefined
      ? OUTCOMES[outcome]
      : `was replaced by another deployment, of ${revisionName(replacedBy)}`;
  const runs =
    running === undefined
      ? "the service does not exist any longer"
      : running.running === 0
        ? "no task runs"
        : `${countOf(running.running, "task")} of ${revisionName(running.taskDefinition)} ${running.running === 1 ? "runs" : "run"}${running.images.length === 0 ? "" : ` (${running.images.join(", ")})`}`;
  return [
    {
      what: `${service}: the deployment of ${revisionName(taskDefinition)} ${end}${trip === undefined ? "" : `: ${trip}`}; ${runs}`,
      code: "BERTH-E3104",
      where: service,
    },
    ...causes.map(causeProblem),
  ];
}
