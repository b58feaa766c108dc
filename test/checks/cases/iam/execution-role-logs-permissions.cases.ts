import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const executionRoleLogsPermissionsCases: Cases = {
  "a role that may not log": failureCase("IAM-07", [', "logs:PutLogEvents"', ""]),
  "a role that may not make its log group": failureCase(
    "IAM-08",
    ['"logs:CreateLogGroup", ', ""],
    [
      '"awslogs-stream-prefix" = "app"',
      '"awslogs-stream-prefix" = "app"\n          "awslogs-create-group"  = "true"',
    ],
  ),
};
