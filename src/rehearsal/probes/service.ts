import { isDeploymentBlocked, stopKindOf } from "../../failures/match-aws-error.ts";
import type { Hop, Trace } from "../../sandbox/network/trace.ts";
import type { Sandbox } from "../../sandbox/server.ts";
import type { Context } from "../../sandbox/core/operation.ts";
import {
  type Deployment,
  type EcsService,
  services,
  type Task,
  tasks,
  tasksOf,
} from "../../sandbox/services/ecs/tables.ts";
import type { Failure } from "../../sandbox/services/ecs/startup/start-failure.ts";
import {
  type DryRunStart,
  tryStartInSubnet,
} from "../../sandbox/services/ecs/startup/dry-run-start.ts";
import { startScheduledTask } from "../../sandbox/services/events/firing.ts";
import { rules } from "../../sandbox/services/events/tables.ts";
import {
  finding,
  ofFiring,
  ofHealth,
  ofStart,
  PLACEMENT,
} from "../diagnosis/failure-identification.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import type { Finding, ServiceVerdict, RehearsalPathStep } from "../result.ts";

/** A service, and where it is. */
export interface ServiceInRegion {
  readonly context: Context;
  readonly row: EcsService;
}

/** Every service in the sandbox, whatever account and region it is in. */
export const allServices = (sandbox: Sandbox): ServiceInRegion[] =>
  sandbox.store.accountRegionsOf(services).flatMap((place) => {
    const context = sandbox.contextFor(place);
    return context
      .in(services)
      .filter((row) => row.status === "ACTIVE")
      .map((row) => ({ context, row }));
  });

const primaryOf = (row: EcsService): Deployment | undefined =>
  row.deployments.find((deployment) => deployment.status === "PRIMARY") ?? row.deployments[0];

const SHOWN: Readonly<Record<string, string>> = {
  role: "assuming the role",
  registry: "logging in to the registry",
  secrets: "reading secrets",
  logs: "opening the log",
  image: "pulling the image",
  volumes: "mounting volumes",
};

function pathOf(
  names: AddressIndex,
  hops: readonly Hop[],
  stopped: Hop | undefined,
): RehearsalPathStep[] {
  return [...hops, ...(stopped ? [stopped] : [])].map((hop) => names.step(hop));
}

/** The host that a packet was for. */
const hostOf = ({ cause }: Failure): string =>
  cause.kind === "unreachable" ? cause.host : "an AWS service";

const HOSTS: Readonly<Record<string, string>> = {
  logs: "CloudWatch Logs",
  secrets: "Secrets Manager or Parameter Store",
};

/** What a trial says of a subnet; undefined where the task does its work. */
function ofTrial(...asked: Parameters<typeof found>): Finding | undefined {
  const made = found(...asked);
  const [{ region }] = asked;
  return made?.fix === undefined ? made : { ...made, fix: made.fix.replaceAll("<region>", region) };
}

function found(
  context: Context,
  names: AddressIndex,
  service: string,
  trial: DryRunStart,
  startsElsewhere: boolean,
): Finding | undefined {
  const { unplaced, failure, networkInterface, subnetId } = trial;
  const subnet = names.show(subnetId);
  if (unplaced !== undefined) {
    return finding(PLACEMENT[unplaced.cause], {
      step: "placing the task",
      message: `(service ${service}) was unable to place a task. ${unplaced.reason}`,
      address: subnet,
    });
  }
  if (!networkInterface) return undefined;
  if (failure) {
    const { stopped, hops = [] } = failure;
    return finding(ofStart(failure, { context, face: networkInterface, startsElsewhere }), {
      step: SHOWN[failure.step] ?? failure.step,
      message: failure.reason,
      seconds: failure.seconds,
      ...(stopped
        ? {
            connection: {
              from: `a task in ${subnet}`,
              to: `${HOSTS[failure.step] ?? hostOf(failure)}:443`,
            },
            path: pathOf(names, hops, stopped),
            address: names.of(stopped.ids[0] ?? "") ?? subnet,
          }
        : {}),
    });
  }
  for (const [group, { state, reason, description, unusedBy, trace: journey }] of Object.entries(
    trial.health,
  )) {
    if (state !== "unhealthy" && reason !== "Target.NotInUse") continue;
    // A spare group of CodeDeploy's or of a task set is no fault.
    if (unusedBy === "listeners") continue;
    const words =
      state === "unhealthy"
        ? `Task failed ELB health checks in (target-group ${group}): ${description}`
        : `${reason}: ${description}`;
    return finding(ofHealth(context, networkInterface, reason, journey), {
      step: "the load balancer's health check",
      message: words,
      address: names.show(group),
      ...wayTo(names, subnet, journey),
    });
  }
  return undefined;
}

function wayTo(names: AddressIndex, subnet: string, journey: Trace | undefined): Partial<Finding> {
  if (!journey?.stopped) return {};
  return {
    connection: { from: "the load balancer", to: `a task in ${subnet}` },
    path: pathOf(names, journey.hops, journey.stopped),
  };
}

/** Why the last task that ended did end, where nothing else explains it. */
function ofStopped(context: Context, row: EcsService): Finding | undefined {
  const last = context
    .in(tasks)
    .all()
    .findLast((task) => isOf(row, task) && task.status === "STOPPED");
  const reason = last?.stoppedReason;
  if (last === undefined || reason === undefined) return undefined;
  const stop = stopKindOf(reason);
  if (stop === "scaling") return undefined;
  const code = last.containers.find((container) => container.exitCode !== undefined)?.exitCode;
  const id =
    last.stopCode === "EssentialContainerExited"
      ? "TD-09"
      : stop === "container-health-check"
        ? "TD-06"
        : undefined;
  return finding(id, {
    step: "running",
    message: code === undefined ? reason : `${reason} (exit code ${code})`,
  });
}

const isOf = (row: EcsService, task: Task): boolean =>
  task.serviceName === row.name && task.clusterName === row.clusterName;

/** Tries a task in each subnet of a service, and takes every trace back. */
export function startAttemptsOf(
  sandbox: Sandbox,
  { context, row }: ServiceInRegion,
): DryRunStart[] {
  const primary = primaryOf(row);
  const network = primary?.network ?? row.network;
  if (!primary || !network) return [];
  return (network.subnets ?? []).map((subnetId) =>
    sandbox.store.dryRun(() => tryStartInSubnet(context, row, primary, subnetId)),
  );
}

/** Whether a service came up, and if not, the first step that broke in each of its subnets. */
export function probeService(
  sandbox: Sandbox,
  located: ServiceInRegion,
  names: AddressIndex,
): ServiceVerdict {
  const { context, row } = located;
  const running = tasksOf(context, row).filter((task) => task.status === "RUNNING").length;
  const service = names.show(row.arn);
  const counts = { service, running, desired: row.desired };
  const verdict = (findings: readonly Finding[]): ServiceVerdict => ({
    ...counts,
    outcome: findings.length === 0 ? "pass" : "fail",
    findings,
  });
  if (row.deployments.length === 0)
    return verdict([
      {
        step: "placing tasks",
        message: "the service has no task set: its controller is another's",
      },
    ]);
  if (row.desired === 0)
    return verdict([
      finding("SVC-01", { step: "placing tasks", message: "desiredCount is 0", address: service }),
    ]);
  const isWhole = running >= row.desired;
  // Where all tasks have their places, there need be none for one more.
  const trials = startAttemptsOf(sandbox, located).filter(
    (trial) => !isWhole || trial.unplaced === undefined,
  );
  const isFine = ({ unplaced, failure }: DryRunStart): boolean =>
    unplaced === undefined && failure === undefined;
  const broken = trials.flatMap(
    (trial) =>
      ofTrial(
        context,
        names,
        row.name,
        trial,
        trials.some((other) => other !== trial && isFine(other)),
      ) ?? [],
  );
  if (broken.length > 0) return verdict(distinct(broken));
  if (isWhole) return verdict([]);
  const stopped = ofStopped(context, row);
  const event = row.events[0]?.message ?? "no event says why";
  return verdict([
    stopped ??
      finding(isDeploymentBlocked(event) ? "SVC-06" : undefined, {
        step: "running",
        message: event,
      }),
  ]);
}

/** Every schedule that starts tasks: each is fired once, and every trace taken back. */
export function schedules(sandbox: Sandbox, names: AddressIndex): ServiceVerdict[] {
  return sandbox.store.accountRegionsOf(rules).flatMap((place) => {
    const context = sandbox.contextFor(place);
    return context
      .in(rules)
      .filter((rule) => rule.state === "ENABLED")
      .flatMap((rule) =>
        rule.targets
          .filter((target) => target.EcsParameters)
          .map((target) => {
            const service = names.of(rule.arn) ?? names.show(rule.name);
            const result = sandbox.store.dryRun(() => startScheduledTask(context, rule, target));
            const isFine = (otherFired: (typeof result)[number]): boolean =>
              otherFired.rejection === undefined &&
              otherFired.unplaced === undefined &&
              otherFired.failure === undefined;
            const broken = result.flatMap((otherFired): Finding[] => {
              if (otherFired.rejection !== undefined)
                return [
                  finding(ofFiring(otherFired.rejection), {
                    step: "starting the task",
                    message: otherFired.rejection.reason,
                  }),
                ];
              const trial = { subnetId: "", health: {}, ...otherFired };
              const others = result.some((other) => other !== otherFired && isFine(other));
              return [ofTrial(context, names, service, trial, others)].filter(
                (what) => what !== undefined,
              );
            });
            const desired = target.EcsParameters?.TaskCount ?? 1;
            return {
              service,
              desired,
              running: broken.length === 0 ? desired : 0,
              outcome: broken.length === 0 ? ("pass" as const) : ("fail" as const),
              findings: distinct(broken),
            };
          }),
      );
  });
}

/** The same failure in two subnets is said once. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ id, step, path }) => {
    const key = JSON.stringify([id, step, path?.at(-1)?.resource]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
