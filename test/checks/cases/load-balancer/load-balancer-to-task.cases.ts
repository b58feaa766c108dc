import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const loadBalancerToTaskCases: Cases = {
  "a load balancer that lets nothing out": failureCase("ALB-10", [
    'resource "aws_vpc_security_group_egress_rule" "balancer_to_tasks" {\n  security_group_id            = aws_security_group.balancer.id\n  ip_protocol                  = "tcp"\n  from_port                    = 8080\n  to_port                      = 8080',
    'resource "aws_vpc_security_group_egress_rule" "balancer_to_tasks" {\n  security_group_id            = aws_security_group.balancer.id\n  ip_protocol                  = "tcp"\n  from_port                    = 80\n  to_port                      = 80',
  ]),
  "tasks that do not admit the load balancer": failureCase("ALB-11", [
    'resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {\n  security_group_id            = aws_security_group.tasks.id\n  ip_protocol                  = "tcp"\n  from_port                    = 8080\n  to_port                      = 8080',
    'resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {\n  security_group_id            = aws_security_group.tasks.id\n  ip_protocol                  = "tcp"\n  from_port                    = 80\n  to_port                      = 80',
  ]),
  "the default security group": failureCase(
    "SVC-10",
    [
      "security_groups  = [aws_security_group.tasks.id]",
      "security_groups  = [aws_vpc.main.default_security_group_id]",
    ],
    [
      "to_port                      = 8080\n  referenced_security_group_id = aws_security_group.tasks.id",
      'to_port                      = 8080\n  cidr_ipv4                    = "10.0.0.0/16"',
    ],
  ),
  "groups that are not known": unknownCase(
    ["load-balancer-to-task", "no-internet-egress"],
    ["security_groups  = [aws_security_group.tasks.id]", `security_groups  = [${UNKNOWN_VALUE}]`],
  ),
};
