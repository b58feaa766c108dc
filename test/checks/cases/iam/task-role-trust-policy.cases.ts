import { failureCase, policyText } from "../case-edits.ts";
import { withAttribute } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCase, DerivedCases } from "../case-types.ts";

export const taskRoleTrustPolicyCases: Cases = {
  "roles that trust another service": failureCase("IAM-04", [
    "ecs-tasks.amazonaws.com",
    "ecs.amazonaws.com",
  ]),
};

/** The base whose role of the schedule has other statements. */
const withTrust = (statements: readonly object[], outcome: Partial<DerivedCase>): DerivedCase => ({
  base: "as it is",
  change: withAttribute(
    "aws_iam_role.events",
    "assume_role_policy",
    policyText(
      ...statements.map((statement) => ({
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "events.amazonaws.com" },
        ...statement,
      })),
    ),
  ),
  ...outcome,
});

export const taskRoleTrustPolicyDerivedCases: DerivedCases = {
  "a role of a schedule that denies other accounts": withTrust(
    [
      {},
      {
        Effect: "Deny",
        Condition: { StringNotEquals: { "aws:SourceAccount": "111122223333" } },
      },
    ],
    { passedChecks: ["task-role-trust-policy"] },
  ),
  "a role of a schedule that trusts an organization": withTrust(
    [{ Condition: { StringEquals: { "aws:SourceOrgID": "o-1" } } }],
    { unknownChecks: ["task-role-trust-policy"] },
  ),
  "a role of a schedule that trusts tasks": withTrust(
    [{ Principal: { Service: "ecs-tasks.amazonaws.com" } }],
    { failures: ["IAM-04"] },
  ),
};
