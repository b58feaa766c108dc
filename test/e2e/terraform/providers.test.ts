import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { testFolder } from "../../support/folder.ts";
import { homeWithFork, projectWithFork, realEndpoint } from "../../support/fork.ts";

const resultOf = (stdout: string): Record<string, unknown> =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly type: string; readonly data: never })
    .find((line) => line.type === "result")?.data ?? {};

describe.concurrent("providers other than hashicorp/aws", () => {
  it("are skipped with their dependents, and local code gets no secrets of the environment", async ({
    expect,
  }) => {
    const endpoint = await realEndpoint();
    const cwd = projectWithFork(endpoint.url);
    const env = {
      HOME: homeWithFork(),
      GITHUB_TOKEN: "secret",
      TF_VAR_password: "secret",
      AWS_SESSION_TOKEN: "secret",
      LC_ALL: "C.UTF-8",
    };
    const ran = await berth(["rehearse", ".", "--until", "apply"], { cwd, env });
    await endpoint.close();
    expect(endpoint.received).toEqual([]);
    expect(ran.stdout).toContain("✓ apply    2 created");
    expect(ran.stdout).toContain("? aws_ssm_parameter.dns: the provider acme/other is skipped");
    expect(ran.stdout).toContain("skipped because of it: aws_cloudwatch_log_group.dependent");
    expect(ran.stderr).toMatch(
      /Runs on this machine:\n +terraform_data.local \(local-exec provisioner\)\n/,
    );
    expect(ran.stdout).not.toMatch(/, no AWS account accessed$/m);
    expect(ran.code).toBe(5);
    const environment = readFileSync(join(cwd, "environment"), "utf8");
    expect(environment).not.toContain("secret");
    expect(environment).toContain("LC_ALL=C.UTF-8");
  });

  it("that are not installed make their dependents unknown, and a check lists them", async ({
    expect,
  }) => {
    const cwd = testFolder();
    const example = readFileSync(
      new URL("../../../examples/forgotten/main.tf", import.meta.url),
      "utf8",
    );
    const dependent = example.replace(
      "    security_groups = [aws_security_group.tasks.id]\n  }\n\n  depends_on",
      "    security_groups = module.dns.ids\n  }\n\n  depends_on",
    );
    expect(dependent).not.toBe(example);
    mkdirSync(join(cwd, "dns"));
    writeFileSync(
      join(cwd, "main.tf"),
      `${dependent}
module "dns" {
  source = "./dns"
  name   = aws_ecs_cluster.this.name
}

data "http" "address" {
  url = "https://example.com"
}
`,
    );
    writeFileSync(
      join(cwd, "dns/main.tf"),
      `terraform {
  required_providers {
    cloudflare = {
      source = "cloudflare/cloudflare"
    }
  }
}

variable "name" {}

resource "cloudflare_record" "this" {
  for_each = toset(["a", "b"])
  name     = var.name
}

output "ids" {
  value = [for record in cloudflare_record.this : record.id]
}
`,
    );
    const ran = await berth(["check", ".", "--no-exec", "--json"], { cwd });
    const result = resultOf(ran.stdout);
    expect([ran.code, result], ran.stderr).toMatchObject([
      5,
      {
        verdict: "unknown",
        findings: [],
        skippedProviders: ["cloudflare/cloudflare"],
        skippedResources: [
          { address: "data.http.address", reason: "local-code", dependents: [] },
          {
            address: "module.dns.cloudflare_record.this",
            reason: "provider",
            dependents: ["aws_ecs_service.shop"],
          },
        ],
      },
    ]);
    expect(JSON.stringify(result["missingFacts"])).toContain(
      'it comes from module.dns.cloudflare_record.this[\\"a\\"]',
    );
  });
});
