import * as s3 from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("S3", () => {
  it("stores, lists and reads objects, checks preconditions and checksums, and deletes only an empty bucket", async () => {
    const client = new s3.S3Client({ ...fixture.clientOptions, forcePathStyle: true });
    await client.send(new s3.CreateBucketCommand({ Bucket: "states" }));
    const lock = () =>
      client.send(
        new s3.PutObjectCommand({
          Bucket: "states",
          Key: "a/b.tflock",
          Body: "me",
          IfNoneMatch: "*",
        }),
      );
    await lock();
    expect(await fixture.errorOf(lock)).toContain("PreconditionFailed");
    expect(
      await (
        await client.send(new s3.GetObjectCommand({ Bucket: "states", Key: "a/b.tflock" }))
      ).Body?.transformToString(),
    ).toBe("me");
    const corrupted = new s3.PutObjectCommand({
      Bucket: "states",
      Key: "b",
      Body: "x",
      ChecksumSHA256: "AAAA",
    });
    expect(await fixture.errorOf(() => client.send(corrupted))).toContain("BadDigest");
    await client.send(new s3.PutObjectCommand({ Bucket: "states", Key: "c d/é", Body: "x" }));
    const listed = await client.send(
      new s3.ListObjectsV2Command({ Bucket: "states", Prefix: "c", EncodingType: "url" }),
    );
    expect(listed.Contents?.map((item) => item.Key)).toEqual(["c%20d/%C3%A9"]);
    await client.send(new s3.DeleteObjectCommand({ Bucket: "states", Key: "c d/é" }));
    const part = await client.send(
      new s3.GetObjectCommand({ Bucket: "states", Key: "a/b.tflock", Range: "bytes=1-9" }),
    );
    expect([part.$metadata.httpStatusCode, part.ContentRange]).toEqual([206, "bytes 1-1/2"]);
    const head = await client.send(
      new s3.HeadObjectCommand({ Bucket: "states", Key: "a/b.tflock" }),
    );
    expect([head.ContentLength, head.ServerSideEncryption]).toEqual([2, "AES256"]);
    expect(
      await fixture.errorOf(() => client.send(new s3.DeleteBucketCommand({ Bucket: "states" }))),
    ).toContain("BucketNotEmpty");
    await client.send(new s3.DeleteObjectCommand({ Bucket: "states", Key: "a/b.tflock" }));
    await client.send(new s3.DeleteBucketCommand({ Bucket: "states" }));
    expect(
      await fixture.errorOf(() =>
        client.send(new s3.GetObjectCommand({ Bucket: "states", Key: "x" })),
      ),
    ).toContain("NoSuchBucket");
  });

  it.each<[Partial<s3.LifecycleRule>, string]>([
    [{}, "InvalidRequest: At least one action needs to be specified in a rule"],
    [
      { Expiration: { Days: 0 } },
      "InvalidArgument: 'Days' for Expiration action must be a positive integer",
    ],
    [
      { Transitions: [{ Days: 29, StorageClass: "STANDARD_IA" }] },
      "InvalidArgument: 'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
    ],
  ])("rejects a lifecycle rule with %j", async (actions, message) => {
    const client = new s3.S3Client({ ...fixture.clientOptions, forcePathStyle: true });
    await client.send(new s3.CreateBucketCommand({ Bucket: "logs" }));
    const command = new s3.PutBucketLifecycleConfigurationCommand({
      Bucket: "logs",
      LifecycleConfiguration: {
        Rules: [{ ID: "old", Status: "Enabled", Filter: {}, ...actions }],
      },
    });
    expect(await fixture.errorOf(() => client.send(command))).toBe(message);
  });
});
