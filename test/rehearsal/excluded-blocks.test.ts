import { describe, expect, it } from "vitest";
import type { Exclusions } from "../../src/rehearsal/terraform-copy/exclusions.ts";
import {
  excludedAddresses,
  excludeFrom,
  runsLocalCode,
  skipsLocalCode,
} from "./excluded-folder.ts";

describe("a skipped provider", () => {
  it.each([
    [
      "is implied by a resource type",
      'resource "cloudflare_record" "x" {\n}',
      "hashicorp/cloudflare",
    ],
    ["is implied by a data source", 'data "github_user" "x" {\n}', "hashicorp/github"],
    ["is implied by an ephemeral resource", 'ephemeral "vault_kv" "x" {\n}', "hashicorp/vault"],
    ["has only a provider block", 'provider "datadog" {\n}', "hashicorp/datadog"],
    [
      "is required but not used",
      'terraform {\n  required_providers {\n    x = {\n      source = "acme/x"\n    }\n  }\n}',
      "acme/x",
    ],
    [
      "has the name of an accepted provider, but is in another registry",
      'terraform {\n  required_providers {\n    aws = {\n      source = "example.com/hashicorp/aws"\n    }\n  }\n}\nresource "aws_vpc" "x" {\n}',
      "example.com/hashicorp/aws",
    ],
    [
      "is the provider argument of a resource",
      'terraform {\n  required_providers {\n    fork = {\n      source = "acme/aws"\n    }\n  }\n}\nresource "aws_vpc" "x" {\n  provider = fork.west\n}',
      "acme/aws",
    ],
    [
      "is required in an override file",
      'resource "aws_vpc" "x" {\n}\n',
      "acme/aws",
      {
        "a_override.tf.json": JSON.stringify({
          terraform: { required_providers: { aws: { source: "acme/aws" } } },
        }),
      },
    ],
    [
      "has only a function call",
      'terraform {\n  required_providers {\n    x = {\n      source = "acme/x"\n    }\n  }\n}\nlocals {\n  a = provider::x::hash("a")\n}',
      "acme/x",
    ],
    [
      "is used in a check block",
      'check "c" {\n  data "consul_keys" "x" {\n  }\n  assert {\n    condition     = true\n    error_message = "x"\n  }\n}',
      "hashicorp/consul",
    ],
    [
      "is used in a nested module",
      'module "a" {\n  source = "./a"\n}',
      "hashicorp/cloudflare",
      {
        "a/main.tf": 'module "b" {\n  source = "../b"\n}\n',
        "b/main.tf.json": JSON.stringify({ resource: { cloudflare_record: { x: {} } } }),
      },
    ],
    [
      "is used in a downloaded module",
      'module "a" {\n  source  = "acme/a/aws"\n}',
      "hashicorp/cloudflare",
      {
        ".terraform/modules/modules.json": JSON.stringify({
          Modules: [
            { Key: "", Source: "", Dir: "." },
            { Key: "a", Source: "acme/a/aws", Dir: ".terraform/modules/a" },
          ],
        }),
        ".terraform/modules/a/main.tf": 'resource "cloudflare_record" "x" {\n}\n',
      },
    ],
  ])("%s", async (_, text, provider, more: Readonly<Record<string, string>> = {}) => {
    const { skippedProviders } = await excludeFrom({ "main.tf": `${text}\n`, ...more });
    expect(skippedProviders).toEqual([provider]);
  });

  it("is not the AWS provider, with any local name, or a provider without external effects", async () => {
    const result = await excludeFrom({
      "main.tf": `
terraform {
  required_providers {
    amazon = {
      source = "registry.terraform.io/hashicorp/aws"
    }
  }
}
resource "random_pet" "x" {
}
resource "null_resource" "x" {
}
resource "tls_private_key" "x" {
}
resource "time_static" "x" {
}
resource "terraform_data" "x" {
}
resource "aws_vpc" "x" {
  provider = amazon
}
`,
    });
    expect([result.skippedProviders, excludedAddresses(result), result.localCode]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it("is not a provider that the user allows", async () => {
    const files = { "main.tf": 'resource "cloudflare_record" "x" {\n}\n' };
    const result = await excludeFrom(files, {
      ...runsLocalCode,
      allowedProviders: ["registry.terraform.io/Hashicorp/cloudflare"],
    });
    expect([result.skippedProviders, result.allowedProviders]).toEqual([
      [],
      ["hashicorp/cloudflare"],
    ]);
    expect(result.text("main.tf")).toContain("cloudflare_record");
  });
});

const LOCAL = `
resource "null_resource" "migrate" {
  triggers = {
    provisioner = "kept"
  }
  provisioner "local-exec" {
    command = "curl \${aws_vpc.x.id}"
  }
  provisioner "file" {
    when = destroy
  }
}
removed {
  from = aws_vpc.old
  provisioner "local-exec" {
    when    = destroy
    command = "x"
  }
}
data "http" "ip" {
  url = "https://example.com"
}
data "external" "git" {
  program = ["git"]
}
data "aws_ip_ranges" "x" {
}
data "tls_certificate" "x" {
  url = "https://example.com"
}
resource "local_file" "x" {
  filename = "/x"
}
data "local_file" "x" {
  filename = "/x"
}
data "archive_file" "x" {
}
resource "aws_vpc" "x" {
  cidr_block = data.http.ip.response_body
}
module "m" {
  source = "git::https://example.com/m.git"
}
`;

describe("local code", () => {
  const expected = [
    ["module", "module.m", "git::https://example.com/m.git", "uses-network"],
    ["resource", "local_file.x", "local_file", "writes-files"],
    ["provisioner", "null_resource.migrate", "local-exec", "runs-code"],
    ["provisioner", "null_resource.migrate", "file", "runs-code"],
    ["provisioner", "aws_vpc.old", "local-exec", "runs-code"],
    ["data", "data.http.ip", "http", "uses-network"],
    ["data", "data.external.git", "external", "runs-code"],
    ["data", "data.aws_ip_ranges.x", "aws_ip_ranges", "uses-network"],
    ["data", "data.tls_certificate.x", "tls_certificate", "uses-network"],
    ["data", "data.archive_file.x", "archive_file", "writes-files"],
  ]
    .map((line) => line.join(" "))
    .sort();
  const listed = ({ localCode }: Exclusions): string[] =>
    localCode.map(({ kind, address, what, effect }) => [kind, address, what, effect].join(" "));

  it("is listed and runs", async () => {
    const result = await excludeFrom({ "main.tf": LOCAL });
    expect(listed(result).sort()).toEqual(expected);
    expect(result.localCode.filter((code) => code.skipped)).toEqual([]);
    expect(excludedAddresses(result)).toEqual([]);
    expect(result.text("main.tf")).toContain("local-exec");
  });

  it("is skipped with --no-exec, but resources with provisioners are not skipped", async () => {
    const result = await excludeFrom({ "main.tf": LOCAL }, skipsLocalCode);
    expect(listed(result).sort()).toEqual(expected);
    expect(result.localCode.filter((code) => !code.skipped).map(({ kind }) => kind)).toEqual([
      "module",
    ]);
    expect(result.text("main.tf")).toBe(
      `
resource "null_resource" "migrate" {
triggers = {
provisioner = "kept"
}
}
removed {
from = aws_vpc.old
}
data "local_file" "x" {
filename = "/x"
}
resource "aws_vpc" "x" {
cidr_block = terraform_data.berth_skipped_data_http_ip.output.response_body
}
module "m" {
source = "git::https://example.com/m.git"
}`.trim(),
    );
    expect(excludedAddresses(result)).toEqual([
      "data.archive_file.x",
      "data.aws_ip_ranges.x",
      "data.external.git",
      "data.http.ip",
      "data.tls_certificate.x",
      "local_file.x",
    ]);
  });

  it("is skipped in JSON, and with the whole block in a check block", async () => {
    const result = await excludeFrom(
      {
        "main.tf.json": JSON.stringify({
          resource: { null_resource: { x: { provisioner: [{ "local-exec": { command: "x" } }] } } },
          check: {
            up: { data: { http: { x: {} } }, assert: { condition: true, error_message: "x" } },
          },
        }),
      },
      skipsLocalCode,
    );
    expect(JSON.parse(result.text("main.tf.json"))).toEqual({
      resource: { null_resource: { x: {} } },
      check: {},
    });
    expect(excludedAddresses(result)).toEqual(["check.up"]);
  });

  it("includes a remote state in a check block, because it is not redirected", async () => {
    const text =
      'check "c" {\n  data "terraform_remote_state" "x" {\n    backend = "s3"\n  }\n  assert {\n    condition     = true\n    error_message = "x"\n  }\n}\n';
    expect(excludedAddresses(await excludeFrom({ "main.tf": text }))).toEqual(["check.c"]);
  });
});
