provider "aws" {
  region = "eu-west-1"
}

# Service Connect, FireLens sidecar, EFS, task role by aws_iam_policy with condition ? : null.
variable "enable_exports" {
  type    = bool
  default = true
}
resource "aws_s3_bucket" "exports" {
  count         = var.enable_exports ? 1 : 0
  bucket_prefix = "${local.prefix}-exports-"
  force_destroy = true
}
resource "aws_ecr_repository" "app" {
  name = "${local.prefix}/app"
}
resource "aws_cloudwatch_log_group" "router" {
  name              = "/ecs/${local.prefix}/router"
  retention_in_days = 3
}
resource "aws_cloudwatch_log_group" "app" {
  name              = "/ecs/${local.prefix}/app"
  retention_in_days = 30
}
resource "aws_iam_role" "execution" {
  name               = "${local.prefix}-exec"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}
resource "aws_iam_policy" "execution" {
  name = "${local.prefix}-exec"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = flatten([
      [for arn in compact([aws_ecr_repository.app.arn, ""]) : {
        Effect   = "Allow"
        Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = arn
      }],
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      { Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = [for g in [aws_cloudwatch_log_group.router, aws_cloudwatch_log_group.app] : "${g.arn}:*"] },
    ])
  })
}
resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = aws_iam_policy.execution.arn
}
resource "aws_iam_role" "task" {
  name               = "${local.prefix}-task"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}
resource "aws_iam_role_policy" "task" {
  name = "app"
  role = aws_iam_role.task.id
  policy = var.enable_exports ? jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:PutObject"], Resource = "${one(aws_s3_bucket.exports[*].arn)}/*" },
      { Effect = "Allow", Action = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"], Resource = aws_efs_file_system.data.arn },
      { Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], Resource = "${aws_cloudwatch_log_group.app.arn}:*" },
    ]
  }) : null
}
resource "aws_efs_file_system" "data" {
  encrypted = true
}
resource "aws_security_group" "efs" {
  name   = "${local.prefix}-efs"
  vpc_id = aws_vpc.main.id
}
resource "aws_vpc_security_group_ingress_rule" "efs" {
  security_group_id            = aws_security_group.efs.id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  referenced_security_group_id = aws_security_group.app.id
}
resource "aws_efs_mount_target" "data" {
  for_each        = aws_subnet.private
  file_system_id  = aws_efs_file_system.data.id
  subnet_id       = each.value.id
  security_groups = [aws_security_group.efs.id]
}
resource "aws_efs_access_point" "data" {
  file_system_id = aws_efs_file_system.data.id
  posix_user {
    gid = 1000
    uid = 1000
  }
  root_directory {
    path = "/data"
    creation_info {
      owner_gid   = 1000
      owner_uid   = 1000
      permissions = "0755"
    }
  }
}
resource "aws_security_group" "app" {
  name   = "${local.prefix}-app"
  vpc_id = aws_vpc.main.id
}
resource "aws_vpc_security_group_ingress_rule" "app_self" {
  security_group_id            = aws_security_group.app.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
  referenced_security_group_id = aws_security_group.app.id
}
resource "aws_vpc_security_group_egress_rule" "app" {
  security_group_id = aws_security_group.app.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
resource "aws_service_discovery_http_namespace" "this" {
  name = "${local.prefix}-mesh"
}
data "aws_ssm_parameter" "fluentbit" {
  name = "/aws/service/aws-for-fluent-bit/stable"
}
resource "aws_ecs_task_definition" "app" {
  family                   = "app"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = 2048
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions = jsonencode([
    {
      name              = "log_router"
      image             = data.aws_ssm_parameter.fluentbit.value
      essential         = true
      memoryReservation = 50
      firelensConfiguration = {
        type    = "fluentbit"
        options = { enable-ecs-log-metadata = "true" }
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.router.name
          awslogs-region        = data.aws_region.current.name
          awslogs-stream-prefix = "router"
        }
      }
    },
    {
      name         = "app"
      image        = "${aws_ecr_repository.app.repository_url}@sha256:${sha256("app")}"
      essential    = true
      portMappings = [{ name = "http", containerPort = 8080, appProtocol = "http" }]
      dependsOn    = [{ containerName = "log_router", condition = "START" }]
      mountPoints  = [{ sourceVolume = "data", containerPath = "/data" }]
      logConfiguration = {
        logDriver = "awsfirelens"
        options = {
          Name              = "cloudwatch_logs"
          region            = data.aws_region.current.name
          log_group_name    = aws_cloudwatch_log_group.app.name
          log_stream_prefix = "app-"
        }
      }
    },
  ])
  volume {
    name = "data"
    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.data.id
      transit_encryption = "ENABLED"
      authorization_config {
        access_point_id = aws_efs_access_point.data.id
        iam             = "ENABLED"
      }
    }
  }
}
resource "aws_ecs_service" "app" {
  name            = "app"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.app.arn
  desired_count   = 2
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = values(aws_subnet.private)[*].id
    security_groups = [aws_security_group.app.id]
  }
  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.this.arn
    service {
      port_name      = "http"
      discovery_name = "app"
      client_alias {
        port     = 8080
        dns_name = "app"
      }
    }
    log_configuration {
      log_driver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.router.name
        awslogs-region        = data.aws_region.current.name
        awslogs-stream-prefix = "connect"
      }
    }
  }
  depends_on = [aws_iam_role_policy_attachment.execution, aws_iam_role_policy.task, aws_route.private, aws_efs_mount_target.data, aws_vpc_security_group_egress_rule.app]
}
