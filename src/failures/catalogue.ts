/**
 * The failures that Berth can name: what is wrong, and the smallest change that mends it.
 *
 * The ids are stable. Sources are AWS's pages on troubleshooting ECS, ECR, Elastic Load Balancing and VPC; the sandbox
 * says at each law which page it is from.
 */
export const failures = {
  "NET-01": {
    title: "nothing leads from the task's subnet to AWS's services",
    fix: "give the subnet's route table a default route to a NAT gateway, or add VPC endpoints for ecr.api, ecr.dkr, logs and S3",
  },
  "NET-02": {
    title: "a public subnet, and no public address for the task",
    fix: "set assign_public_ip = true, or move the tasks to subnets behind a NAT gateway",
  },
  "NET-03": {
    title: "a public address, and no way to an internet gateway",
    fix: "place the tasks in public subnets, or add a NAT gateway and set assign_public_ip = false",
  },
  "NET-04": {
    title: "the NAT gateway stands in a subnet that has no way out itself",
    fix: "place the NAT gateway in a subnet whose route table sends 0.0.0.0/0 to the internet gateway",
  },
  "NET-05": {
    title: "one of the task's subnets is left out of the route table",
    fix: "associate every task subnet with a route table that leads out",
  },
  "NET-06": {
    title: "the route leads to a NAT gateway that cannot take the packet",
    fix: "route to a public NAT gateway that exists, with an Elastic IP",
  },
  "NET-07": {
    title: "a NAT gateway before the internet gateway is attached",
    fix: "let it depend on the aws_internet_gateway (depends_on)",
  },
  "NET-08": {
    title: "a NAT instance that drops what is not for itself",
    fix: "set source_dest_check = false, and let its security group admit the tasks",
  },
  "NET-09": {
    title: "no endpoint for ECR's API",
    fix: "add the interface endpoint com.amazonaws.<region>.ecr.api with private DNS",
  },
  "NET-10": {
    title: "no endpoint for ECR's registry",
    fix: "add the interface endpoint com.amazonaws.<region>.ecr.dkr with private DNS",
  },
  "NET-11": {
    title: "no way to the image's layers, which lie in S3",
    fix: "add the gateway endpoint com.amazonaws.<region>.s3 to the route tables of the task's subnets",
  },
  "NET-12": {
    title: "S3's gateway endpoint is not in the task's route table",
    fix: "add the route table of every task subnet to the endpoint's route_table_ids",
  },
  "NET-13": {
    title: "no endpoint for CloudWatch Logs",
    fix: "add the interface endpoint com.amazonaws.<region>.logs with private DNS",
  },
  "NET-14": {
    title: "no endpoint for Secrets Manager",
    fix: "add the interface endpoint com.amazonaws.<region>.secretsmanager with private DNS",
  },
  "NET-15": {
    title: "no endpoint for Parameter Store",
    fix: "add the interface endpoint com.amazonaws.<region>.ssm with private DNS",
  },
  "NET-19": {
    title: "an endpoint without private DNS: its service's name still leads elsewhere",
    fix: "set private_dns_enabled = true on the endpoint (Terraform's default is false)",
  },
  "NET-20": {
    title: "private DNS in a VPC without DNS names",
    fix: "set enable_dns_support and enable_dns_hostnames on the VPC",
  },
  "NET-21": {
    title: "names do not resolve in the VPC",
    fix: "set enable_dns_support = true, and AmazonProvidedDNS in the DHCP options",
  },
  "NET-23": {
    title: "the endpoint does not admit the tasks",
    fix: "let the endpoint's security group admit 443 from the tasks' security group",
  },
  "NET-24": {
    title: "the task's security group lets nothing out to port 443",
    fix: "add egress for tcp/443 (Terraform leaves an aws_security_group without egress rules closed)",
  },
  "NET-25": {
    title: "the task's security group lets nothing out to S3",
    fix: "add egress for tcp/443 to the prefix list of S3's gateway endpoint",
  },
  "NET-26": {
    title: "a network ACL drops the packet or its answer",
    fix: "let the ACL pass the port one way and 1024-65535 the other: it is stateless",
  },
  "NET-27": {
    title: "the endpoint's policy does not let the task through",
    fix: "allow the execution role and its actions in the endpoint's policy",
  },
  "NET-28": {
    title: "the S3 endpoint's policy leaves out the bucket of ECR's layers",
    fix: 'allow s3:GetObject on arn:aws:s3:::prod-<region>-starport-layer-bucket/* to "*"',
  },
  "NET-29": {
    title: "an endpoint in a zone that its service does not offer",
    fix: "choose subnets by the availability_zones of data.aws_vpc_endpoint_service",
  },
  "NET-31": {
    title: "two subnets of an endpoint in one zone",
    fix: "give the endpoint one subnet per zone",
  },
  "NET-32": {
    title: "a second endpoint with private DNS for one service",
    fix: "keep one endpoint per service and VPC",
  },
  "NET-33": {
    title: "an image from the internet, and no way there",
    fix: "mirror the image to ECR, or give the tasks a NAT gateway",
  },
  "NET-34": {
    title: "an image of another region, and endpoints alone",
    fix: "replicate the repository into the task's region",
  },
  "NET-39": {
    title: "two routes to one destination in one table",
    fix: "remove one of them; do not mix inline routes with aws_route",
  },
  "NET-41": {
    title: "an endpoint service that does not exist",
    fix: "correct the service's name for this region and partition",
  },
  "NET-42": {
    title: "parts of one service in two VPCs",
    fix: "take subnets, security groups and target group from one VPC",
  },
  "CIDR-01": { title: "a subnet outside its VPC", fix: "choose a block inside the VPC's" },
  "CIDR-02": { title: "subnets that overlap", fix: "choose blocks that do not overlap" },
  "CIDR-03": {
    title: "a block of a size that AWS does not take, or without room",
    fix: "use /16 to /28 for VPCs and subnets, and at least /27 where a load balancer stands",
  },
  "CIDR-04": {
    title: "a subnet without addresses left",
    fix: "use larger subnets: a deployment needs twice the tasks' addresses, and AWS keeps five",
  },
  "IAM-01": {
    title: "an ECR image without execution role",
    fix: "set execution_role_arn",
  },
  "IAM-02": { title: "awslogs without execution role", fix: "set execution_role_arn" },
  "IAM-03": { title: "secrets without execution role", fix: "set execution_role_arn" },
  "IAM-04": {
    title: "ECS may not assume the role",
    fix: "let the role's trust policy name ecs-tasks.amazonaws.com, with conditions that fit",
  },
  "IAM-05": {
    title: "the execution role may not pull the image",
    fix: "attach AmazonECSTaskExecutionRolePolicy, or allow ecr:GetAuthorizationToken, BatchGetImage and GetDownloadUrlForLayer",
  },
  "IAM-06": {
    title: "the registry's login granted on a repository",
    fix: 'allow ecr:GetAuthorizationToken on "*": it takes no resource',
  },
  "IAM-07": {
    title: "the execution role may not write logs",
    fix: "allow logs:CreateLogStream and logs:PutLogEvents on the log group's ARN followed by :*",
  },
  "IAM-08": {
    title: "awslogs-create-group without leave for it",
    fix: "allow logs:CreateLogGroup, or create the group with Terraform",
  },
  "IAM-09": {
    title: "the execution role may not read the secret",
    fix: "allow secretsmanager:GetSecretValue or ssm:GetParameters on its ARN",
  },
  "IAM-10": {
    title: "the execution role may not use the secret's key",
    fix: "allow kms:Decrypt on the key to the execution role, in its policy and the key's",
  },
  "IAM-11": {
    title: "the deployer may not pass the role",
    fix: "allow iam:PassRole on the task's and the execution role",
  },
  "IAM-12": {
    title: "ECS's own role does not exist",
    fix: "create aws_iam_service_linked_role for ecs.amazonaws.com",
  },
  "IAM-13": {
    title: "a boundary, session or organisation policy takes the permission away",
    fix: "widen that policy; the role's own allows it already",
  },
  "IAM-14": { title: "ECS Exec without a task role", fix: "set task_role_arn" },
  "IAM-15": {
    title: "environment files that the execution role may not read",
    fix: "allow s3:GetObject on the file and s3:GetBucketLocation on its bucket",
  },
  "IAM-16": {
    title: "a private registry without credentials",
    fix: "set repositoryCredentials to a secret with username and password",
  },
  "IAM-17": {
    title: "a policy document that AWS rejects",
    fix: "correct the statement: see IAM User Guide, Grammar of the IAM JSON policy language",
  },
  "IAM-18": {
    title: "a policy document that is longer than its quota",
    fix: "shorten the policy, or split it into several managed policies",
  },
  "KMS-01": {
    title: "the log group's key does not let CloudWatch Logs in",
    fix: "allow logs.<region>.amazonaws.com in the key's policy, for this log group's ARN",
  },
  "KMS-02": {
    title: "the repository's key cannot be used",
    fix: "enable the key, and let whoever creates the repository use and grant it",
  },
  "KMS-03": {
    title: "the key's policy does not let the account's roles in",
    fix: "allow the account's root in the key's policy, or the execution role by name",
  },
  "KMS-05": {
    title: "a key that is disabled or waits for its deletion",
    fix: "cancel the deletion, or take another key",
  },
  "KMS-06": {
    title: "a key policy that locks its writer out",
    fix: "keep the statement for the account's root",
  },
  "ECR-01": {
    title: "an image that is not there",
    fix: "push the image, or correct its name and tag",
  },
  "ECR-02": {
    title: "a repository that is empty when the service starts",
    fix: "push an image before the service is applied, or begin with desired_count = 0",
  },
  "ECR-03": { title: "a tag that is pushed again", fix: "use a tag of its own for each image" },
  "ECR-06": {
    title: "a lifecycle policy that expires the image in use",
    fix: "leave deployed tags out of the policy's rules",
  },
  "ECR-04": {
    title: "a repository of another account that does not share its images",
    fix: "let the repository's policy there allow the account or its execution role",
  },
  "ECR-05": {
    title: "an image for another processor than the task's",
    fix: "set runtime_platform's cpu_architecture to the image's, or build for both (buildx --platform)",
  },
  "ECR-07": {
    title: "an image larger than the task's disk",
    fix: "set ephemeral_storage (21 to 200 GiB)",
  },
  "LOG-01": {
    title: "a log group that does not exist",
    fix: "create it, and refer to aws_cloudwatch_log_group's name",
  },
  "LOG-02": {
    title: "a log group of another region",
    fix: "set awslogs-region to the group's region",
  },
  "LOG-03": {
    title: "an option of awslogs is missing",
    fix: "set awslogs-group, awslogs-region and awslogs-stream-prefix",
  },
  "LOG-04": {
    title: "a log driver that Fargate has not",
    fix: "use awslogs, splunk or awsfirelens",
  },
  "LOG-05": {
    title: "a log group that exists already",
    fix: "import it, or create it before a task does",
  },
  "TD-01": {
    title: "a size that Fargate does not offer",
    fix: "choose a pair of cpu and memory from Fargate's table, such as 256 and 512",
  },
  "TD-02": { title: "no size for the task", fix: "set cpu and memory on the task definition" },
  "TD-03": { title: "a network mode other than awsvpc", fix: 'set network_mode = "awsvpc"' },
  "TD-04": { title: "host and container port differ", fix: "leave hostPort out" },
  "TD-05": {
    title: "containers larger than their task",
    fix: "lower the containers' sizes, or raise the task's",
  },
  "TD-06": {
    title: "the container's own health check fails",
    fix: "correct the health check's command, port or path, or give it a startPeriod",
  },
  "TD-09": { title: "the program ends", fix: "read its log; an essential container must run on" },
  "TD-10": {
    title: "a JSON key that the secret has not",
    fix: "correct the key in valueFrom, or the secret's value",
  },
  "TD-11": {
    title: "a secret or parameter that does not exist",
    fix: "create it, and refer to its resource",
  },
  "TD-12": {
    title: "a parameter of another account",
    fix: "keep parameters in the task's account",
  },
  "TD-13": { title: "a setting that Fargate has not", fix: "remove it" },
  "TD-14": {
    title: "a definition that is not for Fargate",
    fix: 'set requires_compatibilities = ["FARGATE"]',
  },
  "TD-15": {
    title: "a reference inside the definition that leads nowhere",
    fix: "correct the volume's or container's name",
  },
  "TD-17": { title: "EFS by IAM without a task role", fix: "set task_role_arn" },
  "TD-18": {
    title: "a platform or disk that Fargate does not offer",
    fix: "correct runtime_platform or ephemeral_storage",
  },
  "ALB-01": {
    title: "a target group of instances",
    fix: 'set target_type = "ip" (Terraform\'s default is instance)',
  },
  "ALB-02": {
    title: "a target group that no listener uses",
    fix: "forward to it from a listener or rule, and let the service depend on that",
  },
  "ALB-03": {
    title: "a container or port that the definition has not",
    fix: "match container_name and container_port with the task definition",
  },
  "ALB-04": { title: "a target group of another VPC", fix: "set its vpc_id to the tasks' VPC" },
  "ALB-05": { title: "a load balancer in one zone", fix: "give it subnets in two zones" },
  "ALB-06": { title: "two subnets of one zone", fix: "give the load balancer one subnet per zone" },
  "ALB-07": {
    title: "a load balancer for the internet in subnets without a way there",
    fix: "place it in subnets whose route table leads to the internet gateway",
  },
  "ALB-08": {
    title: "a load balancer for the internet in a VPC without internet gateway",
    fix: "attach an internet gateway, and let the load balancer depend on it",
  },
  "ALB-09": {
    title: "the load balancer admits nobody on this port",
    fix: "add ingress for the listener's port to its security group",
  },
  "ALB-10": {
    title: "the load balancer's security group lets nothing out to the tasks",
    fix: "add egress to the tasks' security group on the container's and the health check's port",
  },
  "ALB-11": {
    title: "the tasks do not admit the load balancer",
    fix: "add ingress from the load balancer's security group on the container's and the health check's port",
  },
  "ALB-12": {
    title: "the health check asks for something that the program does not answer",
    fix: "correct the health check's path, port, protocol or matcher",
  },
  "ALB-14": { title: "HTTPS without certificate", fix: "set certificate_arn" },
  "ALB-15": {
    title: "a certificate that is not issued",
    fix: "create the validation records, and take the ARN from aws_acm_certificate_validation",
  },
  "ALB-16": {
    title: "a redirect to a port where nobody listens",
    fix: "add the listener that the redirect names",
  },
  "ALB-17": { title: "two listeners on one port", fix: "keep one" },
  "ALB-18": {
    title: "tasks in a zone that the load balancer is not in",
    fix: "give load balancer and tasks the same zones",
  },
  "ALB-20": {
    title: "no rule of the listener leads to the service",
    fix: "add a rule that fits the requests, or forward by default",
  },
  "ALB-21": { title: "a name that is too long", fix: "use at most 32 letters, digits and hyphens" },
  "ALB-22": { title: "a grace period without load balancer", fix: "remove it" },
  "ALB-23": {
    title: "a bucket that does not let the load balancer write",
    fix: "let the bucket's policy admit Elastic Load Balancing, and the load balancer depend on it",
  },
  "SVC-01": { title: "a service that wants no tasks", fix: "set desired_count" },
  "SVC-02": {
    title: "a capacity provider that the cluster has not",
    fix: "add it with aws_ecs_cluster_capacity_providers, and let the service depend on that",
  },
  "SVC-03": { title: "a launch type and a strategy", fix: "keep one of them" },
  "SVC-04": { title: "a platform version that does not exist", fix: "use LATEST" },
  "SVC-05": {
    title: "the circuit breaker gave the deployment up",
    fix: "mend what keeps the tasks from starting",
  },
  "SVC-06": {
    title: "a deployment without room",
    fix: "lower deployment_minimum_healthy_percent, or raise the maximum",
  },
  "SVC-07": { title: "a security group of another VPC", fix: "take it from the subnets' VPC" },
  "SVC-08": { title: "a zone that has no Fargate", fix: "leave the zone out" },
  "SVC-09": {
    title: "no subnets, or too many",
    fix: "name 1 to 16 subnets and at most 5 security groups",
  },
  "SVC-10": {
    title: "tasks in the VPC's default security group, which admits only itself",
    fix: "set security_groups on the service",
  },
  "SVC-11": {
    title: "a change of what CodeDeploy owns",
    fix: "ignore_changes = [task_definition, load_balancer], and deploy by CodeDeploy",
  },
  "SVC-12": {
    title: "the wait for a steady state that does not come",
    fix: "mend what keeps the tasks from starting",
  },
  "SVC-13": {
    title: "Service Connect without namespace or port name",
    fix: "set the namespace, and name the port in the task definition",
  },
  "SVC-14": {
    title: "an SRV record without port",
    fix: "use an A record, or name container and port",
  },
  "Q-01": { title: "more vCPUs than the account may run", fix: "ask AWS for a higher quota" },
  "Q-02": {
    title: "more Elastic IP addresses than the account has",
    fix: "use one NAT gateway, or ask AWS for more",
  },
  "Q-03": {
    title: "a quota of the VPC is reached",
    fix: "delete what is not needed, or ask AWS for more",
  },
  "Q-04": {
    title: "a quota of rules is reached",
    fix: "use fewer rules: prefix lists and groups hold many",
  },
  "RACE-01": {
    title: "the log group may come before its key's policy",
    fix: "write the policy into aws_kms_key, or let the log group depend on aws_kms_key_policy",
  },
  "RACE-02": {
    title: "the service may come before the listener that uses its target group",
    fix: "depends_on = [aws_lb_listener…] on the service",
  },
  "RACE-03": {
    title: "the first tasks may start before their role's policies are there",
    fix: "depends_on = [aws_iam_role_policy_attachment…] on the service",
  },
  "RACE-04": {
    title: "the first service of an account, before ECS's own role is known everywhere",
    fix: "apply again, or create aws_iam_service_linked_role for ecs.amazonaws.com",
  },
  "RACE-09": {
    title: "a listener before its certificate is issued",
    fix: "take the ARN from aws_acm_certificate_validation",
  },
  "RACE-11": {
    title: "a cluster that is busy with its capacity providers",
    fix: "let one change of the cluster depend on the other",
  },
  "RACE-05": {
    title: "the internet gateway may come later than what needs it",
    fix: "depends_on = [aws_internet_gateway…]",
  },
  "RACE-06": {
    title: "the first tasks may start before their way out is there",
    fix: "depends_on = [the routes, endpoints and rules…] on the service",
  },
  "RACE-07": {
    title: "a secret that has no value yet",
    fix: "take the ARN from aws_secretsmanager_secret_version, or depend on it",
  },
  "RACE-08": {
    title: "the service may come before the cluster's capacity providers",
    fix: "depends_on = [aws_ecs_cluster_capacity_providers…] on the service",
  },
  "RACE-14": {
    title: "a task definition by name, which may not be registered yet",
    fix: "refer to aws_ecs_task_definition's arn",
  },
  "DEST-01": {
    title: "a repository that keeps its images",
    fix: "set force_delete = true where its images may go with it",
  },
  "DEST-02": {
    title: "a load balancer that is protected",
    fix: "set enable_deletion_protection = false and apply before destroying",
  },
  "DEST-03": {
    title: "a key in its waiting period",
    fix: "take another key and alias, or cancel the deletion",
  },
  "DEST-04": {
    title: "a secret's name in its recovery window",
    fix: "set recovery_window_in_days = 0 where a name must be free at once",
  },
  "DEST-05": {
    title: "something is still in use by an interface, a rule or an association",
    fix: "let it go last: create_before_destroy with a name_prefix for what is replaced",
  },
  "DEST-06": {
    title: "an internet gateway while public addresses are mapped",
    fix: "let what has public addresses depend on the gateway, so that it goes first",
  },
  "DEST-07": { title: "a cluster with services or tasks", fix: "delete them first" },
  "DEST-09": {
    title: "something that another resource still uses",
    fix: "create_before_destroy with a name_prefix, so that its user moves over first",
  },
  "DEST-10": {
    title: "a bucket with objects",
    fix: "set force_destroy = true where its objects may go with it",
  },
  "DEST-17": {
    title: "prevent_destroy keeps it",
    fix: "remove prevent_destroy, or keep it in a stack of its own",
  },
  "TF-04": {
    title: "a zone that the region does not offer",
    fix: "filter data.aws_availability_zones by opt-in-status",
  },
  "TF-05": {
    title: "a data source that finds nothing",
    fix: "apply the stack that makes it first: name its folder before this one",
  },
  "TF-06": {
    title: "the second plan is not empty",
    fix: "write the attribute as AWS keeps it, use one style of rules, or ignore_changes",
  },
  "TF-07": { title: "one association declared twice", fix: "remove one" },
  "NET-17": {
    title: "ECS Exec has no way to ssmmessages",
    fix: "add the interface endpoint ssmmessages with private DNS, or a route out",
  },
  "NET-40": {
    title: "a NAT gateway is given as gateway_id",
    fix: "name it by nat_gateway_id: EC2 takes it either way, and Terraform plans a change for ever",
  },
  "CIDR-05": {
    title: "the VPC uses addresses that others own on the internet",
    fix: "use 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10",
  },
  "CIDR-07": {
    title: "a block of 0.0.0.0 that is not the internet",
    fix: "write 0.0.0.0/0",
  },
  "ECR-08": {
    title: "images of Docker Hub are pulled without logging in",
    fix: "mirror the image to Amazon ECR, or use public.ecr.aws",
  },
  "LOG-06": {
    title: "ECS Exec logs to a group that is not there",
    fix: "create the log group, and name it by reference",
  },
  "TD-07": {
    title: "a container's health check does not say how to run its command",
    fix: "begin the command with CMD-SHELL or CMD",
  },
  "TD-16": {
    title: "tasks cannot mount the file system",
    fix: "give it a mount target in each zone of the tasks, and let 2049 in from them",
  },
  "TD-19": {
    title: "a key of a container definition is not known, and is dropped",
    fix: "correct the key's name",
  },
  "ALB-13": {
    title: "health checks fail a task before it can have started",
    fix: "set health_check_grace_period_seconds, or check less often",
  },
} as const;

export type FailureId = keyof typeof failures;
