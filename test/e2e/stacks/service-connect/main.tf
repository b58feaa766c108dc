provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source = "../modules/network"
  name   = "mesh"
  nat    = true
}

module "task_group" {
  source      = "../modules/group"
  name        = "tasks"
  vpc_id      = module.network.vpc_id
  admit_cidrs = { 8080 = [module.network.cidr] }
}

module "task" {
  source    = "../modules/task"
  name      = "mesh"
  image     = "public.ecr.aws/nginx/nginx:stable"
  port_name = "http"
}

resource "aws_service_discovery_http_namespace" "this" {
  name = "mesh"
}

resource "aws_ecs_cluster" "this" {
  name = "mesh"
}

resource "aws_ecs_service" "this" {
  for_each = toset(["orders", "web"])

  name            = each.key
  cluster         = aws_ecs_cluster.this.id
  task_definition = module.task.arn
  desired_count   = 1
  launch_type     = "FARGATE"

  network_configuration {
    subnets         = module.network.private_subnet_ids
    security_groups = [module.task_group.id]
  }

  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.this.arn

    service {
      port_name      = "http"
      discovery_name = each.key

      client_alias {
        dns_name = each.key
        port     = 8080
      }
    }
  }
}
