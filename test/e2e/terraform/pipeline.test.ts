import { afterAll, describe, expect, it } from "vitest";
import {
  applied,
  bootstrapped,
  leakedSecrets,
  LIMIT,
  planned,
  Project,
  sha,
  stopProjects,
} from "../../support/pipeline-project.ts";

afterAll(stopProjects);

describe.concurrent("the pipeline, from its bootstrap to its end", { timeout: LIMIT }, () => {
  it("bootstraps the account, moves its state into the bucket, and does nothing the second time", async ({
    expect,
  }) => {
    const { snapshot } = await bootstrapped();
    const shop = await Project.start(snapshot);
    const second = await shop.byHand("bootstrap", "--yes");
    expect(second.stderr).toContain("no changes: the infrastructure matches the config");
    expect(second.code).toBe(0);
  });

  it("checks and rehearses a pull request without credentials", async ({ expect }) => {
    const shop = await Project.start();
    expect((await shop.byHand("pipeline")).code).toBe(0);
    expect((await shop.byHand("pipeline", "--check")).code).toBe(0);
    const pull = shop.github.pull(sha("a"));
    const event = shop.pullRequest(pull.number, pull.head);
    const { outcomes, printed } = await shop.on(event, sha("0"), ["check"]);
    expect(outcomes, printed).toMatchObject({ check: "success" });
    expect(shop.report("2-check-default.md")).toContain("### Check of shop: pass");
    expect(shop.report("3-rehearse-default.md")).toContain("Rehearsal: shop launches");
  });

  it("plans a pull request, and comments on it once", async ({ expect }) => {
    expect((await planned()).github.commentsOn(1)).toHaveLength(1);
  });

  it("applies at the merge what was approved", async ({ expect }) => {
    expect(await applied()).toHaveProperty("account");
  });
});

it("no run prints, writes, sends or names on a command line a secret", () => {
  expect(Project.started.flatMap(({ secrets }) => secrets)).not.toContain("");
  expect(leakedSecrets()).toEqual([]);
});
