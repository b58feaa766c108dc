/** Task definitions and their containers. */
export const taskDefinitionFailures = {
  "TD-01": {
    title: "Fargate does not offer this task size",
    fix: "Choose a combination of cpu and memory that Fargate supports, such as 256 and 512",
  },
  "TD-02": {
    title: "Task definition has no cpu or memory at task level",
    fix: "Set cpu and memory on the task definition",
  },
  "TD-03": {
    title: "Network mode is not awsvpc",
    fix: 'Set network_mode = "awsvpc"',
  },
  "TD-04": {
    title: "Host port differs from container port",
    fix: "Remove hostPort",
  },
  "TD-05": {
    title: "Containers need more cpu or memory than their task has",
    fix: "Lower the sizes of the containers, or raise the size of the task",
  },
  "TD-06": {
    title: "Container health check fails",
    fix: "Correct the command, port or path of the health check, or set a startPeriod",
  },
  "TD-07": {
    title: "Container health check command does not start with CMD-SHELL or CMD",
    fix: "Start the command with CMD-SHELL or CMD",
  },
  "TD-09": {
    title: "Essential container exits",
    fix: "Read the container's log and correct the program: an essential container must not exit",
  },
  "TD-10": {
    title: "Secret has no such JSON key",
    fix: "Correct the key in valueFrom, or the secret's value",
  },
  "TD-11": {
    title: "Secret or parameter does not exist",
    fix: "Create it, and refer to its resource",
  },
  "TD-12": {
    title: "Parameter is in another account",
    fix: "Create the parameter in the task's account",
  },
  "TD-13": {
    title: "Setting is not supported on Fargate",
    fix: "Remove the setting",
  },
  "TD-14": {
    title: "Task definition is not compatible with Fargate",
    fix: 'Set requires_compatibilities = ["FARGATE"]',
  },
  "TD-15": {
    title: "Task definition refers to a volume or container that it does not define",
    fix: "Correct the name of the volume or container",
  },
  "TD-16": {
    title: "Tasks cannot mount the EFS file system",
    fix: "Add a mount target in each Availability Zone of the tasks, and an ingress rule for TCP 2049 from the tasks",
  },
  "TD-17": {
    title: "Volume uses EFS IAM authorization but the task has no task role",
    fix: "Set task_role_arn",
  },
  "TD-18": {
    title: "Fargate does not offer this platform or ephemeral storage size",
    fix: "Correct runtime_platform or ephemeral_storage",
  },
  "TD-19": {
    title: "Container definition has an unknown key, which AWS ignores",
    fix: "Correct the name of the key",
  },
  "TD-20": {
    title: "Container dependency cannot be satisfied",
    fix: "Wait for a container that ends only if it is not essential, and remove cycles of dependsOn",
  },
  "TD-21": {
    title: "Two port mappings use the same host port",
    fix: "Remove hostPort, or set another one",
  },
  "TD-22": {
    title: "Secret has the name of another secret or environment variable of its container",
    fix: "Rename or remove one of them",
  },
  "TD-23": {
    title: "Container setting is not valid",
    fix: "Set a value that ECS supports",
  },
  "TD-24": {
    title: "valueFrom has the ARN of a secret with a wrong number of parts",
    fix: "Append :json-key:version-stage:version-id to the ARN; a part may be empty, but its colon is required",
  },
  "TD-25": {
    title: "Root directory of an EFS volume does not exist",
    fix: "Use an aws_efs_access_point with creation_info, or remove root_directory",
  },
  "TD-26": {
    title: "ECS Exec does not work in a container with a read-only root file system",
    fix: "Remove readonlyRootFilesystem, or mount volumes at /managed-agents, /var/lib/amazon/ssm and /var/log/amazon/ssm",
  },
} as const;
