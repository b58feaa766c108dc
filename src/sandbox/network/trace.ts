import type { Context } from "../core/operation.ts";
import {
  internetGateways,
  natGateways,
  type NetworkInterface,
  networkInterfaces,
  peerings,
  type Route,
  vpcEndpoints,
} from "../services/ec2/tables.ts";
import { aclEntry, groupRule, type Packet, routeTableOf, routeTo } from "./rules.ts";

/** One thing that a packet met, and what it said. */
export interface Hop {
  /** EC2 IDs: one, or the security groups of a network interface. */
  readonly ids: readonly string[];
  readonly message: string;
  /** The security group rule that allows the packet. */
  readonly ruleId?: string;
  /** The route that the packet takes. */
  readonly route?: Route;
}

/**
 * Why a packet does not arrive. The kinds follow the explanation codes of AWS's Reachability Analyzer.
 * Source: VPC Reachability Analyzer, "Explanation codes".
 */
export type StopReason =
  | { readonly kind: "security-group" | "network-acl"; readonly direction: "egress" | "ingress" }
  /** The VPC's resolver does not answer for the name. */
  | { readonly kind: "dns-not-resolved" }
  | { readonly kind: "no-route" }
  /** The route's target does not exist, or is not in a usable state. */
  | {
      readonly kind: "blackhole";
      readonly target: "internet-gateway" | "nat-gateway" | "vpc-endpoint" | "network-interface";
    }
  /** The route's target does not lead to the address. */
  | { readonly kind: "wrong-target" }
  /** An address of the VPC that no network interface has. */
  | { readonly kind: "unused-address" }
  /** An internet gateway drops packets of interfaces without a public address. */
  | { readonly kind: "no-public-address" }
  | { readonly kind: "no-internet-gateway" }
  | { readonly kind: "private-nat" }
  /** A NAT gateway or instance whose own subnet has a route to a NAT gateway or instance. */
  | { readonly kind: "route-loop" }
  | { readonly kind: "source-dest-check" }
  /** The answer leaves the VPC by another way than the internet gateway. */
  | { readonly kind: "asymmetric-route" };

/** Where a packet was stopped, and why. */
export interface StoppedHop extends Hop {
  readonly reason: StopReason;
}

/** A hop as an API shows it. */
export const shownHop = ({
  ids,
  message,
}: Hop): { readonly at: string; readonly says: string } => ({
  at: ids.join(", "),
  says: message,
});

/** Where a packet and its answer went. */
export interface Trace {
  readonly arrives: boolean;
  readonly to: string;
  readonly hops: readonly Hop[];
  /** The endpoint it went through, whose policy then has a say. */
  readonly endpointId?: string;
  /** What stopped it. */
  readonly stopped?: StoppedHop;
}

/** Ports that answers come back to: both ends of what Linux, NAT gateways and load balancers take. */
const LINUX = [32_768, 60_999] as const;
const ANY = [1024, 65_535] as const;

/** Stops the journey where it is. */
class Stop extends Error {
  readonly hop: StoppedHop;

  constructor(at: string | readonly string[], reason: StopReason, message: string) {
    super(message);
    this.hop = { ids: typeof at === "string" ? [at] : at, reason, message: message };
  }
}

/** A journey that is being made. */
class TraceBuilder {
  readonly #context: Context;
  readonly hops: Hop[] = [];
  endpointId: string | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  pass(id: string, message: string, by: Pick<Hop, "ruleId" | "route"> = {}): void {
    this.hops.push({ ids: [id], message: message, ...by });
  }

  group(
    networkInterface: NetworkInterface,
    isEgress: boolean,
    packet: Packet,
    peer?: NetworkInterface,
  ): void {
    const rule = groupRule(this.#context, networkInterface, isEgress, packet, peer);
    const direction = isEgress ? `out to ${packet.to}` : `in from ${packet.from}`;
    if (!rule) {
      throw new Stop(
        networkInterface.groupIds.length > 0 ? networkInterface.groupIds : networkInterface.id,
        { kind: "security-group", direction: isEgress ? "egress" : "ingress" },
        `no rule of the security group lets tcp/${packet.port} ${direction}`,
      );
    }
    this.pass(rule.groupId, `${rule.id} lets tcp/${packet.port} ${direction}`, { ruleId: rule.id });
  }

  acl(subnetId: string, isEgress: boolean, packet: Packet): void {
    const found = aclEntry(this.#context, subnetId, isEgress, packet);
    const direction = isEgress
      ? `out of ${subnetId} to ${packet.to}`
      : `into ${subnetId} from ${packet.from}`;
    if (!found?.entry.allows) {
      throw new Stop(
        found?.acl.id ?? subnetId,
        { kind: "network-acl", direction: isEgress ? "egress" : "ingress" },
        `entry ${found?.entry.number ?? "*"} of the network ACL drops tcp/${packet.port} ${direction}`,
      );
    }
    this.pass(found.acl.id, `entry ${found.entry.number} lets tcp/${packet.port} ${direction}`);
  }

  /** Answers must pass whichever port they are for: a list that lets some through loses the others. */
  answer(
    subnetId: string,
    isEgress: boolean,
    from: string,
    to: string,
    ports: readonly number[],
  ): void {
    for (const port of ports) this.acl(subnetId, isEgress, { from, to, port });
  }

  route(vpcId: string, subnetId: string, address: string): Route {
    const table = routeTableOf(this.#context, vpcId, subnetId);
    const route = table && routeTo(this.#context, table, address);
    if (!table || !route)
      throw new Stop(
        table?.id ?? subnetId,
        { kind: "no-route" },
        `there is no route to ${address}`,
      );
    this.pass(table.id, `${route.cidr ?? route.prefixListId} goes to ${route.target.id}`, {
      route,
    });
    return route;
  }
}

function journey(context: Context, to: string, make: (trace: TraceBuilder) => void): Trace {
  const trace = new TraceBuilder(context);
  try {
    make(trace);
    return {
      arrives: true,
      to,
      hops: trace.hops,
      ...(trace.endpointId === undefined ? {} : { endpointId: trace.endpointId }),
    };
  } catch (error) {
    if (error instanceof Stop) return { arrives: false, to, hops: trace.hops, stopped: error.hop };
    throw error;
  }
}

/** From one interface to another, in one VPC or over a peering, and back. */
export function traceBetween(
  context: Context,
  from: NetworkInterface,
  to: NetworkInterface,
  port: number,
): Trace {
  const packet: Packet = { from: from.privateIp, to: to.privateIp, port };
  return journey(context, to.privateIp, (trace) => {
    const isSameVpc = from.vpcId === to.vpcId;
    trace.group(from, true, packet, isSameVpc ? to : undefined);
    if (from.subnetId !== to.subnetId) {
      trace.acl(from.subnetId, true, packet);
      checkLocal(context, trace, from, to);
      trace.acl(to.subnetId, false, packet);
    }
    trace.group(to, false, packet, isSameVpc ? from : undefined);
    if (from.subnetId !== to.subnetId) {
      checkLocal(context, trace, to, from);
      const ports = from.type === "interface" ? LINUX : ANY;
      trace.answer(to.subnetId, true, to.privateIp, from.privateIp, ports);
      trace.answer(from.subnetId, false, to.privateIp, from.privateIp, ports);
    }
  });
}

function checkLocal(
  context: Context,
  trace: TraceBuilder,
  from: NetworkInterface,
  to: NetworkInterface,
): void {
  const { target } = trace.route(from.vpcId, from.subnetId, to.privateIp);
  if (from.vpcId === to.vpcId && target.kind === "local") return;
  if (target.kind === "peering") {
    const peering = context.in(peerings).get(target.id);
    if (
      peering?.state === "active" &&
      [peering.requester, peering.accepter].every((id) => [from.vpcId, to.vpcId].includes(id))
    )
      return;
  }
  throw new Stop(
    target.id,
    { kind: "wrong-target" },
    `it does not lead to ${to.id} in ${to.vpcId}`,
  );
}

/** From an interface to an address that is not in its VPC, and back. */
export function traceToInternet(
  context: Context,
  from: NetworkInterface,
  address: string,
  port: number,
): Trace {
  const packet: Packet = { from: from.privateIp, to: address, port };
  return journey(context, address, (trace) => {
    trace.group(from, true, packet);
    trace.acl(from.subnetId, true, packet);
    const { target } = trace.route(from.vpcId, from.subnetId, address);
    leave(context, trace, from, target, packet);
    trace.answer(from.subnetId, false, address, from.privateIp, LINUX);
  });
}

function leave(
  context: Context,
  trace: TraceBuilder,
  from: NetworkInterface,
  target: Route["target"],
  packet: Packet,
): void {
  switch (target.kind) {
    case "gateway": {
      if (context.in(internetGateways).get(target.id)?.vpcId !== from.vpcId)
        throw new Stop(
          target.id,
          { kind: "blackhole", target: "internet-gateway" },
          "the route is a black hole: the gateway is not attached",
        );
      if (from.publicIp === undefined)
        throw new Stop(
          from.id,
          { kind: "no-public-address" },
          "it has no public address, and an internet gateway drops it",
        );
      trace.pass(target.id, `${packet.from} goes out as ${from.publicIp}`);
      return;
    }
    case "nat":
      throughNat(context, trace, from, target.id, packet);
      return;
    case "endpoint":
      if (!context.in(vpcEndpoints).has(target.id))
        throw new Stop(
          target.id,
          { kind: "blackhole", target: "vpc-endpoint" },
          "the route is a black hole: the endpoint is gone",
        );
      trace.endpointId = target.id;
      trace.pass(target.id, "the gateway endpoint takes it to the service");
      return;
    case "eni":
      throughInstance(context, trace, from, target.id, packet);
      return;
    case "local":
      throw new Stop(
        from.vpcId,
        { kind: "unused-address" },
        `nobody in the VPC has the address ${packet.to}`,
      );
    case "peering":
    case "egress-only":
      throw new Stop(target.id, { kind: "wrong-target" }, `it does not lead to ${packet.to}`);
  }
}

function throughNat(
  context: Context,
  trace: TraceBuilder,
  from: NetworkInterface,
  id: string,
  packet: Packet,
): void {
  const nat = context.in(natGateways).get(id);
  const networkInterface = nat && context.in(networkInterfaces).get(nat.interfaceId);
  if (nat?.state !== "available" || !networkInterface)
    throw new Stop(
      id,
      { kind: "blackhole", target: "nat-gateway" },
      "the route is a black hole: the NAT gateway is gone",
    );
  const isElsewhere = networkInterface.subnetId !== from.subnetId;
  if (isElsewhere) trace.acl(networkInterface.subnetId, false, packet);
  const onward = { ...packet, from: networkInterface.privateIp };
  trace.acl(networkInterface.subnetId, true, onward);
  const { target } = trace.route(networkInterface.vpcId, networkInterface.subnetId, packet.to);
  if (nat.connectivity === "private")
    throw new Stop(
      id,
      { kind: "private-nat" },
      "a private NAT gateway has no address on the internet",
    );
  if (target.kind === "nat")
    throw new Stop(id, { kind: "route-loop" }, "its own subnet sends the packet to a NAT gateway");
  leave(context, trace, { ...networkInterface, publicIp: nat.publicIp ?? "" }, target, onward);
  trace.answer(networkInterface.subnetId, false, packet.to, networkInterface.privateIp, ANY);
  if (isElsewhere) trace.answer(networkInterface.subnetId, true, packet.to, from.privateIp, LINUX);
}

/** An instance that forwards packets. Source: Amazon VPC User Guide, "NAT instances". */
function throughInstance(
  context: Context,
  trace: TraceBuilder,
  from: NetworkInterface,
  id: string,
  packet: Packet,
): void {
  const networkInterface = context.in(networkInterfaces).get(id);
  if (!networkInterface)
    throw new Stop(
      id,
      { kind: "blackhole", target: "network-interface" },
      "the route is a black hole: the interface is gone",
    );
  if (networkInterface.sourceDestCheck)
    throw new Stop(
      id,
      { kind: "source-dest-check" },
      "its source/destination check drops what is not for itself",
    );
  if (networkInterface.subnetId !== from.subnetId)
    trace.acl(networkInterface.subnetId, false, packet);
  trace.group(networkInterface, false, packet, from);
  trace.group(networkInterface, true, packet);
  const onward = { ...packet, from: networkInterface.privateIp };
  trace.acl(networkInterface.subnetId, true, onward);
  const { target } = trace.route(networkInterface.vpcId, networkInterface.subnetId, packet.to);
  if (target.kind === "eni")
    throw new Stop(id, { kind: "route-loop" }, "its own subnet sends the packet to an instance");
  leave(context, trace, networkInterface, target, onward);
  trace.answer(networkInterface.subnetId, false, packet.to, networkInterface.privateIp, LINUX);
}

/** From an address on the internet to an interface that has a public one, and back. */
export function traceFromInternet(
  context: Context,
  source: string,
  to: NetworkInterface,
  port: number,
): Trace {
  const packet: Packet = { from: source, to: to.privateIp, port };
  return journey(context, to.publicIp ?? to.privateIp, (trace) => {
    if (to.publicIp === undefined)
      throw new Stop(to.id, { kind: "no-public-address" }, "it has no public address");
    const gateway = context
      .in(internetGateways)
      .find((internetGateway) => internetGateway.vpcId === to.vpcId);
    if (!gateway)
      throw new Stop(
        to.vpcId,
        { kind: "no-internet-gateway" },
        "no internet gateway is attached to the VPC",
      );
    trace.pass(gateway.id, `${to.publicIp} is ${to.privateIp}`);
    trace.acl(to.subnetId, false, packet);
    trace.group(to, false, packet);
    trace.answer(to.subnetId, true, to.privateIp, source, ANY);
    const { target } = trace.route(to.vpcId, to.subnetId, source);
    if (target.id !== gateway.id)
      throw new Stop(
        target.id,
        { kind: "asymmetric-route" },
        "the answer does not go back through the internet gateway",
      );
  });
}
