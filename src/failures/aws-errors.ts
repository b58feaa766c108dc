import type { FailureId } from "./catalogue/index.ts";

/** Where the text of an AWS error is public. */
export type AwsErrorSource =
  /** The guide, then the title of the page in quotation marks. */
  | { readonly kind: "page"; readonly title: string }
  /** A list of error codes with their descriptions, named like a page. */
  | { readonly kind: "error-list"; readonly title: string }
  /** An issue or a pull request on GitHub that quotes the error. */
  | { readonly kind: "issue"; readonly repository: string; readonly number: number };

/** An error that AWS is known to return. */
export interface AwsError {
  /** The text. Values that differ in each error are replaced by a name in angle brackets. */
  readonly text: string;
  readonly source: AwsErrorSource;
  /** The failures in which AWS returns it. */
  readonly failures: readonly FailureId[];
}

const page = (title: string): AwsErrorSource => ({ kind: "page", title });
const errorList = (title: string): AwsErrorSource => ({ kind: "error-list", title });
const issue = (repository: string, number: number): AwsErrorSource => ({
  kind: "issue",
  repository,
  number,
});

const SERVICE_EVENTS = page("Amazon ECS Developer Guide, “Amazon ECS service event messages”");
const TARGET_HEALTH = errorList("Elastic Load Balancing API Reference, “TargetHealth”");
const CREATE_SERVICE = errorList("Amazon ECS API Reference, “CreateService”");

/** Failures of the path from a subnet to AWS. Each call of a task that starts may meet them. */
export const networkPathFailures: readonly FailureId[] = [
  "NET-01",
  "NET-02",
  "NET-03",
  "NET-04",
  "NET-05",
  "NET-06",
  "NET-08",
  "NET-19",
  "NET-21",
  "NET-23",
  "NET-24",
  "NET-26",
];

/** The name of an error in `awsErrors`. */
export type AwsErrorName =
  | "ecr-api-unreachable"
  | "registry-unreachable"
  | "secrets-manager-unreachable"
  | "parameter-store-unreachable"
  | "cloudwatch-logs-unreachable"
  | "no-internet-gateway"
  | "private-dns-conflict"
  | "endpoint-subnets-in-one-zone"
  | "endpoint-zone-not-supported"
  | "route-exists"
  | "subnet-outside-vpc"
  | "subnet-overlaps"
  | "vpc-size"
  | "load-balancer-subnet-size"
  | "target-type"
  | "target-group-without-listener"
  | "container-not-in-task-definition"
  | "container-port-not-defined"
  | "container-port-mapped-twice"
  | "load-balancer-in-one-zone"
  | "load-balancer-subnets-in-one-zone"
  | "vpc-without-internet-gateway"
  | "target-timeout"
  | "load-balancer-health-check-failed"
  | "target-not-in-use"
  | "listener-without-certificate"
  | "certificate-not-usable"
  | "listener-exists"
  | "grace-period-without-load-balancer"
  | "access-log-bucket-denied"
  | "ecr-image-without-execution-role"
  | "awslogs-without-execution-role"
  | "secrets-without-execution-role"
  | "role-not-assumable"
  | "access-denied"
  | "kms-access-denied"
  | "service-linked-role-missing"
  | "log-group-key-denied"
  | "image-not-found"
  | "image-platform"
  | "pull-rate-limit"
  | "log-group-not-found"
  | "awslogs-option-missing"
  | "awslogs-option-disallowed"
  | "awslogs-create-group"
  | "hostname-awsvpc"
  | "task-size"
  | "task-size-missing"
  | "host-port"
  | "dependency-is-essential"
  | "secret-name-not-unique"
  | "firelens-not-used"
  | "secret-not-found"
  | "secret-without-value"
  | "fargate-not-supported"
  | "capacity-provider-not-associated"
  | "platform-version-unknown"
  | "platform-version-too-old"
  | "deployment-blocked"
  | "security-group-in-other-vpc"
  | "zone-without-fargate"
  | "code-deploy-task-definition"
  | "tasks-do-not-start"
  | "address-quota"
  | "vpc-quota"
  | "rule-quota"
  | "repository-not-empty"
  | "deletion-protection"
  | "secret-scheduled-for-deletion"
  | "security-group-in-use"
  | "target-group-in-use"
  | "bucket-not-empty";

/**
 * The texts that Berth shows under "AWS error", by name. Each is quoted from its source; a failure whose text has no public
 * source has no text here.
 */
export const awsErrors: Readonly<Record<AwsErrorName, AwsError>> = {
  "ecr-api-unreachable": {
    text: "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration.",
    source: issue("aws/copilot-cli", 5927),
    failures: [...networkPathFailures, "NET-09"],
  },
  "registry-unreachable": {
    text: 'CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref <image>: failed to do request: Head "https://<host>/v2/<repository>/manifests/<tag>": dial tcp <address>: i/o timeout',
    source: issue("deepfence/terraform-aws-cloud-scanner", 13),
    failures: [...networkPathFailures, "NET-10", "NET-33", "NET-34"],
  },
  "secrets-manager-unreachable": {
    text: "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch secret <secret>",
    source: issue("aws-samples/dataops-platform-airflow-dbt", 12),
    failures: [...networkPathFailures, "NET-14"],
  },
  "parameter-store-unreachable": {
    text: "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded. Please check your task network configuration.",
    source: issue("hashicorp/terraform-provider-aws", 33044),
    failures: [...networkPathFailures, "NET-15"],
  },
  "cloudwatch-logs-unreachable": {
    text: "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed",
    source: issue("civiform/civiform", 7648),
    failures: [...networkPathFailures, "NET-13"],
  },
  "no-internet-gateway": {
    text: "Gateway.NotAttached: Network <vpc> has no Internet gateway attached",
    source: page("Amazon EC2 API Reference, “NatGateway”"),
    failures: ["NET-07", "RACE-05"],
  },
  "private-dns-conflict": {
    text: "InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for <service>.<region>.amazonaws.com in the VPC <vpc>",
    source: issue("hashicorp/terraform-provider-aws", 17535),
    failures: ["NET-32"],
  },
  "endpoint-subnets-in-one-zone": {
    text: "DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of <subnet>. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.",
    source: issue("terraform-aws-modules/terraform-aws-vpc", 583),
    failures: ["NET-31"],
  },
  "endpoint-zone-not-supported": {
    text: "InvalidParameter: The VPC endpoint service <service> does not support the availability zone of the subnet: <subnet>.",
    source: issue("terraform-aws-modules/terraform-aws-vpc", 785),
    failures: ["NET-29"],
  },
  "route-exists": {
    text: "RouteAlreadyExists: The route identified by <cidr> already exists.",
    source: issue("terraform-aws-modules/terraform-aws-vpc", 108),
    failures: ["NET-39"],
  },
  "subnet-outside-vpc": {
    text: "InvalidSubnet.Range: The CIDR '<cidr>' is invalid.",
    source: issue("pulumi/pulumi-awsx", 111),
    failures: ["CIDR-01", "CIDR-03"],
  },
  "subnet-overlaps": {
    text: "InvalidSubnet.Conflict: The CIDR '<cidr>' conflicts with another subnet",
    source: issue("hashicorp/terraform", 33470),
    failures: ["CIDR-02"],
  },
  "vpc-size": {
    text: "InvalidVpc.Range: The CIDR '<cidr>' is invalid.",
    source: issue("grycap/im", 1011),
    failures: ["CIDR-03"],
  },
  "load-balancer-subnet-size": {
    text: "InvalidSubnet: Not enough IP space available in <subnet>. ELB requires at least 8 free IP addresses in each subnet.",
    source: issue("kubernetes-sigs/aws-load-balancer-controller", 1233),
    failures: ["CIDR-03"],
  },
  "target-type": {
    text: "InvalidParameterException: The provided target group <target-group> has target type <type>, which is incompatible with the awsvpc network mode specified in the task definition.",
    source: issue("riboseinc/terraform-aws-ecs-gitlab", 5),
    failures: ["ALB-01"],
  },
  "target-group-without-listener": {
    text: "InvalidParameterException: The target group with targetGroupArn <target-group> does not have an associated load balancer.",
    source: issue("umotif-public/terraform-aws-ecs-fargate", 43),
    failures: ["ALB-02", "RACE-02"],
  },
  "container-not-in-task-definition": {
    text: "The container <container> does not exist in the task definition.",
    source: issue("hashicorp/terraform", 2888),
    failures: ["ALB-03"],
  },
  "container-port-not-defined": {
    text: "InvalidParameterException: The container <container> did not have a container port <port> defined.",
    source: issue("pulumi/pulumi-aws", 3095),
    failures: ["ALB-03"],
  },
  "container-port-mapped-twice": {
    text: "InvalidParameterException: Container port <port> is used in more than one port mapping for container <container>",
    source: issue("terraform-aws-modules/terraform-aws-ecs", 89),
    failures: ["ALB-03"],
  },
  "load-balancer-in-one-zone": {
    text: "ValidationError: At least two subnets in two different Availability Zones must be specified",
    source: issue("hashicorp/terraform-provider-aws", 15145),
    failures: ["ALB-05"],
  },
  "load-balancer-subnets-in-one-zone": {
    text: "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    source: issue("robertdebock/terraform-aws-vault", 5),
    failures: ["ALB-05", "ALB-06"],
  },
  "vpc-without-internet-gateway": {
    text: "InvalidSubnet: VPC <vpc> has no internet gateway",
    source: issue("openshift/installer", 1110),
    failures: ["ALB-08", "RACE-05"],
  },
  "target-timeout": {
    text: "Target.Timeout: The health check requests timed out.",
    source: TARGET_HEALTH,
    failures: ["ALB-04", "ALB-10", "ALB-11", "NET-26", "SVC-10"],
  },
  "load-balancer-health-check-failed": {
    text: "Task failed ELB health checks in (target-group <target-group>)",
    source: issue("aws/containers-roadmap", 796),
    failures: ["ALB-12", "ALB-13"],
  },
  "target-not-in-use": {
    text: "Target.NotInUse: The target group is not used by any load balancer or the target is in an Availability Zone that is not enabled for its load balancer.",
    source: TARGET_HEALTH,
    failures: ["ALB-18"],
  },
  "listener-without-certificate": {
    text: "ValidationError: A certificate must be specified for HTTPS listeners",
    source: issue("cn-terraform/terraform-aws-nexus", 42),
    failures: ["ALB-14"],
  },
  "certificate-not-usable": {
    text: "The certificate '<certificate>' must have a fully-qualified domain name, a supported signature, and a supported key size.",
    source: issue("medplum/medplum", 5804),
    failures: ["ALB-15", "RACE-09"],
  },
  "listener-exists": {
    text: "DuplicateListener: A listener already exists on this port for this load balancer '<load-balancer>'",
    source: issue("hashicorp/terraform", 26407),
    failures: ["ALB-17"],
  },
  "grace-period-without-load-balancer": {
    text: "InvalidParameterException: Health check grace period is only valid for services configured to use load balancers",
    source: issue("hashicorp/terraform-provider-aws", 31104),
    failures: ["ALB-22"],
  },
  "access-log-bucket-denied": {
    text: "InvalidConfigurationRequest: Access Denied for bucket: <bucket>. Please check S3bucket permission",
    source: issue("terraform-aws-modules/terraform-aws-s3-bucket", 185),
    failures: ["ALB-23"],
  },
  "ecr-image-without-execution-role": {
    text: "ClientException: Fargate requires task definition to have execution role ARN to support ECR images.",
    source: issue("hashicorp/terraform-provider-aws", 3051),
    failures: ["IAM-01"],
  },
  "awslogs-without-execution-role": {
    text: "ClientException: Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    source: issue("virtual-kubelet/virtual-kubelet", 193),
    failures: ["IAM-02"],
  },
  "secrets-without-execution-role": {
    text: "ClientException: When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    source: issue("fabfuel/ecs-deploy", 87),
    failures: ["IAM-03"],
  },
  "role-not-assumable": {
    text: "ECS was unable to assume the role '<role>' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.",
    source: issue("boto/boto3", 1878),
    failures: ["IAM-04"],
  },
  "access-denied": {
    text: "User: <principal> is not authorized to perform: <action> on resource: <resource> <reason>",
    source: page(
      "IAM User Guide, “Troubleshoot access denied error messages with authorization ID (Preview)”",
    ),
    failures: ["IAM-05", "IAM-06", "IAM-07", "IAM-08", "IAM-09", "IAM-11", "IAM-13"],
  },
  "kms-access-denied": {
    text: "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret <secret> from secrets manager: AccessDeniedException: Access to KMS is not allowed",
    source: issue("GiamPy5/terraform-aws-directus", 10),
    failures: ["IAM-10", "KMS-03"],
  },
  "service-linked-role-missing": {
    text: "InvalidParameterException: Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
    source: issue("aws-samples/aws-modern-application-workshop", 69),
    failures: ["IAM-12", "RACE-04"],
  },
  "log-group-key-denied": {
    text: "AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn '<arn>'",
    source: issue("hashicorp/terraform-provider-aws", 29282),
    failures: ["KMS-01", "RACE-01"],
  },
  "image-not-found": {
    text: "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref <image>: <image>: not found",
    source: issue("usdigitalresponse/usdr-gost", 4036),
    failures: ["ECR-01", "ECR-02", "ECR-06"],
  },
  "image-platform": {
    text: "CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'",
    source: issue("aviswerdlow/relay", 71),
    failures: ["ECR-05"],
  },
  "pull-rate-limit": {
    text: "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
    source: issue("apptension/saas-boilerplate", 204),
    failures: ["ECR-08"],
  },
  "log-group-not-found": {
    text: "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
    source: issue("airbnb/ottr", 7),
    failures: ["LOG-01", "LOG-02"],
  },
  "awslogs-option-missing": {
    text: "ClientException: Fargate requires log configuration options to include <option> to support log driver awslogs.",
    source: issue("aws/aws-cdk", 1422),
    failures: ["LOG-03"],
  },
  "awslogs-option-disallowed": {
    text: "ClientException: Log driver awslogs disallows options: <options>",
    source: issue("aws-samples/amazon-ecs-firelens-examples", 83),
    failures: ["LOG-03"],
  },
  "awslogs-create-group": {
    text: "ClientException: Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.",
    source: issue("terraform-linters/tflint-ruleset-aws", 348),
    failures: ["LOG-03"],
  },
  "hostname-awsvpc": {
    text: "ClientException: hostname is not supported on container when networkMode=awsvpc.",
    source: issue("labd/ecs-deplojo", 26),
    failures: ["TD-23"],
  },
  "task-size": {
    text: "ClientException: No Fargate configuration exists for given values: <cpu> CPU, <memory> memory. See the Amazon ECS documentation for the valid values.",
    source: issue("aws-games/cloud-game-development-toolkit", 737),
    failures: ["TD-01"],
  },
  "task-size-missing": {
    text: "ClientException: Fargate requires that '<attribute>' be defined at the task level.",
    source: issue("mongodb/terraform-aws-ecs-task-definition", 38),
    failures: ["TD-02"],
  },
  "host-port": {
    text: "ClientException: When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    source: issue("pulumi/pulumi-awsx", 935),
    failures: ["TD-04"],
  },
  "dependency-is-essential": {
    text: "ClientException: A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
    source: issue("boto/boto3", 2436),
    failures: ["TD-20"],
  },
  "secret-name-not-unique": {
    text: "ClientException: The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '<name>'.",
    source: issue("dagster-io/dagster", 11622),
    failures: ["TD-22"],
  },
  "firelens-not-used": {
    text: "ClientException: When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.",
    source: issue("cloudposse/terraform-aws-ecs-container-definition", 47),
    failures: ["LOG-07"],
  },
  "secret-not-found": {
    text: "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
    source: issue("Uniswap/uniswapx-service", 126),
    failures: ["TD-11"],
  },
  "secret-without-value": {
    text: "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: <label>",
    source: issue("aws/aws-sdk-js-v3", 7701),
    failures: ["RACE-07", "TD-11"],
  },
  "fargate-not-supported": {
    text: "InvalidParameterException: Task definition does not support launch_type FARGATE.",
    source: issue("oranmoshai/ecsServiceRestart", 2),
    failures: ["TD-14"],
  },
  "capacity-provider-not-associated": {
    text: "InvalidParameterException: The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.",
    source: issue("dask/dask-cloudprovider", 328),
    failures: ["RACE-08", "SVC-02"],
  },
  "platform-version-unknown": {
    text: "PlatformUnknownException: The specified platform version doesn't exist.",
    source: CREATE_SERVICE,
    failures: ["SVC-04"],
  },
  "platform-version-too-old": {
    text: "PlatformTaskDefinitionIncompatibilityException: The specified platform version doesn't satisfy the required capabilities of the task definition.",
    source: CREATE_SERVICE,
    failures: ["SVC-04"],
  },
  "deployment-blocked": {
    text: "service (<service>) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
    source: SERVICE_EVENTS,
    failures: ["SVC-06"],
  },
  "security-group-in-other-vpc": {
    text: "Security group <security-group> does not appear to belong to the same VPC as the input subnets.",
    source: issue("aws/aws-dotnet-deploy", 735),
    failures: ["NET-42", "SVC-07"],
  },
  "zone-without-fargate": {
    text: "service (<service>) was unable to place a task. Reason: Internal error.",
    source: SERVICE_EVENTS,
    failures: ["SVC-08"],
  },
  "code-deploy-task-definition": {
    text: "InvalidParameterException: Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    source: issue("boto/boto3", 1936),
    failures: ["SVC-11"],
  },
  "tasks-do-not-start": {
    text: "service (<service>) is unable to consistently start tasks successfully.",
    source: SERVICE_EVENTS,
    failures: ["RACE-06", "SVC-12"],
  },
  "address-quota": {
    text: "AddressLimitExceeded: The maximum number of addresses has been reached.",
    source: issue("okd-project/okd", 80),
    failures: ["Q-02"],
  },
  "vpc-quota": {
    text: "VpcLimitExceeded: The maximum number of VPCs has been reached.",
    source: issue("terraform-aws-modules/terraform-aws-vpc", 429),
    failures: ["Q-03"],
  },
  "rule-quota": {
    text: "RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached.",
    source: issue("dan-v/awslambdaproxy", 25),
    failures: ["Q-04"],
  },
  "repository-not-empty": {
    text: "RepositoryNotEmptyException: The specified repository contains images. To delete a repository that contains images, you must force the deletion with the force parameter.",
    source: errorList("Amazon ECR API Reference, “DeleteRepository”"),
    failures: ["DEST-01"],
  },
  "deletion-protection": {
    text: "OperationNotPermitted: Load balancer '<load-balancer>' cannot be deleted because deletion protection is enabled",
    source: issue("rebuy-de/aws-nuke", 1240),
    failures: ["DEST-02"],
  },
  "secret-scheduled-for-deletion": {
    text: "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
    source: issue("aws/copilot-cli", 655),
    failures: ["DEST-04"],
  },
  "security-group-in-use": {
    text: "DependencyViolation: resource <security-group> has a dependent object",
    source: issue("hashicorp/terraform-provider-aws", 1671),
    failures: ["DEST-05"],
  },
  "target-group-in-use": {
    text: "ResourceInUse: Target group is currently in use by a listener or a rule",
    source: issue("pulumi/pulumi", 5900),
    failures: ["DEST-09"],
  },
  "bucket-not-empty": {
    text: "BucketNotEmpty: The bucket you tried to delete is not empty",
    source: issue("awslabs/benchmark-ai", 625),
    failures: ["DEST-10"],
  },
};

/** The text of an AWS error for one resource, with its source. */
export type AwsErrorText = Pick<AwsError, "text" | "source">;

/**
 * An error for one resource: names in angle brackets are replaced by their values. A name without a value stays.
 *
 * @example awsErrorOf("route-exists", { cidr: "0.0.0.0/0" });
 */
export function awsErrorOf(
  name: AwsErrorName,
  values: Readonly<Record<string, string | undefined>> = {},
): AwsErrorText {
  const { text, source } = awsErrors[name];
  return {
    text: text.replace(/<([a-z-]+)>/g, (placeholder, key: string) => values[key] ?? placeholder),
    source,
  };
}

/** The errors that AWS returns in a failure. */
export const awsErrorsOf = (id: FailureId): readonly AwsErrorText[] =>
  Object.values(awsErrors).filter(({ failures }) => failures.includes(id));

/**
 * A source in one line.
 *
 * @example sourceTextOf({ kind: "issue", repository: "aws/aws-cdk", number: 1422 }); // GitHub, aws/aws-cdk#1422
 */
export const sourceTextOf = (source: AwsErrorSource): string =>
  source.kind === "issue" ? `GitHub, ${source.repository}#${source.number}` : source.title;
