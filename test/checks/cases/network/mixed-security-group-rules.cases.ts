import { UNKNOWN_VALUE, addition, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const mixedSecurityGroupRulesCases: Cases = {
  "rules in two places": failureCase(
    "TF-06",
    addition(
      'resource "aws_security_group_rule" "more" {\n  security_group_id = aws_security_group.inside.id\n  type              = "ingress"\n  protocol          = "tcp"\n  from_port         = 8080\n  to_port           = 8080\n  cidr_blocks       = ["10.0.0.0/16"]\n}',
    ),
  ),
  "a rule for some group": unknownCase(
    ["mixed-security-group-rules"],
    addition(
      `resource "aws_vpc_security_group_ingress_rule" "some" {\n  security_group_id = ${UNKNOWN_VALUE}\n  ip_protocol       = "-1"\n  cidr_ipv4         = "10.0.0.0/16"\n}`,
    ),
  ),
};
