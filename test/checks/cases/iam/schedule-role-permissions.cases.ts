import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

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
