import {
  withAttribute,
  withConfiguredAttribute,
  withResource,
} from "../../../support/plan-edits.ts";
import type { DerivedCase, DerivedCases } from "../case-types.ts";

const RULE = "aws_vpc_security_group_egress_rule.balancer_to_tasks";

const fails = (change: DerivedCase["change"]): DerivedCase => ({
  base: "as it is",
  change,
  failedChecks: ["security-group-descriptions"],
});

export const securityGroupDescriptionsDerivedCases: DerivedCases = {
  "a description with an arrow": fails(withAttribute(RULE, "description", "balancer → tasks")),
  "a description of 256 characters": fails(withAttribute(RULE, "description", "x".repeat(256))),
  "a description of 255 characters": {
    base: "as it is",
    change: withAttribute(RULE, "description", "x".repeat(255)),
    passedChecks: ["security-group-descriptions"],
  },
  "a security group whose description has an apostrophe": fails(
    withAttribute("aws_security_group.tasks", "description", "the service's tasks"),
  ),
  "a security group whose name starts with sg-": fails(
    withAttribute("aws_security_group.tasks", "name", "sg-tasks"),
  ),
  "a security group with an empty name, in place of which Terraform generates one": {
    base: "as it is",
    change: withAttribute("aws_security_group.tasks", "name", ""),
    passedChecks: ["security-group-descriptions"],
  },
  "an inline rule with an invalid description": fails(
    withConfiguredAttribute("aws_security_group.tasks", "ingress", [
      {
        description: "HTTP?",
        from_port: 80,
        to_port: 80,
        protocol: "tcp",
        cidr_blocks: ["10.0.0.0/16"],
      },
    ]),
  ),
  "a description that is known after apply": {
    base: "as it is",
    change: withResource("aws_security_group.other", {
      values: { name: "other" },
      unknown: { description: true, vpc_id: true },
      expressions: {
        description: { references: ["terraform_data.unknown.output", "terraform_data.unknown"] },
        vpc_id: { references: ["aws_vpc.main.id", "aws_vpc.main"] },
      },
    }),
    unknownChecks: ["security-group-descriptions"],
  },
};
