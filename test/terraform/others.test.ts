import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { sandboxEnvironment, sandboxOverride } from "../../src/sandbox/environment.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { findEngine } from "../../src/terraform/engine.ts";
import { Workspace } from "../../src/terraform/workspace.ts";
import { testFolder } from "../support/folder.ts";

const run = promisify(execFile);

/** Terraform that is not ours: what people put around a foundation. */
const HCL = `
resource "aws_vpc" "main" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "one" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}
resource "aws_network_acl" "closed" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.one.id]
  ingress {
    rule_no    = 100
    protocol   = "tcp"
    action     = "allow"
    cidr_block = "10.0.0.0/16"
    from_port  = 443
    to_port    = 443
  }
}
resource "aws_ec2_managed_prefix_list" "offices" {
  name           = "offices"
  address_family = "IPv4"
  max_entries    = 2
  entry { cidr = "192.0.2.0/24" }
}
resource "aws_security_group" "inline" {
  name   = "inline"
  vpc_id = aws_vpc.main.id
  ingress {
    from_port       = 443
    to_port         = 443
    protocol        = "tcp"
    prefix_list_ids = [aws_ec2_managed_prefix_list.offices.id]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_network_interface" "one" {
  subnet_id       = aws_subnet.one.id
  security_groups = [aws_security_group.inline.id]
}
resource "aws_secretsmanager_secret" "db" {
  name                    = "db"
  recovery_window_in_days = 0
}
resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = aws_secretsmanager_secret.db.id
  secret_string = "quiet"
}
resource "aws_ssm_parameter" "plain" {
  name  = "/app/plain"
  type  = "String"
  value = "loud"
}
resource "aws_ssm_parameter" "secret" {
  name  = "/app/secret"
  type  = "SecureString"
  value = "quiet"
}
resource "aws_service_discovery_http_namespace" "app" { name = "app.internal" }
resource "aws_s3_bucket" "logs" { bucket = "berth-test-logs" }
resource "aws_s3_bucket_public_access_block" "logs" {
  bucket              = aws_s3_bucket.logs.id
  block_public_acls   = true
  block_public_policy = true
}
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}
resource "aws_acm_certificate" "site" {
  domain_name       = "app.example.com"
  validation_method = "DNS"
}
data "aws_availability_zones" "all" { state = "available" }
data "aws_region" "here" {}
output "zones" { value = data.aws_availability_zones.all.names }
`;

it("Terraform that is not ours lives in the sandbox too", async () => {
  const sandbox = await startSandbox();
  const engine = await findEngine({ env: process.env });
  const workspace = new Workspace({ project: testFolder(), environment: "default", sandbox: true });
  const root = {
    terraform: { required_providers: { aws: { source: "hashicorp/aws" } } },
    provider: { aws: { region: "us-east-1" } },
  };
  workspace.write(JSON.stringify(root), sandboxOverride(sandbox.url, undefined));
  writeFileSync(join(workspace.directory, "others.tf"), HCL);
  const env = workspace.environment(
    engine,
    sandboxEnvironment(process.env, sandbox.url, undefined),
  );
  const terraform = (...args: string[]) =>
    run(engine.path, [...args, "-input=false", "-no-color"], {
      cwd: workspace.directory,
      env,
      maxBuffer: 2 ** 26,
    });
  await terraform("init");
  await terraform("apply", "-auto-approve");
  // Exit code 2 would mean changes, and reject.
  const again = await terraform("plan", "-detailed-exitcode");
  expect(again.stdout).toContain("No changes.");
  await terraform("destroy", "-auto-approve");
  expect(sandbox.world.contents().map(({ kind, ids }) => `${kind} ${ids.join(" ")}`)).toEqual([]);
  expect(sandbox.calls.filter((call) => call.error === "NotImplemented")).toEqual([]);
  await sandbox.close();
});
