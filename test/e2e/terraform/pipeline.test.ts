import { afterAll, describe, expect, it } from "vitest";
import {
  applied,
  bootstrapped,
  leakedSecrets,
  LIMIT,
  planned,
  PipelineProject,
  sha,
  stopProjects,
} from "../../support/pipeline-project.ts";

afterAll(stopProjects);

describe.concurrent("the pipeline, from its bootstrap to its end", { timeout: LIMIT }, () => {
  it("bootstraps the account, moves its state into the bucket, and does nothing the second time", async ({
    expect,
  }) => {
    const { snapshot } = await bootstrapped();
    const shop = await PipelineProject.start(snapshot);
    const second = await shop.runCommand("bootstrap", "--yes");
    expect(second.stderr).toContain("no changes: the infrastructure matches the config");
    expect(second.code).toBe(0);
  });

  it("checks and rehearses a pull request without credentials", async ({ expect }) => {
    const shop = await PipelineProject.start();
    expect((await shop.runCommand("pipeline")).code).toBe(0);
    expect((await shop.runCommand("pipeline", "--check")).code).toBe(0);
    const pull = shop.github.openPullRequest(sha("a"));
    const event = shop.pullRequestEvent(pull.number, pull.head);
    const { outcomes, printed } = await shop.handleEvent(event, sha("0"), ["check"]);
    expect(outcomes, printed).toMatchObject({ check: "success" });
    expect(shop.report("2-check-default.md")).toContain("### Check of shop: pass");
    expect(shop.report("3-rehearse-default.md")).toContain("Rehearsal: shop: pass");
  });

  it("plans a pull request, and comments on it once", async ({ expect }) => {
    expect((await planned()).github.commentsOn(1)).toHaveLength(1);
  });

  it("applies the approved plan after the merge", async ({ expect }) => {
    expect(await applied()).toHaveProperty("account");
  });
});

it("no secret appears in output, files, requests or command lines", () => {
  expect(PipelineProject.started.flatMap(({ secrets }) => secrets)).not.toContain("");
  expect(leakedSecrets()).toEqual([]);
});
