import type { Cases } from "../case-types.ts";

export const noInternetEgressCases: Cases = {
  "a way to the internet beside the endpoints": {
    failedChecks: ["no-internet-egress", "no-public-task-ingress"],
    edits: [
      [
        "subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
        "subnets          = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
      ],
      ["assign_public_ip = false", "assign_public_ip = true"],
      [
        'resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {',
        'resource "aws_vpc_security_group_ingress_rule" "tasks_from_all" {\n  security_group_id = aws_security_group.tasks.id\n  ip_protocol       = "-1"\n  cidr_ipv4         = "0.0.0.0/0"\n}\n\nresource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {',
      ],
    ],
  },
};
