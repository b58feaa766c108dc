import type { FailureId } from "../../../src/failures/catalogue/index.ts";
import type { ImageWords } from "../../../src/aws/images.ts";

/** A text of the base, and what stands in its place. */
export type Edit = readonly [text: string, becomes: string];

/** The base with edits, and what the prover finds in it. */
export interface Case {
  readonly ways?: "nat";
  readonly edits: readonly Edit[];
  readonly images?: ImageWords;
  /** Failures that are found, and that the base has not. */
  readonly ids?: readonly FailureId[];
  /** Checks that find something without an ID of the catalogue. */
  readonly finds?: readonly string[];
  /** Checks that are left open. */
  readonly open?: readonly string[];
}

const case_ = (ids: FailureId | readonly FailureId[], ...edits: readonly Edit[]): Case => ({
  ids: typeof ids === "string" ? [ids] : ids,
  edits,
});

const nat = (ids: FailureId | readonly FailureId[], ...edits: readonly Edit[]): Case => ({
  ...case_(ids, ...edits),
  ways: "nat",
});

const open = (checks: readonly string[], ...edits: readonly Edit[]): Case => ({
  open: checks,
  edits,
});

const UNKNOWN = "terraform_data.unknown.output";
const ENDPOINTS = '["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "ssmmessages"]';
const withoutEndpoint = (name: string): Edit => [
  ENDPOINTS,
  ENDPOINTS.replace(`, "${name}"`, "").replace(`"${name}", `, ""),
];
const end = (more: string): Edit => ["# Every night\n", `${more}\n\n# Every night\n`];
const service = (line: string): Edit => [
  "  health_check_grace_period_seconds = 60\n",
  `  health_check_grace_period_seconds = 60\n${line}\n`,
];
const container = (line: string): Edit => [
  '      name         = "app"\n',
  `      name         = "app"\n      ${line}\n`,
];
const definition = (line: string): Edit => [
  '  network_mode             = "awsvpc"\n',
  `  network_mode             = "awsvpc"\n  ${line}\n`,
];
const endpointPolicy = (name: string, policy: string): Edit => [
  'resource "aws_vpc_endpoint" "s3" {',
  `resource "aws_vpc_endpoint_policy" "${name.replace(".", "_")}" {\n  vpc_endpoint_id = ${name === "s3" ? "aws_vpc_endpoint.s3.id" : `aws_vpc_endpoint.interface["${name}"].id`}\n  policy          = ${policy}\n}\n\nresource "aws_vpc_endpoint" "s3" {`,
];
const DENY =
  'jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Principal = "*", Action = "*", Resource = "*" }] })';
const NACL = (rules: string): Edit =>
  end(`resource "aws_network_acl" "private" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.private_a.id, aws_subnet.private_b.id]
${rules}
}`);
const acl = (side: "ingress" | "egress", from: number, to: number): string =>
  `  ${side} {\n    rule_no    = 100\n    action     = "allow"\n    protocol   = "tcp"\n    from_port  = ${from}\n    to_port    = ${to}\n    cidr_block = "0.0.0.0/0"\n  }`;
const ANOTHER_VPC = `resource "aws_vpc" "other" {
  cidr_block = "10.9.0.0/16"
}`;

export const cases: Readonly<Record<string, Case>> = {
  "as it is": { edits: [] },
  "as it is, by a NAT gateway": { ways: "nat", edits: [] },

  // Ways
  "no way at all": case_(
    "NET-01",
    ['for_each = toset(["ecr.api"', 'for_each = toset([]) # (["ecr.api"'],
    [
      'resource "aws_vpc_endpoint" "s3" {',
      'resource "aws_vpc_endpoint" "s3" {\n  count             = 0',
    ],
  ),
  "public subnets without public addresses": nat("NET-02", [
    "subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
    "subnets          = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
  ]),
  "public addresses in private subnets": nat(
    "NET-03",
    ["assign_public_ip = false", "assign_public_ip = true"],
    [
      'destination_cidr_block = "0.0.0.0/0"\n  nat_gateway_id',
      'destination_cidr_block = "198.18.0.0/15"\n  nat_gateway_id',
    ],
  ),
  "a NAT gateway in a private subnet": nat("NET-04", [
    "subnet_id     = aws_subnet.public_a.id",
    "subnet_id     = aws_subnet.private_a.id",
  ]),
  "one subnet without a route table": nat("NET-05", [
    'resource "aws_route_table_association" "private_b" {\n  subnet_id      = aws_subnet.private_b.id\n  route_table_id = aws_route_table.private.id',
    'resource "aws_route_table_association" "private_b" {\n  subnet_id      = aws_subnet.private_b.id\n  route_table_id = aws_vpc.main.main_route_table_id',
  ]),
  "a private NAT gateway": nat("NET-06", [
    "allocation_id = aws_eip.nat.id",
    'connectivity_type = "private"',
  ]),
  "no internet gateway": nat(
    ["NET-07", "ALB-08"],
    [
      'resource "aws_internet_gateway" "main" {\n  vpc_id = aws_vpc.main.id\n}',
      'resource "aws_internet_gateway" "main" {\n}',
    ],
  ),
  "a NAT instance that checks": nat(
    "NET-08",
    [
      "nat_gateway_id         = aws_nat_gateway.main.id",
      "network_interface_id   = aws_instance.nat.primary_network_interface_id",
    ],
    end(
      'resource "aws_instance" "nat" {\n  ami                         = "ami-12345678"\n  instance_type               = "t3.nano"\n  subnet_id                   = aws_subnet.public_a.id\n  associate_public_ip_address = true\n  source_dest_check           = true\n}',
    ),
  ),
  "no endpoint for the registry": case_("NET-09", withoutEndpoint("ecr.api")),
  "no endpoint for manifests": case_("NET-10", withoutEndpoint("ecr.dkr")),
  "no endpoint for layers": case_("NET-11", [
    'resource "aws_vpc_endpoint" "s3" {',
    'resource "aws_vpc_endpoint" "s3" {\n  count             = 0',
  ]),
  "an endpoint for layers in another table": case_("NET-12", [
    "route_table_ids   = [aws_route_table.private.id]",
    "route_table_ids   = [aws_route_table.public.id]",
  ]),
  "no endpoint for logs": case_("NET-13", withoutEndpoint("logs")),
  "no endpoint for secrets": case_("NET-14", withoutEndpoint("secretsmanager")),
  "no endpoint for parameters": case_("NET-15", withoutEndpoint("ssm")),
  "no endpoint for exec": case_("NET-17", withoutEndpoint("ssmmessages")),
  "no private DNS": case_("NET-19", ["private_dns_enabled = true", "private_dns_enabled = false"]),
  "no hostnames": case_("NET-20", ["enable_dns_hostnames = true", "enable_dns_hostnames = false"]),
  "no DNS": case_("NET-21", ["enable_dns_support   = true", "enable_dns_support   = false"]),
  "endpoints that do not admit tasks": case_("NET-23", [
    'resource "aws_vpc_security_group_ingress_rule" "endpoints" {\n  security_group_id            = aws_security_group.endpoints.id\n  ip_protocol                  = "tcp"\n  from_port                    = 443\n  to_port                      = 443',
    'resource "aws_vpc_security_group_ingress_rule" "endpoints" {\n  security_group_id            = aws_security_group.endpoints.id\n  ip_protocol                  = "tcp"\n  from_port                    = 80\n  to_port                      = 80',
  ]),
  "tasks that may not leave": case_("NET-24", [
    'security_group_id = aws_security_group.tasks.id\n  ip_protocol       = "tcp"\n  from_port         = 443\n  to_port           = 443',
    'security_group_id = aws_security_group.tasks.id\n  ip_protocol       = "tcp"\n  from_port         = 80\n  to_port           = 80',
  ]),
  "tasks that may not leave for S3": case_("NET-25", [
    'from_port         = 443\n  to_port           = 443\n  cidr_ipv4         = "0.0.0.0/0"',
    'from_port         = 443\n  to_port           = 443\n  cidr_ipv4         = "10.0.0.0/16"',
  ]),
  "a network ACL without answers": case_(
    "NET-26",
    NACL(`${acl("egress", 443, 443)}\n${acl("ingress", 8080, 8080)}`),
  ),
  "an endpoint's policy": case_("NET-27", endpointPolicy("ecr.api", DENY)),
  "the policy of the endpoint for layers": case_("NET-28", endpointPolicy("s3", DENY)),
  "two subnets of an endpoint in a zone": case_("NET-31", [
    'resource "aws_subnet" "private_b" {\n  vpc_id            = aws_vpc.main.id\n  cidr_block        = "10.0.3.0/24"\n  availability_zone = "us-east-1b"',
    'resource "aws_subnet" "private_b" {\n  vpc_id            = aws_vpc.main.id\n  cidr_block        = "10.0.3.0/24"\n  availability_zone = "us-east-1a"',
  ]),
  "two endpoints of a name": case_(
    "NET-32",
    end(
      'resource "aws_vpc_endpoint" "again" {\n  vpc_id              = aws_vpc.main.id\n  service_name        = "com.amazonaws.us-east-1.logs"\n  vpc_endpoint_type   = "Interface"\n  private_dns_enabled = true\n  subnet_ids          = [aws_subnet.private_a.id]\n}',
    ),
  ),
  "an image from the internet": case_("NET-33", [
    'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
    'image        = "public.ecr.aws/nginx/nginx:stable"',
  ]),
  "an image of another region": case_("NET-34", [
    'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
    'image        = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1.4"',
  ]),
  "two routes to one place": case_(
    "NET-39",
    end(
      'resource "aws_route" "again" {\n  route_table_id         = aws_route_table.public.id\n  destination_cidr_block = "0.0.0.0/0"\n  gateway_id             = aws_internet_gateway.main.id\n}',
    ),
  ),
  "a NAT gateway as a gateway": nat("NET-40", [
    "nat_gateway_id         = aws_nat_gateway.main.id",
    "gateway_id             = aws_nat_gateway.main.id",
  ]),
  "an endpoint of nothing": case_("NET-41", [
    "com.amazonaws.us-east-1.s3",
    "com.amazonaws.us-esat-1.s3",
  ]),
  "a route to another VPC's gateway": case_(
    "NET-42",
    end(
      `${ANOTHER_VPC}\n\nresource "aws_internet_gateway" "other" {\n  vpc_id = aws_vpc.other.id\n}`,
    ),
    [
      "gateway_id             = aws_internet_gateway.main.id",
      "gateway_id             = aws_internet_gateway.other.id",
    ],
  ),

  // Address plans
  "a subnet outside": case_("CIDR-01", [
    'cidr_block        = "10.0.3.0/24"',
    'cidr_block        = "10.1.3.0/24"',
  ]),
  "subnets that overlap": case_("CIDR-02", [
    'cidr_block        = "10.0.3.0/24"',
    'cidr_block        = "10.0.2.128/25"',
  ]),
  "subnets that are too small": case_(
    ["CIDR-03", "CIDR-04"],
    ['cidr_block        = "10.0.2.0/24"', 'cidr_block        = "10.0.2.0/28"'],
    ['cidr_block        = "10.0.3.0/24"', 'cidr_block        = "10.0.3.0/28"'],
    ["desired_count                     = 2", "desired_count                     = 20"],
  ),
  "somebody's addresses": case_(
    "CIDR-05",
    ['cidr_block           = "10.0.0.0/16"', 'cidr_block           = "52.10.0.0/16"'],
    ['"10.0.0.0/24"', '"52.10.0.0/24"'],
    ['"10.0.1.0/24"', '"52.10.1.0/24"'],
    ['"10.0.2.0/24"', '"52.10.2.0/24"'],
    ['"10.0.3.0/24"', '"52.10.3.0/24"'],
  ),
  "half of the internet": case_("CIDR-07", [
    '  destination_cidr_block = "0.0.0.0/0"\n  gateway_id ',
    '  destination_cidr_block = "0.0.0.0/8"\n  gateway_id ',
  ]),

  // Roles
  "no execution role, an image of ECR": case_("IAM-01", [
    "  execution_role_arn       = aws_iam_role.execution.arn\n",
    "",
  ]),
  "no execution role, a log": case_(
    "IAM-02",
    ["  execution_role_arn       = aws_iam_role.execution.arn\n", ""],
    [
      'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
      'image        = "public.ecr.aws/a/b:1"',
    ],
    [
      'image       = "${aws_ecr_repository.app.repository_url}:sidecar"',
      'image       = "public.ecr.aws/a/b:2"',
    ],
    [
      '{ name = "PASSWORD", valueFrom = "${aws_secretsmanager_secret.database.arn}:password::" },',
      "",
    ],
    ['{ name = "REGION", valueFrom = aws_ssm_parameter.region.arn },', ""],
  ),
  "no execution role, secrets": case_(
    "IAM-03",
    ["  execution_role_arn       = aws_iam_role.execution.arn\n", ""],
    [
      'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
      'image        = "public.ecr.aws/a/b:1"',
    ],
    [
      'image       = "${aws_ecr_repository.app.repository_url}:sidecar"',
      'image       = "public.ecr.aws/a/b:2"',
    ],
  ),
  "roles that trust another service": case_("IAM-04", [
    "ecs-tasks.amazonaws.com",
    "ecs.amazonaws.com",
  ]),
  "an execution role that may not pull": case_("IAM-05", ['"ecr:BatchGetImage", ', ""]),
  "a login to one repository": case_("IAM-06", [
    'Action = ["ecr:GetAuthorizationToken"], Resource = "*"',
    'Action = ["ecr:GetAuthorizationToken"], Resource = "arn:aws:ecr:us-east-1:111122223333:repository/app"',
  ]),
  "a role that may not log": case_("IAM-07", [', "logs:PutLogEvents"', ""]),
  "a role that may not make its log group": case_(
    "IAM-08",
    ['"logs:CreateLogGroup", ', ""],
    [
      '"awslogs-stream-prefix" = "app"',
      '"awslogs-stream-prefix" = "app"\n          "awslogs-create-group"  = "true"',
    ],
  ),
  "a role that may not read secrets": case_("IAM-09", ['"secretsmanager:GetSecretValue", ', ""]),
  "a role that may not decrypt": case_("IAM-10", [
    'Action = ["kms:Decrypt"]',
    'Action = ["kms:Encrypt"]',
  ]),
  "a schedule that may not pass roles": case_("IAM-11", [
    'Action = "iam:PassRole"',
    'Action = "iam:GetRole"',
  ]),
  "a boundary": case_(
    "IAM-13",
    [
      'resource "aws_iam_role" "execution" {\n',
      'resource "aws_iam_role" "execution" {\n  permissions_boundary = aws_iam_policy.boundary.arn\n',
    ],
    end(
      'resource "aws_iam_policy" "boundary" {\n  name   = "boundary"\n  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }] })\n}',
    ),
  ),
  "a policy with Resource and NotResource": case_("IAM-17", [
    'Action = ["ssmmessages:*", "elasticfilesystem:ClientMount"], Resource = "*" }',
    'Action = ["ssmmessages:*", "elasticfilesystem:ClientMount"], Resource = "*", NotResource = "arn:aws:s3:::files" }',
  ]),
  "a policy that is too long": case_(
    "IAM-18",
    end(`resource "aws_iam_policy" "long" {
  name = "long"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = [for n in range(300) : "arn:aws:s3:::bucket-\${n}/*"] }]
  })
}`),
  ),
  "exec without a task role": case_("IAM-14", [
    "  task_role_arn            = aws_iam_role.task.arn\n",
    "",
  ]),
  "environment files out of reach": case_("IAM-15", ['"s3:GetObject", ', ""]),

  // Keys
  "a key that knows no logs": case_("KMS-01", ["logs.us-east-1.amazonaws.com", "s3.amazonaws.com"]),
  "a key for root's own use alone": case_("KMS-03", [
    '        Principal = { AWS = "arn:aws:iam::111122223333:root" }\n        Action    = "kms:*"',
    '        Principal = { AWS = "arn:aws:iam::111122223333:user/admin" }\n        Action    = "kms:*"',
  ]),
  "a key that is off": case_("KMS-05", ["enable_key_rotation = true", "is_enabled = false"]),
  "a key that nobody may change": case_("KMS-06", [
    'Principal = { AWS = "arn:aws:iam::111122223333:root" }\n        Action    = "kms:*"',
    'Principal = { Service = "s3.amazonaws.com" }\n        Action    = "kms:*"',
  ]),

  // Images
  "an image that is missing": { ids: ["ECR-01"], edits: [], images: { "*/app": "missing" } },
  "an image for another processor": { ids: ["ECR-05"], edits: [], images: { "*/app": "arm64" } },
  "an image for every processor": { edits: [], images: { "*/app": "exists" } },
  "latest in a repository that never changes": case_("ECR-03", [
    '"${aws_ecr_repository.app.repository_url}:1.4"',
    '"111122223333.dkr.ecr.us-east-1.amazonaws.com/app:latest"',
  ]),
  "a lifecycle policy that keeps one": case_("ECR-06", ["countNumber = 50", "countNumber = 1"]),
  "Docker Hub": nat("ECR-08", [
    'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
    'image        = "nginx:1.27"',
  ]),

  // Logs
  "a log group that nobody makes": case_("LOG-01", [
    '"awslogs-group"         = aws_cloudwatch_log_group.app.name',
    '"awslogs-group"         = "/elsewhere"',
  ]),
  "a log group of another region": case_("LOG-02", [
    '"awslogs-region"        = "us-east-1"',
    '"awslogs-region"        = "eu-west-1"',
  ]),
  "no stream prefix": case_("LOG-03", ['          "awslogs-stream-prefix" = "app"\n', ""]),
  "another log driver": case_("LOG-04", ['logDriver = "awslogs"', 'logDriver = "syslog"']),
  "exec logs to nowhere": case_("LOG-06", [
    "cloud_watch_log_group_name = aws_cloudwatch_log_group.exec.name",
    'cloud_watch_log_group_name = "/nowhere"',
  ]),

  // Definitions
  "a size that is none": case_(
    "TD-01",
    ["memory                   = 1024", "memory                   = 512"],
    ["cpu                      = 512", "cpu                      = 512"],
  ),
  "no size": case_("TD-02", ["  cpu                      = 512\n", ""]),
  "the bridge": case_("TD-03", [
    'network_mode             = "awsvpc"',
    'network_mode             = "bridge"',
  ]),
  "another port of the host": case_("TD-04", ["hostPort = 8080", "hostPort = 80"]),
  "a container larger than its task": case_("TD-05", ["memory       = 512", "memory       = 4096"]),
  "a command without a shell": case_("TD-07", ['["CMD-SHELL", "true"]', '["curl", "localhost"]']),
  "a key that the secret has not": case_("TD-10", [":password::", ":passwort::"]),
  "a secret without a value": case_("TD-11", [
    'resource "aws_secretsmanager_secret_version" "database" {\n',
    'resource "aws_secretsmanager_secret_version" "database" {\n  count         = 0\n',
  ]),
  "a parameter of another account": case_("TD-12", [
    "valueFrom = aws_ssm_parameter.region.arn",
    'valueFrom = "arn:aws:ssm:us-east-1:999988887777:parameter/app/region"',
  ]),
  "a privileged container": case_("TD-13", container("privileged = true")),
  "a definition for EC2": case_(
    "TD-14",
    ['requires_compatibilities = ["FARGATE"]', 'requires_compatibilities = ["EC2"]'],
    ['network_mode             = "awsvpc"', 'network_mode             = "bridge"'],
  ),
  "a volume that is not there": case_("TD-15", ['sourceVolume = "data"', 'sourceVolume = "date"']),
  "a file system in one zone": case_("TD-16", [
    'resource "aws_efs_mount_target" "data_b" {\n',
    'resource "aws_efs_mount_target" "data_b" {\n  count           = 0\n',
  ]),
  "a file system without a task role": case_("TD-17", [
    "  task_role_arn            = aws_iam_role.task.arn\n",
    "",
  ]),
  "more disk than there is": case_(
    "TD-18",
    definition(
      'ephemeral_storage {\n    size_in_gib = 200\n  }\n  runtime_platform {\n    operating_system_family = "WINDOWS_SERVER_2022_CORE"\n    cpu_architecture        = "ARM64"\n  }',
    ),
  ),
  "a key with a slip": case_("TD-19", container("enviroment   = []")),

  // Load balancers
  "a target group of instances": case_("ALB-01", [
    'target_type = "ip"',
    'target_type = "instance"',
  ]),
  "a target group without a listener": case_("ALB-02", [
    'type             = "forward"\n    target_group_arn = aws_lb_target_group.app.arn',
    'type = "fixed-response"\n    fixed_response {\n      content_type = "text/plain"\n    }',
  ]),
  "another container's name": case_("ALB-03", [
    'container_name   = "app"',
    'container_name   = "web"',
  ]),
  "a target group of another VPC": case_(
    "ALB-04",
    [
      'name        = "app"\n  vpc_id      = aws_vpc.main.id',
      'name        = "app"\n  vpc_id      = aws_vpc.other.id',
    ],
    end(ANOTHER_VPC),
  ),
  "a load balancer in one zone": case_("ALB-05", [
    "subnets         = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
    "subnets         = [aws_subnet.public_a.id]",
  ]),
  "a load balancer twice in a zone": case_(
    "ALB-06",
    [
      "subnets         = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
      "subnets         = [aws_subnet.public_a.id, aws_subnet.public_b.id, aws_subnet.public_c.id]",
    ],
    end(
      'resource "aws_subnet" "public_c" {\n  vpc_id            = aws_vpc.main.id\n  cidr_block        = "10.0.9.0/24"\n  availability_zone = "us-east-1b"\n}\n\nresource "aws_route_table_association" "public_c" {\n  subnet_id      = aws_subnet.public_c.id\n  route_table_id = aws_route_table.public.id\n}',
    ),
  ),
  "a public load balancer in private subnets": case_(
    ["ALB-07"],
    [
      "subnets         = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
      "subnets         = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
    ],
  ),
  "a load balancer that admits nobody": case_("ALB-09", ['toset(["80", "443"])', 'toset(["80"])']),
  "an internal load balancer that admits nobody": case_("ALB-09", [
    "    from_port   = 80\n    to_port     = 80",
    "    from_port   = 81\n    to_port     = 81",
  ]),
  "a load balancer that lets nothing out": case_("ALB-10", [
    'resource "aws_vpc_security_group_egress_rule" "balancer_to_tasks" {\n  security_group_id            = aws_security_group.balancer.id\n  ip_protocol                  = "tcp"\n  from_port                    = 8080\n  to_port                      = 8080',
    'resource "aws_vpc_security_group_egress_rule" "balancer_to_tasks" {\n  security_group_id            = aws_security_group.balancer.id\n  ip_protocol                  = "tcp"\n  from_port                    = 80\n  to_port                      = 80',
  ]),
  "tasks that do not admit the load balancer": case_("ALB-11", [
    'resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {\n  security_group_id            = aws_security_group.tasks.id\n  ip_protocol                  = "tcp"\n  from_port                    = 8080\n  to_port                      = 8080',
    'resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {\n  security_group_id            = aws_security_group.tasks.id\n  ip_protocol                  = "tcp"\n  from_port                    = 80\n  to_port                      = 80',
  ]),
  "health checks before it starts": case_(
    "ALB-13",
    ["  health_check_grace_period_seconds = 60\n", ""],
    ["interval = 30", "interval = 5\n    timeout = 2\n    unhealthy_threshold = 2"],
  ),
  "HTTPS without a certificate": case_("ALB-14", [
    "  certificate_arn   = aws_acm_certificate_validation.main.certificate_arn\n",
    "",
  ]),
  "a certificate that nobody waits for": case_(
    "ALB-15",
    [
      "  certificate_arn   = aws_acm_certificate_validation.main.certificate_arn\n",
      "  certificate_arn   = aws_acm_certificate.main.arn\n",
    ],
    [
      'resource "aws_acm_certificate_validation" "main" {\n',
      'resource "aws_acm_certificate_validation" "main" {\n  count           = 0\n',
    ],
  ),
  "a redirect to nowhere": case_("ALB-16", ['port        = "443"', 'port        = "8443"']),
  "two listeners on a port": case_(
    "ALB-17",
    end(
      'resource "aws_lb_listener" "again" {\n  load_balancer_arn = aws_lb.main.arn\n  port              = 80\n  protocol          = "HTTP"\n  default_action {\n    type             = "forward"\n    target_group_arn = aws_lb_target_group.app.arn\n  }\n}',
    ),
  ),
  "tasks in another zone than the load balancer": case_("ALB-18", [
    'cidr_block        = "10.0.3.0/24"\n  availability_zone = "us-east-1b"',
    'cidr_block        = "10.0.3.0/24"\n  availability_zone = "us-east-1c"',
  ]),
  "a grace period without a load balancer": case_("ALB-22", [
    '  load_balancer {\n    target_group_arn = aws_lb_target_group.app.arn\n    container_name   = "app"\n    container_port   = 8080\n  }\n',
    "",
  ]),
  "a bucket that nobody may write to": case_("ALB-23", [
    'Action    = "s3:PutObject"',
    'Action    = "s3:GetObject"',
  ]),

  // Services
  "no tasks": case_("SVC-01", [
    "desired_count                     = 2",
    "desired_count                     = 0",
  ]),
  "a capacity provider that the cluster has not": case_("SVC-02", [
    'capacity_providers = ["FARGATE"]',
    'capacity_providers = ["FARGATE_SPOT"]',
  ]),
  "a launch type and a strategy": case_("SVC-03", service('  launch_type = "FARGATE"')),
  "a platform version that is none": case_("SVC-04", [
    'platform_version                  = "1.4.0"',
    'platform_version                  = "1.9.0"',
  ]),
  "no room for a deployment": case_(
    "SVC-06",
    service("  deployment_maximum_percent = 100\n  deployment_minimum_healthy_percent = 100"),
  ),
  "a security group of another VPC": case_(
    "SVC-07",
    [
      'resource "aws_security_group" "tasks" {\n  name   = "tasks"\n  vpc_id = aws_vpc.main.id',
      'resource "aws_security_group" "tasks" {\n  name   = "tasks"\n  vpc_id = aws_vpc.other.id',
    ],
    end(ANOTHER_VPC),
  ),
  "a zone without Fargate": case_("SVC-08", [
    'cidr_block        = "10.0.3.0/24"\n  availability_zone = "us-east-1b"',
    'cidr_block        = "10.0.3.0/24"\n  availability_zone_id = "use1-az3"',
  ]),
  "no subnets": case_("SVC-09", [
    "subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
    "subnets          = []",
  ]),
  "the default security group": case_(
    "SVC-10",
    [
      "security_groups  = [aws_security_group.tasks.id]",
      "security_groups  = [aws_vpc.main.default_security_group_id]",
    ],
    [
      "to_port                      = 8080\n  referenced_security_group_id = aws_security_group.tasks.id",
      'to_port                      = 8080\n  cidr_ipv4                    = "10.0.0.0/16"',
    ],
  ),
  "a new deployment by force": case_(
    "SVC-11",
    service(
      '  force_new_deployment = true\n  deployment_controller {\n    type = "CODE_DEPLOY"\n  }',
    ),
  ),
  "a port that nobody names": case_("SVC-13", ['port_name = "http"', 'port_name = "web"']),
  "an SRV record without a port": case_("SVC-14", [
    'type = "A"\n      ttl',
    'type = "SRV"\n      ttl',
  ]),

  // Quotas
  "six addresses": nat(
    "Q-02",
    end('resource "aws_eip" "more" {\n  count  = 6\n  domain = "vpc"\n}'),
  ),
  "six VPCs": case_(
    "Q-03",
    end(
      'resource "aws_vpc" "more" {\n  count      = 6\n  cidr_block = "10.${count.index + 10}.0.0/16"\n}',
    ),
  ),
  "sixty-one rules": case_("Q-04", [
    'cidr_blocks = ["10.0.0.0/16"]',
    'cidr_blocks = [for one in range(61) : "10.${one}.0.0/16"]',
  ]),

  // Terraform
  "rules in two places": case_(
    "TF-06",
    end(
      'resource "aws_security_group_rule" "more" {\n  security_group_id = aws_security_group.inside.id\n  type              = "ingress"\n  protocol          = "tcp"\n  from_port         = 8080\n  to_port           = 8080\n  cidr_blocks       = ["10.0.0.0/16"]\n}',
    ),
  ),
  "a subnet with two tables": case_(
    "TF-07",
    end(
      'resource "aws_route_table_association" "again" {\n  subnet_id      = aws_subnet.private_a.id\n  route_table_id = aws_route_table.public.id\n}',
    ),
  ),

  // First applies
  "a log group before its key's policy": case_("RACE-01", [
    "  depends_on = [aws_kms_key_policy.main]\n",
    "",
  ]),
  "a service before its listener": case_("RACE-02", ["    aws_lb_listener.https,\n", ""]),
  "a service before its role's policies": case_("RACE-03", [
    "    aws_iam_role_policy.execution,\n",
    "",
  ]),
  "a gateway that comes later": nat("RACE-05", [
    "  depends_on    = [aws_internet_gateway.main]\n",
    "",
  ]),
  "a service before its ways": case_("RACE-06", ["    terraform_data.ways,\n", ""]),
  "a service before the value of its secret": case_("RACE-07", [
    "    aws_secretsmanager_secret_version.database,\n",
    "",
  ]),
  "a service before the capacity providers": case_("RACE-08", [
    "    aws_ecs_cluster_capacity_providers.main,\n",
    "",
  ]),
  "a listener before its certificate": case_("RACE-09", [
    "certificate_arn   = aws_acm_certificate_validation.main.certificate_arn",
    "certificate_arn   = aws_acm_certificate.main.arn",
  ]),
  "a service before its definition": case_("RACE-14", [
    "task_definition                   = aws_ecs_task_definition.app.arn",
    'task_definition                   = "app"',
  ]),

  // Destroys
  "a repository that keeps its images": case_("DEST-01", ["  force_delete         = true\n", ""]),
  "a load balancer that is protected": case_("DEST-02", [
    '  name            = "main"\n',
    '  name            = "main"\n  enable_deletion_protection = true\n',
  ]),
  "a secret that is kept": case_("DEST-04", ["  recovery_window_in_days = 0\n", ""]),
  "a bucket that keeps its objects": case_("DEST-10", ["  force_destroy = true\n", ""]),

  // Off the internet
  "a way to the internet beside the endpoints": {
    finds: ["no-internet-egress", "no-public-task-ingress"],
    edits: [
      [
        "subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
        "subnets          = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
      ],
      ["assign_public_ip = false", "assign_public_ip = true"],
      [
        'resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {',
        'resource "aws_vpc_security_group_ingress_rule" "tasks_from_all" {\n  security_group_id = aws_security_group.tasks.id\n  ip_protocol       = "-1"\n  cidr_ipv4         = "0.0.0.0/0"\n}\n\nresource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {',
      ],
    ],
  },

  // What the plan does not know
  "containers that are not known": open(
    [
      "container-definition-keys",
      "container-references",
      "fargate-compatibility",
      "fargate-task-size",
      "log-configuration",
      "service-target-container",
      "execution-role-required",
      "ecs-service-config",
    ],
    [
      "  container_definitions = jsonencode([\n",
      `  container_definitions = ${UNKNOWN} != "" ? ${UNKNOWN} : jsonencode([\n`,
    ],
    ["  execution_role_arn       = aws_iam_role.execution.arn\n", ""],
  ),
  "roles that are not known": open(
    [
      "execution-role-ecr-permissions",
      "execution-role-logs-permissions",
      "execution-role-secrets-permissions",
      "task-role-trust-policy",
      "ecs-exec-task-role",
      "env-files-and-efs",
    ],
    [
      "execution_role_arn       = aws_iam_role.execution.arn",
      `execution_role_arn       = ${UNKNOWN}`,
    ],
    ["task_role_arn            = aws_iam_role.task.arn", `task_role_arn            = ${UNKNOWN}`],
  ),
  "a schedule's role that is not known": open(
    ["schedule-role-permissions"],
    ["role_arn = aws_iam_role.events.arn", `role_arn = ${UNKNOWN}`],
  ),
  "subnets that are not known": open(
    [
      "reach-ecr-layers",
      "reach-parameter-store",
      "reach-secrets-manager",
      "reach-cloudwatch-logs",
      "reach-ecr-api",
      "reach-ssmmessages",
      "ecs-service-config",
    ],
    [
      "subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
      `subnets          = [${UNKNOWN}]`,
    ],
  ),
  "groups that are not known": open(
    ["load-balancer-to-task", "no-internet-egress"],
    ["security_groups  = [aws_security_group.tasks.id]", `security_groups  = [${UNKNOWN}]`],
  ),
  "who is let in is not known": open(
    ["public-listener-reachability", "no-public-task-ingress"],
    [
      'cidr_ipv4         = "0.0.0.0/0"\n}\n\nresource "aws_vpc_security_group_egress_rule" "balancer_to_tasks"',
      `cidr_ipv4         = ${UNKNOWN}\n}\n\nresource "aws_vpc_security_group_egress_rule" "balancer_to_tasks"`,
    ],
    [
      "subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
      "subnets          = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
    ],
    ["assign_public_ip = false", "assign_public_ip = true"],
    [
      'resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {',
      `resource "aws_vpc_security_group_ingress_rule" "tasks_from_all" {\n  security_group_id = aws_security_group.tasks.id\n  ip_protocol       = "-1"\n  cidr_ipv4         = ${UNKNOWN}\n}\n\nresource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {`,
    ],
  ),
  "who is let inside is not known": open(
    ["internal-listener-ingress"],
    ['cidr_blocks = ["10.0.0.0/16"]', `cidr_blocks = [${UNKNOWN}]`],
  ),
  "rules that are not known": open(
    ["service-quotas", "internal-listener-ingress"],
    [
      '  ingress {\n    protocol    = "tcp"\n    from_port   = 80\n    to_port     = 80\n    cidr_blocks = ["10.0.0.0/16"]\n  }\n',
      `  ingress = [for one in split(",", ${UNKNOWN}) : {\n    protocol         = "tcp"\n    from_port        = 80\n    to_port          = 80\n    cidr_blocks      = [one]\n    description      = ""\n    ipv6_cidr_blocks = []\n    prefix_list_ids  = []\n    security_groups  = []\n    self             = false\n  }]\n`,
    ],
  ),
  "a rule for some group": open(
    ["mixed-security-group-rules"],
    end(
      `resource "aws_vpc_security_group_ingress_rule" "some" {\n  security_group_id = ${UNKNOWN}\n  ip_protocol       = "-1"\n  cidr_ipv4         = "10.0.0.0/16"\n}`,
    ),
  ),
  "blocks that are not known": open(
    ["subnet-cidrs"],
    ['cidr_block        = "10.0.3.0/24"', `cidr_block        = ${UNKNOWN}`],
  ),
  "zones that are not known": open(
    ["load-balancer-subnets"],
    [
      'cidr_block        = "10.0.1.0/24"\n  availability_zone = "us-east-1b"',
      `cidr_block        = "10.0.1.0/24"\n  availability_zone = ${UNKNOWN}`,
    ],
  ),
  "a table that is not known": open(
    ["route-tables"],
    [
      'destination_cidr_block = "0.0.0.0/0"\n  gateway_id ',
      `destination_cidr_block = ${UNKNOWN}\n  gateway_id `,
    ],
  ),
  "a bucket that is not known": open(
    ["access-log-bucket-policy"],
    ["bucket  = aws_s3_bucket.logs.bucket", `bucket  = ${UNKNOWN}`],
  ),
  "a lifecycle that is not known": open(
    ["image-availability"],
    [
      "repository = aws_ecr_repository.app.name\n  policy = jsonencode({",
      `repository = aws_ecr_repository.app.name\n  policy = ${UNKNOWN} != "" ? ${UNKNOWN} : jsonencode({`,
    ],
  ),
  "a policy that is not known": open(
    ["policy-document"],
    end(`resource "aws_iam_policy" "lost" {
  name   = "lost"
  policy = ${UNKNOWN}
}`),
  ),
  "a service control policy": open(
    ["execution-role-ecr-permissions", "execution-role-secrets-permissions"],
    end(`resource "aws_organizations_policy" "limits" {
  name    = "limits"
  content = ${DENY}
}

resource "aws_organizations_policy_attachment" "limits" {
  policy_id = aws_organizations_policy.limits.id
  target_id = "r-1234"
}`),
  ),
  "a deletion that is not known": open(
    ["destroy-blockers"],
    ["force_delete         = true", `force_delete         = ${UNKNOWN} == ""`],
  ),
  "an endpoint that is not known": open(
    ["vpc-endpoint-config"],
    ['service_name      = "com.amazonaws.us-east-1.s3"', `service_name      = ${UNKNOWN}`],
  ),
  "a definition that is not known": open(
    ["first-apply-ordering", "reach-image-registry"],
    [
      "task_definition                   = aws_ecs_task_definition.app.arn",
      `task_definition                   = ${UNKNOWN}`,
    ],
  ),
  "times that are not known": open(
    ["health-check-grace-period"],
    ["interval = 30", `interval = length(${UNKNOWN})`],
  ),
  "a key that is not known": open(
    ["kms-key-policy"],
    [
      "  kms_key_id = aws_kms_key.main.arn\n  depends_on",
      `  kms_key_id = ${UNKNOWN}\n  depends_on`,
    ],
  ),
  "a port that is not known": open(
    ["listener-config", "public-listener-reachability"],
    ["  port              = 443\n", `  port              = length(${UNKNOWN})\n`],
  ),
  "a secret that is not known": open(
    ["secret-exists"],
    [
      "valueFrom = aws_ssm_parameter.region.arn",
      'valueFrom = "arn:aws:ssm:us-east-1:111122223333:parameter/elsewhere"',
    ],
  ),
  "a target group that is not known": open(
    ["target-group-config"],
    [
      "target_group_arn = aws_lb_target_group.app.arn\n    container_name",
      `target_group_arn = ${UNKNOWN}\n    container_name`,
    ],
  ),
  "a processor that is not known": {
    ...open(
      ["image-platform"],
      definition(`runtime_platform {\n    cpu_architecture = ${UNKNOWN}\n  }`),
    ),
    images: { "*/app": "arm64" },
  },
  "a repository that is not in the plan": open(
    ["cross-account-ecr-policy"],
    [
      'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
      'image        = "444455556666.dkr.ecr.us-east-1.amazonaws.com/app:1.4"',
    ],
  ),
};
