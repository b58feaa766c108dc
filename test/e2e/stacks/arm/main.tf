provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source = "../modules/network"
  name   = "pi"
  nat    = true
}

resource "aws_ecr_repository" "app" {
  name         = "pi"
  force_delete = true
}

module "task_group" {
  source = "../modules/group"
  name   = "tasks"
  vpc_id = module.network.vpc_id
}

module "task" {
  source       = "../modules/task"
  name         = "pi"
  image        = "${aws_ecr_repository.app.repository_url}:3.14"
  architecture = "ARM64"
}

module "service" {
  source             = "../modules/service"
  name               = "pi"
  task_definition    = module.task.arn
  subnet_ids         = module.network.private_subnet_ids
  security_group_ids = [module.task_group.id]
}
