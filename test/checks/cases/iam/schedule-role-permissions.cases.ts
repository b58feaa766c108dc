import { UNKNOWN_VALUE, failureCase, unknownCase, policyText } from "../case-edits.ts";
import { withAttribute, hideAttribute } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCase, DerivedCases } from "../case-types.ts";

export const scheduleRolePermissionsCases: Cases = {
  "a schedule that may not pass roles": failureCase("IAM-11", [
    'Action = "iam:PassRole"',
    'Action = "iam:GetRole"',
  ]),
  "a schedule's role that is not known": unknownCase(
    ["schedule-role-permissions"],
    ["role_arn = aws_iam_role.events.arn", `role_arn = ${UNKNOWN_VALUE}`],
  ),
};

const DEFINITIONS = "arn:aws:ecs:us-east-1:111122223333:task-definition";

/** The base with another statement about ecs:RunTask. */
const withRunTask = (statement: object, outcome: Partial<DerivedCase>): DerivedCase => ({
  base: "as it is",
  change: withAttribute(
    "aws_iam_role_policy.events",
    "policy",
    policyText(
      { Effect: "Allow", Action: "iam:PassRole", Resource: "*" },
      { Effect: "Allow", Action: "ecs:RunTask", ...statement },
    ),
  ),
  ...outcome,
});

const FAILS = { failures: ["IAM-11"] } as const;
const PASSES = { passedChecks: ["schedule-role-permissions"] };

const inCluster = (name: string): object => ({
  Resource: "*",
  Condition: {
    ArnEquals: { "ecs:cluster": `arn:aws:ecs:us-east-1:111122223333:cluster/${name}` },
  },
});

export const scheduleRolePermissionsDerivedCases: DerivedCases = {
  "a schedule that may run its task definition": withRunTask(
    { Resource: `${DEFINITIONS}/app:*` },
    PASSES,
  ),
  "a schedule that may run another task definition": withRunTask(
    { Resource: `${DEFINITIONS}/other:*` },
    FAILS,
  ),
  "a schedule that may run its task definition without a revision": withRunTask(
    { Resource: `${DEFINITIONS}/app` },
    FAILS,
  ),
  "a schedule that may run tasks in its cluster": withRunTask(inCluster("main"), PASSES),
  "a schedule that may run tasks in another cluster": withRunTask(inCluster("other"), FAILS),
  "a schedule that may run tasks in a cluster, and whose cluster has an unknown name": {
    base: "as it is",
    change: (plan) =>
      hideAttribute(
        "aws_ecs_cluster.main",
        "name",
      )(withRunTask(inCluster("main"), {}).change(plan)),
    unknownChecks: ["schedule-role-permissions"],
  },
};
