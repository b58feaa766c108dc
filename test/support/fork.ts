import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { findMirrors, mirroredVersions, registryHost } from "../../src/terraform/mirrors.ts";
import { testFolder } from "./folder.ts";

const HOST = registryHost(process.env["TERRAFORM_BINARY_NAME"] === "tofu" ? "tofu" : "terraform");

/** Creates a home folder in which the AWS provider has another address: acme/other. */
export function homeWithFork(): string {
  const homeFolder = testFolder();
  const real = process.env["HOME"] ?? "/";
  const mirror = findMirrors(HOST, real, testFolder()).find(
    (folder) => mirroredVersions(folder, HOST, "hashicorp/aws").length > 0,
  );
  if (mirror === undefined)
    throw new Error("this test needs hashicorp/aws in a mirror: run tools/install-provider.sh");
  const version = mirroredVersions(mirror, HOST, "hashicorp/aws").at(-1) ?? "";
  const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  const binary = join(mirror, HOST, "hashicorp/aws", version, platform);
  const folder = join(homeFolder, ".terraform.d/plugins", HOST, "acme/other", version, platform);
  mkdirSync(folder, { recursive: true });
  symlinkSync(
    join(binary, `terraform-provider-aws_v${version}_x5`),
    join(folder, `terraform-provider-other_v${version}_x5`),
  );
  return homeFolder;
}

/** An endpoint that a test uses in place of a real system. */
export interface RealEndpoint {
  readonly url: string;
  /** Method and target of each received request. */
  readonly received: readonly string[];
  close(): Promise<void>;
}

/** Starts an endpoint that records and rejects every request. */
export async function realEndpoint(): Promise<RealEndpoint> {
  const received: string[] = [];
  const server = createServer((request, response) => {
    received.push(`${request.method} ${String(request.headers["x-amz-target"])}`);
    response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify({ __type: "ValidationException", message: "reached" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // the server listens
    received,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

/** A root module with the AWS provider, its fork at a real endpoint, and a provisioner that writes its environment. */
export function projectWithFork(endpoint: string): string {
  const cwd = testFolder();
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
