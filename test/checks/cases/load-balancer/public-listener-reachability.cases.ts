import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const publicListenerReachabilityCases: Cases = {
  "a public load balancer in private subnets": failureCase(
    ["ALB-07"],
    [
      "subnets         = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
      "subnets         = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
    ],
  ),
  "a load balancer that admits nobody": failureCase("ALB-09", [
    'toset(["80", "443"])',
    'toset(["80"])',
  ]),
  "who is let in is not known": unknownCase(
    ["public-listener-reachability", "no-public-task-ingress"],
    [
      'cidr_ipv4         = "0.0.0.0/0"\n}\n\nresource "aws_vpc_security_group_egress_rule" "balancer_to_tasks"',
      `cidr_ipv4         = ${UNKNOWN_VALUE}\n}\n\nresource "aws_vpc_security_group_egress_rule" "balancer_to_tasks"`,
    ],
    [
      "subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
      "subnets          = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
    ],
    ["assign_public_ip = false", "assign_public_ip = true"],
    [
      'resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {',
      `resource "aws_vpc_security_group_ingress_rule" "tasks_from_all" {\n  security_group_id = aws_security_group.tasks.id\n  ip_protocol       = "-1"\n  cidr_ipv4         = ${UNKNOWN_VALUE}\n}\n\nresource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {`,
    ],
  ),
};
