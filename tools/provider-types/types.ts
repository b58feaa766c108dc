/** The resource types for which `npm run provider-types` generates classes, with the names of the classes. */
export const resourceTypes: Readonly<Record<string, string>> = {
  aws_appautoscaling_policy: "AppautoscalingPolicy",
  aws_appautoscaling_target: "AppautoscalingTarget",
  aws_cloudwatch_log_group: "CloudwatchLogGroup",
  aws_cloudwatch_metric_alarm: "CloudwatchMetricAlarm",
  aws_default_security_group: "DefaultSecurityGroup",
  aws_ecr_lifecycle_policy: "EcrLifecyclePolicy",
  aws_ecr_repository: "EcrRepository",
  aws_ecs_cluster: "EcsCluster",
  aws_ecs_cluster_capacity_providers: "EcsClusterCapacityProviders",
  aws_ecs_service: "EcsService",
  aws_ecs_task_definition: "EcsTaskDefinition",
  aws_eip: "Eip",
  aws_iam_openid_connect_provider: "IamOpenidConnectProvider",
  aws_iam_policy: "IamPolicy",
  aws_iam_role: "IamRole",
  aws_iam_role_policy: "IamRolePolicy",
  aws_iam_role_policy_attachment: "IamRolePolicyAttachment",
  aws_internet_gateway: "InternetGateway",
  aws_kms_alias: "KmsAlias",
  aws_kms_key: "KmsKey",
  aws_kms_key_policy: "KmsKeyPolicy",
  aws_lb: "Lb",
  aws_lb_listener: "LbListener",
  aws_lb_listener_rule: "LbListenerRule",
  aws_lb_target_group: "LbTargetGroup",
  aws_nat_gateway: "NatGateway",
  aws_route: "Route",
  aws_route_table: "RouteTable",
  aws_route_table_association: "RouteTableAssociation",
  aws_s3_bucket: "S3Bucket",
  aws_s3_bucket_lifecycle_configuration: "S3BucketLifecycleConfiguration",
  aws_s3_bucket_policy: "S3BucketPolicy",
  aws_s3_bucket_public_access_block: "S3BucketPublicAccessBlock",
  aws_s3_bucket_server_side_encryption_configuration: "S3BucketServerSideEncryptionConfiguration",
  aws_s3_bucket_versioning: "S3BucketVersioning",
  aws_scheduler_schedule: "SchedulerSchedule",
  aws_security_group: "SecurityGroup",
  aws_service_discovery_http_namespace: "ServiceDiscoveryHttpNamespace",
  aws_ssm_parameter: "SsmParameter",
  aws_subnet: "Subnet",
  aws_vpc: "Vpc",
  aws_vpc_endpoint: "VpcEndpoint",
  aws_vpc_security_group_egress_rule: "VpcSecurityGroupEgressRule",
  aws_vpc_security_group_ingress_rule: "VpcSecurityGroupIngressRule",
};

/** The same for data sources. */
export const dataSourceTypes: Readonly<Record<string, string>> = {
  aws_caller_identity: "DataAwsCallerIdentity",
  aws_ecr_image: "DataAwsEcrImage",
  aws_secretsmanager_secret: "DataAwsSecretsmanagerSecret",
  aws_ssm_parameter: "DataAwsSsmParameter",
};

/** Arguments that have no types because provider 6, which Berth accepts too, does not have them. */
export const removedArguments: Readonly<Record<string, readonly string[]>> = {
  aws_ecs_task_definition: ["inference_accelerator"],
};

/** Arguments of the provider that have no types: `endpoints` has one for each AWS service. */
export const omittedProviderArguments: readonly string[] = ["endpoints"];
