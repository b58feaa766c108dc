import { expect, it } from "vitest";
import { mayDecide } from "../../src/rehearsal/diagnosis/relevance.ts";

it.each([
  ["aws_sns_topic.alarms", []],
  ["module.data.aws_dynamodb_table.orders[0]", ["aws_cloudwatch_dashboard.shop"]],
  ["aws_db_instance.shop", ["aws_db_subnet_group.shop"]],
  ["cloudflare_record.www", []],
  ["aws_s3_bucket_ownership_controls.logs", []],
])("%s does not decide whether services run", (address, dependents) => {
  expect(mayDecide(address, dependents)).toBe(false);
});

it.each([
  ["aws_sns_topic.alarms", ["aws_iam_role_policy.task"]],
  ["aws_db_instance.shop", ["aws_ecs_task_definition.shop", "aws_ecs_service.shop"]],
  ["aws_wafv2_web_acl_association.shop", []],
  ["aws_efs_mount_target.files", []],
  ["aws_iam_role_policy_attachment.execution", []],
  ["aws_network_acl_rule.ping", []],
  ["aws_s3_bucket_policy.files", []],
  ["aws_something_new.x", []],
])("%s may decide whether services run", (address, dependents) => {
  expect(mayDecide(address, dependents)).toBe(true);
});
