import {
  DENY_POLICY,
  UNKNOWN_VALUE,
  endpointPolicy,
  failureCase,
  unknownCase,
} from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const reachEcrLayersCases: Cases = {
  "no endpoint for layers": failureCase("NET-11", [
    'resource "aws_vpc_endpoint" "s3" {',
    'resource "aws_vpc_endpoint" "s3" {\n  count             = 0',
  ]),
  "an endpoint for layers in another table": failureCase("NET-12", [
    "route_table_ids   = [aws_route_table.private.id]",
    "route_table_ids   = [aws_route_table.public.id]",
  ]),
  "tasks that may not leave for S3": failureCase("NET-25", [
    'from_port         = 443\n  to_port           = 443\n  cidr_ipv4         = "0.0.0.0/0"',
    'from_port         = 443\n  to_port           = 443\n  cidr_ipv4         = "10.0.0.0/16"',
  ]),
  "the policy of the endpoint for layers": failureCase("NET-28", endpointPolicy("s3", DENY_POLICY)),
  "subnets that are not known": unknownCase(
    [
      "reach-ecr-layers",
      "reach-parameter-store",
      "reach-secrets-manager",
      "reach-cloudwatch-logs",
      "reach-ecr-api",
      "reach-ssmmessages",
      "ecs-service-networking",
    ],
    [
      "subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
      `subnets          = [${UNKNOWN_VALUE}]`,
    ],
  ),
};
