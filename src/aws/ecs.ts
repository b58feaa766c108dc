/** Folders that the agents of ECS Exec write to. Source: Amazon ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec". */
export const execFolders: readonly string[] = [
  "/managed-agents",
  "/var/lib/amazon/ssm",
  "/var/log/amazon/ssm",
];

/**
 * The options of the log driver awslogs that ECS accepts. Docker has more, such as awslogs-endpoint, which ECS rejects.
 *
 * Sources: Amazon ECS API Reference, LogConfiguration: options; of the rejection, aws-samples/amazon-ecs-firelens-examples#83 and
 * aws/containers-roadmap#73
 */
export const awslogsOptions: readonly string[] = [
  "awslogs-create-group",
  "awslogs-datetime-format",
  "awslogs-group",
  "awslogs-multiline-pattern",
  "awslogs-region",
  "awslogs-stream-prefix",
  "max-buffer-size",
  "mode",
];

/** The name of a port mapping. Source: Amazon ECS API Reference, PortMapping: name. */
export const portMappingName: RegExp = /^[a-z0-9_][a-z0-9_-]{0,63}$/;
