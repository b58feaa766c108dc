import * as s3 from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { startSandbox } from "../../../src/sandbox/index.ts";
import { clientOptions } from "../../support/clients.ts";
import { region } from "../failures/stage.ts";

describe("S3 bucket with versioning", () => {
  it("keeps overwritten and deleted versions", async () => {
    const sandbox = await startSandbox();
    const client = new s3.S3Client({ ...clientOptions(sandbox.url, region), forcePathStyle: true });
    const object = { Bucket: "states", Key: "a" };
    await client.send(new s3.CreateBucketCommand({ Bucket: "states" }));
    await client.send(
      new s3.PutBucketVersioningCommand({
        Bucket: "states",
        VersioningConfiguration: { Status: "Enabled" },
      }),
    );
    const first = await client.send(new s3.PutObjectCommand({ ...object, Body: "1" }));
    await client.send(new s3.PutObjectCommand({ ...object, Body: "2" }));
    const deleted = await client.send(new s3.DeleteObjectCommand(object));
    expect(deleted.DeleteMarker).toBe(true);
    await expect(client.send(new s3.GetObjectCommand(object))).rejects.toThrow("does not exist");
    const old = await client.send(
      new s3.GetObjectCommand({ ...object, VersionId: first.VersionId }),
    );
    expect(await old.Body?.transformToString()).toBe("1");
    const listed = await client.send(new s3.ListObjectVersionsCommand({ Bucket: "states" }));
    expect([listed.Versions?.length, listed.DeleteMarkers?.[0]?.IsLatest]).toEqual([2, true]);
    await client.send(new s3.DeleteObjectCommand({ ...object, VersionId: deleted.VersionId }));
    const restored = await client.send(new s3.GetObjectCommand(object));
    expect(await restored.Body?.transformToString()).toBe("2");
    await expect(client.send(new s3.DeleteBucketCommand({ Bucket: "states" }))).rejects.toThrow(
      "The bucket you tried to delete is not empty",
    );
    await sandbox.close();
  });
});
