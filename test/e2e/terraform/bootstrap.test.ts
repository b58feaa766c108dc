import { describe, expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { awsAt, project } from "../../support/foundation-modes.ts";
import { berth } from "../../support/berth.ts";
import { bootstrapConfig, givenOidcProvider } from "../../support/bootstrap-config.ts";

describe("berth bootstrap, with real Terraform", () => {
  it("uses an existing OIDC provider without changes", async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    givenOidcProvider(sandbox, "sts.amazonaws.com");
    const ran = await berth(["bootstrap", "--yes"], {
      cwd: project(bootstrapConfig),
      env: awsAt(sandbox),
    });
    expect(ran.stderr).toContain(
      "GitHub's OIDC provider already exists in the account: it is used and not changed",
    );
    expect(ran.stdout + ran.stderr).not.toContain("aws_iam_openid_connect_provider.github");
    expect(ran.code).toBe(0);
  });

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
});
