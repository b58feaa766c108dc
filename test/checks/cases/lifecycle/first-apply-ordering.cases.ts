import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const firstApplyOrderingCases: Cases = {
  "a service before its listener": failureCase("RACE-02", ["    aws_lb_listener.https,\n", ""]),
  "a service before its role's policies": failureCase("RACE-03", [
    "    aws_iam_role_policy.execution,\n",
    "",
  ]),
  "a service before its ways": failureCase("RACE-06", ["    terraform_data.ways,\n", ""]),
  "a definition that is not known": unknownCase(
    ["first-apply-ordering", "reach-image-registry"],
    [
      "task_definition                   = aws_ecs_task_definition.app.arn",
      `task_definition                   = ${UNKNOWN_VALUE}`,
    ],
  ),
};
