provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source    = "../modules/network"
  name      = "bank"
  endpoints = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"]
}

resource "aws_ecr_repository" "app" {
  name         = "bank"
  force_delete = true
}

resource "aws_kms_key" "this" {
  description             = "bank"
  deletion_window_in_days = 7
}

resource "aws_secretsmanager_secret" "password" {
  name                    = "bank/password"
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "password" {
  secret_id     = aws_secretsmanager_secret.password.id
  secret_string = jsonencode({ password = "correct horse" })
}

resource "aws_ssm_parameter" "mode" {
  name  = "/bank/mode"
  type  = "String"
  value = "dark"
}

data "aws_iam_policy_document" "secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.password.arn]
  }

  statement {
    actions   = ["ssm:GetParameters"]
    resources = [aws_ssm_parameter.mode.arn]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.this.arn]
  }
}

resource "aws_iam_role_policy" "secrets" {
  name   = "secrets"
  role   = module.task.execution_role
  policy = data.aws_iam_policy_document.secrets.json
}

module "task_group" {
  source = "../modules/group"
  name   = "tasks"
  vpc_id = module.network.vpc_id
}

module "task" {
  source = "../modules/task"
  name   = "bank"
  image  = "${aws_ecr_repository.app.repository_url}:2026-11"

  secrets = {
    PASSWORD = "${aws_secretsmanager_secret.password.arn}:password::"
    MODE     = aws_ssm_parameter.mode.arn
  }
}

module "service" {
  source             = "../modules/service"
  name               = "bank"
  task_definition    = module.task.arn
  subnet_ids         = module.network.private_subnet_ids
  security_group_ids = [module.task_group.id]
  depends_on         = [aws_iam_role_policy.secrets, aws_secretsmanager_secret_version.password]
}
