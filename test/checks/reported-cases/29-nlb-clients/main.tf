provider "aws" {
  region = "eu-west-1"
}

variable "certificate_arn" {
  type    = string
  default = "arn:aws:acm:eu-west-1:111122223333:certificate/0d2f5c3e-9a41-4c1d-8f0e-3b7f5a6c7d8e"
}
variable "image" {
  type    = string
  default = "public.ecr.aws/nginx/nginx:1.27"
}
variable "allowed_cidrs" {
  type    = list(string)
  default = ["0.0.0.0/0"]
}
locals {
  container_port = 8443
}
resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${local.prefix}/edge"
  retention_in_days = 7
}
resource "aws_iam_role" "execution" {
  name               = "${local.prefix}-exec"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}
data "aws_iam_policy_document" "execution" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }
}
resource "aws_iam_policy" "execution" {
  name   = "${local.prefix}-exec"
  policy = data.aws_iam_policy_document.execution.json
}
resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = aws_iam_policy.execution.arn
}
resource "aws_security_group" "nlb" {
  name   = "${local.prefix}-nlb"
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group_rule" "nlb_in" {
  type              = "ingress"
  security_group_id = aws_security_group.nlb.id
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = var.allowed_cidrs
}
resource "aws_security_group_rule" "nlb_out" {
  type                     = "egress"
  security_group_id        = aws_security_group.nlb.id
  protocol                 = "tcp"
  from_port                = local.container_port
  to_port                  = local.container_port
  source_security_group_id = aws_security_group.task.id
}
resource "aws_security_group" "task" {
  name   = "${local.prefix}-task"
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group_rule" "task_in" {
  type                     = "ingress"
  security_group_id        = aws_security_group.task.id
  protocol                 = "tcp"
  from_port                = local.container_port
  to_port                  = local.container_port
  source_security_group_id = aws_security_group.nlb.id
}
resource "aws_security_group_rule" "task_out" {
  type              = "egress"
  security_group_id = aws_security_group.task.id
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["0.0.0.0/0"]
}
resource "aws_lb" "edge" {
  name                             = "${local.prefix}-edge"
  load_balancer_type               = "network"
  security_groups                  = [aws_security_group.nlb.id]
  enable_cross_zone_load_balancing = true
  subnets                          = [for az in local.azs : aws_subnet.public[az].id]
  depends_on                       = [aws_internet_gateway.main]
}
resource "aws_lb_target_group" "edge" {
  name                 = "${local.prefix}-edge"
  port                 = local.container_port
  protocol             = "TCP"
  target_type          = "ip"
  vpc_id               = aws_vpc.main.id
  preserve_client_ip   = true
  deregistration_delay = 30
  health_check {
    protocol = "TCP"
  }
}
resource "aws_lb_listener" "tls" {
  load_balancer_arn = aws_lb.edge.arn
  port              = 443
  protocol          = "TLS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.edge.arn
  }
}
resource "aws_ecs_task_definition" "edge" {
  family                   = "edge"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions = jsonencode([
    merge({
      name         = "nginx"
      image        = var.image
      essential    = true
      portMappings = [{ containerPort = local.container_port }]
      }, {
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = aws_cloudwatch_log_group.this.id
          "awslogs-region"        = data.aws_region.current.name
          "awslogs-stream-prefix" = "nginx"
        }
      }
    })
  ])
}
resource "aws_ecs_service" "edge" {
  name             = "edge"
  cluster          = aws_ecs_cluster.main.id
  task_definition  = aws_ecs_task_definition.edge.arn
  desired_count    = 2
  launch_type      = "FARGATE"
  platform_version = "1.4.0"
  network_configuration {
    subnets          = [for az in local.azs : aws_subnet.private[az].id]
    security_groups  = [aws_security_group.task.id]
    assign_public_ip = false
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.edge.arn
    container_name   = "nginx"
    container_port   = local.container_port
  }
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  depends_on = [aws_lb_listener.tls, aws_iam_role_policy_attachment.execution, aws_route.private, aws_security_group_rule.task_out]
}
