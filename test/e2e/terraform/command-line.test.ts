import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { berth, startBerth } from "../../support/berth.ts";
import { remainingResources, writeConfig } from "../../support/config-folder.ts";
import { testFolder } from "../../support/folder.ts";

describe.concurrent("the command line, with real Terraform in the sandbox", () => {
  it("plans, applies and destroys in separate runs, with text and JSON output", async ({
    expect,
  }) => {
    const folder = testFolder();
    writeConfig(folder, "zones: 1, loadBalancer: false");
    const options = { cwd: folder };

    const plan = await berth(["plan", "--sandbox", "--detailed-exitcode"], options);
    expect(plan.code).toBe(2);
    expect(plan.stdout).toContain("# aws_vpc.network will be created");
    expect(plan.stdout).toMatch(/\npass \(a plan of \d+ resources/);
    expect(plan.stderr).toMatch(/\d+ to create, 0 to change, 0 to destroy/);

    const unasked = await berth(["apply", "--sandbox"], options);
    expect([unasked.code, unasked.stdout]).toEqual([64, ""]);
    expect(unasked.stderr).toContain(
      "error: confirmation required, but stdin is not a terminal\n  fix   run in a terminal, or pass --yes",
    );

    const outputBeforeApply = await berth(["output", "--sandbox"], options);
    expect([outputBeforeApply.code, outputBeforeApply.stderr]).toEqual([
      1,
      expect.stringContaining(
        "there are no outputs\n  fix   run npx berth-ecs apply --sandbox first",
      ),
    ]);

    const apply = await berth(["apply", "--sandbox", "--yes", "--json"], options);
    expect([apply.code, apply.stderr]).toEqual([0, ""]);
    const lines = apply.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.every((line) => line["protocol"] === 1)).toBe(true);
    expect(lines.at(-1)).toMatchObject({
      type: "result",
      data: { outputs: { cluster_name: "hello" } },
    });
    expect(lines.filter((line) => line["code"] === "BERTH-I2002").length).toBeGreaterThan(15);

    const output = await berth(["output", "--sandbox", "cluster_name"], options);
    expect([output.code, output.stdout]).toEqual([0, "hello\n"]);
    const invalid = await berth(["output", "--sandbox", "cluster_nam"], options);
    expect([invalid.code, invalid.stderr]).toEqual([
      64,
      expect.stringContaining(
        'there is no output "cluster_nam"\n  fix   did you mean "cluster_name"?',
      ),
    ]);

    const again = await berth(["plan", "--sandbox", "--detailed-exitcode"], options);
    expect(again.code).toBe(0);

    const destroy = await berth(["destroy", "--sandbox", "--yes"], options);
    expect(destroy.code).toBe(0);
    expect(await remainingResources(folder)).toEqual([]);
    const secondDestroy = await berth(["destroy", "--sandbox", "--yes"], options);
    expect([secondDestroy.code, secondDestroy.stderr]).toEqual([
      0,
      expect.stringContaining("nothing to destroy"),
    ]);

    expect(
      readdirSync(folder)
        .filter((name) => name !== ".terraform.lock.hcl")
        .sort(),
    ).toEqual([".berth", "berth.config.ts"]);
    expect(readFileSync(join(folder, ".berth/.gitignore"), "utf8")).toBe("*\n");
    const workspaceFiles = readdirSync(join(folder, ".berth/sandbox/default"));
    expect(workspaceFiles.filter((name) => /^run-|lock$|tfplan$/.test(name))).toEqual([]);
  });

  it("completes an interrupted apply with the next apply, and leaves nothing after destroy", async ({
    expect,
  }) => {
    const folder = testFolder();
    writeConfig(folder, "zones: 2, loadBalancer: false");
    const running = startBerth(["apply", "--sandbox", "--yes"], { cwd: folder });
    // From here on Terraform only waits. An interrupted call could create a resource that is not in the state, as on AWS.
    await running.waitForOutput("creating aws_ecs_cluster_capacity_providers");
    running.interrupt();
    const ran = await running.done;
    expect(ran.code).toBe(130);
    expect(ran.stderr).toContain(
      "interrupted: completed changes are in the state; run npx berth-ecs apply --sandbox to continue",
    );
    const state = JSON.parse(
      readFileSync(join(folder, ".berth/sandbox/default/terraform.tfstate"), "utf8"),
    ) as { resources: unknown[] };
    expect(state.resources.length).toBeGreaterThan(1);
    expect((await berth(["plan", "--sandbox", "--detailed-exitcode"], { cwd: folder })).code).toBe(
      2,
    );

    expect((await berth(["apply", "--sandbox", "--yes"], { cwd: folder })).code).toBe(0);
    expect((await berth(["plan", "--sandbox", "--detailed-exitcode"], { cwd: folder })).code).toBe(
      0,
    );
    expect((await berth(["destroy", "--sandbox", "--yes"], { cwd: folder })).code).toBe(0);
    expect(await remainingResources(folder)).toEqual([]);
  });
});
