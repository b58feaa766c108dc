provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source    = "../modules/network"
  name      = "vault"
  endpoints = ["ecr.api", "ecr.dkr", "logs"]
}

resource "aws_ecr_repository" "app" {
  name         = "vault"
  force_delete = true
}

module "task_group" {
  source = "../modules/group"
  name   = "tasks"
  vpc_id = module.network.vpc_id
}

module "task" {
  source = "../modules/task"
  name   = "vault"
  image  = "${aws_ecr_repository.app.repository_url}@sha256:4b4c3c1b2a0f9e8d7c6b5a493827160f4b4c3c1b2a0f9e8d7c6b5a4938271605"
}

module "service" {
  source             = "../modules/service"
  name               = "vault"
  task_definition    = module.task.arn
  subnet_ids         = module.network.private_subnet_ids
  security_group_ids = [module.task_group.id]
}
