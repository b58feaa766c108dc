import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { testFolder } from "../../support/folder.ts";
import { copyStacks } from "../stacks/index.ts";

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));

describe.concurrent("berth check of a folder", () => {
  it("finds the same failure in the README's example as its rehearsal, and leaves no files", async ({
    expect,
  }) => {
    const folder = testFolder();
    cpSync(join(examples, "forgotten"), folder, { recursive: true });
    const before = readdirSync(folder);
    const ran = await berth(["check"], { cwd: folder });
    expect([ran.code, ran.stdout]).toEqual([
      3,
      expect.stringContaining("error NET-11 Task cannot reach Amazon S3 to pull image layers"),
    ]);
    expect(readdirSync(folder)).toEqual(before);
  });

  it("passes for a foundation", async ({ expect }) => {
    const ran = await berth(["check", join(examples, "hello")], { cwd: testFolder() });
    expect(ran.stdout.trim().split("\n").at(-1)).toMatch(/^pass \(a plan of \d+ resources/);
    expect(ran.code).toBe(0);
  });

  it("passes for modules with dynamic blocks and jsonencode, which are unknown without their source files", async ({
    expect,
  }) => {
    const ran = await berth(["check", join(copyStacks([]), "https"), "--json"], {
      cwd: testFolder(),
    });
    expect([ran.code, ran.stderr]).toEqual([0, expect.not.stringContaining("error")]);
    expect(existsSync(join(copyStacks([]), "https/.terraform"))).toBe(false);
  });

  it("resolves what one folder publishes and another reads", async ({ expect }) => {
    const root = copyStacks([
      { file: "joined-by-state/service/main.tf", text: "= 443", replacement: "= 80" },
    ]);
    const ran = await berth(["check", "network", "service", "--workspace", "staging"], {
      cwd: join(root, "joined-by-state"),
    });
    expect([ran.code, ran.stdout]).toEqual([
      3,
      expect.stringContaining(
        'a task in network: module.network.aws_subnet.private["eu-west-1a"] → public.ecr.aws:443',
      ),
    ]);
    expect(ran.stdout).toContain("service: aws_security_group.tasks has no egress rule");
  });

  it("reports an error of Terraform", async ({ expect }) => {
    const root = copyStacks([
      { file: "nat/main.tf", text: "module.network.vpc_id", replacement: "module.network.no_such" },
    ]);
    const ran = await berth(["check", join(root, "nat")], { cwd: testFolder() });
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toContain("Unsupported attribute");
    expect(ran.stderr).toContain("code  BERTH-E7004");
  });
});
