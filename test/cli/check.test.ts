import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { readFixture } from "../support/plan-fixtures.ts";
import { berth, type RunResult } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";

const cases = readFixture("cases");
const stacks = readFixture("stacks");

const PLANS = {
  pass: stacks["a NAT gateway"]?.state,
  fail: cases["no endpoint for layers"]?.plan,
  unknown: cases["subnets that are not known"]?.plan,
} as const;

/** Runs berth check with a plan file. */
async function check(
  plan: unknown,
  args: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  const folder = testFolder();
  writeFileSync(join(folder, "plan.json"), typeof plan === "string" ? plan : JSON.stringify(plan));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return berth(["check", "plan.json", ...args], { cwd: folder });
}

describe("berth check", () => {
  it.each([
    ["pass", 0],
    ["fail", 3],
    ["unknown", 5],
  ] as const)("has the verdict %s and exit code %i", async (verdict, code) => {
    const ran = await check(PLANS[verdict]);
    expect(ran.code).toBe(code);
    expect(ran.stdout.trim().split("\n").at(-1)).toMatch(new RegExp(`^${verdict}`));
  });

  it("prints the path with each hop, and the fix", async () => {
    const { stdout } = await check(PLANS.fail);
    expect(stdout).toContain(
      [
        "error NET-11 Task cannot reach Amazon S3 to pull image layers",
        "    aws_ecs_service.app: aws_route_table.private has no route to the destination (and in 1 more place)",
        "    a task in aws_subnet.private_a → prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com:443",
        "      ✓ aws_ecs_service.app                           task aws_ecs_service.app in aws_subnet.private_a",
      ].join("\n"),
    );
    expect(stdout).toMatch(
      /✗ aws_route_table\.private +has no route to the destination\n {4}fix  Add the gateway endpoint com\.amazonaws\.us-east-1\.s3/,
    );
  });

  it("prints the result as JSON", async () => {
    const { stdout } = await check(PLANS.fail, ["--json"]);
    const { data } = JSON.parse(stdout) as { readonly data: CheckResult };
    const { verdict, findings, services } = data;
    expect(verdict).toBe("fail");
    expect(findings[0]).toMatchObject({
      id: "NET-11",
      check: "reach-ecr-layers",
      severity: "error",
      page: "docs/reference/checks.md#reach-ecr-layers",
    });
    expect(services.map((service) => service.answers.pull)).toEqual(["fail", "fail"]);
  });

  it("prints SARIF, JUnit, Markdown and GitHub annotations", async () => {
    const [sarif, junit, markdown, github] = await Promise.all(
      ["sarif", "junit", "markdown", "github"].map(
        async (format) => (await check(PLANS.fail, ["--format", format])).stdout,
      ),
    );
    const log = JSON.parse(sarif ?? "") as {
      readonly runs: readonly { readonly results: readonly { readonly ruleId: string }[] }[];
    };
    expect(log.runs[0]?.results.map((result) => result.ruleId)).toContain("NET-11");
    expect(XMLValidator.validate(junit ?? "")).toBe(true);
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(junit ?? "") as {
      readonly testsuites: { readonly testsuite: Readonly<Record<string, string>> };
    };
    expect(Number(parsed.testsuites.testsuite["@_failures"])).toBeGreaterThan(0);
    expect(markdown).toContain("### Check: fail");
    expect(markdown).toContain(
      "**error NET-11: Task cannot reach Amazon S3 to pull image layers**",
    );
    expect(github).toMatch(
      /^::error title=NET-11 Task cannot reach Amazon S3 to pull image layers::/m,
    );
  });

  it("suppresses a finding with a reason until the expiry date", async () => {
    const suppress = (until: string): Promise<RunResult> =>
      check(PLANS.fail, ["--suppressions", "suppressions.json"], {
        "suppressions.json": JSON.stringify([
          { id: "NET-11", address: "aws_*", reason: "layers come from a mirror", until },
        ]),
      });
    const [suppressed, expired] = await Promise.all([
      suppress("2999-12-31"),
      suppress("2020-01-31"),
    ]);
    expect(suppressed.stdout).toContain(
      "NET-11 aws_ecs_service.app: layers come from a mirror (until 2999-12-31)",
    );
    expect([suppressed.code, expired.code]).toEqual([5, 3]);
  });

  it.each([
    ["no reason", [{ id: "NET-11", until: "2999-01-01" }], "suppression 1 has no reason"],
    ["no expiry date", [{ id: "NET-11", reason: "so" }], "suppression 1 has no expiry date"],
    [
      "an invalid date",
      [{ id: "NET-11", reason: "so", until: "soon" }],
      "suppression 1 has no expiry date",
    ],
    [
      "an unknown ID",
      [{ id: "NET-999", reason: "so", until: "2999-01-01" }],
      'suppression 1 has the unknown id "NET-999"',
    ],
    [
      "an unknown key",
      [{ id: "NET-11", reson: "so", until: "2999-01-01" }],
      "suppression 1 has the unknown key reson",
    ],
    ["no list at the top level", {}, "it is not a list"],
  ])("rejects a suppression with %s", async (_what, list, message) => {
    const ran = await check(PLANS.fail, ["--suppressions", "suppressions.json"], {
      "suppressions.json": JSON.stringify(list),
    });
    expect([ran.code, ran.stdout]).toEqual([64, ""]);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toContain("code  BERTH-E7002");
  });

  it("reads stdin", () => {
    const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
    const ran = spawnSync(process.execPath, [main, "check", "-"], {
      input: JSON.stringify(PLANS.fail),
      encoding: "utf8",
    });
    expect([ran.status, ran.stderr]).toEqual([3, ""]);
  });

  it.each([
    ["text that is not JSON", "{", "BERTH-E7001"],
    [
      "a Terraform state file",
      '{"version":4,"terraform_version":"1.11.4","resources":[]}',
      "BERTH-E7001",
    ],
  ])("rejects %s", async (_what, text, code) => {
    const ran = await check(text);
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toContain(`code  ${code}`);
    expect(ran.stderr).toContain("terraform show -json");
  });

  it("reports a file that does not exist", async () => {
    const ran = await berth(["check", "none.json"], { cwd: testFolder() });
    expect([ran.code, ran.stderr]).toEqual([
      64,
      "error: none.json does not exist\n  fix   pass a plan or state (terraform show -json), a saved plan, or a folder\n  code  BERTH-E7003\n",
    ]);
  });

  it("checks several plans together, and locates each finding in its plan", async () => {
    const ran = await check(PLANS.fail, ["second.json", "--format", "sarif"], {
      "second.json": JSON.stringify(PLANS.fail),
    });
    expect(ran.code).toBe(3);
    const log = JSON.parse(ran.stdout) as {
      readonly runs: readonly { readonly results: readonly { readonly locations: unknown }[] }[];
    };
    const locations = JSON.stringify(log.runs[0]?.results.map((result) => result.locations));
    expect(locations).toContain('"uri":"plan.json"');
    expect(locations).toContain('"uri":"second.json"');
  });

  it("rejects stdin together with other inputs", async () => {
    const ran = await check(PLANS.pass, ["-"]);
    expect([ran.code, ran.stderr]).toEqual([
      64,
      "error: stdin cannot be checked together with other inputs\n  fix   write the plan to a file, and pass its path instead of -\n  code  BERTH-E7006\n",
    ]);
  });

  it("uses the image states of --image", async () => {
    const missing = await check(PLANS.pass, ["--image", "*=missing"]);
    expect(missing.stdout).toContain("error ECR-01");
    const invalid = await check(PLANS.pass, ["--image", "app"]);
    expect([invalid.code, invalid.stderr]).toEqual([
      64,
      "error: invalid --image app\n  fix   write name=state, where state is one of exists, missing, arm64\n  code  BERTH-E6001\n",
    ]);
  });
});

describe("berth explain", () => {
  it("explains a failure with its fix and the checks that find it", async () => {
    const ran = await berth(["explain", "net-11"], { cwd: testFolder() });
    expect([ran.code, ran.stdout]).toEqual([
      0,
      "NET-11: Task cannot reach Amazon S3 to pull image layers\n\nfix       Add the gateway endpoint com.amazonaws.<region>.s3 to the route tables of the task's subnets\nfound by  reach-ecr-layers\n",
    ]);
  });

  it("explains a check with its source", async () => {
    const { stdout } = await berth(["explain", "fargate-task-size"], { cwd: testFolder() });
    expect(stdout).toContain("source    Amazon ECS Developer Guide");
    expect(stdout).toContain("TD-01");
  });

  it("suggests a similar ID", async () => {
    const ran = await berth(["explain", "NET-1"], { cwd: testFolder() });
    expect([ran.code, ran.stderr]).toEqual([
      64,
      'error: there is no check or failure "NET-1"\n  fix   did you mean "NET-01"?\n  code  BERTH-E6006\n',
    ]);
  });
});
