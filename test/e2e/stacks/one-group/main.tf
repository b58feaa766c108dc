provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source = "../modules/network"
  name   = "wiki"
}

# One group for the load balancer and the tasks: it allows traffic between its members, and from all sources to port 80.
resource "aws_security_group" "all" {
  name   = "wiki"
  vpc_id = module.network.vpc_id
}

resource "aws_security_group_rule" "web" {
  security_group_id = aws_security_group.all.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_security_group_rule" "self" {
  security_group_id = aws_security_group.all.id
  type              = "ingress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  self              = true
}

resource "aws_security_group_rule" "out" {
  security_group_id = aws_security_group.all.id
  type              = "egress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

module "balancer" {
  source             = "../modules/balancer"
  name               = "wiki"
  vpc_id             = module.network.vpc_id
  subnet_ids         = module.network.public_subnet_ids
  security_group_ids = [aws_security_group.all.id]
}

module "task" {
  source = "../modules/task"
  name   = "wiki"
  image  = "ghcr.io/requarks/wiki:2"
}

module "service" {
  source             = "../modules/service"
  name               = "wiki"
  task_definition    = module.task.arn
  subnet_ids         = module.network.public_subnet_ids
  security_group_ids = [aws_security_group.all.id]
  public_ip          = true
  target_group_arn   = module.balancer.target_group_arn
}
