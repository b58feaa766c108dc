import { intervals, single } from "../ip/index.ts";
import { type PlanModel, type Resource, isUnknown, Unknown } from "../plan/index.ts";
import {
  type Filter,
  type NextHop,
  type Node,
  type Origin,
  type Route,
  type Rule,
  ANY,
  type Reason,
} from "../reachability/index.ts";
import {
  GATEWAY_PORTS,
  type NetworkInterface,
  type NetworkInterfaces,
} from "./network-interfaces.ts";
import type { PacketFilters } from "./packet-filters.ts";
import type { RouteTables } from "./route-tables.ts";
import { type Subnet, targetKey, VPC_TYPES } from "./subnets.ts";

/** The name of the internet's node. */
export const INTERNET_NODE = "internet";

const INTERNET = { address: "the internet" };

/** Routes to and from the internet, through internet gateways. */
export class Internet {
  readonly #plan: PlanModel;
  readonly #interfaces: NetworkInterfaces;
  readonly #routeTables: RouteTables;
  readonly #filters: PacketFilters;

  constructor(
    plan: PlanModel,
    interfaces: NetworkInterfaces,
    routeTables: RouteTables,
    filters: PacketFilters,
  ) {
    this.#plan = plan;
    this.#interfaces = interfaces;
    this.#routeTables = routeTables;
    this.#filters = filters;
  }

  /** The internet: it accepts packets to internet addresses, and sends packets to network interfaces with a public IP. */
  node(): Node {
    const reachable = this.#interfaces.all.filter(
      ({ hasPublicIp, forwarding }) => hasPublicIp !== false && forwarding === undefined,
    );
    const addresses = this.#interfaces.all.map(({ address }) => [address, address] as const);
    return {
      name: INTERNET_NODE,
      origin: INTERNET,
      accepts: this.#interfaces.internetAddresses,
      clientPorts: GATEWAY_PORTS,
      routes: [
        ...reachable.map((networkInterface) => this.#routeTo(networkInterface)),
        {
          destination: intervals(...addresses),
          specificity: 0,
          origin: { ...INTERNET, rule: "no public IP address" },
          nextHops: [],
        },
      ],
    };
  }

  /** The next hop from a subnet through an internet gateway, which drops packets without a public source address. */
  nextHop(subnet: Subnet, gateway: Resource): NextHop {
    const vpcs = this.#vpcsOf(gateway);
    const isAttached = vpcs.length === 0 || (subnet.vpc !== undefined && vpcs.includes(subnet.vpc));
    return this.throughGateway(subnet, { address: gateway.address }, isAttached);
  }

  /** The next hop through an internet gateway. It drops all packets if it is not attached to the VPC of the subnet. */
  throughGateway(subnet: Subnet, origin: Origin, isAttached = true): NextHop {
    const { certain, possible } = this.#interfaces.withPublicIp;
    const rules: Rule[] = [
      {
        action: "allow",
        match: { source: certain, destination: ANY, protocol: ANY, port: ANY },
        origin: { ...origin, rule: "the public IP address of the source" },
      },
      ...possible.map((networkInterface): Rule => ({
        action: "allow",
        match: {
          source: single(networkInterface.address),
          destination: ANY,
          protocol: ANY,
          port: ANY,
        },
        origin,
        unknown: String(networkInterface.hasPublicIp),
      })),
    ];
    return {
      to: INTERNET_NODE,
      filters: [
        ...(isAttached
          ? []
          : [{ origin, reason: { kind: "detached-gateway" as const }, rules: [] }]),
        ...this.#filters.networkAcl(subnet, "egress"),
        { origin, reason: { kind: "no-public-address" }, rules },
      ],
      returnFilters: this.#filters.networkAcl(subnet, "ingress"),
    };
  }

  #routeTo(networkInterface: NetworkInterface): Route {
    const { address, hasPublicIp, name, origin, subnet } = networkInterface;
    return {
      destination: single(address),
      specificity: 32,
      origin: { address: origin.address, rule: "its public IP address" },
      ...(isUnknown(hasPublicIp) ? { unknown: String(hasPublicIp) } : {}),
      nextHops: [
        {
          to: name,
          filters: [
            ...this.#filters.networkAcl(subnet, "ingress"),
            this.#filters.securityGroups(networkInterface, "ingress"),
          ],
          returnFilters: [...this.#filters.networkAcl(subnet, "egress"), this.#returnRoute(subnet)],
        },
      ],
    };
  }

  /** Keys of the VPCs that an internet gateway is attached to. */
  #vpcsOf(gateway: Resource): string[] {
    const vpc = targetKey(gateway.referencesTo(VPC_TYPES, "vpc_id"));
    const attached = this.#plan
      .resourcesOfType("aws_internet_gateway_attachment")
      .filter((attachment) =>
        attachment
          .referencesTo(["aws_internet_gateway"], "internet_gateway_id")
          .references.some((reference) => reference.resource === gateway),
      )
      .flatMap((attachment) => targetKey(attachment.referencesTo(VPC_TYPES, "vpc_id")) ?? []);
    return [...(vpc === undefined ? [] : [vpc]), ...attached];
  }

  /** Allows responses to the internet if the subnet has a default route to an internet gateway. */
  #returnRoute(subnet: Subnet): Filter {
    const table = this.#routeTables.of(subnet);
    const origin = { address: isUnknown(table) ? table.address : table.name };
    const reason: Reason = { kind: "no-return-route", subnet: subnet.key };
    const rule = (unknown?: string): Rule => ({
      action: "allow",
      match: { source: ANY, destination: ANY, protocol: ANY, port: ANY },
      origin: { ...origin, rule: "0.0.0.0/0 to the internet gateway" },
      ...(unknown === undefined ? {} : { unknown }),
    });
    if (isUnknown(table)) return { origin, reason, rules: [rule(String(table))] };
    const hasRoute = table.routes.some(
      ({ destination, target }) =>
        !isUnknown(destination) &&
        destination.kind === "cidr" &&
        destination.block === "0.0.0.0/0" &&
        target.references.some((reference) => reference.resource.type === "aws_internet_gateway"),
    );
    if (hasRoute || table.isOfDefaultVpc === true) return { origin, reason, rules: [rule()] };
    const unknown =
      table.unknown[0] ??
      table.routes.flatMap((route) => [
        ...route.target.unknown,
        ...(isUnknown(route.destination) ? [route.destination] : []),
        ...route.target.externalIds
          .filter((id) => id.startsWith("igw-"))
          .map((id) => new Unknown(id, "route", "is not in this plan")),
      ])[0];
    return { origin, reason, rules: unknown ? [rule(String(unknown))] : [] };
  }
}
