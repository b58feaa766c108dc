provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source = "../modules/network"
  name   = "nightly"
  nat    = true
}

module "task_group" {
  source = "../modules/group"
  name   = "tasks"
  vpc_id = module.network.vpc_id
}

module "task" {
  source = "../modules/task"
  name   = "nightly"
  image  = "public.ecr.aws/docker/library/python:3.13"
}

resource "aws_ecs_cluster" "this" {
  name = "nightly"
}

data "aws_iam_policy_document" "events" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "events" {
  name               = "nightly-events"
  assume_role_policy = data.aws_iam_policy_document.events.json
}

data "aws_iam_policy_document" "run" {
  statement {
    actions   = ["ecs:RunTask"]
    resources = [module.task.arn]
  }

  statement {
    actions   = ["iam:PassRole"]
    resources = [module.task.execution_role_arn]
  }
}

resource "aws_iam_role_policy" "run" {
  name   = "run"
  role   = aws_iam_role.events.name
  policy = data.aws_iam_policy_document.run.json
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "nightly"
  schedule_expression = "cron(15 2 * * ? *)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule     = aws_cloudwatch_event_rule.nightly.name
  arn      = aws_ecs_cluster.this.arn
  role_arn = aws_iam_role.events.arn

  ecs_target {
    task_definition_arn = module.task.arn
    launch_type         = "FARGATE"

    network_configuration {
      subnets         = module.network.private_subnet_ids
      security_groups = [module.task_group.id]
    }
  }
}
