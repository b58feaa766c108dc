import { describe, it } from "vitest";
import type { Config } from "../../../src/config/options.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { ACCOUNT, awsAt, project, REGION } from "../../support/foundation-modes.ts";
import { berth } from "../../support/berth.ts";

const config: Config = {
  name: "shop",
  region: REGION,
  account: ACCOUNT,
  loadBalancer: false,
  zones: 1,
  state: { bucket: "shop-states" },
  pipeline: { repository: "harbour/shop", ownerId: 17, repositoryId: 4711 },
};

const withProvider = (sandbox: Sandbox, audience: string): unknown =>
  sandbox.invoke("iam", "CreateOpenIDConnectProvider", {
    Url: "https://token.actions.githubusercontent.com",
    ClientIDList: [audience],
  });

describe.concurrent("berth bootstrap, with real Terraform", () => {
  it("uses an existing OIDC provider without changes", async ({ expect }) => {
    const sandbox = await startSandbox();
    withProvider(sandbox, "sts.amazonaws.com");
    const ran = await berth(["bootstrap", "--yes"], { cwd: project(config), env: awsAt(sandbox) });
    expect(ran.stderr).toContain(
      "GitHub's OIDC provider already exists in the account: it is used and not changed",
    );
    expect(ran.stdout + ran.stderr).not.toContain("aws_iam_openid_connect_provider.github");
    expect(ran.code).toBe(0);
    await sandbox.close();
  });

  it("rejects a provider without the audience before it creates resources", async ({ expect }) => {
    const sandbox = await startSandbox();
    withProvider(sandbox, "https://github.com/harbour");
    const ran = await berth(["bootstrap", "--yes"], { cwd: project(config), env: awsAt(sandbox) });
    expect(ran.stderr).toContain("does not have the audience sts.amazonaws.com");
    expect(ran.code).toBe(1);
    expect(sandbox.contents().map(({ kind }) => kind)).toEqual(["iam/oidc-provider"]);
    await sandbox.close();
  });

  it.for<[string, object, number, string]>([
    ["no account", { ...config, account: undefined }, 1, "account is not set"],
    ["no bucket", { ...config, state: undefined }, 1, "state.bucket is not set"],
    ["no repository", { ...config, pipeline: {} }, 1, "the GitHub repository is unknown"],
    [
      "several accounts",
      { ...config, environments: { dev: {}, prod: { account: "444455556666" } } },
      64,
      "the environments are in different accounts",
    ],
  ])("reports a missing or invalid setting: %s", async ([, given, code, message], { expect }) => {
    const ran = await berth(["bootstrap", "--sandbox", "--yes"], { cwd: project(given), env: {} });
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(code);
  });

  it("explains how to get the IDs of a repository if GitHub cannot be reached", async ({
    expect,
  }) => {
    const cwd = project({ ...config, pipeline: { repository: "harbour/shop" } });
    const ran = await berth(["bootstrap", "--sandbox", "--yes"], {
      cwd,
      env: { GITHUB_API_URL: "http://127.0.0.1:1" },
    });
    expect(ran.stderr).toContain("the IDs of harbour/shop are unknown");
    expect(ran.stderr).toContain("gh api repos/harbour/shop --jq '.owner.id, .id'");
    expect(ran.code).toBe(1);
  });
});
