import { describe, it } from "vitest";
import { FoundationLifecycle } from "../../support/foundation-lifecycle.ts";
import { testFolder } from "../../support/folder.ts";
import { region, testLifecycles } from "../../support/lifecycles.ts";
import { settingsOf } from "../../support/settings.ts";

describe("the lifecycle of a foundation, by real Terraform", () => {
  testLifecycles([
    "endpoints, three zones, all options",
    "nat, three zones",
    "nat in each zone, HTTPS",
    "public",
  ]);
});

describe.concurrent("a foundation", () => {
  it("stores its state in S3, locked and encrypted", async ({ expect, onTestFinished }) => {
    const { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } =
      await import("@aws-sdk/client-s3");
    const { clientOptions } = await import("../../support/clients.ts");
    let s3: InstanceType<typeof S3Client> | undefined;
    const lifecycle = await FoundationLifecycle.start(testFolder(), async (_, { url }) => {
      s3 = new S3Client({ ...clientOptions(url, region), forcePathStyle: true });
      await s3.send(new CreateBucketCommand({ Bucket: "states" }));
      return settingsOf({ zones: 1, loadBalancer: false, state: { bucket: "states" } });
    });
    onTestFinished(() => lifecycle.close());
    await lifecycle.plan();
    await lifecycle.apply();
    const state = await s3?.send(
      new GetObjectCommand({ Bucket: "states", Key: "hello/terraform.tfstate" }),
    );
    expect(state?.ServerSideEncryption).toBe("AES256");
    expect(JSON.parse((await state?.Body?.transformToString()) ?? "{}")).toMatchObject({
      version: 4,
    });
    const listed = await s3?.send(new ListObjectsV2Command({ Bucket: "states" }));
    expect(listed?.Contents?.map((item) => item.Key)).toEqual(["hello/terraform.tfstate"]);
    const locks = lifecycle.sandbox.calls.filter(
      (call) => call.service === "s3" && call.operation === "PutObject",
    );
    expect(locks.length).toBeGreaterThan(1);
    expect(await lifecycle.plan()).toEqual([]);
    await lifecycle.plan({ destroy: true });
    await lifecycle.apply();
    expect(lifecycle.remainingResources()).toEqual([
      "s3/bucket states",
      "s3/object states/hello/terraform.tfstate",
    ]);
  });
});
