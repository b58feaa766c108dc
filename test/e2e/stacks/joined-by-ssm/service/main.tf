provider "aws" {
  region = "eu-west-1"
}

data "aws_ssm_parameter" "network" {
  for_each = toset(["vpc_id", "subnet_ids"])

  name = "/network/${each.key}"
}

module "task_group" {
  source = "../../modules/group"
  name   = "tasks"
  vpc_id = nonsensitive(data.aws_ssm_parameter.network["vpc_id"].value)
}

module "task" {
  source = "../../modules/task"
  name   = "radio"
  image  = "public.ecr.aws/docker/library/icecast:2"
}

module "service" {
  source             = "../../modules/service"
  name               = "radio"
  task_definition    = module.task.arn
  subnet_ids         = split(",", nonsensitive(data.aws_ssm_parameter.network["subnet_ids"].value))
  security_group_ids = [module.task_group.id]
}
