import {
  OTHER_VPC,
  UNKNOWN_VALUE,
  addition,
  failureCase,
  natCase,
  unknownCase,
} from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const routeTablesCases: Cases = {
  "two routes to one place": failureCase(
    "NET-39",
    addition(
      'resource "aws_route" "again" {\n  route_table_id         = aws_route_table.public.id\n  destination_cidr_block = "0.0.0.0/0"\n  gateway_id             = aws_internet_gateway.main.id\n}',
    ),
  ),
  "a NAT gateway as a gateway": natCase("NET-40", [
    "nat_gateway_id         = aws_nat_gateway.main.id",
    "gateway_id             = aws_nat_gateway.main.id",
  ]),
  "a route to another VPC's gateway": failureCase(
    "NET-42",
    addition(
      `${OTHER_VPC}\n\nresource "aws_internet_gateway" "other" {\n  vpc_id = aws_vpc.other.id\n}`,
    ),
    [
      "gateway_id             = aws_internet_gateway.main.id",
      "gateway_id             = aws_internet_gateway.other.id",
    ],
  ),
  "a subnet with two tables": failureCase(
    "TF-07",
    addition(
      'resource "aws_route_table_association" "again" {\n  subnet_id      = aws_subnet.private_a.id\n  route_table_id = aws_route_table.public.id\n}',
    ),
  ),
  "a table that is not known": unknownCase(
    ["route-tables"],
    [
      'destination_cidr_block = "0.0.0.0/0"\n  gateway_id ',
      `destination_cidr_block = ${UNKNOWN_VALUE}\n  gateway_id `,
    ],
  ),
};
