import { type FailureId, isDeploymentBlocked } from "../../failures/index.ts";
import type {
  Hop,
  Inspection,
  ScheduledTaskView,
  ServiceView,
  StartAttempt,
  StartFailure,
  StopCause,
  Trace,
} from "../../sandbox/inspection/index.ts";
import {
  createFinding,
  identifyHealthCheckFailure,
  identifyScheduleFailure,
  identifyStartFailure,
  PLACEMENT_FAILURES,
} from "../diagnosis/failure-identification.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import type { Finding, RehearsalPathStep, ServiceVerdict } from "../result.ts";

/** All active services in the sandbox, in all accounts and regions. */
export const activeServices = (inspection: Inspection): ServiceView[] =>
  inspection.services().filter((service) => service.status === "ACTIVE");

const STEP_NAMES: Readonly<Record<string, string>> = {
  role: "assuming the role",
  registry: "logging in to the registry",
  secrets: "reading secrets",
  logs: "opening the log",
  image: "pulling the image",
  volumes: "mounting volumes",
};

const pathOf = (
  addressIndex: AddressIndex,
  hops: readonly Hop[],
  stopped: Hop,
): RehearsalPathStep[] => [...hops, stopped].map((hop) => addressIndex.pathStep(hop));

/** The host that the task could not reach. */
const hostOf = ({ cause }: StartFailure): string =>
  cause.kind === "unreachable" ? cause.host : "an AWS service";

/** Names of the services that the task could not reach, for steps in which the host is not shown. */
const SERVICE_NAMES: Readonly<Record<string, string>> = {
  logs: "CloudWatch Logs",
  secrets: "Secrets Manager or Parameter Store",
};

/** A test of a task in one subnet. */
interface TaskTest {
  readonly inspection: Inspection;
  readonly addressIndex: AddressIndex;
  /** Name of the service or schedule. */
  readonly service: string;
  readonly attempt: StartAttempt;
  /** True if a task of the same service starts in another subnet. */
  readonly startsElsewhere: boolean;
}

/** The problem of a task in a subnet; undefined if the task starts and is healthy. */
function findProblem(test: TaskTest): Finding | undefined {
  const problem = findPlacementProblem(test) ?? findStartProblem(test);
  const { region } = test.attempt;
  return problem?.fix === undefined
    ? problem
    : { ...problem, fix: problem.fix.replaceAll("<region>", region) };
}

function findPlacementProblem({
  addressIndex,
  service,
  attempt: { unplaced, subnetId },
}: TaskTest): Finding | undefined {
  if (unplaced === undefined) return undefined;
  return createFinding(PLACEMENT_FAILURES[unplaced.cause], {
    step: "placing the task",
    message: `(service ${service}) was unable to place a task. ${unplaced.reason}`,
    isSandboxError: true,
    address: addressIndex.displayName(subnetId),
  });
}

function findStartProblem(test: TaskTest): Finding | undefined {
  const { inspection, addressIndex, attempt, startsElsewhere } = test;
  const { account, region, failure, networkInterface, subnetId } = attempt;
  if (!networkInterface) return undefined;
  if (!failure) return findHealthCheckProblem(test);
  const subnet = addressIndex.displayName(subnetId);
  const { stopped, hops = [] } = failure;
  const id = identifyStartFailure(failure, {
    inspection,
    account,
    region,
    networkInterface,
    startsElsewhere,
  });
  return createFinding(id, {
    step: STEP_NAMES[failure.step] ?? failure.step,
    message: failure.reason,
    isSandboxError: true,
    seconds: failure.seconds,
    ...(stopped
      ? {
          connection: {
            from: `a task in ${subnet}`,
            to: `${SERVICE_NAMES[failure.step] ?? hostOf(failure)}:443`,
          },
          path: pathOf(addressIndex, hops, stopped),
          address: addressIndex.addressOf(stopped.ids[0] ?? "") ?? subnet,
        }
      : {}),
  });
}

function findHealthCheckProblem({
  inspection,
  addressIndex,
  attempt,
}: TaskTest): Finding | undefined {
  const { networkInterface, subnetId, health } = attempt;
  if (!networkInterface) return undefined;
  for (const { targetGroup: group, state, reason, description, unusedBy, trace } of health) {
    if (state !== "unhealthy" && reason !== "Target.NotInUse") continue;
    // The second target group of CodeDeploy or of a task set is unused at times. That is not a problem.
    if (unusedBy === "listeners") continue;
    const message =
      state === "unhealthy"
        ? `Task failed ELB health checks in (target-group ${group}): ${description}`
        : `${reason}: ${description}`;
    const id = identifyHealthCheckFailure(inspection, networkInterface, reason, trace);
    return createFinding(id, {
      step: "the load balancer's health check",
      message,
      isSandboxError: true,
      address: addressIndex.displayName(group),
      ...healthCheckPath(addressIndex, subnetId, trace),
    });
  }
  return undefined;
}

function healthCheckPath(
  addressIndex: AddressIndex,
  subnetId: string,
  trace: Trace | undefined,
): Partial<Finding> {
  if (!trace?.stopped) return {};
  return {
    connection: {
      from: "the load balancer",
      to: `a task in ${addressIndex.displayName(subnetId)}`,
    },
    path: pathOf(addressIndex, trace.hops, trace.stopped),
  };
}

/** Why the last stopped task of a service stopped. */
function findStopReason(inspection: Inspection, service: string): Finding | undefined {
  const stopped = inspection
    .tasksOf(service)
    .flatMap((task) => task.stopped ?? [])
    .at(-1);
  if (stopped === undefined || stopped.cause.kind === "scaling") return undefined;
  const { reason, cause } = stopped;
  const code = cause.kind === "container-exited" ? cause.exitCode : undefined;
  return createFinding(STOP_FAILURES[cause.kind], {
    step: "running",
    message: code === undefined ? reason : `${reason} (exit code ${code})`,
    isSandboxError: true,
  });
}

/** Failures by the cause for which a running task stopped. */
const STOP_FAILURES: Readonly<Partial<Record<StopCause["kind"], FailureId>>> = {
  "container-exited": "TD-09",
  "container-health-check": "TD-06",
};

/** Starts a task in each subnet of a service. The changes to the sandbox are rolled back. */
function startAttemptsOf(inspection: Inspection, service: ServiceView): StartAttempt[] {
  const { deployments } = service;
  const primary = deployments.find(({ status }) => status === "PRIMARY") ?? deployments[0];
  return (primary?.subnetIds ?? []).flatMap(
    (subnetId) => inspection.tryStart(service.arn, subnetId) ?? [],
  );
}

/** Tests whether a service runs. If it does not, finds the first failing step in each of its subnets. */
export function probeService(
  inspection: Inspection,
  serviceView: ServiceView,
  addressIndex: AddressIndex,
): ServiceVerdict {
  const { arn, name, runningCount: running, desiredCount: desired } = serviceView;
  const service = addressIndex.displayName(arn);
  const verdict = (findings: readonly Finding[]): ServiceVerdict => ({
    service,
    running,
    desired,
    outcome: findings.length === 0 ? "pass" : "fail",
    findings,
  });
  if (serviceView.deployments.length === 0)
    return verdict([
      {
        step: "placing tasks",
        message: "the service has an external deployment controller and no task set",
      },
    ]);
  if (desired === 0)
    return verdict([
      createFinding("SVC-01", {
        step: "placing tasks",
        message: "desiredCount is 0",
        address: service,
      }),
    ]);
  const runsAllTasks = running >= desired;
  // If all tasks run, it does not matter that no further task can be placed.
  const attempts = startAttemptsOf(inspection, serviceView).filter(
    (attempt) => !runsAllTasks || attempt.unplaced === undefined,
  );
  const problems = problemsOf(inspection, addressIndex, name, attempts);
  if (problems.length > 0) return verdict(distinct(problems));
  if (runsAllTasks) return verdict([]);
  return verdict([findStopReason(inspection, arn) ?? findingOfEvent(serviceView)]);
}

const starts = ({ rejection, unplaced, failure }: StartAttempt): boolean =>
  rejection === undefined && unplaced === undefined && failure === undefined;

/** The problems of the test starts of a service or schedule. */
const problemsOf = (
  inspection: Inspection,
  addressIndex: AddressIndex,
  service: string,
  attempts: readonly StartAttempt[],
): Finding[] =>
  attempts.flatMap((attempt) => {
    const startsElsewhere = attempts.some((other) => other !== attempt && starts(other));
    return findProblem({ inspection, addressIndex, service, attempt, startsElsewhere }) ?? [];
  });

function findingOfEvent({ events: [event] }: ServiceView): Finding {
  if (!event)
    return { step: "running", message: "tasks are missing, and the service has no event" };
  return createFinding(isDeploymentBlocked(event.message) ? "SVC-06" : undefined, {
    step: "running",
    message: event.message,
    isSandboxError: true,
  });
}

/** Runs each schedule that starts tasks once. The changes to the sandbox are rolled back. */
export const probeSchedules = (
  inspection: Inspection,
  addressIndex: AddressIndex,
): ServiceVerdict[] =>
  inspection.scheduledTasks().map((scheduled) => {
    const { rule, name, taskCount } = scheduled;
    const service = addressIndex.addressOf(rule) ?? addressIndex.displayName(name);
    const findings = distinct(scheduleProblems(inspection, addressIndex, service, scheduled));
    return {
      service,
      desired: taskCount,
      running: findings.length === 0 ? taskCount : 0,
      outcome: findings.length === 0 ? ("pass" as const) : ("fail" as const),
      findings,
    };
  });

function scheduleProblems(
  inspection: Inspection,
  addressIndex: AddressIndex,
  service: string,
  scheduled: ScheduledTaskView,
): Finding[] {
  const attempts = inspection.tryScheduledTask(scheduled);
  return [
    ...attempts.flatMap(({ rejection }) =>
      rejection === undefined
        ? []
        : [
            createFinding(identifyScheduleFailure(rejection), {
              step: "starting the task",
              message: rejection.reason,
              isSandboxError: true,
            }),
          ],
    ),
    ...problemsOf(inspection, addressIndex, service, attempts),
  ];
}

/** Findings without those that repeat a failure in another subnet. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ id, step, path }) => {
    const key = JSON.stringify([id, step, path?.at(-1)?.resource]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
