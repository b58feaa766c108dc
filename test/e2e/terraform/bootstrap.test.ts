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
});
