import { configurationAddress } from "../terraform-copy/state-resources.ts";

/**
 * Types that do not decide whether an ECS service runs and is reached, unless something else refers to them: they neither
 * belong to the network, the permissions or the task, nor act on another resource. Types that are not listed may decide it.
 */
const UNRELATED_TYPES: readonly RegExp[] = [
  // Services that tasks use after they have started, and services beside them.
  /^aws_(sns|sqs|dynamodb|db|rds|docdb|docdbelastic|elasticache|memorydb|neptune|redshift|opensearch|elasticsearch)_/,
  /^aws_(cloudfront|cloudtrail|backup|ses|sesv2|budgets|glue|athena|kinesis|lambda|sfn|mq|msk|cognito|ce)_/,
  /^aws_(api_gateway|apigatewayv2|codebuild|codepipeline|codecommit|codestar\w*|chatbot|amplify|appsync|pinpoint)_/,
  /^aws_(guardduty|inspector2?|macie2?|securityhub|config|xray|synthetics|oam|grafana|prometheus)_/,
  /^aws_cloudwatch_(dashboard|metric_alarm|composite_alarm|log_metric_filter|log_subscription_filter|query_definition)$/,
  // Settings of supported services that no task start reads.
  /^aws_s3_bucket_(ownership_controls|public_access_block|lifecycle_configuration|logging|metric|notification|inventory|analytics_configuration|intelligent_tiering_configuration|website_configuration|cors_configuration|accelerate_configuration|replication_configuration|request_payment_configuration|object_lock_configuration|acl)$/,
  /^aws_iam_(user|group|access_key|account|saml|server_certificate|signing_certificate|virtual_mfa_device)\w*$/,
  /^aws_(flow_log|key_pair|ebs_volume|volume_attachment|ecr_pull_time_update_exclusion|ecr_registry_scanning_configuration)$/,
];

/** The type of a resource or data source, such as aws_sns_topic. */
const typeOf = (address: string): string => configurationAddress(address).split(".").at(-2) ?? "";

const isUnrelatedType = (type: string): boolean =>
  !type.startsWith("aws_") || UNRELATED_TYPES.some((pattern) => pattern.test(type));

/** Whether a skipped resource, or a resource that depends on it, may decide whether services run and are reached. */
export const mayDecide = (address: string, dependents: readonly string[]): boolean =>
  [address, ...dependents].some((candidate) => !isUnrelatedType(typeOf(candidate)));
