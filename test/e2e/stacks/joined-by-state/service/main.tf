terraform {
  backend "s3" {
    bucket = "states-of-the-team"
    key    = "service.tfstate"
    region = "eu-west-1"
  }
}

provider "aws" {
  region = "eu-west-1"
}

variable "state_bucket" {
  type    = string
  default = "states-of-the-team"
}

data "terraform_remote_state" "network" {
  backend = "s3"

  config = {
    bucket = var.state_bucket
    key    = "network.tfstate"
    region = "eu-west-1"
  }
}

resource "aws_security_group" "tasks" {
  name   = "tasks"
  vpc_id = data.terraform_remote_state.network.outputs.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.tasks.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

module "task" {
  source = "../../modules/task"
  name   = "press"
  image  = "public.ecr.aws/nginx/nginx:stable"
}

module "service" {
  source             = "../../modules/service"
  name               = "press"
  task_definition    = module.task.arn
  subnet_ids         = data.terraform_remote_state.network.outputs.subnet_ids
  security_group_ids = [aws_security_group.tasks.id]
  depends_on         = [aws_vpc_security_group_egress_rule.https]
}
