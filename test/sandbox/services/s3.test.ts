import * as s3 from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const MALFORMED =
  "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema";

describe("S3", () => {
  it("names the lifecycle rules that have no ID", async () => {
    const client = new s3.S3Client({ ...fixture.clientOptions, forcePathStyle: true });
    await client.send(new s3.CreateBucketCommand({ Bucket: "logs" }));
    const rule = { Status: "Enabled", Expiration: { Days: 1 } } as const;
    await client.send(
      new s3.PutBucketLifecycleConfigurationCommand({
        Bucket: "logs",
        LifecycleConfiguration: {
          Rules: [
            { ...rule, Filter: { Prefix: "a/" } },
            { ...rule, Filter: { Prefix: "b/" } },
          ],
        },
      }),
    );
    const { Rules = [] } = await client.send(
      new s3.GetBucketLifecycleConfigurationCommand({ Bucket: "logs" }),
    );
    expect(new Set(Rules.map(({ ID = "" }) => ID.length))).toEqual(new Set([36]));
  });

  it.each(["sthree-logs", "amzn-s3-demo-logs", "logs-s3alias", "logs--ol-s3", "a..logs"])(
    "rejects the bucket name %s",
    async (Bucket) => {
      const client = new s3.S3Client({ ...fixture.clientOptions, forcePathStyle: true });
      expect(
        await fixture.errorOf(() => client.send(new s3.CreateBucketCommand({ Bucket }))),
      ).toContain("InvalidBucketName");
    },
  );

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
    [
      { Transitions: [{ Days: 60, StorageClass: "GLACIER" }], Expiration: { Days: 60 } },
      "InvalidArgument: 'Days' in the Expiration action for filter '(prefix=)' must be greater than 'Days' in the Transition action",
    ],
    [
      { Expiration: { Date: new Date("2030-01-01T01:00:00Z") } },
      "InvalidArgument: 'Date' must be at midnight GMT",
    ],
    [{ Expiration: { Days: 1, Date: new Date("2030-01-01T00:00:00Z") } }, MALFORMED],
    [{ Expiration: { Days: 1 }, Filter: { Prefix: "a/", ObjectSizeLessThan: 5 } }, MALFORMED],
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
