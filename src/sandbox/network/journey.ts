import type { Context } from "../service.ts";
import {
  internetGateways,
  natGateways,
  type NetworkInterface,
  networkInterfaces,
  peerings,
  type Route,
  vpcEndpoints,
} from "../services/ec2/rows.ts";
import { aclEntry, groupRule, type Packet, routeTableOf, routeTo } from "./filters.ts";

/** One thing that a packet met, and what it said. */
export interface Hop {
  /** An EC2 id. */
  readonly at: string;
  readonly says: string;
}

/** Where a packet and its answer went. */
export interface Journey {
  readonly arrives: boolean;
  readonly to: string;
  readonly hops: readonly Hop[];
  /** The endpoint it went through, whose policy then has a say. */
  readonly endpointId?: string;
  /** What stopped it. */
  readonly stopped?: Hop;
}

/** Ports that answers come back to: both ends of what Linux, NAT gateways and load balancers take. */
const LINUX = [32_768, 60_999] as const;
const ANY = [1024, 65_535] as const;

/** Stops the journey where it is. */
class Stop extends Error {
  readonly hop: Hop;

  constructor(at: string, says: string) {
    super(says);
    this.hop = { at, says };
  }
}

/** A journey that is being made. */
class Way {
  readonly #context: Context;
  readonly hops: Hop[] = [];
  endpointId: string | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  pass(at: string, says: string): void {
    this.hops.push({ at, says });
  }

  group(face: NetworkInterface, isEgress: boolean, packet: Packet, peer?: NetworkInterface): void {
    const rule = groupRule(this.#context, face, isEgress, packet, peer);
    const way = isEgress ? `out to ${packet.to}` : `in from ${packet.from}`;
    if (!rule) {
      throw new Stop(
        face.groupIds.join(", ") || face.id,
        `no rule of the security group lets tcp/${packet.port} ${way}`,
      );
    }
    this.pass(rule.groupId, `${rule.id} lets tcp/${packet.port} ${way}`);
  }

  acl(subnetId: string, isEgress: boolean, packet: Packet): void {
    const found = aclEntry(this.#context, subnetId, isEgress, packet);
    const way = isEgress
      ? `out of ${subnetId} to ${packet.to}`
      : `into ${subnetId} from ${packet.from}`;
    if (!found?.entry.allows) {
      throw new Stop(
        found?.acl.id ?? subnetId,
        `entry ${found?.entry.number ?? "*"} of the network ACL drops tcp/${packet.port} ${way}`,
      );
    }
    this.pass(found.acl.id, `entry ${found.entry.number} lets tcp/${packet.port} ${way}`);
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
    if (!table || !route) throw new Stop(table?.id ?? subnetId, `there is no route to ${address}`);
    this.pass(table.id, `${route.cidr ?? route.prefixListId} goes to ${route.target.id}`);
    return route;
  }
}

function journey(context: Context, to: string, make: (way: Way) => void): Journey {
  const way = new Way(context);
  try {
    make(way);
    return {
      arrives: true,
      to,
      hops: way.hops,
      ...(way.endpointId === undefined ? {} : { endpointId: way.endpointId }),
    };
  } catch (error) {
    if (error instanceof Stop) return { arrives: false, to, hops: way.hops, stopped: error.hop };
    throw error;
  }
}

/** From one interface to another, in one VPC or over a peering, and back. */
export function between(
  context: Context,
  from: NetworkInterface,
  to: NetworkInterface,
  port: number,
): Journey {
  const packet: Packet = { from: from.privateIp, to: to.privateIp, port };
  return journey(context, to.privateIp, (way) => {
    const isSameVpc = from.vpcId === to.vpcId;
    way.group(from, true, packet, isSameVpc ? to : undefined);
    if (from.subnetId !== to.subnetId) {
      way.acl(from.subnetId, true, packet);
      checkLocal(context, way, from, to);
      way.acl(to.subnetId, false, packet);
    }
    way.group(to, false, packet, isSameVpc ? from : undefined);
    if (from.subnetId !== to.subnetId) {
      checkLocal(context, way, to, from);
      const ports = from.type === "interface" ? LINUX : ANY;
      way.answer(to.subnetId, true, to.privateIp, from.privateIp, ports);
      way.answer(from.subnetId, false, to.privateIp, from.privateIp, ports);
    }
  });
}

function checkLocal(
  context: Context,
  way: Way,
  from: NetworkInterface,
  to: NetworkInterface,
): void {
  const { target } = way.route(from.vpcId, from.subnetId, to.privateIp);
  if (from.vpcId === to.vpcId && target.kind === "local") return;
  if (target.kind === "peering") {
    const peering = context.in(peerings).get(target.id);
    if (
      peering?.state === "active" &&
      [peering.requester, peering.accepter].every((id) => [from.vpcId, to.vpcId].includes(id))
    )
      return;
  }
  throw new Stop(target.id, `it does not lead to ${to.id} in ${to.vpcId}`);
}

/** From an interface to an address that is not in its VPC, and back. */
export function outward(
  context: Context,
  from: NetworkInterface,
  address: string,
  port: number,
): Journey {
  const packet: Packet = { from: from.privateIp, to: address, port };
  return journey(context, address, (way) => {
    way.group(from, true, packet);
    way.acl(from.subnetId, true, packet);
    const { target } = way.route(from.vpcId, from.subnetId, address);
    leave(context, way, from, target, packet);
    way.answer(from.subnetId, false, address, from.privateIp, LINUX);
  });
}

function leave(
  context: Context,
  way: Way,
  from: NetworkInterface,
  target: Route["target"],
  packet: Packet,
): void {
  switch (target.kind) {
    case "gateway": {
      if (context.in(internetGateways).get(target.id)?.vpcId !== from.vpcId)
        throw new Stop(target.id, "the route is a black hole: the gateway is not attached");
      if (from.publicIp === undefined)
        throw new Stop(from.id, "it has no public address, and an internet gateway drops it");
      way.pass(target.id, `${packet.from} goes out as ${from.publicIp}`);
      return;
    }
    case "nat":
      throughNat(context, way, from, target.id, packet);
      return;
    case "endpoint":
      if (!context.in(vpcEndpoints).has(target.id))
        throw new Stop(target.id, "the route is a black hole: the endpoint is gone");
      way.endpointId = target.id;
      way.pass(target.id, "the gateway endpoint takes it to the service");
      return;
    case "eni":
      throughInstance(context, way, from, target.id, packet);
      return;
    case "local":
      throw new Stop(from.vpcId, `nobody in the VPC has the address ${packet.to}`);
    case "peering":
    case "egress-only":
      throw new Stop(target.id, `it does not lead to ${packet.to}`);
  }
}

function throughNat(
  context: Context,
  way: Way,
  from: NetworkInterface,
  id: string,
  packet: Packet,
): void {
  const nat = context.in(natGateways).get(id);
  const face = nat && context.in(networkInterfaces).get(nat.interfaceId);
  if (nat?.state !== "available" || !face)
    throw new Stop(id, "the route is a black hole: the NAT gateway is gone");
  const isElsewhere = face.subnetId !== from.subnetId;
  if (isElsewhere) way.acl(face.subnetId, false, packet);
  const onward = { ...packet, from: face.privateIp };
  way.acl(face.subnetId, true, onward);
  const { target } = way.route(face.vpcId, face.subnetId, packet.to);
  if (nat.connectivity === "private")
    throw new Stop(id, "a private NAT gateway has no address on the internet");
  if (target.kind === "nat") throw new Stop(id, "its own subnet sends the packet to a NAT gateway");
  leave(context, way, { ...face, publicIp: nat.publicIp ?? "" }, target, onward);
  way.answer(face.subnetId, false, packet.to, face.privateIp, ANY);
  if (isElsewhere) way.answer(face.subnetId, true, packet.to, from.privateIp, LINUX);
}

/** An instance that forwards packets. Source: Amazon VPC User Guide, "NAT instances". */
function throughInstance(
  context: Context,
  way: Way,
  from: NetworkInterface,
  id: string,
  packet: Packet,
): void {
  const face = context.in(networkInterfaces).get(id);
  if (!face) throw new Stop(id, "the route is a black hole: the interface is gone");
  if (face.sourceDestCheck)
    throw new Stop(id, "its source/destination check drops what is not for itself");
  if (face.subnetId !== from.subnetId) way.acl(face.subnetId, false, packet);
  way.group(face, false, packet, from);
  way.group(face, true, packet);
  const onward = { ...packet, from: face.privateIp };
  way.acl(face.subnetId, true, onward);
  const { target } = way.route(face.vpcId, face.subnetId, packet.to);
  if (target.kind === "eni") throw new Stop(id, "its own subnet sends the packet to an instance");
  leave(context, way, face, target, onward);
  way.answer(face.subnetId, false, packet.to, face.privateIp, LINUX);
}

/** From an address on the internet to an interface that has a public one, and back. */
export function inward(
  context: Context,
  source: string,
  to: NetworkInterface,
  port: number,
): Journey {
  const packet: Packet = { from: source, to: to.privateIp, port };
  return journey(context, to.publicIp ?? to.privateIp, (way) => {
    if (to.publicIp === undefined) throw new Stop(to.id, "it has no public address");
    const gateway = context.in(internetGateways).find((one) => one.vpcId === to.vpcId);
    if (!gateway) throw new Stop(to.vpcId, "no internet gateway is attached to the VPC");
    way.pass(gateway.id, `${to.publicIp} is ${to.privateIp}`);
    way.acl(to.subnetId, false, packet);
    way.group(to, false, packet);
    way.answer(to.subnetId, true, to.privateIp, source, ANY);
    const { target } = way.route(to.vpcId, to.subnetId, source);
    if (target.id !== gateway.id)
      throw new Stop(target.id, "the answer does not go back through the internet gateway");
  });
}
