import { failureCase, policyText } from "../case-edits.ts";
import { withConfiguredAttribute } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCases } from "../case-types.ts";

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

export const ecsExecTaskRoleDerivedCases: DerivedCases = {
  "exec with a task role that allows other actions": {
    base: "as it is",
    change: withConfiguredAttribute(
      "aws_iam_role_policy.task",
      "policy",
      policyText({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }),
    ),
    failures: ["IAM-14"],
  },
  "exec with a task role that lacks one of the four actions": {
    base: "as it is",
    change: withConfiguredAttribute(
      "aws_iam_role_policy.task",
      "policy",
      policyText({
        Effect: "Allow",
        Action: ["ssmmessages:*ControlChannel", "ssmmessages:CreateDataChannel"],
        Resource: "*",
      }),
    ),
    failures: ["IAM-14"],
  },
};
