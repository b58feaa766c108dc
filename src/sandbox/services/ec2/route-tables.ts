import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import {
  parseCidrBlock,
  dependencyViolation,
  filterAndPaginate,
  invalidValue,
  limitExceeded,
  missingParameter,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";
import {
  cidrsOf,
  networkInterfaces,
  type Vpc,
  vpcs,
  subnets,
  type Association,
  type Route,
  type RouteTable,
  routeTables,
  internetGateways,
  natGateways,
  managedPrefixLists,
  egressOnlyGateways,
  peerings,
} from "./tables.ts";
import { prefixListWeight } from "./prefix-lists.ts";

const localRoute = (cidr: string): Route => ({
  cidr,
  target: { kind: "local", id: "local" },
  origin: "CreateRouteTable",
});

/** Adds or removes the local route of a secondary CIDR block in all route tables of a VPC. */
export function setLocalRoute(context: Context, vpcId: string, block: string, has: boolean): void {
  for (const row of context.in(routeTables).filter((table) => table.vpcId === vpcId)) {
    const otherRoutes = row.routes.filter(
      (route) => route.target.kind !== "local" || route.cidr !== block,
    );
    updateRouteTable(context, row, {
      routes: has ? [...otherRoutes, localRoute(block)] : otherRoutes,
    });
  }
}

export function createRouteTable(
  context: Context,
  vpc: Vpc,
  { isMain }: { readonly isMain: boolean },
): RouteTable {
  const row: RouteTable = {
    id: context.id("rtb"),
    vpcId: vpc.id,
    isMain,
    associations: isMain ? [{ id: context.id("rtbassoc") }] : [],
    routes: cidrsOf(vpc).map(localRoute),
    ...(isMain && vpc.isDefault === true ? { ofDefaultVpc: true } : {}),
  };
  return context.in(routeTables).put(row.id, row);
}

/** Whether the target of a route exists. Without its target, a route has the state "blackhole". */
function isActive(context: Context, { target }: Route): boolean {
  switch (target.kind) {
    case "gateway":
      return context.in(internetGateways).get(target.id)?.vpcId !== undefined;
    case "nat":
      return context.in(natGateways).get(target.id)?.state === "available";
    case "eni":
      return context.in(networkInterfaces).has(target.id);
    case "peering":
      return context.in(peerings).get(target.id)?.state === "active";
    case "egress-only":
      return context.in(egressOnlyGateways).has(target.id);
    case "local":
    case "endpoint":
      return true;
  }
}

/** The member of ec2.Route with the target's ID, by kind of target. */
const TARGET_MEMBERS = {
  local: "GatewayId",
  gateway: "GatewayId",
  endpoint: "GatewayId",
  nat: "NatGatewayId",
  eni: "NetworkInterfaceId",
  peering: "VpcPeeringConnectionId",
  "egress-only": "EgressOnlyInternetGatewayId",
} as const;

function describeRoute(context: Context, route: Route): ec2.Route {
  const { kind, id } = route.target;
  return {
    ...(route.cidr === undefined
      ? { DestinationPrefixListId: route.prefixListId }
      : { DestinationCidrBlock: route.cidr }),
    [TARGET_MEMBERS[kind]]: id,
    Origin: route.origin,
    State: isActive(context, route) ? "active" : "blackhole",
  };
}

function describe(context: Context, row: RouteTable): ec2.RouteTable {
  return {
    RouteTableId: row.id,
    VpcId: row.vpcId,
    OwnerId: context.account,
    Associations: row.associations.map(({ id, subnetId }) => ({
      RouteTableAssociationId: id,
      RouteTableId: row.id,
      Main: subnetId === undefined,
      ...(subnetId === undefined ? {} : { SubnetId: subnetId }),
      AssociationState: { State: "associated" },
    })),
    PropagatingVgws: [],
    Routes: row.routes.map((route) => describeRoute(context, route)),
    Tags: tagsOf(context, row.id),
  };
}

function updateRouteTable(context: Context, row: RouteTable, change: Partial<RouteTable>): void {
  context.in(routeTables).put(row.id, { ...row, ...change });
}

const requireAssociation = (
  context: Context,
  id: string,
): { row: RouteTable; association: Association } => {
  for (const row of context.in(routeTables).all()) {
    const association = row.associations.find((otherAssociation) => otherAssociation.id === id);
    if (association) return { row, association };
  }
  throw new AwsError("InvalidAssociationID.NotFound", `The association ID '${id}' does not exist`);
};

interface Destination {
  readonly RouteTableId?: string | undefined;
  readonly DestinationCidrBlock?: string | undefined;
  readonly DestinationPrefixListId?: string | undefined;
}

const destinationOf = (input: Destination): string => {
  if (input.DestinationCidrBlock !== undefined) {
    return parseCidrBlock(input.DestinationCidrBlock, "destinationCidrBlock").text;
  }
  if (input.DestinationPrefixListId === undefined) throw missingParameter("destinationCidrBlock");
  return input.DestinationPrefixListId;
};
const hasDestination = (route: Route, destination: string): boolean =>
  (route.cidr ?? route.prefixListId) === destination;

interface Target {
  readonly GatewayId?: string | undefined;
  readonly NatGatewayId?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly VpcPeeringConnectionId?: string | undefined;
}

function targetOf(context: Context, vpcId: string, input: Target): Route["target"] {
  if (input.GatewayId !== undefined) {
    if (input.GatewayId === "local") return { kind: "local", id: "local" };
    const gateway = requireResource(context, internetGateways, "igw", input.GatewayId);
    if (gateway.vpcId !== vpcId) {
      throw invalidValue(
        `route table and network gateway ${gateway.id} belong to different networks`,
      );
    }
    return { kind: "gateway", id: gateway.id };
  }
  if (input.NatGatewayId !== undefined) {
    const nat = context.in(natGateways).get(input.NatGatewayId);
    if (!nat || nat.state === "deleted") {
      throw new AwsError(
        "InvalidNatGatewayID.NotFound",
        `The natGateway ID '${input.NatGatewayId}' does not exist`,
      );
    }
    if (nat.vpcId !== vpcId)
      throw invalidValue(`route table and nat gateway ${nat.id} belong to different networks`);
    return { kind: "nat", id: nat.id };
  }
  if (input.NetworkInterfaceId !== undefined) {
    return {
      kind: "eni",
      id: requireResource(context, networkInterfaces, "eni", input.NetworkInterfaceId).id,
    };
  }
  if (input.VpcPeeringConnectionId !== undefined) {
    const peering = requireResource(context, peerings, "pcx", input.VpcPeeringConnectionId);
    if (![peering.requester, peering.accepter].includes(vpcId))
      throw invalidValue(
        `route table and vpc peering connection ${peering.id} belong to different networks`,
      );
    return { kind: "peering", id: peering.id };
  }
  throw missingParameter("GatewayId");
}

/** Whether the routes of a table are within the quota. The local route does not count. */
export const isWithinRouteQuota = (
  context: Context,
  routes: readonly Pick<Route, "prefixListId">[],
): boolean =>
  routes.reduce(
    (sum, { prefixListId }) =>
      sum + (prefixListId === undefined ? 1 : prefixListWeight(context, prefixListId).weight),
    0,
  ) <=
  context.settings.quotas.routesPerTable + 1;

export const routeTableOperations: Operations = {
  CreateRouteTable: operation<ec2.CreateRouteTableRequest, ec2.CreateRouteTableResult>()(
    ["VpcId", "TagSpecifications"],
    (context, input) => {
      const vpc = requireResource(context, vpcs, "vpc", input.VpcId);
      const count = context
        .in(routeTables)
        .filter((routeTable) => routeTable.vpcId === vpc.id).length;
      // The quota does not count the main route table. Source: Amazon VPC User Guide, "Amazon VPC quotas".
      if (count > context.settings.quotas.routeTablesPerVpc)
        throw limitExceeded("RouteTable", "route tables");
      const row = createRouteTable(context, vpc, { isMain: false });
      tagCreatedResource(context, row.id, "route-table", input.TagSpecifications);
      return { RouteTable: describe(context, row) };
    },
  ),

  DeleteRouteTable: operation<ec2.DeleteRouteTableRequest, object>()(
    ["RouteTableId"],
    (context, input) => {
      const row = requireResource(context, routeTables, "rtb", input.RouteTableId);
      if (row.associations.length > 0) {
        throw dependencyViolation(
          `The routeTable '${row.id}' has dependencies and cannot be deleted.`,
        );
      }
      context.in(routeTables).delete(row.id);
      context.in(tags).delete(row.id);
      return {};
    },
  ),

  DescribeRouteTables: operation<ec2.DescribeRouteTablesRequest, ec2.DescribeRouteTablesResult>()(
    ["RouteTableIds", "Filters", "MaxResults", "NextToken"],
    (context, input) => {
      const { items, next } = filterAndPaginate(
        context,
        requireResources(context, routeTables, "rtb", input.RouteTableIds),
        input,
        {
          "route-table-id": (row) => row.id,
          "vpc-id": (row) => row.vpcId,
          "owner-id": () => context.account,
          "association.main": (row) => String(row.isMain),
          "association.subnet-id": (row) =>
            row.associations.flatMap((association) => association.subnetId ?? []),
          "association.route-table-association-id": (row) =>
            row.associations.map((association) => association.id),
          "association.route-table-id": (row) => row.id,
          "route.destination-cidr-block": (row) => row.routes.flatMap((route) => route.cidr ?? []),
          "route.gateway-id": (row) => row.routes.map((route) => route.target.id),
          "route.vpc-peering-connection-id": (row) => row.routes.map((route) => route.target.id),
          "route.nat-gateway-id": (row) => row.routes.map((route) => route.target.id),
          "route.destination-prefix-list-id": (row) =>
            row.routes.flatMap((route) => route.prefixListId ?? []),
        },
      );
      return { RouteTables: items.map((row) => describe(context, row)), NextToken: next };
    },
  ),

  AssociateRouteTable: operation<ec2.AssociateRouteTableRequest, ec2.AssociateRouteTableResult>()(
    ["RouteTableId", "SubnetId"],
    (context, input) => {
      const row = requireResource(context, routeTables, "rtb", input.RouteTableId);
      if (input.SubnetId === undefined) throw missingParameter("subnetId");
      const subnet = requireResource(context, subnets, "subnet", input.SubnetId);
      if (subnet.vpcId !== row.vpcId) {
        throw invalidValue(
          `route table ${row.id} and subnet ${subnet.id} belong to different networks`,
        );
      }
      const existing = context
        .in(routeTables)
        .all()
        .flatMap((routeTable) =>
          routeTable.associations.map((association) => ({ table: routeTable, association })),
        )
        .find(({ association }) => association.subnetId === subnet.id);
      if (existing?.table.id === row.id)
        return {
          AssociationId: existing.association.id,
          AssociationState: { State: "associated" },
        };
      if (existing) {
        throw new AwsError(
          "Resource.AlreadyAssociated",
          `the specified association for route table ${row.id} conflicts with an existing association`,
        );
      }
      const id = context.id("rtbassoc");
      updateRouteTable(context, row, {
        associations: [...row.associations, { id, subnetId: subnet.id }],
      });
      return { AssociationId: id, AssociationState: { State: "associated" } };
    },
  ),

  ReplaceRouteTableAssociation: operation<
    ec2.ReplaceRouteTableAssociationRequest,
    ec2.ReplaceRouteTableAssociationResult
  >()(["AssociationId", "RouteTableId"], (context, input) => {
    const target = requireResource(context, routeTables, "rtb", input.RouteTableId);
    const { row, association } = requireAssociation(context, input.AssociationId);
    const newAssociation = { ...association, id: context.id("rtbassoc") };
    const isMain = association.subnetId === undefined;
    updateRouteTable(context, row, {
      associations: row.associations.filter(
        (otherAssociation) => otherAssociation.id !== association.id,
      ),
      isMain: row.isMain && !isMain,
    });
    const targetTable = requireResource(context, routeTables, "rtb", target.id);
    updateRouteTable(context, targetTable, {
      associations: [...targetTable.associations, newAssociation],
      isMain: targetTable.isMain || isMain,
    });
    return { NewAssociationId: newAssociation.id, AssociationState: { State: "associated" } };
  }),

  DisassociateRouteTable: operation<ec2.DisassociateRouteTableRequest, object>()(
    ["AssociationId"],
    (context, input) => {
      const { row, association } = requireAssociation(context, input.AssociationId);
      if (association.subnetId === undefined) {
        throw invalidValue(
          `cannot disassociate the main route table association ${association.id}`,
        );
      }
      updateRouteTable(context, row, {
        associations: row.associations.filter(
          (otherAssociation) => otherAssociation.id !== association.id,
        ),
      });
      return {};
    },
  ),

  CreateRoute: operation<ec2.CreateRouteRequest, ec2.CreateRouteResult>()(
    [
      "RouteTableId",
      "DestinationCidrBlock",
      "DestinationPrefixListId",
      "GatewayId",
      "NatGatewayId",
      "NetworkInterfaceId",
      "VpcPeeringConnectionId",
    ],
    (context, input) => {
      const row = requireResource(context, routeTables, "rtb", input.RouteTableId);
      const destination = destinationOf(input);
      if (input.DestinationCidrBlock === undefined) {
        requireResource(context, managedPrefixLists, "pl", destination);
      }
      const target = targetOf(context, row.vpcId, input);
      if (row.routes.some((route) => hasDestination(route, destination))) {
        throw new AwsError(
          "RouteAlreadyExists",
          `The route identified by ${destination} already exists.`,
        );
      }
      const created: Route = {
        ...(input.DestinationCidrBlock === undefined
          ? { prefixListId: destination }
          : { cidr: destination }),
        target,
        origin: "CreateRoute",
      };
      if (!isWithinRouteQuota(context, [...row.routes, created])) {
        throw new AwsError(
          "RouteLimitExceeded",
          `The maximum number of routes per route table has been reached.`,
        );
      }
      updateRouteTable(context, row, { routes: [...row.routes, created] });
      return { Return: true };
    },
  ),

  ReplaceRoute: operation<ec2.ReplaceRouteRequest, object>()(
    [
      "RouteTableId",
      "DestinationCidrBlock",
      "DestinationPrefixListId",
      "GatewayId",
      "NatGatewayId",
      "NetworkInterfaceId",
      "VpcPeeringConnectionId",
    ],
    (context, input) => {
      const row = requireResource(context, routeTables, "rtb", input.RouteTableId);
      const destination = destinationOf(input);
      const target = targetOf(context, row.vpcId, input);
      if (!row.routes.some((route) => hasDestination(route, destination))) {
        throw invalidValue(
          `There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`,
        );
      }
      updateRouteTable(context, row, {
        routes: row.routes.map((route) =>
          hasDestination(route, destination) ? { ...route, target } : route,
        ),
      });
      return {};
    },
  ),

  DeleteRoute: operation<ec2.DeleteRouteRequest, object>()(
    ["RouteTableId", "DestinationCidrBlock", "DestinationPrefixListId"],
    (context, input) => {
      const row = requireResource(context, routeTables, "rtb", input.RouteTableId);
      const destination = destinationOf(input);
      const route = row.routes.find((otherRoute) => hasDestination(otherRoute, destination));
      if (!route) {
        throw new AwsError(
          "InvalidRoute.NotFound",
          `no route with destination-cidr-block ${destination} in route table ${row.id}`,
        );
      }
      if (route.target.kind === "local")
        throw invalidValue(`cannot remove local route ${destination} in route table ${row.id}`);
      if (route.target.kind === "endpoint") {
        throw invalidValue(
          `cannot remove VPC endpoint route ${destination} in route table ${row.id}`,
        );
      }
      updateRouteTable(context, row, {
        routes: row.routes.filter((otherRoute) => otherRoute !== route),
      });
      return {};
    },
  ),
};
