import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { folder, PROVIDER, resultOf } from "../../support/terraform-folder.ts";

describe.concurrent("berth rehearse, with real Terraform", () => {
  it("skips resources that the sandbox does not support with their dependents, and does not pass", async ({
    expect,
  }) => {
    const cwd = folder({
      "main.tf": `${PROVIDER}
resource "aws_kinesis_stream" "jobs" {
  name        = "jobs"
  shard_count = 1
}

data "aws_redshift_cluster" "jobs" {
  cluster_identifier = "jobs"
}

resource "aws_cloudwatch_log_group" "jobs" {
  name = "/jobs/\${aws_kinesis_stream.jobs.name}"
}

resource "aws_cloudwatch_log_group" "other" {
  name = "/other"
}`,
    });
    const ran = await berth(["rehearse", ".", "--json", "--until", "plan"], { cwd });
    expect(resultOf(ran.stdout)).toMatchObject({
      verdict: "unknown",
      errors: [],
      unsupportedCalls: [],
      skippedResources: [
        {
          address: "aws_kinesis_stream.jobs",
          requires: "the service kinesis",
          dependents: ["aws_cloudwatch_log_group.jobs"],
        },
        {
          address: "data.aws_redshift_cluster.jobs",
          requires: "the service redshift",
          dependents: [],
        },
      ],
    });
    expect(ran.code).toBe(5);
  });

  it("prints the output in the README for the README's example", async ({ expect }) => {
    const root = new URL("../../../", import.meta.url);
    const inReadme = /\$ npx berth rehearse examples\/forgotten\n\n(.*?)\n```/s.exec(
      readFileSync(new URL("README.md", root), "utf8"),
    )?.[1];
    /** The output without the parts that differ from run to run: times, IDs, and the order of the subnets. */
    const withoutVariableParts = (text = ""): string =>
      text
        .trim()
        .replaceAll(/\(?\d+m?\d*s\b,?\)?/g, "TIME")
        .replaceAll(/sgr-[0-9a-f]{17}/g, "sgr-ID")
        .replaceAll(/eu-west-1[ab]"/g, 'eu-west-1x"')
        .replace(/\d+ calls/, "N calls");
    const ran = await berth(["rehearse", "examples/forgotten"], { cwd: fileURLToPath(root) });
    expect(withoutVariableParts(ran.stdout)).toBe(withoutVariableParts(inReadme));
    expect(ran.code).toBe(3);
  });

  it("uses installed modules, and redirects their providers to the sandbox", async ({ expect }) => {
    const cwd = folder({
      "main.tf": `module "logs" {
  source  = "example/logs/aws"
  version = "1.0.0"
}`,
      ".terraform/modules/modules.json": JSON.stringify({
        Modules: [
          { Key: "", Source: "", Dir: "." },
          {
            Key: "logs",
            Source: "registry.terraform.io/example/logs/aws",
            Version: "1.0.0",
            Dir: ".terraform/modules/logs",
          },
        ],
      }),
      ".terraform/modules/logs/main.tf": `provider "aws" {
  region     = "eu-west-1"
  access_key = "AKIAREALREALREALREAL"
  secret_key = "real"
  token      = "real"

  endpoints {
    logs = "http://127.0.0.1:9"
    sts  = "http://127.0.0.1:9"
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name = "/fetched"
}`,
    });
    const ran = await berth(["rehearse", ".", "--json"], { cwd });
    expect(resultOf(ran.stdout)).toMatchObject({
      errors: [],
      phases: [
        { name: "apply", summary: "1 created" },
        { name: "traffic" },
        { name: "plan", outcome: "pass" },
        { name: "destroy", summary: "1 destroyed, no resources left" },
      ],
    });
  });

  it("reports the name of a provider that is not installed", async ({ expect }) => {
    const cwd = folder({ "main.tf": 'resource "random_pet" "name" {}\n' });
    const ran = await berth(["rehearse", "."], { cwd });
    expect(ran.stderr).toContain(
      "the provider hashicorp/random is not installed here, and the registry does not respond",
    );
    expect(ran.code).toBe(1);
  });
});
