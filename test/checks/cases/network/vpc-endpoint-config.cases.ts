import { UNKNOWN_VALUE, addition, failureCase, unknownCase } from "../case-edits.ts";
import { withAttribute, withProvider } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCases } from "../case-types.ts";

export const vpcEndpointConfigCases: Cases = {
  "no hostnames": failureCase("NET-20", [
    "enable_dns_hostnames = true",
    "enable_dns_hostnames = false",
  ]),
  "two subnets of an endpoint in a zone": failureCase("NET-31", [
    'resource "aws_subnet" "private_b" {\n  vpc_id            = aws_vpc.main.id\n  cidr_block        = "10.0.3.0/24"\n  availability_zone = "us-east-1b"',
    'resource "aws_subnet" "private_b" {\n  vpc_id            = aws_vpc.main.id\n  cidr_block        = "10.0.3.0/24"\n  availability_zone = "us-east-1a"',
  ]),
  "two endpoints of a name": failureCase(
    "NET-32",
    addition(
      'resource "aws_vpc_endpoint" "again" {\n  vpc_id              = aws_vpc.main.id\n  service_name        = "com.amazonaws.us-east-1.logs"\n  vpc_endpoint_type   = "Interface"\n  private_dns_enabled = true\n  subnet_ids          = [aws_subnet.private_a.id]\n}',
    ),
  ),
  "an endpoint of nothing": failureCase("NET-41", [
    "com.amazonaws.us-east-1.s3",
    "com.amazonaws.us-esat-1.s3",
  ]),
  "an endpoint that is not known": unknownCase(
    ["vpc-endpoint-config"],
    ['service_name      = "com.amazonaws.us-east-1.s3"', `service_name      = ${UNKNOWN_VALUE}`],
  ),
};

export const vpcEndpointConfigDerivedCases: DerivedCases = {
  "an endpoint of another region": {
    base: "as it is",
    change: withAttribute("aws_vpc_endpoint.s3", "service_name", "com.amazonaws.us-west-2.s3"),
    failures: ["NET-41"],
  },
  "an endpoint of another region, in that region": {
    base: "as it is",
    change: (plan) =>
      withProvider("aws_vpc_endpoint.s3", "west", { region: { constant_value: "us-west-2" } })(
        withAttribute("aws_vpc_endpoint.s3", "service_name", "com.amazonaws.us-west-2.s3")(plan),
      ),
    passedChecks: ["vpc-endpoint-config"],
  },
};
