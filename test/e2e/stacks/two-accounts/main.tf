# The images are in the account of the platform, and the tasks run in the account of the application.
variable "platform_account" {
  type    = string
  default = "222233334444"
}

provider "aws" {
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::333344445555:role/deploy"
  }
}

provider "aws" {
  alias  = "platform"
  region = "eu-west-1"

  assume_role {
    role_arn     = "arn:aws:iam::${var.platform_account}:role/deploy"
    session_name = "application"
  }
}

module "network" {
  source = "../modules/network"
  name   = "guild"
  nat    = true
}

resource "aws_ecr_repository" "app" {
  provider = aws.platform

  name         = "guild"
  force_delete = true
}

data "aws_iam_policy_document" "pull" {
  statement {
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::333344445555:root"]
    }
  }
}

resource "aws_ecr_repository_policy" "pull" {
  provider = aws.platform

  repository = aws_ecr_repository.app.name
  policy     = data.aws_iam_policy_document.pull.json
}

module "task_group" {
  source = "../modules/group"
  name   = "tasks"
  vpc_id = module.network.vpc_id
}

module "task" {
  source = "../modules/task"
  name   = "guild"
  image  = "${aws_ecr_repository.app.repository_url}:5"
}

module "service" {
  source             = "../modules/service"
  name               = "guild"
  task_definition    = module.task.arn
  subnet_ids         = module.network.private_subnet_ids
  security_group_ids = [module.task_group.id]
  depends_on         = [aws_ecr_repository_policy.pull]
}
