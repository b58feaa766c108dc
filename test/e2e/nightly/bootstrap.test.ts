import { describe, it } from "vitest";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { awsAt, project, REGION } from "../../support/foundation-modes.ts";
import { berth } from "../../support/berth.ts";
import { bootstrapConfig } from "../../support/bootstrap-config.ts";

describe("berth bootstrap, with real Terraform", () => {
  it("uses an existing bucket with a known key, and does not change them", async ({ expect }) => {
    const sandbox = await startSandbox();
    const call = (service: string, operation: string, input: Readonly<Record<string, unknown>>) =>
      sandbox.invoke(service, operation, input, { region: REGION });
    call("s3", "CreateBucket", {
      Bucket: "shop-states",
      CreateBucketConfiguration: { LocationConstraint: REGION },
    });
    const cwd = project(bootstrapConfig);
    const bootstrap = (...args: string[]) =>
      berth(["bootstrap", "--yes", ...args], { cwd, env: awsAt(sandbox) });
    const refused = await bootstrap();
    expect(refused.stderr).toContain("the KMS key of its states is unknown");
    expect(refused.code).toBe(1);
    expect(sandbox.contents().map(({ kind }) => kind)).toEqual(["s3/bucket"]);

    const { KeyMetadata } = call("kms", "CreateKey", {});
    call("kms", "CreateAlias", {
      AliasName: "alias/shop-states",
      TargetKeyId: (KeyMetadata as { readonly KeyId: string }).KeyId, // by its model
    });
    const first = await bootstrap();
    expect(first.stderr).toContain("the bucket shop-states already exists: it is used");
    expect(first.code, first.stderr).toBe(0);
    const destroyed = await bootstrap("--destroy");
    expect(destroyed.code, destroyed.stderr).toBe(0);
    expect(
      sandbox
        .contents()
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(["kms/alias", "kms/key", "s3/bucket", "s3/object"]);
    await sandbox.close();
  });
});
