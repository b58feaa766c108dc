import type { FailureId } from "../../../failures/catalogue/index.ts";
import type { NetworkInterface } from "../../../topology/network-interfaces.ts";
import type { Reason } from "../../../reachability/reasons.ts";
import { reach } from "../../../reachability/trace.ts";
import { isUnknown } from "../../../plan/plan-model.ts";
import {
  type Check,
  fail,
  type CheckOutcome,
  type CheckContext,
  unknownOutcome,
} from "../../engine/check.ts";
import type { Listener, LoadBalancer } from "../../../topology/load-balancers.ts";
import { brokenOf, fromInternet, openOf } from "../../shared/load-balancer-traffic.ts";

export const publicListenerReachabilityCheck: Check = {
  id: "public-listener-reachability",
  question: "traffic",
  title: "public listeners are reached from the internet, in every subnet of the load balancer",
  severity: "error",
  ids: ["ALB-07", "ALB-09"],
  explanation:
    "An internet-facing load balancer answers only where its subnets lead to an internet gateway and its security group lets the listener's port in. Clients are sent to any of its subnets. Source: Elastic Load Balancing, “Troubleshoot your Application Load Balancers”.",
  *run(subject) {
    for (const balancer of subject.network.loadBalancers) {
      if (balancer.isInternal === true) continue;
      for (const listener of balancer.listeners) yield* reached(subject, balancer, listener);
      for (const lost of balancer.subnets.unknown)
        yield unknownOutcome(balancer.resource.address, lost, "ALB-07");
    }
  },
};

function* reached(
  subject: CheckContext,
  balancer: LoadBalancer,
  { resource, port }: Listener,
): Iterable<CheckOutcome> {
  const { address } = resource;
  if (isUnknown(port)) {
    yield unknownOutcome(address, port, "ALB-09");
    return;
  }
  for (const at of subject.network.interfacesOf(balancer)) {
    const fates = fromInternet(subject, at, port);
    const broken = brokenOf(fates);
    if (!broken) {
      const open = openOf(fates);
      yield open
        ? unknownOutcome(address, open.lastHop.message, "ALB-09")
        : { answer: "pass", address, path: fates[0] ? [...fates[0].hops, fates[0].lastHop] : [] };
      continue;
    }
    const { lastHop, hops, reason } = broken;
    const id = idOf(reason);
    // Who narrows a group to somebody has a reason: nobody at all is the mistake.
    const narrow = id === "ALB-09" && hasClient(subject, at, port);
    if (narrow) {
      yield { answer: "pass", address };
      continue;
    }
    yield fail(address, id, `${lastHop.origin.address} ${lastHop.message}`, {
      way: { from: "the internet", to: `${balancer.resource.address}:${port}` },
      path: [...hops, lastHop],
      error: "clients time out",
    });
  }
}

function idOf(reason: Reason): FailureId {
  if (reason.kind === "network-acl") return "NET-26";
  return reason.kind === "security-group" ? "ALB-09" : "ALB-07";
}

/** True where anybody with a public address is let in. */
const hasClient = ({ network }: CheckContext, at: NetworkInterface, port: number): boolean =>
  reach(network, "internet", [
    {
      source: [[0, Number.MAX_SAFE_INTEGER]],
      destination: [[at.address, at.address]],
      protocol: [[6, 6]],
      port: [[port, port]],
    },
  ]).some((result) => result.outcome !== "denied" && result.outcome !== "no-route");
