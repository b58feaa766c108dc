import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { findMirrors, mirroredVersions } from "../../src/terraform/mirrors.ts";
import { berth } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";

const HOST = "registry.terraform.io";

/** A home folder with the AWS provider under another address: acme/other. */
function homeWithFork(): string {
  const home = testFolder();
  const real = process.env["HOME"] ?? "/";
  const [mirror] = findMirrors(HOST, real, testFolder()).filter(
    (folder) => mirroredVersions(folder, HOST, "hashicorp/aws").length > 0,
  );
  if (mirror === undefined) throw new Error("this test needs hashicorp/aws in a mirror");
  const version = mirroredVersions(mirror, HOST, "hashicorp/aws").at(-1) ?? "";
  const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  const binary = join(mirror, HOST, "hashicorp/aws", version, platform);
  const folder = join(home, ".terraform.d/plugins", HOST, "acme/other", version, platform);
  mkdirSync(folder, { recursive: true });
  symlinkSync(
    join(binary, `terraform-provider-aws_v${version}_x5`),
    join(folder, `terraform-provider-other_v${version}_x5`),
  );
  return home;
}

/** An endpoint that stands for a real system, and notes what reaches it. */
const received: string[] = [];
const server = createServer((request, response) => {
  received.push(`${request.method} ${String(request.headers["x-amz-target"])}`);
  response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
  response.end(JSON.stringify({ __type: "ValidationException", message: "reached" }));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

function project(): string {
  const cwd = testFolder();
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens
  writeFileSync(
    join(cwd, "main.tf"),
    `
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    other = {
      source = "acme/other"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

provider "other" {
  region                      = "eu-west-1"
  access_key                  = "real"
  secret_key                  = "real"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  endpoints {
    ssm = "${endpoint}"
    sts = "${endpoint}"
  }
}

resource "aws_ssm_parameter" "dns" {
  provider = other
  name     = "www.example.com"
  type     = "String"
  value    = "x"
}

resource "aws_cloudwatch_log_group" "dependent" {
  name = "/dns/\${aws_ssm_parameter.dns.version}"
}

resource "aws_cloudwatch_log_group" "independent" {
  name = "/independent"
}

resource "terraform_data" "local" {
  provisioner "local-exec" {
    command = "env > '${join(cwd, "environment")}'"
  }
}
`,
  );
  return cwd;
}

const data = (stdout: string): Record<string, unknown> =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly type: string; readonly data: never })
    .find((line) => line.type === "result")?.data ?? {};

describe("providers other than hashicorp/aws", () => {
  it("are skipped with what depends on them, and code gets no secret of the environment", async ({
    expect,
  }) => {
    const cwd = project();
    const env = {
      HOME: homeWithFork(),
      GITHUB_TOKEN: "secret",
      TF_VAR_password: "secret",
      AWS_SESSION_TOKEN: "secret",
      LC_ALL: "C.UTF-8",
    };
    const ran = await berth(["rehearse", "."], { cwd, env });
    expect(received).toEqual([]);
    expect(ran.stdout).toContain("✓ apply    2 created");
    expect(ran.stdout).toContain("destroyed, nothing left");
    expect(ran.stdout).toContain("? aws_ssm_parameter.dns: the provider acme/other is skipped");
    expect(ran.stdout).toContain("left out with it: aws_cloudwatch_log_group.dependent");
    expect(ran.stderr).toMatch(
      /Runs on this machine:\n +terraform_data.local \(local-exec provisioner\)\n/,
    );
    expect(ran.stdout).not.toMatch(/, no account$/m);
    expect(ran.code).toBe(1);
    const environment = readFileSync(join(cwd, "environment"), "utf8");
    expect(environment).not.toContain("secret");
    expect(environment).toContain("LC_ALL=C.UTF-8");
  });
});
