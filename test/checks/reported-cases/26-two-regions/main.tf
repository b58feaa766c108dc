provider "aws" {
  region = "eu-west-1"
}

# One module per region, provider aliases.
provider "aws" {
  alias  = "dr"
  region = "eu-central-1"
}
module "primary" {
  source = "./app"
  name   = "primary"
}
module "dr" {
  source = "./app"
  name   = "dr"
  providers = {
    aws = aws.dr
  }
}
