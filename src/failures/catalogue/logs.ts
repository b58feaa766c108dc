/** Log groups and log drivers. */
export const logFailures = {
  "LOG-01": {
    title: "Log group does not exist",
    fix: "Create the log group, and refer to the name of the aws_cloudwatch_log_group",
  },
  "LOG-02": {
    title: "Log group is in another region",
    fix: "Set awslogs-region to the log group's region",
  },
  "LOG-03": {
    title: "awslogs option is missing or not supported",
    fix: "Set awslogs-group, awslogs-region and awslogs-stream-prefix; remove options that ECS does not support",
  },
  "LOG-04": {
    title: "Log driver is not supported on Fargate",
    fix: "Use awslogs, splunk or awsfirelens",
  },
  "LOG-05": {
    title: "Log group already exists",
    fix: "Import it, or create it in Terraform before a task creates it",
  },
  "LOG-06": {
    title: "ECS Exec logs to a log group that does not exist",
    fix: "Create the log group, and set its name by a reference to the resource",
  },
  "LOG-07": {
    title: "FireLens router has no container that uses it",
    fix: "Set the log driver awsfirelens on a container, or remove firelensConfiguration",
  },
  "LOG-08": {
    title: "Log group of the class DELIVERY has a fixed retention of two days",
    fix: "Remove retention_in_days, or use the class STANDARD or INFREQUENT_ACCESS",
  },
} as const;
