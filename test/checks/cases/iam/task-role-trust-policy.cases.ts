import { failureCase, policyText } from "../case-edits.ts";
import { withAttribute } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCases } from "../case-types.ts";

export const taskRoleTrustPolicyCases: Cases = {
  "roles that trust another service": failureCase("IAM-04", [
    "ecs-tasks.amazonaws.com",
    "ecs.amazonaws.com",
  ]),
};

export const taskRoleTrustPolicyDerivedCases: DerivedCases = {
  "a role of a schedule that trusts tasks": {
    base: "as it is",
    change: withAttribute(
      "aws_iam_role.events",
      "assume_role_policy",
      policyText({
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "ecs-tasks.amazonaws.com" },
      }),
    ),
    failures: ["IAM-04"],
  },
};
