# Resources and data that every AWS account has, and what public modules for VPCs and ECS create by default.

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
  filter {
    name   = "default-for-az"
    values = ["true"]
  }
}

resource "aws_security_group" "in_default_vpc" {
  name   = "in-default-vpc"
  vpc_id = data.aws_vpc.default.id
  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }
}

resource "aws_lb" "in_default_vpc" {
  name               = "in-default-vpc"
  load_balancer_type = "application"
  security_groups    = [aws_security_group.in_default_vpc.id]
  subnets            = data.aws_subnets.default.ids
}

resource "aws_vpc" "own" {
  cidr_block           = "10.20.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_vpc_ipv4_cidr_block_association" "secondary" {
  for_each   = toset(["10.21.0.0/16", "100.64.0.0/16"])
  vpc_id     = aws_vpc.own.id
  cidr_block = each.value
}

resource "aws_subnet" "secondary" {
  vpc_id            = aws_vpc.own.id
  cidr_block        = cidrsubnet(aws_vpc_ipv4_cidr_block_association.secondary["10.21.0.0/16"].cidr_block, 8, 1)
  availability_zone = "eu-west-1a"
}

resource "aws_default_network_acl" "own" {
  default_network_acl_id = aws_vpc.own.default_network_acl_id
  subnet_ids             = [aws_subnet.secondary.id]

  dynamic "ingress" {
    for_each = { "100" = "0.0.0.0/0" }
    content {
      rule_no    = ingress.key
      action     = "allow"
      protocol   = "-1"
      from_port  = 0
      to_port    = 0
      cidr_block = ingress.value
    }
  }
  ingress {
    rule_no         = 101
    action          = "allow"
    protocol        = "-1"
    from_port       = 0
    to_port         = 0
    ipv6_cidr_block = "::/0"
  }
  egress {
    rule_no         = 101
    action          = "allow"
    protocol        = "-1"
    from_port       = 0
    to_port         = 0
    ipv6_cidr_block = "::/0"
  }
}

resource "aws_network_acl" "icmp" {
  vpc_id = aws_vpc.own.id
  ingress {
    rule_no    = 10
    action     = "allow"
    protocol   = "icmp"
    from_port  = 0
    to_port    = 0
    icmp_type  = 8
    icmp_code  = -1
    cidr_block = "10.0.0.0/8"
  }
}

resource "aws_default_security_group" "own" {
  vpc_id = aws_vpc.own.id
}

resource "aws_default_route_table" "own" {
  default_route_table_id = aws_vpc.own.default_route_table_id
}

resource "aws_vpc_endpoint" "logs" {
  vpc_id              = aws_vpc.own.id
  service_name        = "com.amazonaws.eu-west-1.logs"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = false
  subnet_ids          = [aws_subnet.secondary.id]
  subnet_configuration {
    subnet_id = aws_subnet.secondary.id
    ipv4      = "10.21.1.10"
  }
}

resource "aws_route53_zone" "private" {
  name = "logs.eu-west-1.amazonaws.com"
  vpc {
    vpc_id = aws_vpc.own.id
  }
}

resource "aws_route53_record" "wildcard" {
  zone_id = aws_route53_zone.private.zone_id
  name    = "*.logs.eu-west-1.amazonaws.com"
  type    = "A"
  alias {
    name                   = aws_vpc_endpoint.logs.dns_entry[0].dns_name
    zone_id                = aws_vpc_endpoint.logs.dns_entry[0].hosted_zone_id
    evaluate_target_health = false
  }
}

locals {
  public_parameters = [
    "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended",
    "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id",
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    "/aws/service/aws-for-fluent-bit/stable",
    "/aws/service/global-infrastructure/regions/eu-west-1",
  ]
}

data "aws_ssm_parameter" "public" {
  for_each = toset(local.public_parameters)
  name     = each.value
}

resource "aws_ssm_parameter" "copy" {
  name  = "image"
  type  = "String"
  value = jsondecode(data.aws_ssm_parameter.public[local.public_parameters[0]].value).image_id
}

data "aws_ssm_parameter" "copy" {
  name       = "/image"
  depends_on = [aws_ssm_parameter.copy]
}

resource "aws_iam_role" "instance" {
  name = "instance"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each = toset([
    "service-role/AmazonECSTaskExecutionRolePolicy",
    "service-role/AmazonEC2ContainerServiceforEC2Role",
    "AmazonSSMManagedInstanceCore",
    "AmazonSSMReadOnlyAccess",
    "CloudWatchAgentServerPolicy",
  ])
  role       = aws_iam_role.instance.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}

data "aws_secretsmanager_random_password" "generated" {
  password_length = 20
}

resource "aws_secretsmanager_secret" "db" {
  name                    = "db"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = aws_secretsmanager_secret.db.id
  secret_string = "initial"
}
