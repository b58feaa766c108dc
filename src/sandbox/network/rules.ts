import { cidr, contains, parseAddress } from "../../ip/cidr.ts";
import type { Context } from "../core/operation.ts";
import { awsPrefixLists } from "../services/ec2/prefix-lists.ts";
import {
  type AclEntry,
  managedPrefixLists,
  type NetworkAcl,
  networkAcls,
  type NetworkInterface,
  type Route,
  type RouteTable,
  routeTables,
  type Rule,
  rules,
} from "../services/ec2/tables.ts";

/** One packet of TCP. Addresses are IPv4. */
export interface Packet {
  readonly from: string;
  readonly to: string;
  /** The port it is for. */
  readonly port: number;
}

const holds = (block: string, address: string): boolean =>
  contains(cidr(block), { base: parseAddress(address), prefix: 32 });

/** The blocks of a prefix list, AWS's or the customer's. */
export function blocksOf(context: Context, id: string): readonly string[] {
  const own = context.in(managedPrefixLists).get(id);
  if (own) return own.entries.map((entry) => entry.cidr);
  return awsPrefixLists(context.region).find((list) => list.id === id)?.cidrs ?? [];
}

const TCP = new Set(["tcp", "6", "-1", "all"]);

function ruleFits(
  context: Context,
  rule: Rule,
  peer: string,
  peerGroups: readonly string[],
  port: number,
): boolean {
  if (!TCP.has(rule.protocol)) return false;
  if (rule.protocol !== "-1" && (port < rule.from || port > rule.to)) return false;
  if ("cidr4" in rule.peer) return holds(rule.peer.cidr4, peer);
  if ("groupId" in rule.peer) return peerGroups.includes(rule.peer.groupId);
  if ("prefixListId" in rule.peer)
    return blocksOf(context, rule.peer.prefixListId).some((block) => holds(block, peer));
  return false;
}

/** The rule of an interface's security groups that lets a packet out or in; undefined where none does. */
export function groupRule(
  context: Context,
  networkInterface: NetworkInterface,
  isEgress: boolean,
  packet: Packet,
  peer?: NetworkInterface,
): Rule | undefined {
  const far = isEgress ? packet.to : packet.from;
  return context
    .in(rules)
    .find(
      (rule) =>
        rule.isEgress === isEgress &&
        networkInterface.groupIds.includes(rule.groupId) &&
        ruleFits(context, rule, far, peer?.groupIds ?? [], packet.port),
    );
}

/** The network ACL of a subnet, and its first entry that speaks of a packet. */
export function aclEntry(
  context: Context,
  subnetId: string,
  isEgress: boolean,
  packet: Packet,
): { readonly acl: NetworkAcl; readonly entry: AclEntry } | undefined {
  const acl = context
    .in(networkAcls)
    .find((networkAcl) =>
      networkAcl.associations.some((association) => association.subnetId === subnetId),
    );
  const far = isEgress ? packet.to : packet.from;
  const entry = acl?.entries.find(
    (otherAclEntry) =>
      otherAclEntry.isEgress === isEgress &&
      TCP.has(otherAclEntry.protocol) &&
      holds(otherAclEntry.cidr, far) &&
      (otherAclEntry.protocol === "-1" ||
        otherAclEntry.from === undefined ||
        (packet.port >= otherAclEntry.from &&
          packet.port <= (otherAclEntry.to ?? otherAclEntry.from))),
  );
  return acl && entry ? { acl, entry } : undefined;
}

/** The route table of a subnet: its own, or its VPC's main one. Source: Amazon VPC User Guide, "Subnet route tables". */
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

/** The route with the longest prefix that holds an address. Source: Amazon VPC User Guide, "Route priority". */
export function routeTo(context: Context, table: RouteTable, address: string): Route | undefined {
  const fitting = table.routes.flatMap((route) => {
    const blocks =
      route.cidr === undefined ? blocksOf(context, route.prefixListId ?? "") : [route.cidr];
    return blocks
      .filter((block) => holds(block, address))
      .map((block) => ({ route, prefix: cidr(block).prefix }));
  });
  return fitting.sort((a, b) => b.prefix - a.prefix)[0]?.route;
}
