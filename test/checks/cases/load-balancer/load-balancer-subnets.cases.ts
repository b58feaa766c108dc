import { UNKNOWN_VALUE, addition, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const loadBalancerSubnetsCases: Cases = {
  "a load balancer in one zone": failureCase("ALB-05", [
    "subnets         = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
    "subnets         = [aws_subnet.public_a.id]",
  ]),
  "a load balancer twice in a zone": failureCase(
    "ALB-06",
    [
      "subnets         = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
      "subnets         = [aws_subnet.public_a.id, aws_subnet.public_b.id, aws_subnet.public_c.id]",
    ],
    addition(
      'resource "aws_subnet" "public_c" {\n  vpc_id            = aws_vpc.main.id\n  cidr_block        = "10.0.9.0/24"\n  availability_zone = "us-east-1b"\n}\n\nresource "aws_route_table_association" "public_c" {\n  subnet_id      = aws_subnet.public_c.id\n  route_table_id = aws_route_table.public.id\n}',
    ),
  ),
  "tasks in another zone than the load balancer": failureCase("ALB-18", [
    'cidr_block        = "10.0.3.0/24"\n  availability_zone = "us-east-1b"',
    'cidr_block        = "10.0.3.0/24"\n  availability_zone = "us-east-1c"',
  ]),
  "zones that are not known": unknownCase(
    ["load-balancer-subnets"],
    [
      'cidr_block        = "10.0.1.0/24"\n  availability_zone = "us-east-1b"',
      `cidr_block        = "10.0.1.0/24"\n  availability_zone = ${UNKNOWN_VALUE}`,
    ],
  ),
};
