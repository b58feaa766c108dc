# A security group that allows all outbound traffic, and the given inbound traffic.

variable "name" {
  type = string
}

variable "vpc_id" {
  type = string
}

# Allowed sources by port: a CIDR block or a security group.
variable "admit_cidrs" {
  type    = map(list(string))
  default = {}
}

variable "admit_groups" {
  type    = map(list(string))
  default = {}
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  vpc_id      = var.vpc_id

  dynamic "ingress" {
    for_each = var.admit_cidrs

    content {
      protocol    = "tcp"
      from_port   = ingress.key
      to_port     = ingress.key
      cidr_blocks = ingress.value
    }
  }

  dynamic "ingress" {
    for_each = var.admit_groups

    content {
      protocol        = "tcp"
      from_port       = ingress.key
      to_port         = ingress.key
      security_groups = ingress.value
    }
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

output "id" {
  value = aws_security_group.this.id
}
