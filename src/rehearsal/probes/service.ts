import { isDeploymentBlocked, stopKindOf } from "../../failures/index.ts";
import {
  type Hop,
  type Trace,
  type Context,
  type Deployment,
  type EcsService,
  services,
  type Task,
  tasks,
  tasksOf,
  type Failure,
  type DryRunStart,
  tryStartInSubnet,
  type ScheduledStart,
  startScheduledTask,
  type EventRule,
  eventRules,
} from "../../sandbox/inspection.ts";
import type { Sandbox } from "../../sandbox/index.ts";
import {
  createFinding,
  identifyHealthCheckFailure,
  identifyScheduleFailure,
  identifyStartFailure,
  PLACEMENT_FAILURES,
} from "../diagnosis/failure-identification.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import type { Finding, RehearsalPathStep, ServiceVerdict } from "../result.ts";

/** An ECS service with its account and region. */
export interface ServiceInRegion {
  readonly context: Context;
  readonly row: EcsService;
}

/** All active services in the sandbox, in all accounts and regions. */
export const allServices = (sandbox: Sandbox): ServiceInRegion[] =>
  sandbox.store.accountRegionsOf(services).flatMap((place) => {
    const context = sandbox.contextFor(place);
    return context
      .in(services)
      .filter((row) => row.status === "ACTIVE")
      .map((row) => ({ context, row }));
  });

const primaryDeployment = (row: EcsService): Deployment | undefined =>
  row.deployments.find((deployment) => deployment.status === "PRIMARY") ?? row.deployments[0];

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
const hostOf = ({ cause }: Failure): string =>
  cause.kind === "unreachable" ? cause.host : "an AWS service";

/** Names of the services that the task could not reach, for steps in which the host is not shown. */
const SERVICE_NAMES: Readonly<Record<string, string>> = {
  logs: "CloudWatch Logs",
  secrets: "Secrets Manager or Parameter Store",
};

/** A test of a task in one subnet. */
interface StartAttempt {
  readonly context: Context;
  readonly addressIndex: AddressIndex;
  /** Name of the service or schedule. */
  readonly service: string;
  readonly trial: DryRunStart;
  /** True where a task of the same service starts in another subnet. */
  readonly startsElsewhere: boolean;
}

/** The problem of a task in a subnet; undefined where the task starts and is healthy. */
function findProblem(attempt: StartAttempt): Finding | undefined {
  const problem = findPlacementProblem(attempt) ?? findStartProblem(attempt);
  const { region } = attempt.context;
  return problem?.fix === undefined
    ? problem
    : { ...problem, fix: problem.fix.replaceAll("<region>", region) };
}

function findPlacementProblem({
  addressIndex,
  service,
  trial: { unplaced, subnetId },
}: StartAttempt): Finding | undefined {
  if (unplaced === undefined) return undefined;
  return createFinding(PLACEMENT_FAILURES[unplaced.cause], {
    step: "placing the task",
    message: `(service ${service}) was unable to place a task. ${unplaced.reason}`,
    isAwsError: true,
    address: addressIndex.displayName(subnetId),
  });
}

function findStartProblem(attempt: StartAttempt): Finding | undefined {
  const { context, addressIndex, trial, startsElsewhere } = attempt;
  const { failure, networkInterface, subnetId } = trial;
  if (!networkInterface) return undefined;
  if (!failure) return findHealthCheckProblem(attempt);
  const subnet = addressIndex.displayName(subnetId);
  const { stopped, hops = [] } = failure;
  const id = identifyStartFailure(failure, { context, networkInterface, startsElsewhere });
  return createFinding(id, {
    step: STEP_NAMES[failure.step] ?? failure.step,
    message: failure.reason,
    isAwsError: true,
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
  context,
  addressIndex,
  trial,
}: StartAttempt): Finding | undefined {
  const { networkInterface, subnetId, health } = trial;
  if (!networkInterface) return undefined;
  for (const [group, { state, reason, description, unusedBy, trace }] of Object.entries(health)) {
    if (state !== "unhealthy" && reason !== "Target.NotInUse") continue;
    // The second target group of CodeDeploy or of a task set is unused at times. That is not a problem.
    if (unusedBy === "listeners") continue;
    const message =
      state === "unhealthy"
        ? `Task failed ELB health checks in (target-group ${group}): ${description}`
        : `${reason}: ${description}`;
    const id = identifyHealthCheckFailure(context, networkInterface, reason, trace);
    return createFinding(id, {
      step: "the load balancer's health check",
      message,
      isAwsError: true,
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
function findStopReason(context: Context, row: EcsService): Finding | undefined {
  const last = context
    .in(tasks)
    .all()
    .findLast((task) => belongsTo(row, task) && task.status === "STOPPED");
  const reason = last?.stoppedReason;
  if (last === undefined || reason === undefined) return undefined;
  const stopKind = stopKindOf(reason);
  if (stopKind === "scaling") return undefined;
  const code = last.containers.find((container) => container.exitCode !== undefined)?.exitCode;
  const id =
    last.stopCode === "EssentialContainerExited"
      ? "TD-09"
      : stopKind === "container-health-check"
        ? "TD-06"
        : undefined;
  return createFinding(id, {
    step: "running",
    message: code === undefined ? reason : `${reason} (exit code ${code})`,
    isAwsError: true,
  });
}

const belongsTo = (row: EcsService, task: Task): boolean =>
  task.serviceName === row.name && task.clusterName === row.clusterName;

/** Starts a task in each subnet of a service. The changes to the sandbox are rolled back. */
export function startAttemptsOf(
  sandbox: Sandbox,
  { context, row }: ServiceInRegion,
): DryRunStart[] {
  const primary = primaryDeployment(row);
  const network = primary?.network ?? row.network;
  if (!primary || !network) return [];
  return (network.subnets ?? []).map((subnetId) =>
    sandbox.store.dryRun(() => tryStartInSubnet(context, row, primary, subnetId)),
  );
}

/** Tests whether a service runs. Where it does not, finds the first failing step in each of its subnets. */
export function probeService(
  sandbox: Sandbox,
  serviceInRegion: ServiceInRegion,
  addressIndex: AddressIndex,
): ServiceVerdict {
  const { context, row } = serviceInRegion;
  const running = tasksOf(context, row).filter((task) => task.status === "RUNNING").length;
  const service = addressIndex.displayName(row.arn);
  const verdict = (findings: readonly Finding[]): ServiceVerdict => ({
    service,
    running,
    desired: row.desired,
    outcome: findings.length === 0 ? "pass" : "fail",
    findings,
  });
  if (row.deployments.length === 0)
    return verdict([
      {
        step: "placing tasks",
        message: "the service has an external deployment controller and no task set",
      },
    ]);
  if (row.desired === 0)
    return verdict([
      createFinding("SVC-01", {
        step: "placing tasks",
        message: "desiredCount is 0",
        address: service,
      }),
    ]);
  const runsAllTasks = running >= row.desired;
  // Where all tasks run, it does not matter that no further task can be placed.
  const trials = startAttemptsOf(sandbox, serviceInRegion).filter(
    (trial) => !runsAllTasks || trial.unplaced === undefined,
  );
  const starts = ({ unplaced, failure }: DryRunStart): boolean =>
    unplaced === undefined && failure === undefined;
  const problems = trials.flatMap((trial) => {
    const startsElsewhere = trials.some((other) => other !== trial && starts(other));
    return findProblem({ context, addressIndex, service: row.name, trial, startsElsewhere }) ?? [];
  });
  if (problems.length > 0) return verdict(distinct(problems));
  if (runsAllTasks) return verdict([]);
  return verdict([findStopReason(context, row) ?? findingOfEvent(row)]);
}

function findingOfEvent({ events: [event] }: EcsService): Finding {
  if (!event)
    return { step: "running", message: "tasks are missing, and the service has no event" };
  return createFinding(isDeploymentBlocked(event.message) ? "SVC-06" : undefined, {
    step: "running",
    message: event.message,
    isAwsError: true,
  });
}

/** Runs each schedule that starts tasks once. The changes to the sandbox are rolled back. */
export const probeSchedules = (sandbox: Sandbox, addressIndex: AddressIndex): ServiceVerdict[] =>
  sandbox.store.accountRegionsOf(eventRules).flatMap((place) => {
    const context = sandbox.contextFor(place);
    return context
      .in(eventRules)
      .filter((rule) => rule.state === "ENABLED")
      .flatMap((rule) =>
        rule.targets
          .filter((target) => target.EcsParameters)
          .map((target) => {
            const result = sandbox.store.dryRun(() => startScheduledTask(context, rule, target));
            const findings = distinct(scheduleProblems(context, addressIndex, rule, result));
            const desired = target.EcsParameters?.TaskCount ?? 1;
            return {
              service: scheduleName(addressIndex, rule),
              desired,
              running: findings.length === 0 ? desired : 0,
              outcome: findings.length === 0 ? ("pass" as const) : ("fail" as const),
              findings,
            };
          }),
      );
  });

const scheduleName = (addressIndex: AddressIndex, rule: EventRule): string =>
  addressIndex.addressOf(rule.arn) ?? addressIndex.displayName(rule.name);

function scheduleProblems(
  context: Context,
  addressIndex: AddressIndex,
  rule: EventRule,
  attempts: readonly ScheduledStart[],
): Finding[] {
  const starts = ({ rejection, unplaced, failure }: ScheduledStart): boolean =>
    rejection === undefined && unplaced === undefined && failure === undefined;
  return attempts.flatMap((attempt): Finding[] => {
    const { rejection } = attempt;
    if (rejection !== undefined)
      return [
        createFinding(identifyScheduleFailure(rejection), {
          step: "starting the task",
          message: rejection.reason,
          isAwsError: true,
        }),
      ];
    const problem = findProblem({
      context,
      addressIndex,
      service: scheduleName(addressIndex, rule),
      trial: { subnetId: "", health: {}, ...attempt },
      startsElsewhere: attempts.some((other) => other !== attempt && starts(other)),
    });
    return problem ? [problem] : [];
  });
}

/** Findings without those that repeat a failure in another subnet. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ id, step, path }) => {
    const key = JSON.stringify([id, step, path?.at(-1)?.resource]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
