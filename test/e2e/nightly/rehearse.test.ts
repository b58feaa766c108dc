import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { folder, PROVIDER, resultOf } from "../../support/terraform-folder.ts";

describe.concurrent("berth rehearse, with real Terraform", () => {
  it("shows the changed attributes of the second plan, without secrets", async ({ expect }) => {
    const cwd = folder({
      "main.tf": `${PROVIDER}
variable "password" {
  sensitive = true
}

resource "aws_ssm_parameter" "clock" {
  name  = "/clock"
  type  = "SecureString"
  value = "\${var.password} \${timestamp()}"
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"

  tags = {
    at = timestamp()
  }
}`,
    });
    const ran = await berth(["rehearse", ".", "--var", "password=hunter2"], { cwd });
    expect(ran.stdout).toContain("✗ aws_vpc.this (update)");
    expect(ran.stdout).toMatch(/tags: \{"at":"[^"]+Z"\} → \(known after apply\)/);
    expect(ran.stdout).toContain("(sensitive)");
    expect(ran.stdout + ran.stderr).not.toContain("hunter2");
    expect(ran.code).toBe(3);
  });

  it("applies a change from a commit, and leaves no resources", async ({ expect }) => {
    const cwd = folder({
      ".gitignore": "*.tfvars\n",
      "infra/main.tf": `${PROVIDER}
variable "cidr" {}

resource "aws_vpc" "this" {
  cidr_block = var.cidr
}

resource "aws_subnet" "this" {
  vpc_id     = aws_vpc.this.id
  cidr_block = cidrsubnet(var.cidr, 8, 1)
}`,
      "infra/team.tfvars": 'cidr = "10.0.0.0/16"\n',
    });
    const git = (...args: readonly string[]): void =>
      void execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
        cwd,
      });
    git("init", "--quiet", "--initial-branch=main");
    git("add", "-A");
    git("commit", "--quiet", "-m", "first");
    const main = join(cwd, "infra/main.tf");
    writeFileSync(main, readFileSync(main, "utf8").replace("var.cidr, 8, 1", "var.cidr, 8, 2"));
    const flags = ["--from", "main", "--var-file", "infra/team.tfvars", "--json"];
    const ran = await berth(["rehearse", "infra", ...flags], { cwd });
    const { phases, remainingResources, outages } = resultOf(ran.stdout);
    expect(phases).toMatchObject([
      { name: "apply", outcome: "pass", summary: "2 created" },
      {
        name: "change",
        outcome: "pass",
        summary: expect.stringContaining("1 created, 1 destroyed"),
      },
      { name: "traffic" },
      { name: "plan", outcome: "pass" },
      { name: "destroy", outcome: "pass", summary: "2 destroyed, no resources left" },
    ]);
    expect([remainingResources, outages]).toEqual([[], []]);
    // Without a service and the outputs for a placeholder service, the verdict is unknown.
    expect(ran.code).toBe(5);
  });

  it("uses the workspace, and passes TF_VAR_ variables to Terraform", async ({ expect }) => {
    const cwd = folder({
      "main.tf": `${PROVIDER}
variable "team" {}

resource "aws_cloudwatch_log_group" "this" {
  name = "/\${terraform.workspace}/\${var.team}"
}`,
    });
    const ran = await berth(
      ["rehearse", "--workspace", "staging", ".", "--until", "apply", "--record", "p.json"],
      {
        cwd,
        env: { TF_VAR_team: "harbour", TF_CLI_ARGS_apply: "-nonsense" },
      },
    );
    expect(ran.stdout).toContain("✓ apply    1 created");
    expect(readFileSync(join(cwd, "p.json"), "utf8")).toContain("log-group:/staging/harbour");
    expect(ran.code).toBe(0);
  });

  it("reports a resource with prevent_destroy, and why it was not destroyed", async ({
    expect,
  }) => {
    const cwd = folder({
      "main.tf": `${PROVIDER}
resource "aws_cloudwatch_log_group" "audit" {
  name = "/audit"

  lifecycle {
    prevent_destroy = true
  }
}`,
    });
    const ran = await berth(["rehearse", ".", "--json", "--record", "policy.json"], { cwd });
    expect(resultOf(ran.stdout)).toMatchObject({
      remainingResources: ["logs/log-group /audit"],
      errors: [{ id: "DEST-17", phase: "destroy" }],
    });
    expect(JSON.parse(readFileSync(join(cwd, "policy.json"), "utf8"))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["logs:CreateLogGroup", "logs:ListTagsForResource"],
          Resource: ["arn:aws:logs:eu-west-1:111122223333:log-group:/audit"],
        },
        {
          Effect: "Allow",
          Action: ["logs:DescribeLogGroups"],
          Resource: ["arn:aws:logs:eu-west-1:111122223333:log-group::log-stream:"],
        },
      ],
    });
  });

  it("creates the existing resources of a config, and lists the assumptions about them", async ({
    expect,
  }) => {
    const arn = (service: string, rest: string): string =>
      `arn:aws:${service}:eu-west-1:111122223333:${rest}`;
    const id = (digits: string): string => `0123456789abcde${digits}`;
    const config = {
      name: "shop",
      region: "eu-west-1",
      account: "111122223333",
      egress: "nat",
      key: { arn: arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab") },
      network: {
        vpcId: `vpc-${id("00")}`,
        privateSubnetIds: [`subnet-${id("00")}`, `subnet-${id("01")}`],
        publicSubnetIds: [`subnet-${id("02")}`, `subnet-${id("03")}`],
        routeTableIds: [`rtb-${id("00")}`],
      },
      tasks: { egressRules: [{ to: `sg-${id("00")}`, port: 5432 }] },
      repository: { url: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shared" },
      loadBalancer: {
        allowFrom: [`pl-${id("00")}`],
        certificateArn: arn("acm", "certificate/1234abcd-12ab-34cd-56ef-1234567890ab"),
        accessLogs: { bucket: "shop-access-logs" },
      },
    };
    const cwd = folder({ "berth.config.ts": `export default ${JSON.stringify(config)};\n` });
    // Resources that are not in the plan are unknown to the check. They never fail it.
    const checked = await berth(["check", "--json", "--fail-on", "fail"], { cwd });
    expect([checked.code, resultOf(checked.stdout).verdict]).toEqual([0, "unknown"]);
    const ran = await berth(["rehearse", "--json"], { cwd });
    const result = resultOf(ran.stdout);
    expect(result, ran.stderr).toMatchObject({
      verdict: "pass",
      errors: [],
      remainingResources: [],
    });
    expect(result["services"]).toHaveLength(1);
    expect(result["assumptions"]).toEqual([
      expect.stringContaining(config.key.arn),
      expect.stringContaining(config.network.vpcId),
      expect.stringContaining(config.loadBalancer.certificateArn),
      expect.stringContaining("shop-access-logs"),
      expect.stringContaining(`pl-${id("00")}`),
      expect.stringContaining(`sg-${id("00")}`),
    ]);
  });
});
