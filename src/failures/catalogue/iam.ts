/** Execution roles, task roles and policies. */
export const iamFailures = {
  "IAM-01": {
    title: "Task uses an Amazon ECR image but has no execution role",
    fix: "Set execution_role_arn",
  },
  "IAM-02": {
    title: "Task uses awslogs but has no execution role",
    fix: "Set execution_role_arn",
  },
  "IAM-03": {
    title: "Task uses secrets but has no execution role",
    fix: "Set execution_role_arn",
  },
  "IAM-04": {
    title: "The role's trust policy does not allow Amazon ECS to assume it",
    fix: "Allow ecs-tasks.amazonaws.com in the role's trust policy, with conditions that match the task",
  },
  "IAM-05": {
    title: "Execution role lacks permissions to pull the image",
    fix: "Attach AmazonECSTaskExecutionRolePolicy, or allow ecr:GetAuthorizationToken, BatchGetImage and GetDownloadUrlForLayer",
  },
  "IAM-06": {
    title: "ecr:GetAuthorizationToken is allowed only on a repository",
    fix: 'Allow ecr:GetAuthorizationToken on "*": the action does not support resource-level permissions',
  },
  "IAM-07": {
    title: "Execution role lacks permissions to write logs",
    fix: "Allow logs:CreateLogStream and logs:PutLogEvents on the log group's ARN followed by :*",
  },
  "IAM-08": {
    title: "Execution role lacks logs:CreateLogGroup (needed by awslogs-create-group)",
    fix: "Allow logs:CreateLogGroup on the log group, or create the log group in Terraform",
  },
  "IAM-09": {
    title: "Execution role lacks permission to read the secret",
    fix: "Allow secretsmanager:GetSecretValue or ssm:GetParameters on its ARN",
  },
  "IAM-10": {
    title: "Execution role lacks permission to use the secret's KMS key",
    fix: "Allow kms:Decrypt on the key to the execution role, in the role's policy and in the key policy",
  },
  "IAM-11": {
    title: "The principal that deploys lacks iam:PassRole",
    fix: "Allow iam:PassRole on the task role and the execution role",
  },
  "IAM-12": {
    title: "Service-linked role for Amazon ECS does not exist",
    fix: "Create aws_iam_service_linked_role for ecs.amazonaws.com",
  },
  "IAM-13": {
    title: "Permission is denied by a permissions boundary, session policy or SCP",
    fix: "Allow the action in that policy; the role's own policy already allows it",
  },
  "IAM-14": {
    title: "ECS Exec is enabled but no task role allows it",
    fix: "Set task_role_arn to a role that allows ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel and OpenDataChannel",
  },
  "IAM-15": {
    title: "Execution role lacks permissions to read the environment files",
    fix: "Allow s3:GetObject on the file and s3:GetBucketLocation on its bucket",
  },
  "IAM-16": {
    title: "Image is in a private registry but no credentials are set",
    fix: "Set repositoryCredentials to a secret with username and password",
  },
  "IAM-17": {
    title: "Policy document is not valid",
    fix: "Correct the statement: see IAM User Guide, Grammar of the IAM JSON policy language",
  },
  "IAM-18": {
    title: "Policy document exceeds its size quota",
    fix: "Shorten the policy, or split it into several managed policies",
  },
  "IAM-19": {
    title: "CodeDeploy role lacks permissions to deploy Amazon ECS services",
    fix: "Attach the AWS managed policy AWSCodeDeployRoleForECS to the role",
  },
} as const;
