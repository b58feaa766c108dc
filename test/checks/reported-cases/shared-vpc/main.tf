provider "aws" {
  region = "eu-west-1"
}

locals {
  svc = { s000 = 0, s001 = 1, s002 = 2 }
}

resource "aws_vpc" "v" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v.id }
resource "aws_subnet" "p" {
  count             = 3
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet("10.0.0.0/16", 4, count.index)
  availability_zone = ["eu-west-1a", "eu-west-1b", "eu-west-1c"][count.index]
}
resource "aws_route_table" "r" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
}
resource "aws_route_table_association" "a" {
  count          = 3
  subnet_id      = aws_subnet.p[count.index].id
  route_table_id = aws_route_table.r.id
}
resource "aws_ecs_cluster" "c" { name = "big" }
resource "aws_security_group" "lb" {
  vpc_id = aws_vpc.v.id
  name   = "lb"
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_lb" "l" {
  name               = "big"
  load_balancer_type = "application"
  subnets            = aws_subnet.p[*].id
  security_groups    = [aws_security_group.lb.id]
  depends_on         = [aws_internet_gateway.g]
}
resource "aws_lb_listener" "h" {
  load_balancer_arn = aws_lb.l.arn
  port              = 80
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}
resource "aws_iam_role" "x" {
  for_each           = local.svc
  name               = each.key
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role_policy_attachment" "x" {
  for_each   = local.svc
  role       = aws_iam_role.x[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
resource "aws_cloudwatch_log_group" "x" {
  for_each = local.svc
  name     = "/ecs/${each.key}"
}
resource "aws_security_group" "x" {
  for_each = local.svc
  name     = each.key
  vpc_id   = aws_vpc.v.id
  ingress {
    from_port       = 8080
    to_port         = 8080
    protocol        = "tcp"
    security_groups = [aws_security_group.lb.id]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_lb_target_group" "x" {
  for_each    = local.svc
  name        = each.key
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}
resource "aws_lb_listener_rule" "x" {
  for_each     = local.svc
  listener_arn = aws_lb_listener.h.arn
  priority     = each.value + 1
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.x[each.key].arn
  }
  condition {
    path_pattern {
      values = ["/${each.key}/*"]
    }
  }
}
resource "aws_ecs_task_definition" "x" {
  for_each                 = local.svc
  family                   = each.key
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.x[each.key].arn
  container_definitions = jsonencode([{ name = "app", image = "public.ecr.aws/nginx/nginx:1.27", essential = true, portMappings = [{ containerPort = 8080 }],
  logConfiguration = { logDriver = "awslogs", options = { "awslogs-group" = aws_cloudwatch_log_group.x[each.key].name, "awslogs-region" = "eu-west-1", "awslogs-stream-prefix" = "x" } } }])
}
resource "aws_ecs_service" "x" {
  for_each        = local.svc
  name            = each.key
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.x[each.key].arn
  launch_type     = "FARGATE"
  desired_count   = 2
  network_configuration {
    subnets          = aws_subnet.p[*].id
    security_groups  = [aws_security_group.x[each.key].id]
    assign_public_ip = true
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.x[each.key].arn
    container_name   = "app"
    container_port   = 8080
  }
  depends_on = [aws_lb_listener_rule.x]
}
