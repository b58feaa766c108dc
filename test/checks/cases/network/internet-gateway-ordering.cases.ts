import { natCase } from "../case-edits.ts";
import type { Cases, DerivedCases } from "../case-types.ts";
import { withoutResource } from "../../../support/plan-edits.ts";

export const internetGatewayOrderingCases: Cases = {
  "no internet gateway": natCase(
    ["NET-07", "ALB-08"],
    [
      'resource "aws_internet_gateway" "main" {\n  vpc_id = aws_vpc.main.id\n}',
      'resource "aws_internet_gateway" "main" {\n}',
    ],
  ),
  "a gateway that comes later": natCase("RACE-05", [
    "  depends_on    = [aws_internet_gateway.main]\n",
    "",
  ]),
};

export const internetGatewayOrderingDerivedCases: DerivedCases = {
  "a public load balancer in a VPC that the plan does not contain": {
    base: "as it is",
    change: withoutResource("aws_vpc.main"),
    unknownChecks: ["internet-gateway-ordering"],
  },
};
