import { UNKNOWN_VALUE, addition, failureCase, natCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const serviceQuotasCases: Cases = {
  "six addresses": natCase(
    "Q-02",
    addition('resource "aws_eip" "more" {\n  count  = 6\n  domain = "vpc"\n}'),
  ),
  "six VPCs": failureCase(
    "Q-03",
    addition(
      'resource "aws_vpc" "more" {\n  count      = 6\n  cidr_block = "10.${count.index + 10}.0.0/16"\n}',
    ),
  ),
  "sixty-one rules": failureCase("Q-04", [
    'cidr_blocks = ["10.0.0.0/16"]',
    'cidr_blocks = [for one in range(61) : "10.${one}.0.0/16"]',
  ]),
  "rules that are not known": unknownCase(
    ["service-quotas", "internal-listener-ingress"],
    [
      '  ingress {\n    protocol    = "tcp"\n    from_port   = 80\n    to_port     = 80\n    cidr_blocks = ["10.0.0.0/16"]\n  }\n',
      `  ingress = [for one in split(",", ${UNKNOWN_VALUE}) : {\n    protocol         = "tcp"\n    from_port        = 80\n    to_port          = 80\n    cidr_blocks      = [one]\n    description      = ""\n    ipv6_cidr_blocks = []\n    prefix_list_ids  = []\n    security_groups  = []\n    self             = false\n  }]\n`,
    ],
  ),
};
