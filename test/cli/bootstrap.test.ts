import { describe, expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { berth } from "../support/berth.ts";
import { bootstrapConfig, givenOidcProvider } from "../support/bootstrap-config.ts";
import { awsAt, project } from "../support/foundation-modes.ts";

describe("berth bootstrap, before it runs Terraform", () => {
  it("rejects a provider without the audience before it creates resources", async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    givenOidcProvider(sandbox, "https://github.com/harbour");
    const ran = await berth(["bootstrap", "--yes"], {
      cwd: project(bootstrapConfig),
      env: awsAt(sandbox),
    });
    expect(ran.stderr).toContain("does not have the audience sts.amazonaws.com");
    expect(ran.code).toBe(1);
    expect(sandbox.contents().map(({ kind }) => kind)).toEqual(["iam/oidc-provider"]);
  });

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

  it("explains how to get the IDs of a repository if GitHub cannot be reached", async () => {
    const cwd = project({ ...bootstrapConfig, pipeline: { repository: "harbour/shop" } });
    const ran = await berth(["bootstrap", "--sandbox", "--yes"], {
      cwd,
      env: { GITHUB_API_URL: "http://127.0.0.1:1" },
    });
    expect(ran.stderr).toContain("the IDs of harbour/shop are unknown");
    expect(ran.stderr).toContain("gh api repos/harbour/shop --jq '.owner.id, .id'");
    expect(ran.code).toBe(1);
  });
});
