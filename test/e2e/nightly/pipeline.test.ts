import { afterAll, describe, expect, it } from "vitest";
import { project, REGION } from "../../support/foundation-modes.ts";
import {
  applied,
  config,
  fingerprintIn,
  lastFingerprintIn,
  leakedSecrets,
  LIMIT,
  PipelineProject,
  SECRET,
  sha,
  stopProjects,
} from "../../support/pipeline-project.ts";

afterAll(stopProjects);

describe.concurrent("the pipeline, after its first apply", { timeout: LIMIT }, () => {
  it("rejects a commit that was not approved, and changes nothing", async ({ expect }) => {
    const shop = await PipelineProject.start(await applied());
    project(config(60), shop.folder);
    const { outcomes, printed } = await shop.handleEvent(shop.eventOnMain("push"), sha("c"), [
      "preview",
      "apply",
    ]);
    expect(outcomes).toMatchObject({ preview: "failure", apply: "skipped" });
    expect(printed).toContain("was pushed to main without a pull request");
    expect(shop.logRetentionDays).toBe(30);
  });

  it("rejects a plan that changed after its approval, and applies the new plan after a manual start", async ({
    expect,
  }) => {
    const shop = await PipelineProject.start(await applied());
    project(config(60), shop.folder);
    const pull = shop.github.openPullRequest(sha("d"));
    const event = shop.pullRequestEvent(pull.number, pull.head);
    await shop.handleEvent(event, sha("0"), ["plan", "comment"]);
    const [before, ...more] = shop.github.commentsOn(pull.number);
    expect(more).toEqual([]);
    expect(before?.body).toContain("**1 to change**");
    pull.merged = sha("e");

    // The account changes before the merge.
    shop.setLogRetentionDays(7);
    const rejected = await shop.handleEvent(shop.eventOnMain("push"), sha("e"), [
      "preview",
      "apply",
    ]);
    expect(rejected.outcomes).toMatchObject({ preview: "failure", apply: "skipped" });
    expect(rejected.printed).toContain(
      "this is not the plan that was approved, and nothing was changed",
    );
    expect(rejected.printed).toContain("Process completed with exit code 4.");
    expect(shop.logRetentionDays).toBe(7);
    const approved = lastFingerprintIn(shop.summary);
    const inputs = { operation: "apply", environment: "default", approved };
    const byHand = shop.eventOnMain("workflow_dispatch", inputs);
    const { outcomes, printed } = await shop.handleEvent(byHand, sha("e"), ["preview", "apply"]);
    expect(outcomes, printed).toMatchObject({ preview: "success", apply: "success" });
    expect(shop.logRetentionDays).toBe(60);
  });

  it("creates an issue for drift, and closes it after an apply", async ({ expect }) => {
    const shop = await PipelineProject.start(await applied());
    // A plain attribute and a sensitive attribute are changed outside of Terraform.
    shop.setLogRetentionDays(1);
    shop.sandbox.invoke(
      "ssm",
      "PutParameter",
      { Name: "/berth/shop", Value: SECRET, Overwrite: true },
      { region: REGION },
    );
    for (const _ of ["the first night", "the second night"]) {
      const { outcomes, printed } = await shop.handleEvent(shop.eventOnMain("schedule"), sha("e"), [
        "drift",
      ]);
      expect(outcomes, printed).toEqual(
        expect.objectContaining({ drift: "success", apply: "skipped" }),
      );
      expect(shop.github.issues()).toHaveLength(1);
    }
    const [issue] = shop.github.issues();
    expect(issue).toMatchObject({ title: "Drift in shop (default)", state: "open" });
    expect(issue?.body).toContain(
      "Changed outside of Terraform:\n\n- `aws_cloudwatch_log_group.logs`\n- `aws_ssm_parameter.published`",
    );
    expect(issue?.body).toContain("(sensitive value)");
    const inputs = {
      operation: "apply",
      environment: "default",
      approved: fingerprintIn(issue?.body ?? ""),
    };
    const byHand = shop.eventOnMain("workflow_dispatch", inputs);
    const repaired = await shop.handleEvent(byHand, sha("e"), ["preview", "apply"]);
    expect(repaired.outcomes, repaired.printed).toMatchObject({ apply: "success" });
    await shop.handleEvent(shop.eventOnMain("schedule"), sha("e"), ["drift"]);
    expect(issue?.state).toBe("closed");
  });

  it("destroys the foundation, then the bootstrap, and leaves no resources", async ({ expect }) => {
    const shop = await PipelineProject.start(await applied());
    const destroy = (confirm: string) =>
      shop.handleEvent(
        shop.eventOnMain("workflow_dispatch", {
          operation: "destroy",
          environment: "default",
          confirm,
        }),
        sha("e"),
        ["destroy"],
      );
    const early = await shop.runCommand("bootstrap", "--destroy", "--yes");
    expect(early.stderr).toContain("contains shop/terraform.tfstate");
    expect(early.code).toBe(1);
    expect((await destroy("destroy it")).outcomes).toMatchObject({ destroy: "failure" });
    const done = await destroy("destroy shop");
    expect(done.outcomes, done.printed).toMatchObject({ destroy: "success" });
    const state = { Bucket: "shop-states", Key: "shop/terraform.tfstate" };
    shop.sandbox.invoke("s3", "DeleteObject", state, { region: REGION });
    const last = await shop.runCommand("bootstrap", "--destroy", "--yes");
    expect(last.code, last.stderr).toBe(0);
    expect(shop.sandbox.contents()).toEqual([]);
  });
});

it("no secret appears in output, files, requests or command lines", () => {
  expect(PipelineProject.started.flatMap(({ secrets }) => secrets)).not.toContain("");
  expect(leakedSecrets()).toEqual([]);
});
