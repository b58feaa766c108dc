provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source = "../modules/network"
  name   = "fleet"
  nat    = true
}

module "balancer_group" {
  source      = "../modules/group"
  name        = "balancer"
  vpc_id      = module.network.vpc_id
  admit_cidrs = { 80 = ["0.0.0.0/0"] }
}

module "task_group" {
  source       = "../modules/group"
  name         = "tasks"
  vpc_id       = module.network.vpc_id
  admit_groups = { 8080 = [module.balancer_group.id] }
}

resource "aws_lb" "this" {
  name            = "fleet"
  subnets         = module.network.public_subnet_ids
  security_groups = [module.balancer_group.id]
}

resource "aws_lb_target_group" "side" {
  for_each = toset(["blue", "green"])

  name        = "fleet-${each.key}"
  vpc_id      = module.network.vpc_id
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.side["blue"].arn
  }

  lifecycle {
    ignore_changes = [default_action]
  }
}

module "task" {
  source = "../modules/task"
  name   = "fleet"
  image  = "public.ecr.aws/nginx/nginx:stable"
}

resource "aws_ecs_cluster" "this" {
  name = "fleet"
}

resource "aws_ecs_service" "fleet" {
  name            = "fleet"
  cluster         = aws_ecs_cluster.this.id
  task_definition = module.task.arn
  desired_count   = 2
  launch_type     = "FARGATE"

  deployment_controller {
    type = "CODE_DEPLOY"
  }

  network_configuration {
    subnets         = module.network.private_subnet_ids
    security_groups = [module.task_group.id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.side["blue"].arn
    container_name   = "app"
    container_port   = 8080
  }

  # CodeDeploy changes both.
  lifecycle {
    ignore_changes = [task_definition, load_balancer]
  }

  depends_on = [aws_lb_listener.http]
}

data "aws_iam_policy_document" "codedeploy" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["codedeploy.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "codedeploy" {
  name               = "fleet-codedeploy"
  assume_role_policy = data.aws_iam_policy_document.codedeploy.json
}

resource "aws_iam_role_policy_attachment" "codedeploy" {
  role       = aws_iam_role.codedeploy.name
  policy_arn = "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS"
}

resource "aws_codedeploy_app" "this" {
  name             = "fleet"
  compute_platform = "ECS"
}

resource "aws_codedeploy_deployment_group" "this" {
  app_name               = aws_codedeploy_app.this.name
  deployment_group_name  = "fleet"
  deployment_config_name = "CodeDeployDefault.ECSAllAtOnce"
  service_role_arn       = aws_iam_role.codedeploy.arn

  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }

  blue_green_deployment_config {
    deployment_ready_option {
      action_on_timeout = "CONTINUE_DEPLOYMENT"
    }

    terminate_blue_instances_on_deployment_success {
      action                           = "TERMINATE"
      termination_wait_time_in_minutes = 5
    }
  }

  ecs_service {
    cluster_name = aws_ecs_cluster.this.name
    service_name = aws_ecs_service.fleet.name
  }

  load_balancer_info {
    target_group_pair_info {
      prod_traffic_route {
        listener_arns = [aws_lb_listener.http.arn]
      }

      target_group {
        name = aws_lb_target_group.side["blue"].name
      }

      target_group {
        name = aws_lb_target_group.side["green"].name
      }
    }
  }
}
