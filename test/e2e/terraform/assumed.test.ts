import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { folder, PROVIDER, resultOf } from "../../support/terraform-folder.ts";

/** A service in the default VPC of the account. Its image is in a repository of another account. */
const SERVICE = `${PROVIDER}
data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

data "aws_ssm_parameter" "router" {
  name = "/aws/service/aws-for-fluent-bit/stable"
}

data "aws_route53_zone" "shop" {
  name = var.domain
}

data "aws_secretsmanager_secret" "token" {
  name = "shop/token"
}

variable "domain" {
  default = "shop.example.com"
}

resource "aws_route53_record" "shop" {
  zone_id = data.aws_route53_zone.shop.zone_id
  name    = "www"
  type    = "CNAME"
  ttl     = 60
  records = ["example.com"]
}

resource "aws_kinesis_stream" "orders" {
  name        = "orders"
  shard_count = 1
}

resource "aws_ses_email_identity" "alarms" {
  email = "me@example.com"
}

resource "aws_iam_role" "execution" {
  name = "execution"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
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
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions = jsonencode([
    { name = "app", image = "999999999999.dkr.ecr.eu-west-1.amazonaws.com/app:1", essential = true },
    { name = "router", image = nonsensitive(data.aws_ssm_parameter.router.value), essential = true },
  ])
}

resource "aws_ecs_service" "shop" {
  name            = "shop"
  cluster         = aws_ecs_cluster.shop.id
  task_definition = aws_ecs_task_definition.shop.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  depends_on      = [aws_iam_role_policy_attachment.execution]

  network_configuration {
    subnets          = data.aws_subnets.default.ids
    assign_public_ip = true
  }
}`;

const RACE = `${PROVIDER}
data "aws_caller_identity" "me" {}

resource "aws_kms_key" "logs" {}

resource "aws_kms_key_policy" "logs" {
  key_id = aws_kms_key.logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::\${data.aws_caller_identity.me.account_id}:root" }, Action = "kms:*", Resource = "*" },
      { Effect = "Allow", Principal = { Service = "logs.eu-west-1.amazonaws.com" }, Action = "kms:*", Resource = "*" },
    ]
  })
}

resource "aws_cloudwatch_log_group" "shop" {
  name       = "/shop"
  kms_key_id = aws_kms_key.logs.arn
}`;

describe.concurrent("berth rehearse, with what exists in the account or is not supported", () => {
  it("assumes what the configuration reads, and passes with unrelated resources untested", async ({
    expect,
  }) => {
    const ran = await berth(["rehearse", ".", "--json"], { cwd: folder({ "main.tf": SERVICE }) });
    const result = resultOf(ran.stdout);
    expect(result).toMatchObject({
      verdict: "pass",
      errors: [],
      services: [{ service: "aws_ecs_service.shop", outcome: "pass" }],
      remainingResources: [],
      skippedResources: [
        { address: "aws_kinesis_stream.orders", mayDecide: false },
        { address: "aws_ses_email_identity.alarms", mayDecide: false },
      ],
    });
    expect([...(result["assumptions"] as string[])].sort()).toEqual([
      "the default VPC of eu-west-1 exists as AWS creates it, with a public subnet in each zone",
      "the public hosted zone shop.example.com exists",
      "the repository app exists in account 999999999999, and account 111122223333 may pull its images",
      "the repository aws-for-fluent-bit exists in account 906394416424, and account 111122223333 may pull its images",
      "the secret shop/token exists; its value is unknown",
    ]);
    expect(ran.code).toBe(0);
  });

  it("always fails with RACE-01 where a second apply would succeed", async ({ expect }) => {
    const ran = await berth(["rehearse", ".", "--json"], { cwd: folder({ "main.tf": RACE }) });
    expect(resultOf(ran.stdout)).toMatchObject({
      verdict: "fail",
      errors: [{ id: "RACE-01", address: "aws_cloudwatch_log_group.shop", phase: "apply" }],
      phases: [
        { name: "apply", outcome: "fail" },
        { name: "traffic" },
        { name: "plan", outcome: "pass" },
        { name: "destroy", outcome: "pass" },
      ],
    });
    expect(ran.code).toBe(3);
  });

  it("says applied after --until apply, and skips an unsupported service of the REST-JSON protocol", async ({
    expect,
  }) => {
    const topic = 'resource "aws_ecs_cluster" "shop" {\n  name = "shop"\n}\n';
    const applied = await berth(["rehearse", ".", "--until", "apply"], {
      cwd: folder({ "main.tf": `${PROVIDER}${topic}` }),
    });
    expect(applied.stdout).toMatch(/: applied \d/);
    expect(applied.code).toBe(0);
    const ran = await berth(["rehearse", ".", "--until", "apply", "--json"], {
      cwd: folder({ "main.tf": `${PROVIDER}resource "aws_efs_file_system" "files" {}\n` }),
    });
    expect(resultOf(ran.stdout)).toMatchObject({
      verdict: "unknown",
      errors: [],
      skippedResources: [
        { address: "aws_efs_file_system.files", requires: "the service elasticfilesystem" },
      ],
    });
  });
});
