terraform {
  backend "s3" {
    bucket       = "states-of-the-team"
    key          = "network.tfstate"
    region       = "eu-west-1"
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source = "../../modules/network"
  name   = "press"
  nat    = true
}

output "vpc_id" {
  value = module.network.vpc_id
}

output "subnet_ids" {
  value = module.network.private_subnet_ids
}
