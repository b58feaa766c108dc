import { cidr, contains, parseAddress } from "../../../../ip/index.ts";
import type { Context } from "../../../core/operation.ts";
import { awsPrefixLists } from "../prefix-lists.ts";
import {
  type AclEntry,
  managedPrefixLists,
  type NetworkAcl,
  networkAcls,
  type NetworkInterface,
  type Route,
  type RouteTable,
  routeTables,
  type SecurityGroupRule,
  securityGroupRules,
} from "../tables.ts";

/** Whether a packet leaves (`egress`) or enters (`ingress`) a network interface or subnet. */
export type Direction = "egress" | "ingress";

/** A TCP packet. Addresses are IPv4. */
export interface Packet {
  readonly from: string;
  readonly to: string;
  /** Destination port. */
  readonly port: number;
}

const containsAddress = (block: string, address: string): boolean =>
  contains(cidr(block), { base: parseAddress(address), prefix: 32 });

/** The IPv4 CIDR blocks of a prefix list, managed by AWS or by the customer. */
export function blocksOf(context: Context, id: string): readonly string[] {
  const managedList = context.in(managedPrefixLists).get(id);
  if (managedList) return managedList.entries.map((entry) => entry.cidr);
  const list = awsPrefixLists(context.region).find((awsPrefixList) => awsPrefixList.id === id);
  return list?.family === "IPv4" ? list.cidrs : [];
}

const TCP = new Set(["tcp", "6", "-1", "all"]);

function ruleMatches(
  context: Context,
  rule: SecurityGroupRule,
  peer: string,
  peerGroups: readonly string[],
  port: number,
): boolean {
  if (!TCP.has(rule.protocol)) return false;
  if (rule.protocol !== "-1" && (port < rule.from || port > rule.to)) return false;
  if ("cidr4" in rule.peer) return containsAddress(rule.peer.cidr4, peer);
  if ("groupId" in rule.peer) return peerGroups.includes(rule.peer.groupId);
  if ("prefixListId" in rule.peer)
    return blocksOf(context, rule.peer.prefixListId).some((block) => containsAddress(block, peer));
  return false;
}

/** The security group rule that allows a packet to leave or enter a network interface; undefined if no rule allows it. */
export function allowingRule(
  context: Context,
  networkInterface: NetworkInterface,
  direction: Direction,
  packet: Packet,
  peer?: NetworkInterface,
): SecurityGroupRule | undefined {
  const remoteAddress = direction === "egress" ? packet.to : packet.from;
  return context
    .in(securityGroupRules)
    .find(
      (rule) =>
        rule.isEgress === (direction === "egress") &&
        networkInterface.groupIds.includes(rule.groupId) &&
        ruleMatches(context, rule, remoteAddress, peer?.groupIds ?? [], packet.port),
    );
}

/** The network ACL of a subnet, and the first entry that matches a packet. */
export function matchingAclEntry(
  context: Context,
  subnetId: string,
  direction: Direction,
  packet: Packet,
): { readonly acl: NetworkAcl; readonly entry: AclEntry } | undefined {
  const acl = context
    .in(networkAcls)
    .find((networkAcl) =>
      networkAcl.associations.some((association) => association.subnetId === subnetId),
    );
  const remoteAddress = direction === "egress" ? packet.to : packet.from;
  const entry = acl?.entries.find(
    (candidate) =>
      candidate.isEgress === (direction === "egress") &&
      TCP.has(candidate.protocol) &&
      "cidr4" in candidate.addresses &&
      containsAddress(candidate.addresses.cidr4, remoteAddress) &&
      (candidate.protocol === "-1" ||
        candidate.from === undefined ||
        (packet.port >= candidate.from && packet.port <= (candidate.to ?? candidate.from))),
  );
  return acl && entry ? { acl, entry } : undefined;
}

/** The route table of a subnet: the associated one, otherwise the main route table of the VPC. Source: Amazon VPC User Guide, "Subnet route tables". */
export function routeTableOf(
  context: Context,
  vpcId: string,
  subnetId: string,
): RouteTable | undefined {
  return (
    context
      .in(routeTables)
      .find((table) =>
        table.associations.some((association) => association.subnetId === subnetId),
      ) ?? context.in(routeTables).find((table) => table.vpcId === vpcId && table.isMain)
  );
}

/** The route with the longest prefix that contains an address. Source: Amazon VPC User Guide, "Route priority". */
export function routeForAddress(
  context: Context,
  table: RouteTable,
  address: string,
): Route | undefined {
  const matching = table.routes.flatMap((route) => {
    const blocks =
      route.cidr === undefined ? blocksOf(context, route.prefixListId ?? "") : [route.cidr];
    return blocks
      .filter((block) => containsAddress(block, address))
      .map((block) => ({ route, prefix: cidr(block).prefix }));
  });
  return matching.sort((a, b) => b.prefix - a.prefix)[0]?.route;
}
