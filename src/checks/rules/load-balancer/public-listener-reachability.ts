import type { FailureId } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { ANY, TCP, type Reason, tracePackets } from "../../../reachability/index.ts";
import type { Listener, LoadBalancer, NetworkInterface } from "../../../topology/index.ts";
import {
  type Check,
  fail,
  type CheckOutcome,
  type CheckContext,
  pass,
  unknownOutcome,
} from "../../engine/check.ts";
import {
  hopsOf,
  lostPacketsIn,
  tracesFromInternet,
  unknownTraceIn,
} from "../../shared/load-balancer-traffic.ts";

export const publicListenerReachabilityCheck: Check = {
  id: "public-listener-reachability",
  question: "traffic",
  title:
    "Clients on the internet can connect to public listeners in every subnet of the load balancer",
  severity: "error",
  ids: ["ALB-07", "ALB-09"],
  explanation:
    "An internet-facing load balancer needs a route to an internet gateway in each of its subnets, and a security group that allows the port of the listener. Clients connect to any of its subnets.",
  sources: ["Elastic Load Balancing, “Troubleshoot your Application Load Balancers”"],
  *run(context) {
    for (const balancer of context.network.loadBalancers) {
      if (balancer.isInternal === true) continue;
      for (const listener of balancer.listeners)
        yield* listenerOutcomes(context, balancer, listener);
      for (const unknownValue of balancer.subnets.unknown)
        yield unknownOutcome(balancer.resource.address, unknownValue, "ALB-07");
    }
  },
};

function* listenerOutcomes(
  context: CheckContext,
  balancer: LoadBalancer,
  { resource, port }: Listener,
): Iterable<CheckOutcome> {
  const { address } = resource;
  if (isUnknown(port)) {
    yield unknownOutcome(address, port, "ALB-09");
    return;
  }
  for (const networkInterface of context.network.interfacesOf(balancer)) {
    const traces = tracesFromInternet(context, networkInterface, port);
    const lostPackets = lostPacketsIn(traces);
    if (!lostPackets) {
      const undecided = unknownTraceIn(traces);
      yield undecided
        ? unknownOutcome(address, undecided.lastHop.message, "ALB-09")
        : pass(address);
      continue;
    }
    const { lastHop, reason } = lostPackets;
    const id = failureIdOf(reason);
    // A security group that allows only some clients is deliberate. A group that allows no client is a mistake.
    const allowsSomeClients = id === "ALB-09" && hasClient(context, networkInterface, port);
    if (allowsSomeClients) {
      yield pass(address);
      continue;
    }
    yield fail(address, id, `${lastHop.origin.address} ${lastHop.message}`, {
      connection: { from: "the internet", to: `${balancer.resource.address}:${port}` },
      path: hopsOf(lostPackets),
    });
  }
}

function failureIdOf(reason: Reason): FailureId {
  if (reason.kind === "network-acl") return "NET-26";
  return reason.kind === "security-group" ? "ALB-09" : "ALB-07";
}

/** True if the security groups allow any public address. */
const hasClient = (
  { network }: CheckContext,
  networkInterface: NetworkInterface,
  port: number,
): boolean =>
  tracePackets(network, "internet", [
    {
      source: ANY,
      destination: [[networkInterface.address, networkInterface.address]],
      protocol: TCP,
      port: [[port, port]],
    },
  ]).some((result) => result.outcome !== "denied" && result.outcome !== "no-route");
