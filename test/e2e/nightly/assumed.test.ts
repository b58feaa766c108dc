import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { folder, PROVIDER, resultOf } from "../../support/terraform-folder.ts";

/** A public network with a load balancer. */
const LOAD_BALANCER = `${PROVIDER}
resource "aws_vpc" "shop" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "shop" {
  vpc_id = aws_vpc.shop.id
}

resource "aws_route_table" "shop" {
  vpc_id = aws_vpc.shop.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.shop.id
  }
}

resource "aws_subnet" "shop" {
  count             = 2
  vpc_id            = aws_vpc.shop.id
  cidr_block        = "10.0.\${count.index}.0/24"
  availability_zone = ["eu-west-1a", "eu-west-1b"][count.index]
}

resource "aws_route_table_association" "shop" {
  count          = 2
  subnet_id      = aws_subnet.shop[count.index].id
  route_table_id = aws_route_table.shop.id
}

resource "aws_security_group" "shop" {
  vpc_id = aws_vpc.shop.id

  ingress {
    from_port   = 0
    to_port     = 65535
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lb" "shop" {
  subnets                    = aws_subnet.shop[*].id
  security_groups            = [aws_security_group.shop.id]
  enable_deletion_protection = true
  depends_on                 = [aws_internet_gateway.shop]
}
`;

const HTTPS = `${LOAD_BALANCER}
resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.shop.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = "arn:aws:acm:eu-west-1:111122223333:certificate/0d2f5c3e-9a41-4c1d-8f0e-3b7f5a6c7d8e"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "200"
    }
  }
}
`;

/** A service that depends on a resource type that the sandbox does not implement. */
const SKIPPED_SERVICE = `${LOAD_BALANCER}
resource "aws_redshift_cluster" "shop" {
  cluster_identifier  = "shop"
  node_type           = "ra3.large"
  master_username     = "shop"
  master_password     = "Passw0rd1"
  skip_final_snapshot = true
}

resource "aws_lb_target_group" "shop" {
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.shop.id
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.shop.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.shop.arn
  }
}

resource "aws_ecs_cluster" "shop" {
  name = "shop"
}

resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions = jsonencode([{
    name         = "app", image = "nginx:1", essential = true
    portMappings = [{ containerPort = 80 }]
    environment  = [{ name = "WAREHOUSE", value = aws_redshift_cluster.shop.endpoint }]
  }])
}

resource "aws_ecs_service" "shop" {
  name            = "shop"
  cluster         = aws_ecs_cluster.shop.id
  task_definition = aws_ecs_task_definition.shop.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  depends_on      = [aws_lb_listener.http, aws_route_table_association.shop]

  network_configuration {
    subnets          = aws_subnet.shop[*].id
    security_groups  = [aws_security_group.shop.id]
    assign_public_ip = true
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.shop.arn
    container_name   = "app"
    container_port   = 80
  }
}
`;

describe.concurrent("berth rehearse, with a load balancer", () => {
  it("assumes the certificate of a listener, and destroys a protected load balancer", async ({
    expect,
  }) => {
    const ran = await berth(["rehearse", ".", "--json"], { cwd: folder({ "main.tf": HTTPS }) });
    expect(resultOf(ran.stdout)).toMatchObject({
      // The configuration has no service.
      verdict: "unknown",
      errors: [],
      requests: [{ status: 200 }],
      remainingResources: [],
      latentRisks: [{ id: "DEST-02", address: "aws_lb.shop" }],
      assumptions: [
        "the certificate arn:aws:acm:eu-west-1:111122223333:certificate/0d2f5c3e-9a41-4c1d-8f0e-3b7f5a6c7d8e is issued for the domain names that clients use",
      ],
      phases: [
        { name: "apply", outcome: "pass" },
        { name: "traffic" },
        { name: "plan", outcome: "pass" },
        { name: "destroy", outcome: "pass" },
      ],
    });
  });

  it("reports requests to a listener in front of a skipped service as unknown", async ({
    expect,
  }) => {
    const ran = await berth(["rehearse", ".", "--json", "--until", "traffic"], {
      cwd: folder({ "main.tf": SKIPPED_SERVICE }),
    });
    expect(resultOf(ran.stdout)).toMatchObject({
      verdict: "unknown",
      errors: [],
      services: [{ service: "aws_ecs_service.shop", outcome: "unknown" }],
      requests: [{ status: 503, untested: "its target aws_ecs_service.shop was skipped" }],
    });
    expect(ran.code).toBe(5);
  });
});
