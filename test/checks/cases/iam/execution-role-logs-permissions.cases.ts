import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const executionRoleLogsPermissionsCases: Cases = {
  "a role that may not log": failureCase("IAM-07", [', "logs:PutLogEvents"', ""]),
  "a role that may not log of the proxy of Service Connect": failureCase(
    "IAM-07",
    [
      'Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], Resource = "*"',
      'Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], Resource = "arn:aws:logs:us-east-1:111122223333:log-group:/app:*"',
    ],
    [
      "  service_connect_configuration {\n    enabled   = true\n",
      `  service_connect_configuration {
    enabled   = true
    log_configuration {
      log_driver = "awslogs"
      options    = { "awslogs-group" = aws_cloudwatch_log_group.exec.name, "awslogs-region" = "us-east-1" }
    }
`,
    ],
  ),
  "a role that may not make its log group": failureCase(
    "IAM-08",
    ['"logs:CreateLogGroup", ', ""],
    [
      '"awslogs-stream-prefix" = "app"',
      '"awslogs-stream-prefix" = "app"\n          "awslogs-create-group"  = "true"',
    ],
  ),
};
