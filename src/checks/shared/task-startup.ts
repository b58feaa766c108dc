import {
  TCP,
  HTTPS_PORT,
  type Hop,
  type Origin,
  type TraceResult,
  type Reason,
  explain,
  tracePackets,
} from "../../reachability/index.ts";
import type { FailureId } from "../../failures/index.ts";
import { intervals, single } from "../../ip/index.ts";
import { isUnknown } from "../../plan/index.ts";
import {
  ANY_REGISTRY,
  type NetworkInterface,
  type Resolution,
  type Subnet,
  dnsOf,
  type Workload,
} from "../../topology/index.ts";
import type { CheckContext, Connection } from "../engine/check.ts";
import {
  type ConnectionRequirement,
  requirementsOf,
  type StepName,
} from "./connection-requirements.ts";
import { endpointPolicyOutcome } from "./endpoint-policy.ts";
import { hopsOf, lossMessage, lostPacketsIn, unknownTraceIn } from "./load-balancer-traffic.ts";
import { oncePerSubject, type PerWorkload } from "./once-per-subject.ts";
import { missingEndpointFailures, startupFailureOf } from "./startup-failure.ts";

export type { StepName } from "./connection-requirements.ts";

/** The result of a startup step in one subnet. */
export interface Step {
  readonly name: StepName;
  readonly subnet: Subnet;
  readonly answer: "pass" | "fail" | "unknown";
  readonly id?: FailureId;
  readonly message: string;
  readonly missingFact?: string;
  readonly connection: Connection;
  /** The hops of the packets, for a step that fails. */
  readonly path: readonly Hop[];
}

/** Whether the tasks of a workload perform a startup step. */
export const requiresStep = (context: CheckContext, workload: Workload, step: StepName): boolean =>
  requirementsOf(context, workload).some((requirement) => requirement.name === step);

/** Every startup step of a workload in each of its subnets. */
export const stepsOf: PerWorkload<readonly Step[]> = oncePerSubject(findSteps);

function findSteps(context: CheckContext, workload: Workload): readonly Step[] {
  const requirements = requirementsOf(context, workload);
  const attempts = context.network.tasksOf(workload).map((task) =>
    requirements.map((requirement) => ({
      task,
      requirement,
      traces: traceConnection(context, task, requirement),
    })),
  );
  return attempts.flatMap((attemptsOfTask) => {
    const startsElsewhere = attempts.some(
      (other) =>
        other !== attemptsOfTask &&
        other.every(({ traces }) => traces.every((trace) => trace.outcome === "delivered")),
    );
    return attemptsOfTask.map(({ task, requirement, traces }) =>
      stepOf(context, task, requirement, traces, startsElsewhere),
    );
  });
}

function resolve(
  { network }: CheckContext,
  task: NetworkInterface,
  { target, region, host, taskRegion }: ConnectionRequirement,
): Resolution {
  const isOtherRegion = region !== undefined && taskRegion !== undefined && region !== taskRegion;
  return network.resolve(
    task.subnet,
    target.kind === "service" && isOtherRegion ? { ...target, region } : target,
    host,
  );
}

function traceConnection(
  context: CheckContext,
  task: NetworkInterface,
  requirement: ConnectionRequirement,
): readonly TraceResult[] {
  const { network } = context;
  const vpc = task.subnet.vpc === undefined ? undefined : network.plan.resourceAt(task.subnet.vpc);
  const origin = { address: vpc ? vpc.address : task.subnet.key };
  const dnsSupport = vpc?.mode === "managed" ? dnsOf(vpc).support : true;
  if (dnsSupport === false) return [deniedTrace({ kind: "dns-disabled" }, origin)];
  if (isUnknown(dnsSupport)) return [unknownTrace({ origin, message: String(dnsSupport) })];
  const { interfaces, address, unknown, zoneWithoutName } = resolve(context, task, requirement);
  if (zoneWithoutName)
    return [
      deniedTrace(
        { kind: "no-such-host", name: requirement.host },
        { address: zoneWithoutName.address },
      ),
    ];
  if (requirement.isOtherName === true && interfaces.length > 0)
    return [
      unknownTrace({
        origin,
        message: `whether ${requirement.host} is a private DNS name of the endpoint`,
      }),
    ];
  if (interfaces.length === 0 && address < 0)
    return [unknownTrace({ origin, message: String(unknown ?? "the endpoint has no subnets") })];
  const destination =
    interfaces.length > 0
      ? intervals(
          ...interfaces.map(
            (networkInterface) => [networkInterface.address, networkInterface.address] as const,
          ),
        )
      : intervals([address, address]);
  const traces = tracePackets(network, task.name, [
    { source: [[task.address, task.address]], destination, protocol: TCP, port: HTTPS_PORT },
  ]);
  // An unknown VPC endpoint may resolve the name. Then packets that are lost without the endpoint may arrive.
  return unknown !== undefined && traces.some((trace) => trace.outcome !== "delivered")
    ? [unknownTrace({ origin: { address: unknown.address }, message: String(unknown) })]
    : traces;
}

/** A trace without packets: their destination is unknown. */
const NO_PACKETS = {
  packets: { source: [], destination: [], protocol: [], port: [] },
  hops: [],
};

const unknownTrace = (lastHop: Hop): TraceResult => ({
  ...NO_PACKETS,
  outcome: "unknown",
  lastHop,
});

const deniedTrace = (reason: Reason, origin: Origin): TraceResult => ({
  ...NO_PACKETS,
  outcome: "denied",
  reason,
  lastHop: { origin, message: explain(reason) },
});

function stepOf(
  context: CheckContext,
  task: NetworkInterface,
  requirement: ConnectionRequirement,
  traces: readonly TraceResult[],
  startsElsewhere: boolean,
): Step {
  const { name, host } = requirement;
  const { subnet } = task;
  const connection = { from: `a task in ${subnet.key}`, to: `${host}:443` };
  const lostPackets = lostPacketsIn(traces);
  if (lostPackets)
    return {
      name,
      subnet,
      connection,
      path: hopsOf(lostPackets),
      answer: "fail",
      id: startupFailureOf(context, task, requirement, lostPackets, startsElsewhere),
      message: lossMessage(lostPackets),
    };
  const step = { name, subnet, connection, path: [] };
  const unknown = unknownTraceIn(traces);
  if (unknown) {
    const { message } = unknown.lastHop;
    return {
      ...step,
      answer: "unknown",
      id: missingEndpointFailures[name],
      message,
      missingFact: message,
    };
  }
  const resolution = resolve(context, task, requirement);
  const { importedBy } = requirement;
  if (importedBy && resolution.endpoint && !reachesInternet(context, task)) {
    const message = `whether ECR has cached the image of ${importedBy.address}: behind an interface endpoint, its first pull needs a route to the internet`;
    return { ...step, answer: "unknown", id: "NET-33", message, missingFact: message };
  }
  const denied = endpointPolicyOutcome(context, task, requirement, resolution);
  return denied
    ? { ...step, ...denied, path: hopsOf(traces[0]) }
    : { ...step, answer: "pass", message: "reached" };
}

/** Source: Amazon ECR User Guide, "Considerations for using pull through cache rules". */
function reachesInternet({ network }: CheckContext, task: NetworkInterface): boolean {
  const { address } = network.interfaces.host(ANY_REGISTRY);
  return tracePackets(network, task.name, [
    {
      source: single(task.address),
      destination: single(address),
      protocol: TCP,
      port: HTTPS_PORT,
    },
  ]).every((trace) => trace.outcome === "delivered");
}
