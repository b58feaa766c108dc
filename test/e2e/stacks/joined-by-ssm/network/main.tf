provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source = "../../modules/network"
  name   = "radio"
  nat    = true
}

resource "aws_ssm_parameter" "published" {
  for_each = {
    vpc_id     = module.network.vpc_id
    subnet_ids = join(",", module.network.private_subnet_ids)
  }

  name  = "/network/${each.key}"
  type  = "String"
  value = each.value
}
