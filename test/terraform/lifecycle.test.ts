import { describe, it } from "vitest";
import { Life } from "../../start/life.ts";
import { testFolder } from "../support/folder.ts";
import { region, testLifecycles } from "../support/lifecycles.ts";
import { settingsOf } from "../support/settings.ts";

describe("the lifecycle of a foundation, by real Terraform", () => {
  testLifecycles([
    "endpoints, three zones, everything asked for",
    "nat, three zones",
    "nat in each zone, HTTPS",
    "public",
    "a VPC, a key and a repository that exist",
  ]);
});

describe.concurrent("a foundation", () => {
  it("adding a zone replaces nothing, and removing it takes away that zone alone", async ({
    expect,
    onTestFinished,
  }) => {
    // Without a load balancer it is quick; with one, test/constructs holds its addresses.
    const settings = settingsOf({ zones: 2, loadBalancer: false });
    const life = await Life.begin(testFolder(), settings);
    onTestFinished(() => life.end());
    await life.plan();
    await life.apply();

    life.rewrite(settingsOf({ zones: 3, loadBalancer: false }));
    const grown = await life.plan();
    expect(grown.filter(({ action }) => action === "delete" || action === "replace")).toEqual([]);
    const created = grown.filter(({ action }) => action === "create").map(({ address }) => address);
    expect(created.length).toBeGreaterThan(0);
    expect(created.filter((address) => !address.includes("us_east_1c"))).toEqual([]);
    await life.apply();

    life.rewrite(settingsOf({ zones: ["us-east-1a", "us-east-1c"], loadBalancer: false }));
    const shrunk = await life.plan();
    const gone = shrunk.filter(({ action }) => action === "delete").map(({ address }) => address);
    expect(gone.filter((address) => !address.includes("us_east_1b"))).toEqual([]);
    expect(shrunk.filter(({ action }) => action === "replace" || action === "create")).toEqual([]);
    await life.apply();
    expect(await life.plan()).toEqual([]);
    await life.plan({ destroy: true });
    await life.apply();
    expect(life.left()).toEqual([]);
  });

  it("keeps its state in S3, locked and encrypted", async ({ expect, onTestFinished }) => {
    const { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } =
      await import("@aws-sdk/client-s3");
    const { clientOptions } = await import("../../start/clients.ts");
    let s3: InstanceType<typeof S3Client> | undefined;
    const life = await Life.begin(testFolder(), async (_, { url }) => {
      s3 = new S3Client({ ...clientOptions(url, region), forcePathStyle: true });
      await s3.send(new CreateBucketCommand({ Bucket: "states" }));
      return settingsOf({ zones: 1, loadBalancer: false, state: { bucket: "states" } });
    });
    onTestFinished(() => life.end());
    await life.plan();
    await life.apply();
    const state = await s3?.send(
      new GetObjectCommand({ Bucket: "states", Key: "hello/terraform.tfstate" }),
    );
    expect(state?.ServerSideEncryption).toBe("AES256");
    expect(JSON.parse((await state?.Body?.transformToString()) ?? "{}")).toMatchObject({
      version: 4,
    });
    const listed = await s3?.send(new ListObjectsV2Command({ Bucket: "states" }));
    expect(listed?.Contents?.map((one) => one.Key)).toEqual(["hello/terraform.tfstate"]);
    const locks = life.sandbox.calls.filter(
      (call) => call.service === "s3" && call.operation === "PutObject",
    );
    expect(locks.length).toBeGreaterThan(1);
    expect(await life.plan()).toEqual([]);
    await life.plan({ destroy: true });
    await life.apply();
    expect(life.left()).toEqual(["s3/bucket states", "s3/object states/hello/terraform.tfstate"]);
  });
});
