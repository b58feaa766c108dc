import { describe, expect, it } from "vitest";
import { berth } from "../support/berth.ts";
import { bootstrapConfig } from "../support/bootstrap-config.ts";
import { project } from "../support/foundation-modes.ts";
import { respondingUrl } from "../support/responding-url.ts";

describe("berth bootstrap, before it runs Terraform", () => {
  it.each<[string, object, number, string]>([
    ["no account", { ...bootstrapConfig, account: undefined }, 1, "account is not set"],
    ["no bucket", { ...bootstrapConfig, state: undefined }, 1, "state.bucket is not set"],
    ["no repository", { ...bootstrapConfig, pipeline: {} }, 1, "the GitHub repository is unknown"],
    [
      "several accounts",
      { ...bootstrapConfig, environments: { dev: {}, prod: { account: "444455556666" } } },
      64,
      "the environments are in different accounts",
    ],
  ])("reports a missing or invalid setting: %s", async (_, given, code, message) => {
    const ran = await berth(["bootstrap", "--sandbox", "--yes"], { cwd: project(given), env: {} });
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(code);
  });

  it("explains how to get the IDs of a repository that GitHub does not show", async () => {
    const cwd = project({ ...bootstrapConfig, pipeline: { repository: "harbour/shop" } });
    const ran = await berth(["bootstrap", "--sandbox", "--yes"], {
      cwd,
      env: { GITHUB_API_URL: await respondingUrl(404) }, // the repository is private, or does not exist
    });
    expect(ran.stderr).toContain("the IDs of harbour/shop are unknown");
    expect(ran.stderr).toContain("gh api repos/harbour/shop --jq '.owner.id, .id'");
    expect(ran.code).toBe(1);
  });
});
