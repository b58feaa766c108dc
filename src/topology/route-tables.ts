import type { PlanModel } from "../plan/plan-model.ts";
import { isUnknown, Unknown } from "../plan/unknown.ts";
import type { AttributePath, Resource, ResolvedReferences } from "../plan/resource.ts";
import { keyOf, type Subnet, SUBNETS, VPCS } from "./subnets.ts";

export const TABLES: readonly string[] = [
  "aws_route_table",
  "aws_default_route_table",
  "aws_vpc.main_route_table_id",
  "aws_vpc.default_route_table_id",
];

/** What a route leads to, by the attribute that says so. */
const LEADS: Readonly<Record<string, readonly string[]>> = {
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

/** What a route is for, as far as the prover follows it. */
export type Destination =
  | { readonly kind: "cidr"; readonly block: string }
  | { readonly kind: "prefix-list" }
  | { readonly kind: "ipv6" };

/** A destination in words. */
export function shownDestination(destination: Destination | Unknown): string {
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

/** One written route. */
export interface WrittenRoute {
  readonly from: Resource;
  readonly path: AttributePath;
  readonly destination: Destination | Unknown;
  /** Which attribute says where it leads. */
  readonly by: string;
  readonly target: ResolvedReferences;
}

/** A route table, or the VPC's main one that nobody has written. */
export interface RouteTable {
  readonly key: string;
  readonly name: string;
  readonly routes: readonly WrittenRoute[];
  /** Gateway endpoints in it. */
  readonly endpoints: readonly Resource[];
  readonly unknown: readonly Unknown[];
}

function destinationOf(
  block: string | Unknown | undefined,
  list: string | Unknown | undefined,
): Destination | Unknown {
  if (isUnknown(block)) return block;
  if (block !== undefined && block !== "") return { kind: "cidr", block };
  return isUnknown(list) || (list ?? "") !== "" ? { kind: "prefix-list" } : { kind: "ipv6" };
}

const MAIN = "#main";

/** The key of a VPC's main route table that no resource manages. */
const mainTable = (vpc: string): string => `${vpc}${MAIN}`;

const shownTable = (key: string): string =>
  key.endsWith(MAIN) ? `${key.slice(0, -MAIN.length)}'s main route table` : key;

/** Route tables, and which subnet has which. */
export class RouteTables {
  readonly #all: PlanModel;
  readonly #routes = new Map<string, WrittenRoute[]>();
  readonly #endpoints = new Map<string, Resource[]>();
  readonly #explicit = new Map<string, ResolvedReferences>();
  readonly #main = new Map<string, string>();
  readonly #lost: Unknown[] = [];
  readonly #tables = new Map<string, RouteTable>();

  constructor(plan: PlanModel) {
    this.#all = plan;
    for (const defaultRouteTable of plan.resourcesOfType("aws_default_route_table")) {
      const vpc = defaultRouteTable.referencesTo(
        ["aws_vpc.default_route_table_id", "aws_vpc.main_route_table_id", ...VPCS],
        "default_route_table_id",
      );
      const [hit] = vpc.references;
      if (hit) this.#main.set(hit.resource.address, defaultRouteTable.address);
    }
    for (const mainRouteTableAssociation of plan.resourcesOfType(
      "aws_main_route_table_association",
    )) {
      const [vpc, table] = [
        keyOf(mainRouteTableAssociation.referencesTo(VPCS, "vpc_id")),
        this.#keyOf(mainRouteTableAssociation.referencesTo(TABLES, "route_table_id")),
      ];
      if (vpc !== undefined && table !== undefined) this.#main.set(vpc, table);
    }
    for (const routeTableAssociation of plan.resourcesOfType("aws_route_table_association"))
      for (const { resource } of routeTableAssociation.referencesTo(SUBNETS, "subnet_id")
        .references)
        this.#explicit.set(
          resource.address,
          routeTableAssociation.referencesTo(TABLES, "route_table_id"),
        );
    for (const routeTableAssociation of plan.resourcesOfType("aws_route_table_association")) {
      const { unknown } = routeTableAssociation.referencesTo(SUBNETS, "subnet_id");
      this.#lost.push(...unknown);
    }
    this.#collect();
  }

  /** Keys of tables: a VPC's main one goes by the VPC, unless another is made the main one. */
  #keyOf({ references, externalIds, unknown }: ResolvedReferences): string | undefined {
    const keys = references.map(({ resource, attribute }) =>
      VPCS.includes(resource.type) ? this.#mainOf(resource.address, attribute) : resource.address,
    );
    const tableIds = [...new Set([...keys, ...externalIds])];
    return tableIds.length === 1 && unknown.length === 0 ? tableIds[0] : undefined;
  }

  #mainOf(vpc: string, attribute = "main_route_table_id"): string {
    const main = attribute === "default_route_table_id" ? undefined : this.#main.get(vpc);
    return main ?? this.#defaultOf(vpc) ?? mainTable(vpc);
  }

  #defaultOf(vpc: string): string | undefined {
    const found = this.#main.get(vpc);
    return found !== undefined && this.#all.resourceAt(found)?.type === "aws_default_route_table"
      ? found
      : undefined;
  }

  #collect(): void {
    const separate = new Set<string>();
    const put = (
      key: string | undefined,
      route: WrittenRoute,
      unknown: readonly Unknown[],
    ): void => {
      if (key === undefined) this.#lost.push(...unknown);
      else this.#routes.set(key, [...(this.#routes.get(key) ?? []), route]);
    };
    for (const route of this.#all.resourcesOfType("aws_route")) {
      const table = route.referencesTo(TABLES, "route_table_id");
      const key = this.#keyOf(table);
      if (key !== undefined) separate.add(key);
      put(
        key,
        this.#routeAt(route, []),
        table.unknown.length > 0
          ? table.unknown
          : [new Unknown(route.address, "route_table_id", "may be one of several")],
      );
    }
    const gone = new Set(
      this.#all.planJson.deleted
        .filter((resource) => resource.type === "aws_route")
        .map((resource) => String(resource.before?.["route_table_id"])),
    );
    for (const routeTable of this.#all.resourcesOfType(
      "aws_route_table",
      "aws_default_route_table",
    )) {
      const isMixed = separate.has(routeTable.address) || gone.has(String(routeTable.values["id"]));
      const isPlan = this.#all.planJson.kind === "plan";
      if (isPlan && isMixed && !this.#all.isConfigured(routeTable, "route")) continue;
      const blocks = routeTable.blockPaths("route");
      if (isUnknown(blocks)) {
        if (this.#all.isConfigured(routeTable, "route")) this.#lost.push(blocks);
        continue;
      }
      for (const path of blocks) {
        // What an endpoint puts into the table is the endpoint's.
        if (
          String(
            routeTable.values["route"] === undefined
              ? ""
              : (routeTable.text(...path, "gateway_id") ?? ""),
          ).startsWith("vpce-")
        )
          continue;
        put(routeTable.address, this.#routeAt(routeTable, path), []);
      }
    }
    for (const endpoint of this.#all.resourcesOfType("aws_vpc_endpoint")) {
      if ((endpoint.value("vpc_endpoint_type") ?? "Gateway") !== "Gateway") continue;
      this.#endpoint(endpoint, endpoint.referencesTo(TABLES, "route_table_ids"));
    }
    for (const vpcEndpointRouteTableAssociation of this.#all.resourcesOfType(
      "aws_vpc_endpoint_route_table_association",
    )) {
      const [endpoint] = vpcEndpointRouteTableAssociation.referencesTo(
        ["aws_vpc_endpoint"],
        "vpc_endpoint_id",
      ).references;
      if (endpoint)
        this.#endpoint(
          endpoint.resource,
          vpcEndpointRouteTableAssociation.referencesTo(TABLES, "route_table_id"),
        );
    }
  }

  #endpoint(endpoint: Resource, { references, externalIds }: ResolvedReferences): void {
    const keys = references.map(({ resource, attribute }) =>
      VPCS.includes(resource.type) ? this.#mainOf(resource.address, attribute) : resource.address,
    );
    for (const key of [...keys, ...externalIds]) {
      const list = this.#endpoints.get(key) ?? [];
      if (!list.includes(endpoint)) this.#endpoints.set(key, [...list, endpoint]);
    }
  }

  #routeAt(from: Resource, path: AttributePath): WrittenRoute {
    const inline = path.length > 0;
    const block = from.text(...path, inline ? "cidr_block" : "destination_cidr_block");
    const list = from.text(...path, "destination_prefix_list_id");
    const destination = destinationOf(block, list);
    const by = Object.keys(LEADS).find((name) => from.isSet(...path, name)) ?? "gateway_id";
    return { from, path, destination, by, target: from.referencesTo(LEADS[by] ?? [], ...path, by) };
  }

  /** The table that decides for a subnet; undefined where it is not known which. */
  of(subnet: Subnet): RouteTable | Unknown {
    if (!subnet.resource || subnet.resource.mode === "data")
      return new Unknown(subnet.key, "route table", "is not in this plan");
    const explicit = this.#explicit.get(subnet.key);
    if (explicit) {
      const key = this.#keyOf(explicit);
      if (key === undefined)
        return (
          explicit.unknown[0] ?? new Unknown(subnet.key, "route table", "may be one of several")
        );
      if (explicit.externalIds.includes(key))
        return new Unknown(key, "routes", "are not in this plan");
      return this.#table(key);
    }
    const lost = this.#lost.find((otherUnknown) => otherUnknown.attribute === "subnet_id");
    if (lost) return lost;
    if (
      subnet.vpc === undefined ||
      this.#all.resourceAt(subnet.vpc) === undefined ||
      this.#all.resourceAt(subnet.vpc)?.mode === "data"
    )
      return new Unknown(
        subnet.key,
        "route table",
        "is its VPC's main one, which is not in this plan",
      );
    return this.#table(this.#mainOf(subnet.vpc));
  }

  #table(key: string): RouteTable {
    const known = this.#tables.get(key);
    if (known) return known;
    const table = {
      key,
      name: shownTable(key),
      routes: this.#routes.get(key) ?? [],
      endpoints: this.#endpoints.get(key) ?? [],
      unknown: this.#lost.filter((otherUnknown) => otherUnknown.attribute !== "subnet_id"),
    };
    this.#tables.set(key, table);
    return table;
  }

  /** Routes of every table that one points at. */
  get all(): readonly WrittenRoute[] {
    return [...this.#routes.values()].flat();
  }

  get byTable(): ReadonlyMap<string, readonly WrittenRoute[]> {
    return this.#routes;
  }
}
