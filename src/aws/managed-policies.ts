/** The statements of the AWS managed policies that stacks with ECS attach. Source: AWS Managed Policy Reference Guide. */
const POLICIES: Readonly<Record<string, readonly (readonly [readonly string[], string?])[]>> = {
  AdministratorAccess: [[["*"]]],
  PowerUserAccess: [
    [
      [
        "acm:*",
        "application-autoscaling:*",
        "cloudwatch:*",
        "codedeploy:*",
        "ec2:*",
        "ecr:*",
        "ecs:*",
        "elasticloadbalancing:*",
        "kms:*",
        "logs:*",
        "route53:*",
        "s3:*",
        "secretsmanager:*",
        "servicediscovery:*",
        "ssm:*",
        "sts:*",
        "iam:CreateServiceLinkedRole",
        "iam:ListRoles",
      ],
    ],
  ],
  ReadOnlyAccess: [
    [
      [
        "acm:Describe*",
        "acm:Get*",
        "acm:List*",
        "application-autoscaling:Describe*",
        "application-autoscaling:List*",
        "cloudwatch:Describe*",
        "cloudwatch:Get*",
        "cloudwatch:List*",
        "codedeploy:BatchGet*",
        "codedeploy:Get*",
        "codedeploy:List*",
        "ec2:Describe*",
        "ec2:Get*",
        "ecr:BatchCheck*",
        "ecr:BatchGet*",
        "ecr:Describe*",
        "ecr:Get*",
        "ecr:List*",
        "ecs:Describe*",
        "ecs:List*",
        "elasticloadbalancing:Describe*",
        "iam:Get*",
        "iam:List*",
        "kms:Describe*",
        "kms:Get*",
        "kms:List*",
        "logs:Describe*",
        "logs:FilterLogEvents",
        "logs:Get*",
        "logs:List*",
        "route53:Get*",
        "route53:List*",
        "s3:Get*",
        "s3:List*",
        "secretsmanager:Describe*",
        "secretsmanager:GetResourcePolicy",
        "secretsmanager:List*",
        "servicediscovery:Get*",
        "servicediscovery:List*",
        "ssm:Describe*",
        "ssm:Get*",
        "ssm:List*",
        "sts:GetCallerIdentity",
      ],
    ],
  ],
  AmazonEC2ContainerRegistryReadOnly: [
    [
      [
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:GetRepositoryPolicy",
        "ecr:DescribeRepositories",
        "ecr:ListImages",
        "ecr:DescribeImages",
        "ecr:BatchGetImage",
        "ecr:GetLifecyclePolicy",
        "ecr:GetLifecyclePolicyPreview",
        "ecr:ListTagsForResource",
        "ecr:DescribeImageScanFindings",
      ],
    ],
  ],
  AmazonEC2ContainerRegistryPullOnly: [
    [
      [
        "ecr:GetAuthorizationToken",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchImportUpstreamImage",
      ],
    ],
  ],
  AmazonECS_FullAccess: [
    [["ecs:*", "elasticloadbalancing:*", "ec2:Describe*", "logs:*", "iam:ListRoles"]],
    [["iam:PassRole"], "*"],
  ],
  AmazonSSMReadOnlyAccess: [[["ssm:Describe*", "ssm:Get*", "ssm:List*"]]],
  AmazonSSMManagedInstanceCore: [
    [["ssm:GetParameter", "ssm:GetParameters", "ssmmessages:*", "ec2messages:*"]],
  ],
  AmazonS3ReadOnlyAccess: [[["s3:Get*", "s3:List*", "s3:Describe*"]]],
  AmazonS3FullAccess: [[["s3:*"]]],
  SecretsManagerReadWrite: [[["secretsmanager:*", "kms:DescribeKey", "kms:ListAliases"]]],
  CloudWatchLogsFullAccess: [[["logs:*", "cloudwatch:GenerateQuery"]]],
  CloudWatchAgentServerPolicy: [
    [
      [
        "cloudwatch:PutMetricData",
        "ec2:DescribeVolumes",
        "ec2:DescribeTags",
        "logs:PutLogEvents",
        "logs:PutRetentionPolicy",
        "logs:DescribeLogStreams",
        "logs:DescribeLogGroups",
        "logs:CreateLogStream",
        "logs:CreateLogGroup",
      ],
    ],
  ],
  AWSXRayDaemonWriteAccess: [[["xray:Put*", "xray:Get*"]]],
};

const SERVICE_ROLE: typeof POLICIES = {
  AmazonECSTaskExecutionRolePolicy: [
    [
      [
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
      ],
    ],
  ],
  AmazonECSInfrastructureRolePolicyForVolumes: [[["ec2:CreateVolume", "ec2:DescribeVolumes"]]],
  AmazonEC2ContainerServiceRole: [
    [["ec2:AuthorizeSecurityGroupIngress", "ec2:Describe*", "elasticloadbalancing:*"]],
  ],
  AmazonEC2ContainerServiceAutoscaleRole: [
    [
      [
        "ecs:DescribeServices",
        "ecs:UpdateService",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutMetricAlarm",
      ],
    ],
  ],
  AmazonEC2ContainerServiceEventsRole: [
    [["ecs:RunTask", "ecs:TagResource"]],
    [["iam:PassRole"], "*"],
  ],
  AWSCodeDeployRoleForECS: [
    [
      [
        "ecs:DescribeServices",
        "ecs:CreateTaskSet",
        "ecs:UpdateServicePrimaryTaskSet",
        "ecs:DeleteTaskSet",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:ModifyRule",
        "cloudwatch:DescribeAlarms",
        "s3:GetObject",
        "s3:GetObjectVersion",
      ],
    ],
    [["iam:PassRole"], "*"],
  ],
};

const document = (statements: readonly (readonly [readonly string[], string?])[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(([Action, Resource = "*"]) => ({
      Effect: "Allow",
      Action,
      Resource,
    })),
  });

/** Policy documents by the part of the ARN after "policy/". */
export const awsManagedPolicies: ReadonlyMap<string, string> = new Map([
  ...Object.entries(POLICIES).map(([name, statements]) => [name, document(statements)] as const),
  ...Object.entries(SERVICE_ROLE).map(
    ([name, statements]) => [`service-role/${name}`, document(statements)] as const,
  ),
  ["AWSCodeDeployRoleForECS", document(SERVICE_ROLE["AWSCodeDeployRoleForECS"] ?? [])],
]);

/** The document of an AWS managed policy by its ARN. */
export function awsManagedPolicy(arn: string): string | undefined {
  const name = /^arn:[^:]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1];
  return name === undefined ? undefined : awsManagedPolicies.get(name);
}
