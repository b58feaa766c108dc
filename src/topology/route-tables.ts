import {
  type PlanModel,
  type AttributePath,
  type ResolvedReferences,
  type Resource,
  isUnknown,
  Unknown,
} from "../plan/index.ts";
import { defaultVpcOf } from "./default-vpc.ts";
import { type Subnet, SUBNET_TYPES, targetKey, VPC_TYPES } from "./subnets.ts";

/** Types of route tables, for references. */
export const ROUTE_TABLE_TYPES: readonly string[] = [
  "aws_route_table",
  "aws_default_route_table",
  "aws_vpc.main_route_table_id",
  "aws_vpc.default_route_table_id",
];

/** Types of a route's target by the attribute that contains the target. */
const TARGET_TYPES: Readonly<Record<string, readonly string[]>> = {
  gateway_id: ["aws_internet_gateway", "aws_vpn_gateway", "aws_nat_gateway"],
  nat_gateway_id: ["aws_nat_gateway"],
  network_interface_id: ["aws_network_interface", "aws_instance.primary_network_interface_id"],
  instance_id: ["aws_instance"],
  transit_gateway_id: ["aws_ec2_transit_gateway"],
  vpc_peering_connection_id: ["aws_vpc_peering_connection"],
  vpc_endpoint_id: ["aws_vpc_endpoint"],
  egress_only_gateway_id: ["aws_egress_only_internet_gateway"],
  carrier_gateway_id: ["aws_ec2_carrier_gateway"],
  local_gateway_id: ["aws_ec2_local_gateway"],
  core_network_arn: ["aws_networkmanager_core_network"],
};

/** The destination of a route. IPv6 packets are not traced, and neither are the entries of prefix lists. */
export type Destination =
  | { readonly kind: "cidr"; readonly block: string }
  | { readonly kind: "prefix-list" }
  | { readonly kind: "ipv6" };

/** Formats a destination for messages. */
export function formatDestination(destination: Destination | Unknown): string {
  if (isUnknown(destination)) return String(destination);
  switch (destination.kind) {
    case "cidr":
      return destination.block;
    case "prefix-list":
      return "a prefix list";
    case "ipv6":
      return "IPv6";
  }
}

/** A route as the configuration contains it: an aws_route, or a block of a route table. */
export interface ConfiguredRoute {
  readonly resource: Resource;
  /** Path of the block; empty for an aws_route. */
  readonly path: AttributePath;
  readonly destination: Destination | Unknown;
  /** Name of the attribute that contains the target. */
  readonly targetAttribute: string;
  readonly target: ResolvedReferences;
}

/** A route table of the plan, or the main route table of a VPC that Terraform does not manage. */
export interface RouteTable {
  readonly key: string;
  /** The route table for messages. */
  readonly name: string;
  readonly routes: readonly ConfiguredRoute[];
  /** Gateway endpoints that are associated with the route table. */
  readonly endpoints: readonly Resource[];
  /** Routes that may belong to any route table. */
  readonly unknown: readonly Unknown[];
  /** True for the main route table of the default VPC, which has a default route to the internet gateway. */
  readonly isOfDefaultVpc?: boolean;
}

const MAIN_SUFFIX = "#main";

/** The key of a VPC's main route table that Terraform does not manage. */
const mainTableKey = (vpc: string): string => `${vpc}${MAIN_SUFFIX}`;

const formatTable = (key: string): string =>
  key.endsWith(MAIN_SUFFIX) ? `${key.slice(0, -MAIN_SUFFIX.length)}'s main route table` : key;

/** The route tables of a plan, and the route table of each subnet. */
export class RouteTables {
  readonly #plan: PlanModel;
  /** Routes by the key of their route table. */
  readonly #routes = new Map<string, ConfiguredRoute[]>();
  /** Gateway endpoints by the key of the route table. */
  readonly #endpoints = new Map<string, Resource[]>();
  /** Route tables of aws_route_table_association, by the key of the subnet. */
  readonly #associations = new Map<string, ResolvedReferences>();
  /** Keys of main route tables by the key of the VPC. */
  readonly #main = new Map<string, string>();
  /** Routes whose route table is unknown. */
  readonly #unknownRoutes: Unknown[] = [];
  /** Associations whose subnet is unknown. */
  readonly #unknownAssociations: Unknown[] = [];
  readonly #tables = new Map<string, RouteTable>();

  constructor(plan: PlanModel) {
    this.#plan = plan;
    this.#collectMainTables();
    this.#collectAssociations();
    this.#collectBlocks(this.#collectRoutes());
    this.#collectEndpoints();
  }

  /** The route table of a subnet; Unknown if the plan does not determine it, or does not contain it. */
  of(subnet: Subnet): RouteTable | Unknown {
    const isInDefaultVpc = subnet.vpc !== undefined && subnet.vpc === defaultVpcOf(this.#plan)?.key;
    if (!isInDefaultVpc && (!subnet.resource || subnet.resource.mode === "data"))
      return new Unknown(subnet.key, "route table", "is not in this plan");
    const association = this.#associations.get(subnet.key);
    if (association) {
      const key = this.#keyOf(association);
      if (key === undefined)
        return (
          association.unknown[0] ?? new Unknown(subnet.key, "route table", "may be one of several")
        );
      if (association.externalIds.includes(key))
        return new Unknown(key, "routes", "are not in this plan");
      return this.#table(key);
    }
    const [unknownAssociation] = this.#unknownAssociations;
    if (unknownAssociation) return unknownAssociation;
    if (isInDefaultVpc) return this.#mainTableOfDefaultVpc(subnet.vpc);
    const vpc = subnet.vpc === undefined ? undefined : this.#plan.resourceAt(subnet.vpc);
    if (vpc === undefined || vpc.mode === "data")
      return new Unknown(
        subnet.key,
        "route table",
        "is the main route table of its VPC, which is not in this plan",
      );
    return this.#table(this.#mainTableOf(vpc.address));
  }

  /** The main route table of the default VPC: that of the plan, else the one that AWS creates. */
  #mainTableOfDefaultVpc(vpc: string): RouteTable {
    const key = this.#mainTableOf(vpc);
    const table = this.#table(key);
    return key === mainTableKey(vpc) ? { ...table, isOfDefaultVpc: true } : table;
  }

  /** The routes of all route tables. */
  get routes(): readonly ConfiguredRoute[] {
    return [...this.#routes.values()].flat();
  }

  /** Routes by the key of their route table. */
  get routesByTable(): ReadonlyMap<string, readonly ConfiguredRoute[]> {
    return this.#routes;
  }

  #collectMainTables(): void {
    for (const table of this.#plan.resourcesOfType("aws_default_route_table")) {
      const [vpc] = table.referencesTo(
        ["aws_vpc.default_route_table_id", "aws_vpc.main_route_table_id", ...VPC_TYPES],
        "default_route_table_id",
      ).references;
      if (vpc) this.#main.set(vpc.resource.address, table.address);
    }
    for (const association of this.#plan.resourcesOfType("aws_main_route_table_association")) {
      const vpc = targetKey(association.referencesTo(VPC_TYPES, "vpc_id"));
      const table = this.#keyOf(association.referencesTo(ROUTE_TABLE_TYPES, "route_table_id"));
      if (vpc !== undefined && table !== undefined) this.#main.set(vpc, table);
    }
  }

  #collectAssociations(): void {
    for (const association of this.#plan.resourcesOfType("aws_route_table_association")) {
      const { references, externalIds, unknown } = association.referencesTo(
        SUBNET_TYPES,
        "subnet_id",
      );
      const table = association.referencesTo(ROUTE_TABLE_TYPES, "route_table_id");
      for (const { resource } of references) this.#associations.set(resource.address, table);
      for (const id of externalIds) this.#associations.set(id, table);
      this.#unknownAssociations.push(...unknown);
    }
  }

  /** @returns the keys of the route tables that have an aws_route */
  #collectRoutes(): ReadonlySet<string> {
    const tables = new Set<string>();
    for (const route of this.#plan.resourcesOfType("aws_route")) {
      const table = route.referencesTo(ROUTE_TABLE_TYPES, "route_table_id");
      const key = this.#keyOf(table);
      if (key === undefined) {
        this.#unknownRoutes.push(
          ...(table.unknown.length > 0
            ? table.unknown
            : [new Unknown(route.address, "route_table_id", "may be one of several")]),
        );
        continue;
      }
      tables.add(key);
      this.#add(key, configuredRoute(route, []));
    }
    return tables;
  }

  #collectBlocks(tablesWithRoutes: ReadonlySet<string>): void {
    const tablesWithDeletedRoutes = new Set(
      this.#plan.planJson.deleted
        .filter((resource) => resource.type === "aws_route")
        .map((resource) => String(resource.before?.["route_table_id"])),
    );
    for (const table of this.#plan.resourcesOfType("aws_route_table", "aws_default_route_table")) {
      const isConfigured = this.#plan.isConfigured(table, "route");
      const hasRoutes =
        tablesWithRoutes.has(table.address) ||
        tablesWithDeletedRoutes.has(String(table.values["id"]));
      // Terraform computes unconfigured blocks from the aws_route resources, which are already collected.
      if (this.#plan.planJson.kind === "plan" && hasRoutes && !isConfigured) continue;
      const blocks = table.blockPaths("route");
      if (isUnknown(blocks)) {
        if (isConfigured) this.#unknownRoutes.push(blocks);
        continue;
      }
      for (const path of blocks)
        // AWS adds the route of a gateway endpoint, which is collected from the endpoint.
        if (!String(table.text(...path, "gateway_id") ?? "").startsWith("vpce-"))
          this.#add(table.address, configuredRoute(table, path));
    }
  }

  #collectEndpoints(): void {
    for (const endpoint of this.#plan.resourcesOfType("aws_vpc_endpoint")) {
      const type = endpoint.value("vpc_endpoint_type") ?? "Gateway";
      if (isUnknown(type)) this.#unknownRoutes.push(type);
      if (type !== "Gateway") continue;
      this.#addEndpoint(endpoint, endpoint.referencesTo(ROUTE_TABLE_TYPES, "route_table_ids"));
    }
    for (const association of this.#plan.resourcesOfType(
      "aws_vpc_endpoint_route_table_association",
    )) {
      const [endpoint] = association.referencesTo(
        ["aws_vpc_endpoint"],
        "vpc_endpoint_id",
      ).references;
      if (endpoint)
        this.#addEndpoint(
          endpoint.resource,
          association.referencesTo(ROUTE_TABLE_TYPES, "route_table_id"),
        );
    }
  }

  #add(key: string, route: ConfiguredRoute): void {
    const routes = this.#routes.get(key) ?? [];
    routes.push(route);
    this.#routes.set(key, routes);
  }

  #addEndpoint(endpoint: Resource, tables: ResolvedReferences): void {
    for (const key of this.#keysOf(tables)) {
      const endpoints = this.#endpoints.get(key) ?? [];
      if (!endpoints.includes(endpoint)) this.#endpoints.set(key, [...endpoints, endpoint]);
    }
  }

  /** The key of the route table that an attribute refers to; undefined unless it is exactly one. */
  #keyOf(tables: ResolvedReferences): string | undefined {
    const [key, ...others] = new Set(this.#keysOf(tables));
    return others.length === 0 && tables.unknown.length === 0 ? key : undefined;
  }

  #keysOf({ references, externalIds }: ResolvedReferences): string[] {
    const keys = references.map(({ resource, attribute }) =>
      VPC_TYPES.includes(resource.type)
        ? this.#mainTableOf(resource.address, attribute)
        : resource.address,
    );
    return [...keys, ...externalIds];
  }

  /**
   * The key of a VPC's main route table, or of the table that AWS created with the VPC (its default route table).
   *
   * @param attribute the attribute of the VPC that the reference reads
   */
  #mainTableOf(vpc: string, attribute = "main_route_table_id"): string {
    const main = this.#main.get(vpc);
    if (main === undefined) return mainTableKey(vpc);
    const isDefault = this.#plan.resourceAt(main)?.type === "aws_default_route_table";
    return attribute === "default_route_table_id" && !isDefault ? mainTableKey(vpc) : main;
  }

  #table(key: string): RouteTable {
    const cached = this.#tables.get(key);
    if (cached) return cached;
    const table = {
      key,
      name: formatTable(key),
      routes: this.#routes.get(key) ?? [],
      endpoints: this.#endpoints.get(key) ?? [],
      unknown: this.#unknownRoutes,
    };
    this.#tables.set(key, table);
    return table;
  }
}

function configuredRoute(resource: Resource, path: AttributePath): ConfiguredRoute {
  const isBlock = path.length > 0;
  const block = resource.text(...path, isBlock ? "cidr_block" : "destination_cidr_block");
  const prefixList = resource.text(...path, "destination_prefix_list_id");
  const targetAttribute =
    Object.keys(TARGET_TYPES).find((name) => resource.isSet(...path, name)) ?? "gateway_id";
  return {
    resource,
    path,
    destination: destinationOf(block, prefixList),
    targetAttribute,
    target: resource.referencesTo(TARGET_TYPES[targetAttribute] ?? [], ...path, targetAttribute),
  };
}

function destinationOf(
  block: string | Unknown | undefined,
  prefixList: string | Unknown | undefined,
): Destination | Unknown {
  if (isUnknown(block)) return block;
  if (block !== undefined && block !== "") return { kind: "cidr", block };
  return isUnknown(prefixList) || (prefixList ?? "") !== ""
    ? { kind: "prefix-list" }
    : { kind: "ipv6" };
}
