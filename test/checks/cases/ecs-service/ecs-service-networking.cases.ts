import { OTHER_VPC, addition, failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const ecsServiceNetworkingCases: Cases = {
  "a security group of another VPC": failureCase(
    "SVC-07",
    [
      'resource "aws_security_group" "tasks" {\n  name   = "tasks"\n  vpc_id = aws_vpc.main.id',
      'resource "aws_security_group" "tasks" {\n  name   = "tasks"\n  vpc_id = aws_vpc.other.id',
    ],
    addition(OTHER_VPC),
  ),
  "a zone without Fargate": failureCase("SVC-08", [
    'cidr_block        = "10.0.3.0/24"\n  availability_zone = "us-east-1b"',
    'cidr_block        = "10.0.3.0/24"\n  availability_zone_id = "use1-az3"',
  ]),
  "no subnets": failureCase("SVC-09", [
    "subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
    "subnets          = []",
  ]),
};
