import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { testFolder } from "../../support/folder.ts";
import { edited } from "../stacks/index.ts";

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));

describe.concurrent("berth check of a folder", () => {
  it("refutes the README's example as its rehearsal does, and leaves nothing in it", async ({
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

  it("proves a foundation of our own", async ({ expect }) => {
    const ran = await berth(["check", join(examples, "hello")], { cwd: testFolder() });
    expect(ran.stdout.trim().split("\n").at(-1)).toMatch(/^pass \(a plan of \d+ resources/);
    expect(ran.code).toBe(0);
  });

  it("proves modules with dynamic blocks and encoded containers, which a bare plan leaves open", async ({
    expect,
  }) => {
    const ran = await berth(["check", join(edited([]), "https"), "--json"], { cwd: testFolder() });
    expect([ran.code, ran.stderr]).toEqual([0, expect.not.stringContaining("error")]);
    expect(existsSync(join(edited([]), "https/.terraform"))).toBe(false);
  });

  it("says what Terraform refuses", async ({ expect }) => {
    const root = edited([
      { file: "nat/main.tf", text: "module.network.vpc_id", becomes: "module.network.no_such" },
    ]);
    const ran = await berth(["check", join(root, "nat")], { cwd: testFolder() });
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toContain("Unsupported attribute");
    expect(ran.stderr).toContain("code  BERTH-E3003");
  });
});
