import { formatValue } from "../../src/plan/unknown.ts";
import { describe, expect, it } from "vitest";
import { isUnknown } from "../../src/plan/unknown.ts";
import { formatDestination, RouteTables } from "../../src/topology/route-tables.ts";
import { subnetOf } from "../../src/topology/subnets.ts";
import { type BlockSpec, type PlanSpec, planOf, resourceIn } from "../support/plan-builder.ts";
import { block, subnet, unknownReferences, vpc } from "./topology.fixtures.ts";

const SUBNET = "aws_subnet.a";
const TABLE = "aws_route_table.t";

const table = block(TABLE, unknownReferences({ vpc_id: ["aws_vpc.main.id"] }));
const association = block(
  "aws_route_table_association.a",
  unknownReferences({ subnet_id: [`${SUBNET}.id`], route_table_id: [`${TABLE}.id`] }),
);
const gateway = block("aws_internet_gateway.g");
const base = [vpc, subnet("a", "10.0.1.0/24")];

const route = (values: object, references: Record<string, readonly string[]>): BlockSpec =>
  block("aws_route.r", {
    values: { ...values },
    ...unknownReferences({ route_table_id: [`${TABLE}.id`], ...references }),
  });

function tableOf(spec: PlanSpec): unknown {
  const plan = planOf({ ...spec, blocks: [...base, ...(spec.blocks ?? [])] });
  const found = new RouteTables(plan).of(subnetOf(plan, resourceIn(plan, SUBNET)));
  if (isUnknown(found)) return String(found);
  return {
    name: found.name,
    routes: found.routes.map(
      ({ resource, destination, targetAttribute, target }) =>
        `${resource.address}: ${formatDestination(destination)} by ${targetAttribute} to ${[
          ...target.references.map((reference) => reference.resource.address),
          ...target.externalIds,
          ...target.unknown.map(String),
        ].join(", ")}`,
    ),
    endpoints: found.endpoints.map((endpoint) => endpoint.address),
  };
}

describe("the route table of a subnet", () => {
  it.each<{ title: string; blocks: readonly BlockSpec[]; expected: unknown }>([
    {
      title: "is the main route table of the VPC without an association",
      blocks: [table],
      expected: { name: "aws_vpc.main's main route table", routes: [], endpoints: [] },
    },
    {
      title: "is the associated route table",
      blocks: [table, association],
      expected: { name: TABLE, routes: [], endpoints: [] },
    },
    {
      title: "is the main route table that an association replaces",
      blocks: [
        table,
        block(
          "aws_main_route_table_association.m",
          unknownReferences({ vpc_id: ["aws_vpc.main.id"], route_table_id: [`${TABLE}.id`] }),
        ),
      ],
      expected: { name: TABLE, routes: [], endpoints: [] },
    },
    {
      title: "is the default route table of the VPC if Terraform manages it",
      blocks: [
        block(
          "aws_default_route_table.d",
          unknownReferences({ default_route_table_id: ["aws_vpc.main.default_route_table_id"] }),
        ),
      ],
      expected: { name: "aws_default_route_table.d", routes: [], endpoints: [] },
    },
    {
      title: "contains the routes of aws_route",
      blocks: [
        table,
        association,
        gateway,
        route(
          { destination_cidr_block: "0.0.0.0/0" },
          { gateway_id: ["aws_internet_gateway.g.id"] },
        ),
      ],
      expected: {
        name: TABLE,
        routes: ["aws_route.r: 0.0.0.0/0 by gateway_id to aws_internet_gateway.g"],
        endpoints: [],
      },
    },
    {
      title: "contains the routes of blocks, with an external ID as target",
      blocks: [
        block(TABLE, {
          values: { route: [{ cidr_block: "0.0.0.0/0", nat_gateway_id: "nat-9" }] },
          expressions: { route: {} },
        }),
        association,
      ],
      expected: {
        name: TABLE,
        routes: [`${TABLE}: 0.0.0.0/0 by nat_gateway_id to nat-9`],
        endpoints: [],
      },
    },
    {
      title: "contains IPv6 routes and routes to prefix lists without their entries",
      blocks: [
        block(TABLE, {
          values: {
            route: [
              { ipv6_cidr_block: "::/0", gateway_id: "igw-9" },
              { destination_prefix_list_id: "pl-9", gateway_id: "igw-9" },
            ],
          },
          expressions: { route: {} },
        }),
        association,
      ],
      expected: {
        name: TABLE,
        routes: [
          `${TABLE}: IPv6 by gateway_id to igw-9`,
          `${TABLE}: a prefix list by gateway_id to igw-9`,
        ],
        endpoints: [],
      },
    },
    {
      title: "contains no route that AWS added for a gateway endpoint",
      blocks: [
        block(TABLE, {
          values: { route: [{ cidr_block: "", gateway_id: "vpce-9" }] },
          expressions: { route: {} },
        }),
        association,
      ],
      expected: { name: TABLE, routes: [], endpoints: [] },
    },
    {
      title: "has the gateway endpoints that are associated with it",
      blocks: [
        table,
        association,
        block("aws_vpc_endpoint.s3", {
          values: { vpc_endpoint_type: "Gateway" },
          ...unknownReferences({ route_table_ids: [`${TABLE}.id`] }),
        }),
      ],
      expected: { name: TABLE, routes: [], endpoints: ["aws_vpc_endpoint.s3"] },
    },
    {
      title: "has no interface endpoints",
      blocks: [
        table,
        association,
        block("aws_vpc_endpoint.logs", {
          values: { vpc_endpoint_type: "Interface" },
          ...unknownReferences({ route_table_ids: [`${TABLE}.id`] }),
        }),
      ],
      expected: { name: TABLE, routes: [], endpoints: [] },
    },
    {
      title: "is unknown if the association refers to a route table outside of the plan",
      blocks: [
        block("aws_route_table_association.a", {
          values: { route_table_id: "rtb-9" },
          ...unknownReferences({ subnet_id: [`${SUBNET}.id`] }),
        }),
      ],
      expected: "rtb-9: routes are not in this plan",
    },
    {
      title: "is unknown if an association may be for any subnet",
      blocks: [
        table,
        block("aws_route_table_association.a", {
          ...unknownReferences({ subnet_id: ["local.subnet"], route_table_id: [`${TABLE}.id`] }),
        }),
      ],
      expected:
        "aws_route_table_association.a: subnet_id is known after apply: it comes from local.subnet",
    },
  ])("$title", ({ blocks, expected }) => {
    expect(tableOf({ blocks })).toEqual(expected);
  });

  it("is unknown for a subnet that only a data source reads", () => {
    const plan = planOf({ blocks: [block("data.aws_subnet.a", { actions: ["read"] })] });
    const subnetData = subnetOf(plan, resourceIn(plan, "data.aws_subnet.a"));
    expect(formatValue(new RouteTables(plan).of(subnetData))).toBe(
      "data.aws_subnet.a: route table is not in this plan",
    );
  });

  it("may have the routes whose route table is unknown", () => {
    const plan = planOf({
      blocks: [
        ...base,
        table,
        association,
        block("aws_route.r", {
          values: { destination_cidr_block: "0.0.0.0/0" },
          ...unknownReferences({ route_table_id: ["local.table"] }),
        }),
      ],
    });
    const found = new RouteTables(plan).of(subnetOf(plan, resourceIn(plan, SUBNET)));
    expect(isUnknown(found) ? [] : found.unknown.map((unknown) => unknown.address)).toEqual([
      "aws_route.r",
    ]);
  });
});
