import type { FailureId } from "../../failures/catalogue/index.ts";
import type { NetworkInterface } from "../../topology/network-interfaces.ts";
import { healthPort, type LoadBalancer, sendersTo } from "../../topology/load-balancers.ts";
import { vpcOfDefaultGroup } from "../../topology/security-groups.ts";
import type { Workload } from "../../topology/task-definitions.ts";
import type { TraceResult, LostPackets } from "../../reachability/network.ts";
import { isUnknown, type Resource, type Unknown } from "../../plan/plan-model.ts";
import { reach } from "../../reachability/trace.ts";
import type { CheckContext } from "../engine/check.ts";

/** What becomes of one way that traffic takes. */
export interface ConnectionTrace {
  readonly from: string;
  readonly to: string;
  readonly port: number | Unknown;
  readonly fates: readonly TraceResult[];
}

const tcp = (from: number, to: number, port: number): Parameters<typeof reach>[2] => [
  { source: [[from, from]], destination: [[to, to]], protocol: [[6, 6]], port: [[port, port]] },
];

/** A client on the internet. */
const CLIENT = 1;

export function fromInternet(
  { network }: CheckContext,
  to: NetworkInterface,
  port: number,
): TraceResult[] {
  return reach(network, "internet", tcp(CLIENT, to.address, port));
}

/** Ports by which a load balancer talks to a target group: those of its traffic, and of its health checks. */
export function portsOf(
  group: Resource,
  container: number | Unknown | undefined,
): (number | Unknown)[] {
  const traffic = container ?? group.number("port") ?? 80;
  const health = healthPort(group);
  if (group.flag("health_check", 0, "enabled") === false) return [traffic];
  return [...new Set([traffic, health === "traffic-port" ? traffic : health])];
}

/** From each interface of a load balancer to each task that it sends to. */
export function* toTasks(
  subject: CheckContext,
  placement: Workload,
): Iterable<
  ConnectionTrace & {
    readonly group: Resource;
    readonly balancer: LoadBalancer;
    readonly task: NetworkInterface;
    readonly at: NetworkInterface;
  }
> {
  const { network } = subject;
  for (const binding of placement.bindings) {
    for (const group of binding.groups) {
      const balancers = [
        ...new Set(sendersTo(network.loadBalancers, group).map((sender) => sender.balancer)),
      ];
      for (const balancer of balancers) {
        for (const port of portsOf(group, binding.port)) {
          for (const at of network.interfacesOf(balancer)) {
            for (const task of network.tasksOf(placement)) {
              yield {
                from: balancer.resource.address,
                to: `a task in ${task.subnet.key}`,
                port,
                group,
                balancer,
                task,
                at,
                fates: isUnknown(port)
                  ? []
                  : reach(network, at.name, tcp(at.address, task.address, port)),
              };
            }
          }
        }
      }
    }
  }
}

export const brokenOf = (fates: readonly TraceResult[]): LostPackets | undefined =>
  fates.find(
    (fate): fate is LostPackets => fate.outcome === "denied" || fate.outcome === "no-route",
  );

export const openOf = (fates: readonly TraceResult[]): TraceResult | undefined =>
  fates.find((fate) => fate.outcome === "unknown");

/** Which failure it is that a load balancer does not reach a task. */
export function toTaskId(task: NetworkInterface, { reason, isResponse }: LostPackets): FailureId {
  if (reason.kind === "network-acl" || isResponse === true) return "NET-26";
  if (reason.kind !== "security-group") return "ALB-04";
  if (reason.direction === "egress") return "ALB-10";
  return task.groups.some((key) => vpcOfDefaultGroup(key) !== undefined) ? "SVC-10" : "ALB-11";
}
