provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source = "../modules/network"
  name   = "batch"
  nat    = true
}

module "task_group" {
  source = "../modules/group"
  name   = "tasks"
  vpc_id = module.network.vpc_id
}

module "task" {
  source = "../modules/task"
  name   = "batch"
  image  = "public.ecr.aws/docker/library/python:3.13"
}

resource "aws_ecs_cluster" "this" {
  name = "batch"
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_ecs_service" "batch" {
  name            = "batch"
  cluster         = aws_ecs_cluster.this.id
  task_definition = module.task.arn
  desired_count   = 4

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = 1
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = 3
  }

  network_configuration {
    subnets         = module.network.private_subnet_ids
    security_groups = [module.task_group.id]
  }

  depends_on = [aws_ecs_cluster_capacity_providers.this]
}
