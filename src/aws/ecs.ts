/** Folders that the agents of ECS Exec write to. Source: Amazon ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec". */
export const execFolders: readonly string[] = [
  "/managed-agents",
  "/var/lib/amazon/ssm",
  "/var/log/amazon/ssm",
];
