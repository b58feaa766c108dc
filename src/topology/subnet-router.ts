import { none, single } from "../ip/index.ts";
import { type PlanModel, type Resource, isUnknown, type Unknown } from "../plan/index.ts";
import {
  type NextHop,
  type Node,
  type Route,
  ANY,
  type BlackholeTarget,
} from "../reachability/index.ts";
import type { Internet } from "./internet.ts";
import {
  type NetworkInterface,
  type NetworkInterfaces,
  serviceHost,
} from "./network-interfaces.ts";
import type { PacketFilters } from "./packet-filters.ts";
import {
  type ConfiguredRoute,
  formatDestination,
  type RouteTable,
  type RouteTables,
} from "./route-tables.ts";
import type { Subnet } from "./subnets.ts";
import { subnetNode, type WorkloadInterfaces } from "./workload-interfaces.ts";

/** The local route has priority over IPv4 routes, and routes of gateway endpoints have priority over both. */
const LOCAL_ROUTE_SPECIFICITY = 64;
const ENDPOINT_ROUTE_SPECIFICITY = 65;
/** A route that is unknown as a whole decides only if no other route matches. */
const UNKNOWN_ROUTE_SPECIFICITY = -1;

/** Types of gateways that may be deleted while a route still names them. */
const BLACKHOLE_TARGETS: Readonly<Record<string, BlackholeTarget>> = {
  aws_internet_gateway: "internet-gateway",
  aws_nat_gateway: "nat-gateway",
};

/** What the router uses. */
export interface SubnetRouterInput {
  readonly plan: PlanModel;
  readonly interfaces: NetworkInterfaces;
  readonly workloadInterfaces: WorkloadInterfaces;
  readonly routeTables: RouteTables;
  readonly filters: PacketFilters;
  readonly internet: Internet;
}

/** Routes of subnets: a subnet's node forwards packets by its route table, through its network ACL. */
export class SubnetRouter {
  readonly #input: SubnetRouterInput;

  constructor(input: SubnetRouterInput) {
    this.#input = input;
  }

  node(subnet: Subnet): Node {
    const table = this.#input.routeTables.of(subnet);
    return {
      name: subnetNode(subnet),
      origin: isUnknown(table)
        ? { address: subnet.key }
        : { address: table.name, rule: `the route table of ${subnet.key}` },
      accepts: none,
      clientPorts: ANY,
      routes: [
        ...this.#localRoutes(subnet),
        ...(isUnknown(table) ? [unknownRoute(table)] : this.#tableRoutes(subnet, table)),
      ],
    };
  }

  #localRoutes(subnet: Subnet): Route[] {
    const { vpc } = subnet;
    if (vpc === undefined) return [];
    return this.#input.workloadInterfaces.inVpc(vpc).map((networkInterface) => ({
      destination: single(networkInterface.address),
      specificity: LOCAL_ROUTE_SPECIFICITY,
      origin: { address: vpc, rule: "the local route" },
      nextHops: [this.#toInterface(subnet, networkInterface)],
    }));
  }

  #tableRoutes(subnet: Subnet, table: RouteTable): Route[] {
    return [
      ...table.routes.map((route) => this.#route(subnet, route)),
      ...table.endpoints.map((endpoint) => this.#endpointRoute(subnet, endpoint)),
      ...table.unknown.map(unknownRoute),
      ...(table.isOfDefaultVpc === true ? [this.#defaultRoute(subnet, table)] : []),
    ];
  }

  /** The default route of the default VPC. */
  #defaultRoute(subnet: Subnet, { name }: RouteTable): Route {
    const origin = { address: name, rule: "0.0.0.0/0 to the internet gateway of the default VPC" };
    return {
      destination: ANY,
      specificity: 0,
      origin,
      nextHops: [this.#input.internet.throughGateway(subnet, { address: name })],
    };
  }

  #endpointRoute(subnet: Subnet, endpoint: Resource): Route {
    const { filters, interfaces } = this.#input;
    const service = endpoint.text("service_name");
    const origin = { address: endpoint.address, rule: "its prefix list" };
    if (isUnknown(service))
      return {
        destination: ANY,
        specificity: UNKNOWN_ROUTE_SPECIFICITY,
        origin,
        nextHops: [],
        unknown: String(service),
      };
    const serviceName = service?.split(".").at(-1) ?? "";
    return {
      destination: single(interfaces.host(serviceHost(serviceName)).address),
      specificity: ENDPOINT_ROUTE_SPECIFICITY,
      origin,
      nextHops: [
        {
          to: gatewayEndpointNode(endpoint.address),
          filters: filters.networkAcl(subnet, "egress"),
          returnFilters: filters.networkAcl(subnet, "ingress"),
        },
      ],
    };
  }

  #route(subnet: Subnet, configured: ConfiguredRoute): Route {
    const { resource, path, destination, targetAttribute, target } = configured;
    const origin = {
      address: resource.address,
      rule: `${formatDestination(destination)} to ${formatTarget(configured)}`,
    };
    if (isUnknown(destination))
      return {
        destination: ANY,
        specificity: 0,
        origin,
        nextHops: [],
        unknown: String(destination),
      };
    if (destination.kind === "ipv6")
      return { destination: none, specificity: 0, origin, nextHops: [] };
    if (destination.kind === "prefix-list")
      return {
        destination: ANY,
        specificity: 0,
        origin,
        nextHops: [],
        unknown: `the entries of the prefix list in ${resource.address} are unknown`,
      };
    const { block } = destination;
    const route = {
      destination: this.#input.interfaces.addressesIn(block).certain,
      specificity: Number(block.split("/")[1] ?? 0),
      origin,
    };
    if (resource.value(...path, targetAttribute) === "local")
      return { ...route, destination: none, nextHops: [] };
    if (target.references.length === 0 || target.unknown.length > 0)
      return { ...route, ...this.#unresolvedTarget(configured, block, origin) };
    const unfollowed = target.references.find(
      (reference) => this.#toTarget(subnet, reference.resource) === undefined,
    );
    if (unfollowed)
      return {
        ...route,
        nextHops: [],
        unknown: `the network behind ${unfollowed.resource.address} is not in this plan`,
      };
    return {
      ...route,
      nextHops: target.references.flatMap(
        (reference) => this.#toTarget(subnet, reference.resource) ?? [],
      ),
      blackhole:
        target.references.flatMap(
          (reference) => BLACKHOLE_TARGETS[reference.resource.type] ?? [],
        )[0] ?? "none",
    };
  }

  /** A route whose target is unknown, missing, deleted by the plan or not in the plan. */
  #unresolvedTarget(
    { target }: ConfiguredRoute,
    block: string,
    origin: Route["origin"],
  ): Pick<Route, "nextHops" | "unknown"> & Partial<Pick<Route, "origin" | "blackhole">> {
    const [unknown] = target.unknown;
    if (unknown) return { nextHops: [], unknown: String(unknown) };
    const [id = ""] = target.externalIds;
    if (id === "") return { nextHops: [] };
    const deleted = this.#input.plan.planJson.deleted.find(
      (resource) => resource.before?.["id"] === id,
    );
    const blackhole = deleted && BLACKHOLE_TARGETS[deleted.type];
    return blackhole
      ? {
          nextHops: [],
          origin: { ...origin, rule: `${block} to ${id}, which the plan deletes` },
          blackhole,
        }
      : { nextHops: [], unknown: `${id} is not in this plan` };
  }

  /** The next hops of a route target; undefined if the plan does not contain the network behind it. */
  #toTarget(subnet: Subnet, target: Resource): NextHop[] | undefined {
    const { internet, workloadInterfaces } = this.#input;
    switch (target.type) {
      case "aws_internet_gateway":
        return [internet.nextHop(subnet, target)];
      case "aws_nat_gateway":
        return workloadInterfaces
          .ofNatGateway(target.address)
          .map((networkInterface) => this.#toNatGateway(subnet, networkInterface));
      case "aws_instance":
      case "aws_network_interface": {
        const networkInterface = workloadInterfaces.ofInstance(target.address);
        return networkInterface ? [this.#toInterface(subnet, networkInterface)] : undefined;
      }
      default:
        return undefined;
    }
  }

  #toNatGateway(subnet: Subnet, natGateway: NetworkInterface): NextHop {
    return { to: natGateway.name, ...this.#aclsBetween(subnet, natGateway.subnet) };
  }

  #toInterface(subnet: Subnet, networkInterface: NetworkInterface): NextHop {
    const { filters, returnFilters } = this.#aclsBetween(subnet, networkInterface.subnet);
    return {
      to: networkInterface.name,
      filters: [...filters, this.#input.filters.securityGroups(networkInterface, "ingress")],
      returnFilters,
    };
  }

  /** Network ACLs between two subnets; they do not apply within a subnet. */
  #aclsBetween(from: Subnet, to: Subnet): Pick<NextHop, "filters" | "returnFilters"> {
    const { filters } = this.#input;
    if (from.key === to.key) return { filters: [], returnFilters: [] };
    return {
      filters: [...filters.networkAcl(from, "egress"), ...filters.networkAcl(to, "ingress")],
      returnFilters: [...filters.networkAcl(to, "egress"), ...filters.networkAcl(from, "ingress")],
    };
  }
}

const GATEWAY_ENDPOINT = "gateway endpoint ";

const gatewayEndpointNode = (address: string): string => `${GATEWAY_ENDPOINT}${address}`;

/** The node of a gateway endpoint, which accepts all packets; undefined for any other node name. */
export const gatewayEndpoint = (name: string): Node | undefined =>
  name.startsWith(GATEWAY_ENDPOINT)
    ? {
        name,
        origin: { address: name.slice(GATEWAY_ENDPOINT.length) },
        accepts: ANY,
        clientPorts: ANY,
        routes: [],
      }
    : undefined;

const unknownRoute = (unknown: Unknown): Route => ({
  destination: ANY,
  specificity: UNKNOWN_ROUTE_SPECIFICITY,
  origin: { address: unknown.address },
  nextHops: [],
  unknown: String(unknown),
});

const formatTarget = ({ target, targetAttribute }: ConfiguredRoute): string =>
  [...target.references.map((reference) => reference.resource.address), ...target.externalIds].join(
    " or ",
  ) || (target.unknown.length > 0 ? `an unknown ${targetAttribute}` : "nothing");
