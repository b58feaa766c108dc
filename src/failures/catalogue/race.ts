/** Resources that need another resource first, when Terraform may create them at the same time. */
export const raceFailures = {
  "RACE-01": {
    title: "Log group can be created before the policy of its KMS key",
    fix: "Set the policy in aws_kms_key, or add aws_kms_key_policy to depends_on of the log group",
  },
  "RACE-02": {
    title: "Service can be created before the listener that uses its target group",
    fix: "Add depends_on = [aws_lb_listener…] to the service",
  },
  "RACE-03": {
    title: "First tasks can start before their role has its policies",
    fix: "Add depends_on = [aws_iam_role_policy_attachment…] to the service",
  },
  "RACE-04": {
    title:
      "First service of an account can be created before the ECS service-linked role is available",
    fix: "Apply again, or create aws_iam_service_linked_role for ecs.amazonaws.com",
  },
  "RACE-05": {
    title: "Resources can be created before the internet gateway that they need",
    fix: "Add depends_on = [aws_internet_gateway…] to them",
  },
  "RACE-06": {
    title: "First tasks can start before their outbound path exists",
    fix: "Add depends_on = [the routes, endpoints and rules…] to the service",
  },
  "RACE-07": {
    title: "Secret can be read before it has a value",
    fix: "Use the ARN of aws_secretsmanager_secret_version, or add it to depends_on",
  },
  "RACE-08": {
    title: "Service can be created before the capacity providers of its cluster",
    fix: "Add depends_on = [aws_ecs_cluster_capacity_providers…] to the service",
  },
  "RACE-09": {
    title: "Listener can be created before its certificate is issued",
    fix: "Use the ARN of aws_acm_certificate_validation",
  },
  "RACE-11": {
    title: "Cluster is busy with a change of its capacity providers",
    fix: "Use depends_on so that the changes of the cluster run one after the other",
  },
  "RACE-14": {
    title: "Task definition is referenced by name and may not be registered yet",
    fix: "Refer to the arn of the aws_ecs_task_definition",
  },
} as const;
