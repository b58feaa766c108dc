import { afterAll, describe, expect, it } from "vitest";
import { project, REGION } from "../../support/foundation-modes.ts";
import {
  applied,
  config,
  fingerprintIn,
  lastFingerprintIn,
  leakedSecrets,
  LIMIT,
  Project,
  SECRET,
  sha,
  stopProjects,
} from "../../support/pipeline-project.ts";

afterAll(stopProjects);

describe.concurrent("the pipeline, after its first apply", { timeout: LIMIT }, () => {
  it("rejects a commit that was not approved, and changes nothing", async ({ expect }) => {
    const shop = await Project.start(await applied());
    project(config(60), shop.folder);
    const { outcomes, printed } = await shop.on(shop.onMain("push"), sha("c"), [
      "preview",
      "apply",
    ]);
    expect(outcomes).toMatchObject({ preview: "failure", apply: "skipped" });
    expect(printed).toContain("came to main without a pull request");
    expect(shop.retention).toBe(30);
  });

  it("rejects a plan that has changed since it was approved, and applies the new one by hand", async ({
    expect,
  }) => {
    const shop = await Project.start(await applied());
    project(config(60), shop.folder);
    const pull = shop.github.pull(sha("d"));
    const event = shop.pullRequest(pull.number, pull.head);
    await shop.on(event, sha("0"), ["plan", "comment"]);
    const [before, ...more] = shop.github.commentsOn(pull.number);
    expect(more).toEqual([]);
    expect(before?.body).toContain("**1 to change**");
    pull.merged = sha("e");

    // Somebody changes the account before the merge.
    shop.setRetention(7);
    const rejected = await shop.on(shop.onMain("push"), sha("e"), ["preview", "apply"]);
    expect(rejected.outcomes).toMatchObject({ preview: "failure", apply: "skipped" });
    expect(rejected.printed).toContain(
      "this is not the plan that was approved, and nothing was changed",
    );
    expect(rejected.printed).toContain("Process completed with exit code 4.");
    expect(shop.retention).toBe(7);
    const approved = lastFingerprintIn(shop.summary);
    const inputs = { operation: "apply", environment: "default", approved };
    const byHand = shop.onMain("workflow_dispatch", inputs);
    const { outcomes, printed } = await shop.on(byHand, sha("e"), ["preview", "apply"]);
    expect(outcomes, printed).toMatchObject({ preview: "success", apply: "success" });
    expect(shop.retention).toBe(60);
  });

  it("opens one issue for a drift, and closes it after the repair", async ({ expect }) => {
    const shop = await Project.start(await applied());
    // Both a plain attribute and a secret one are changed behind Terraform's back.
    shop.setRetention(1);
    shop.sandbox.invoke(
      "ssm",
      "PutParameter",
      { Name: "/berth/shop", Value: SECRET, Overwrite: true },
      { region: REGION },
    );
    for (const _ of ["the first night", "the second night"]) {
      const { outcomes, printed } = await shop.on(shop.onMain("schedule"), sha("e"), ["drift"]);
      expect(outcomes, printed).toEqual(
        expect.objectContaining({ drift: "success", apply: "skipped" }),
      );
      expect(shop.github.issues()).toHaveLength(1);
    }
    const [issue] = shop.github.issues();
    expect(issue).toMatchObject({ title: "Drift in shop (default)", state: "open" });
    expect(issue?.body).toContain(
      "Changed behind Terraform's back:\n\n- `aws_cloudwatch_log_group.logs`\n- `aws_ssm_parameter.published`",
    );
    expect(issue?.body).toContain("(sensitive value)");
    const inputs = {
      operation: "apply",
      environment: "default",
      approved: fingerprintIn(issue?.body ?? ""),
    };
    const byHand = shop.onMain("workflow_dispatch", inputs);
    const repaired = await shop.on(byHand, sha("e"), ["preview", "apply"]);
    expect(repaired.outcomes, repaired.printed).toMatchObject({ apply: "success" });
    await shop.on(shop.onMain("schedule"), sha("e"), ["drift"]);
    expect(issue?.state).toBe("closed");
  });

  it("is destroyed by its name, and then its bootstrap, which leaves nothing", async ({
    expect,
  }) => {
    const shop = await Project.start(await applied());
    const destroy = (confirm: string) =>
      shop.on(
        shop.onMain("workflow_dispatch", { operation: "destroy", environment: "default", confirm }),
        sha("e"),
        ["destroy"],
      );
    const early = await shop.byHand("bootstrap", "--destroy", "--yes");
    expect(early.stderr).toContain("contains shop/terraform.tfstate");
    expect(early.code).toBe(1);
    expect((await destroy("destroy it")).outcomes).toMatchObject({ destroy: "failure" });
    const done = await destroy("destroy shop");
    expect(done.outcomes, done.printed).toMatchObject({ destroy: "success" });
    const state = { Bucket: "shop-states", Key: "shop/terraform.tfstate" };
    shop.sandbox.invoke("s3", "DeleteObject", state, { region: REGION });
    const last = await shop.byHand("bootstrap", "--destroy", "--yes");
    expect(last.code, last.stderr).toBe(0);
    expect(shop.sandbox.contents()).toEqual([]);
  });
});

it("no run prints, writes, sends or names on a command line a secret", () => {
  expect(Project.started.flatMap(({ secrets }) => secrets)).not.toContain("");
  expect(leakedSecrets()).toEqual([]);
});
