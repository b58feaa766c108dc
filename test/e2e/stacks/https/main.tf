provider "aws" {
  region = "eu-west-1"
}

module "network" {
  source = "../modules/network"
  name   = "store"
  nat    = true
}

resource "aws_route53_zone" "this" {
  name = "store.example.com"
}

resource "aws_acm_certificate" "this" {
  domain_name       = "www.store.example.com"
  validation_method = "DNS"
}

resource "aws_route53_record" "validation" {
  for_each = {
    for option in aws_acm_certificate.this.domain_validation_options : option.domain_name => option
  }

  zone_id = aws_route53_zone.this.zone_id
  name    = each.value.resource_record_name
  type    = each.value.resource_record_type
  records = [each.value.resource_record_value]
  ttl     = 60
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]
}

module "balancer_group" {
  source      = "../modules/group"
  name        = "balancer"
  vpc_id      = module.network.vpc_id
  admit_cidrs = { 80 = ["0.0.0.0/0"], 443 = ["0.0.0.0/0"] }
}

module "task_group" {
  source       = "../modules/group"
  name         = "tasks"
  vpc_id       = module.network.vpc_id
  admit_groups = { 8080 = [module.balancer_group.id] }
}

resource "aws_lb" "this" {
  name            = "store"
  subnets         = module.network.public_subnet_ids
  security_groups = [module.balancer_group.id]
}

resource "aws_lb_target_group" "this" {
  name        = "store"
  vpc_id      = module.network.vpc_id
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate_validation.this.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_route53_record" "www" {
  zone_id = aws_route53_zone.this.zone_id
  name    = "www"
  type    = "A"

  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = false
  }
}

module "task" {
  source = "../modules/task"
  name   = "store"
  image  = "public.ecr.aws/nginx/nginx:stable"
}

module "service" {
  source             = "../modules/service"
  name               = "store"
  task_definition    = module.task.arn
  subnet_ids         = module.network.private_subnet_ids
  security_group_ids = [module.task_group.id]
  target_group_arn   = aws_lb_target_group.this.arn
  depends_on         = [aws_lb_listener.https]
}
