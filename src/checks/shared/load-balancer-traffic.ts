import {
  TCP,
  type Box,
  type Hop,
  type LostPackets,
  type TraceResult,
  tracePackets,
} from "../../reachability/index.ts";
import type { FailureId } from "../../failures/index.ts";
import { type PlanModel, type Resource, type Unknown, isUnknown } from "../../plan/index.ts";
import {
  LISTENER_RULE_TYPES,
  type LoadBalancer,
  healthCheckPort,
  sendersTo,
  type NetworkInterface,
  TARGET_GROUP_TYPES,
  vpcOfDefaultGroup,
  type Workload,
} from "../../topology/index.ts";
import type { CheckContext } from "../engine/check.ts";

/** The traces of a connection on one port. */
export interface ConnectionTrace {
  readonly from: string;
  readonly to: string;
  readonly port: number | Unknown;
  /** No traces if the port is unknown. */
  readonly traces: readonly TraceResult[];
}

const tcpPackets = (from: number, to: number, port: number): Box[] => [
  { source: [[from, from]], destination: [[to, to]], protocol: TCP, port: [[port, port]] },
];

/** The address of a client on the internet, as a number. */
const CLIENT_ADDRESS = 1;

export function tracesFromInternet(
  { network }: CheckContext,
  networkInterface: NetworkInterface,
  port: number,
): TraceResult[] {
  return tracePackets(
    network,
    "internet",
    tcpPackets(CLIENT_ADDRESS, networkInterface.address, port),
  );
}

/** The port for traffic and the port for health checks of a target group. */
function portsOf(
  group: Resource,
  containerPort: number | Unknown | undefined,
): (number | Unknown)[] {
  const traffic = containerPort ?? group.number("port") ?? 80;
  const health = healthCheckPort(group);
  if (group.flag("health_check", 0, "enabled") === false) return [traffic];
  return [...new Set([traffic, health === "traffic-port" ? traffic : health])];
}

/** The traces from a network interface of a load balancer to a task. */
export interface TargetTrace extends ConnectionTrace {
  readonly group: Resource;
  readonly task: NetworkInterface;
  /** The network interface of the load balancer. */
  readonly networkInterface: NetworkInterface;
}

/** Traces of packets that a load balancer forwards with the address of the client. */
export const tracesFromClients = (
  { network }: CheckContext,
  { networkInterface, task, port }: TargetTrace,
): TraceResult[] =>
  isUnknown(port)
    ? []
    : tracePackets(network, networkInterface.name, tcpPackets(CLIENT_ADDRESS, task.address, port));

/** Traces from each network interface of a workload's load balancers to each of its tasks. */
export function* tracesToTasks(context: CheckContext, workload: Workload): Iterable<TargetTrace> {
  for (const { targetGroups: groups, port: containerPort } of workload.bindings)
    for (const group of groups)
      for (const balancer of balancersOf(context, group))
        for (const port of portsOf(group, containerPort))
          for (const networkInterface of context.network.interfacesOf(balancer))
            for (const task of context.network.tasksOf(workload))
              yield {
                from: balancer.resource.address,
                to: `a task in ${task.subnet.key}`,
                port,
                group,
                task,
                networkInterface,
                traces: isUnknown(port)
                  ? []
                  : tracePackets(
                      context.network,
                      networkInterface.name,
                      tcpPackets(networkInterface.address, task.address, port),
                    ),
              };
}

/** Listener rules of the plan that forward requests to a target group, also those of a listener in another root module. */
export const forwardingRules = (plan: PlanModel, group: Resource): readonly Resource[] =>
  plan
    .referrersOf(group, LISTENER_RULE_TYPES, TARGET_GROUP_TYPES, "action", 0, "target_group_arn")
    .filter(
      (rule) =>
        rule.mode === "managed" &&
        rule.referencesTo(TARGET_GROUP_TYPES, "action", 0, "target_group_arn").references.length ===
          1,
    );

const balancersOf = ({ network }: CheckContext, group: Resource): LoadBalancer[] => [
  ...new Set(sendersTo(network.loadBalancers, group).map((sender) => sender.loadBalancer)),
];

/** The first trace that ends before the destination. */
export const lostPacketsIn = (traces: readonly TraceResult[]): LostPackets | undefined =>
  traces.find(
    (trace): trace is LostPackets => trace.outcome === "denied" || trace.outcome === "no-route",
  );

/** The first trace whose outcome depends on an unknown value. */
export const unknownTraceIn = (traces: readonly TraceResult[]): TraceResult | undefined =>
  traces.find((trace) => trace.outcome === "unknown");

/** Every hop of a trace; no hops if it is undefined. */
export const hopsOf = (trace: TraceResult | undefined): Hop[] =>
  trace ? [...trace.hops, trace.lastHop] : [];

/** Where packets, or the responses to them, are lost. */
export const lossMessage = ({ isResponse, lastHop }: LostPackets): string =>
  `${isResponse === true ? "the response is lost: " : ""}${lastHop.origin.address} ${lastHop.message}`;

/** The failure of a load balancer whose packets do not arrive at a task. */
export function targetFailureOf(
  task: NetworkInterface,
  { reason, isResponse }: LostPackets,
): FailureId {
  if (reason.kind === "network-acl" || isResponse === true) return "NET-26";
  if (reason.kind !== "security-group") return "ALB-04";
  if (reason.direction === "egress") return "ALB-10";
  return task.securityGroups.some((key) => vpcOfDefaultGroup(key) !== undefined)
    ? "SVC-10"
    : "ALB-11";
}
