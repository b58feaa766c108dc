import type { Context } from "../../../core/operation.ts";
import {
  internetGateways,
  natGateways,
  type NetworkInterface,
  networkInterfaces,
  peerings,
  type Route,
  vpcEndpoints,
} from "../tables.ts";
import {
  allowingRule,
  type Direction,
  matchingAclEntry,
  type Packet,
  routeTableOf,
  routeForAddress,
} from "./rules.ts";

/** One component on the path of a packet, and what it does with the packet. */
export interface Hop {
  /** EC2 IDs: one ID, or the IDs of all security groups of a network interface. */
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
  | { readonly kind: "security-group" | "network-acl"; readonly direction: Direction }
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
  /** The response leaves the VPC through another target than the internet gateway. */
  | { readonly kind: "asymmetric-route" };

/** The hop at which a packet is dropped, and the reason. */
export interface StoppedHop extends Hop {
  readonly reason: StopReason;
}

/** A hop in the JSON of a response. */
export const hopToJson = ({
  ids,
  message,
}: Hop): { readonly at: string; readonly message: string } => ({
  at: ids.join(", "),
  message,
});

/** The path of a packet and of its response. */
export interface Trace {
  readonly arrives: boolean;
  readonly to: string;
  readonly hops: readonly Hop[];
  /** The VPC endpoint that the packet passes. Its policy applies to the request. */
  readonly endpointId?: string;
  /** The hop at which the packet or its response is dropped. */
  readonly stopped?: StoppedHop;
}

/**
 * The ports to which responses are sent: the lowest and the highest ephemeral port of Linux, and of NAT gateways and load
 * balancers.
 */
const LINUX_EPHEMERAL_PORTS = [32_768, 60_999] as const;
const NAT_EPHEMERAL_PORTS = [1024, 65_535] as const;

/** Ends a trace at a hop that drops the packet. */
class TraceStopped extends Error {
  readonly hop: StoppedHop;

  constructor(at: string | readonly string[], reason: StopReason, message: string) {
    super(message);
    this.hop = { ids: typeof at === "string" ? [at] : at, reason, message };
  }
}

/** Follows a packet and collects the hops. */
class TraceBuilder {
  readonly #context: Context;
  readonly hops: Hop[] = [];
  endpointId: string | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  addHop(id: string, message: string, by: Pick<Hop, "ruleId" | "route"> = {}): void {
    this.hops.push({ ids: [id], message, ...by });
  }

  checkSecurityGroups(
    networkInterface: NetworkInterface,
    direction: Direction,
    packet: Packet,
    peer?: NetworkInterface,
  ): void {
    const rule = allowingRule(this.#context, networkInterface, direction, packet, peer);
    const [flow, kind] =
      direction === "egress"
        ? [`tcp/${packet.port} to ${packet.to}`, "outbound"]
        : [`tcp/${packet.port} from ${packet.from}`, "inbound"];
    if (!rule) {
      throw new TraceStopped(
        networkInterface.groupIds.length > 0 ? networkInterface.groupIds : networkInterface.id,
        { kind: "security-group", direction },
        `${flow} denied: no ${kind} security group rule allows it`,
      );
    }
    this.addHop(rule.groupId, `${flow} allowed by ${kind} rule ${rule.id}`, { ruleId: rule.id });
  }

  checkNetworkAcl(subnetId: string, direction: Direction, packet: Packet): void {
    const match = matchingAclEntry(this.#context, subnetId, direction, packet);
    const [flow, kind] =
      direction === "egress"
        ? [`tcp/${packet.port} from ${subnetId} to ${packet.to}`, "outbound"]
        : [`tcp/${packet.port} from ${packet.from} to ${subnetId}`, "inbound"];
    if (!match?.entry.allows) {
      throw new TraceStopped(
        match?.acl.id ?? subnetId,
        { kind: "network-acl", direction },
        `${flow} denied by ${kind} network ACL rule ${match?.entry.number ?? "*"}`,
      );
    }
    this.addHop(match.acl.id, `${flow} allowed by ${kind} network ACL rule ${match.entry.number}`);
  }

  /** Checks a network ACL for the response. It must allow every ephemeral port, because the client may use any of them. */
  checkReturnTraffic(
    subnetId: string,
    direction: Direction,
    from: string,
    to: string,
    ports: readonly number[],
  ): void {
    for (const port of ports) this.checkNetworkAcl(subnetId, direction, { from, to, port });
  }

  route(vpcId: string, subnetId: string, address: string): Route {
    const table = routeTableOf(this.#context, vpcId, subnetId);
    const route = table && routeForAddress(this.#context, table, address);
    if (!table || !route)
      throw new TraceStopped(table?.id ?? subnetId, { kind: "no-route" }, `no route to ${address}`);
    this.addHop(table.id, `${route.cidr ?? route.prefixListId} is routed to ${route.target.id}`, {
      route,
    });
    return route;
  }
}

function traceWith(context: Context, to: string, make: (trace: TraceBuilder) => void): Trace {
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
    if (error instanceof TraceStopped)
      return { arrives: false, to, hops: trace.hops, stopped: error.hop };
    throw error;
  }
}

/** Traces a connection between two network interfaces, in one VPC or over a peering connection. */
export function traceBetween(
  context: Context,
  from: NetworkInterface,
  to: NetworkInterface,
  port: number,
): Trace {
  const packet: Packet = { from: from.privateIp, to: to.privateIp, port };
  return traceWith(context, to.privateIp, (trace) => {
    const isSameVpc = from.vpcId === to.vpcId;
    trace.checkSecurityGroups(from, "egress", packet, isSameVpc ? to : undefined);
    if (from.subnetId !== to.subnetId) {
      trace.checkNetworkAcl(from.subnetId, "egress", packet);
      checkLocal(context, trace, from, to);
      trace.checkNetworkAcl(to.subnetId, "ingress", packet);
    }
    trace.checkSecurityGroups(to, "ingress", packet, isSameVpc ? from : undefined);
    if (from.subnetId !== to.subnetId) {
      checkLocal(context, trace, to, from);
      const ports = from.type === "interface" ? LINUX_EPHEMERAL_PORTS : NAT_EPHEMERAL_PORTS;
      trace.checkReturnTraffic(to.subnetId, "egress", to.privateIp, from.privateIp, ports);
      trace.checkReturnTraffic(from.subnetId, "ingress", to.privateIp, from.privateIp, ports);
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
  throw new TraceStopped(
    target.id,
    { kind: "wrong-target" },
    `route target does not lead to ${to.id} in ${to.vpcId}`,
  );
}

/** Traces a connection from a network interface to an address outside its VPC. */
export function traceToInternet(
  context: Context,
  from: NetworkInterface,
  address: string,
  port: number,
): Trace {
  const packet: Packet = { from: from.privateIp, to: address, port };
  return traceWith(context, address, (trace) => {
    trace.checkSecurityGroups(from, "egress", packet);
    trace.checkNetworkAcl(from.subnetId, "egress", packet);
    const { target } = trace.route(from.vpcId, from.subnetId, address);
    traceTarget(context, trace, from, target, packet);
    trace.checkReturnTraffic(
      from.subnetId,
      "ingress",
      address,
      from.privateIp,
      LINUX_EPHEMERAL_PORTS,
    );
  });
}

function traceTarget(
  context: Context,
  trace: TraceBuilder,
  from: NetworkInterface,
  target: Route["target"],
  packet: Packet,
): void {
  switch (target.kind) {
    case "gateway": {
      if (context.in(internetGateways).get(target.id)?.vpcId !== from.vpcId)
        throw new TraceStopped(
          target.id,
          { kind: "blackhole", target: "internet-gateway" },
          "route target does not exist (blackhole): the internet gateway is not attached to the VPC",
        );
      if (from.publicIp === undefined)
        throw new TraceStopped(
          from.id,
          { kind: "no-public-address" },
          "no public IP address: the internet gateway drops the packet",
        );
      trace.addHop(target.id, `source address ${packet.from} translated to ${from.publicIp}`);
      return;
    }
    case "nat":
      traceThroughNat(context, trace, from, target.id, packet);
      return;
    case "endpoint":
      if (!context.in(vpcEndpoints).has(target.id))
        throw new TraceStopped(
          target.id,
          { kind: "blackhole", target: "vpc-endpoint" },
          "route target does not exist (blackhole): the VPC endpoint is deleted",
        );
      trace.endpointId = target.id;
      trace.addHop(target.id, "the gateway endpoint forwards the packet to the service");
      return;
    case "eni":
      traceThroughInstance(context, trace, from, target.id, packet);
      return;
    case "local":
      throw new TraceStopped(
        from.vpcId,
        { kind: "unused-address" },
        `no network interface in the VPC has the address ${packet.to}`,
      );
    case "peering":
    case "egress-only":
      throw new TraceStopped(
        target.id,
        { kind: "wrong-target" },
        `route target does not lead to ${packet.to}`,
      );
  }
}

function traceThroughNat(
  context: Context,
  trace: TraceBuilder,
  from: NetworkInterface,
  id: string,
  packet: Packet,
): void {
  const nat = context.in(natGateways).get(id);
  const networkInterface = nat && context.in(networkInterfaces).get(nat.interfaceId);
  if (nat?.state !== "available" || !networkInterface)
    throw new TraceStopped(
      id,
      { kind: "blackhole", target: "nat-gateway" },
      "route target does not exist (blackhole): the NAT gateway is not available",
    );
  const isOtherSubnet = networkInterface.subnetId !== from.subnetId;
  if (isOtherSubnet) trace.checkNetworkAcl(networkInterface.subnetId, "ingress", packet);
  const forwarded = { ...packet, from: networkInterface.privateIp };
  trace.checkNetworkAcl(networkInterface.subnetId, "egress", forwarded);
  const { target } = trace.route(networkInterface.vpcId, networkInterface.subnetId, packet.to);
  if (nat.connectivity === "private")
    throw new TraceStopped(
      id,
      { kind: "private-nat" },
      "a private NAT gateway has no public IP address",
    );
  if (target.kind === "nat")
    throw new TraceStopped(
      id,
      { kind: "route-loop" },
      "the subnet of the NAT gateway routes the packet to a NAT gateway",
    );
  traceTarget(
    context,
    trace,
    { ...networkInterface, publicIp: nat.publicIp ?? "" },
    target,
    forwarded,
  );
  trace.checkReturnTraffic(
    networkInterface.subnetId,
    "ingress",
    packet.to,
    networkInterface.privateIp,
    NAT_EPHEMERAL_PORTS,
  );
  if (isOtherSubnet)
    trace.checkReturnTraffic(
      networkInterface.subnetId,
      "egress",
      packet.to,
      from.privateIp,
      LINUX_EPHEMERAL_PORTS,
    );
}

/** An instance that forwards packets (NAT instance). Source: Amazon VPC User Guide, "NAT instances". */
function traceThroughInstance(
  context: Context,
  trace: TraceBuilder,
  from: NetworkInterface,
  id: string,
  packet: Packet,
): void {
  const networkInterface = context.in(networkInterfaces).get(id);
  if (!networkInterface)
    throw new TraceStopped(
      id,
      { kind: "blackhole", target: "network-interface" },
      "route target does not exist (blackhole): the network interface is deleted",
    );
  if (networkInterface.sourceDestCheck)
    throw new TraceStopped(
      id,
      { kind: "source-dest-check" },
      "source/destination check is enabled",
    );
  if (networkInterface.subnetId !== from.subnetId)
    trace.checkNetworkAcl(networkInterface.subnetId, "ingress", packet);
  trace.checkSecurityGroups(networkInterface, "ingress", packet, from);
  trace.checkSecurityGroups(networkInterface, "egress", packet);
  const forwarded = { ...packet, from: networkInterface.privateIp };
  trace.checkNetworkAcl(networkInterface.subnetId, "egress", forwarded);
  const { target } = trace.route(networkInterface.vpcId, networkInterface.subnetId, packet.to);
  if (target.kind === "eni")
    throw new TraceStopped(
      id,
      { kind: "route-loop" },
      "the subnet of the NAT instance routes the packet to a NAT instance",
    );
  traceTarget(context, trace, networkInterface, target, forwarded);
  trace.checkReturnTraffic(
    networkInterface.subnetId,
    "ingress",
    packet.to,
    networkInterface.privateIp,
    LINUX_EPHEMERAL_PORTS,
  );
}

/** Traces a connection from an address on the internet to a network interface with a public IP address. */
export function traceFromInternet(
  context: Context,
  source: string,
  to: NetworkInterface,
  port: number,
): Trace {
  const packet: Packet = { from: source, to: to.privateIp, port };
  return traceWith(context, to.publicIp ?? to.privateIp, (trace) => {
    if (to.publicIp === undefined)
      throw new TraceStopped(to.id, { kind: "no-public-address" }, "no public IP address");
    const gateway = context
      .in(internetGateways)
      .find((internetGateway) => internetGateway.vpcId === to.vpcId);
    if (!gateway)
      throw new TraceStopped(
        to.vpcId,
        { kind: "no-internet-gateway" },
        "no internet gateway is attached to the VPC",
      );
    trace.addHop(gateway.id, `destination address ${to.publicIp} translated to ${to.privateIp}`);
    trace.checkNetworkAcl(to.subnetId, "ingress", packet);
    trace.checkSecurityGroups(to, "ingress", packet);
    trace.checkReturnTraffic(to.subnetId, "egress", to.privateIp, source, NAT_EPHEMERAL_PORTS);
    const { target } = trace.route(to.vpcId, to.subnetId, source);
    if (target.id !== gateway.id)
      throw new TraceStopped(
        target.id,
        { kind: "asymmetric-route" },
        "the response does not return through the internet gateway",
      );
  });
}
