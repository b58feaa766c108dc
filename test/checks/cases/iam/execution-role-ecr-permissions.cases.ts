import {
  DENY_POLICY,
  UNKNOWN_VALUE,
  addition,
  failureCase,
  unknownCase,
  policyText,
} from "../case-edits.ts";
import { withResource } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCases } from "../case-types.ts";

export const executionRoleEcrPermissionsCases: Cases = {
  "an execution role that may not pull": failureCase("IAM-05", ['"ecr:BatchGetImage", ', ""]),
  "a login to one repository": failureCase("IAM-06", [
    'Action = ["ecr:GetAuthorizationToken"], Resource = "*"',
    'Action = ["ecr:GetAuthorizationToken"], Resource = "arn:aws:ecr:us-east-1:111122223333:repository/app"',
  ]),
  "a boundary": failureCase(
    "IAM-13",
    [
      'resource "aws_iam_role" "execution" {\n',
      'resource "aws_iam_role" "execution" {\n  permissions_boundary = aws_iam_policy.boundary.arn\n',
    ],
    addition(
      'resource "aws_iam_policy" "boundary" {\n  name   = "boundary"\n  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }] })\n}',
    ),
  ),
  "roles that are not known": unknownCase(
    [
      "execution-role-ecr-permissions",
      "execution-role-logs-permissions",
      "execution-role-secrets-permissions",
      "task-role-trust-policy",
      "ecs-exec-task-role",
      "env-file-permissions",
    ],
    [
      "execution_role_arn       = aws_iam_role.execution.arn",
      `execution_role_arn       = ${UNKNOWN_VALUE}`,
    ],
    [
      "task_role_arn            = aws_iam_role.task.arn",
      `task_role_arn            = ${UNKNOWN_VALUE}`,
    ],
  ),
  "a service control policy": unknownCase(
    ["execution-role-ecr-permissions", "execution-role-secrets-permissions"],
    addition(`resource "aws_organizations_policy" "limits" {
  name    = "limits"
  content = ${DENY_POLICY}
}

resource "aws_organizations_policy_attachment" "limits" {
  policy_id = aws_organizations_policy.limits.id
  target_id = "r-1234"
}`),
  ),
};

/** The plan with a policy of the registry: a statement about every repository. */
const withRegistryPolicy = (effect: "Allow" | "Deny"): ReturnType<typeof withResource> =>
  withResource("aws_ecr_registry_policy.all", {
    values: {
      policy: policyText({
        Effect: effect,
        Principal: { AWS: "arn:aws:iam::111122223333:root" },
        Action: "ecr:BatchGetImage",
        Resource: "*",
      }),
    },
    unknown: {},
    expressions: {},
  });

export const executionRoleEcrPermissionsDerivedCases: DerivedCases = {
  "a policy of the registry that denies the pull": {
    base: "as it is",
    change: withRegistryPolicy("Deny"),
    failures: ["IAM-05"],
  },
  "a policy of the registry that allows the pull": {
    base: "as it is",
    change: withRegistryPolicy("Allow"),
    passedChecks: ["execution-role-ecr-permissions"],
  },
};
