import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const efsAccessCases: Cases = {
  "a file system in one zone": failureCase("TD-16", [
    'resource "aws_efs_mount_target" "data_b" {\n',
    'resource "aws_efs_mount_target" "data_b" {\n  count           = 0\n',
  ]),
  "a file system without a task role": failureCase("TD-17", [
    "  task_role_arn            = aws_iam_role.task.arn\n",
    "",
  ]),
};
