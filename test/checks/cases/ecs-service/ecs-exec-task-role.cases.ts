import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const ecsExecTaskRoleCases: Cases = {
  "exec without a task role": failureCase("IAM-14", [
    "  task_role_arn            = aws_iam_role.task.arn\n",
    "",
  ]),
  "exec logs to nowhere": failureCase("LOG-06", [
    "cloud_watch_log_group_name = aws_cloudwatch_log_group.exec.name",
    'cloud_watch_log_group_name = "/nowhere"',
  ]),
};
