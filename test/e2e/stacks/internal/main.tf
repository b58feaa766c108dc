provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source    = "../modules/network"
  name      = "ledger"
  endpoints = ["ecr.api", "ecr.dkr", "logs"]
}

resource "aws_ecr_repository" "app" {
  name         = "ledger"
  force_delete = true
}

module "balancer_group" {
  source      = "../modules/group"
  name        = "balancer"
  vpc_id      = module.network.vpc_id
  admit_cidrs = { 80 = [module.network.cidr] }
}

module "task_group" {
  source       = "../modules/group"
  name         = "tasks"
  vpc_id       = module.network.vpc_id
  admit_groups = { 8080 = [module.balancer_group.id] }
}

module "balancer" {
  source             = "../modules/balancer"
  name               = "ledger"
  internal           = true
  vpc_id             = module.network.vpc_id
  subnet_ids         = module.network.private_subnet_ids
  security_group_ids = [module.balancer_group.id]
}

module "task" {
  source = "../modules/task"
  name   = "ledger"
  image  = "${aws_ecr_repository.app.repository_url}:7"
}

module "service" {
  source             = "../modules/service"
  name               = "ledger"
  task_definition    = module.task.arn
  subnet_ids         = module.network.private_subnet_ids
  security_group_ids = [module.task_group.id]
  target_group_arn   = module.balancer.target_group_arn
}
