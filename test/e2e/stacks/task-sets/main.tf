provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source = "../modules/network"
  name   = "sets"
  nat    = true
}

module "task_group" {
  source = "../modules/group"
  name   = "tasks"
  vpc_id = module.network.vpc_id
}

module "task" {
  source = "../modules/task"
  name   = "sets"
  image  = "public.ecr.aws/nginx/nginx:stable"
}

resource "aws_ecs_cluster" "this" {
  name = "sets"
}

# An external deployment controller: each task set is one side of a blue/green deployment.
resource "aws_ecs_service" "sets" {
  name          = "sets"
  cluster       = aws_ecs_cluster.this.id
  desired_count = 2

  deployment_controller {
    type = "EXTERNAL"
  }
}

resource "aws_ecs_task_set" "blue" {
  service         = aws_ecs_service.sets.id
  cluster         = aws_ecs_cluster.this.id
  task_definition = module.task.arn
  launch_type     = "FARGATE"
  force_delete    = true

  scale {
    unit  = "PERCENT"
    value = 100
  }

  network_configuration {
    subnets         = module.network.private_subnet_ids
    security_groups = [module.task_group.id]
  }
}
