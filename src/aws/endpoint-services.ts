/**
 * Services that tasks may use through an interface endpoint, by their name in Berth's configuration.
 * Source: Amazon ECS Developer Guide, "Amazon ECS interface VPC endpoints", and AWS PrivateLink Guide,
 * "AWS services that integrate with AWS PrivateLink".
 */
export const endpointServices = [
  "appconfigdata",
  "athena",
  "autoscaling",
  "cloudformation",
  "codedeploy",
  "dynamodb",
  "ec2",
  "ec2messages",
  "ecr.api",
  "ecr.dkr",
  "ecs",
  "ecs-agent",
  "ecs-telemetry",
  "elasticfilesystem",
  "elasticloadbalancing",
  "events",
  "execute-api",
  "firehose",
  "glue",
  "kinesis-streams",
  "kms",
  "lambda",
  "logs",
  "monitoring",
  "rds",
  "rds-data",
  "s3",
  "secretsmanager",
  "servicediscovery",
  "sns",
  "sqs",
  "ssm",
  "ssmmessages",
  "states",
  "sts",
  "synthetics",
  "xray",
] as const;

/** The name of an AWS service for a VPC endpoint, such as ecr.api: the last part of com.amazonaws.<region>.<service>. */
export type EndpointService = (typeof endpointServices)[number];
