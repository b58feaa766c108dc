import type * as s3 from "@aws-sdk/client-s3";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/store.ts";
import { type Bucket, buckets, needBucket, objects, type StoredObject } from "./buckets.ts";

/** What an object was, or the mark that it was deleted. */
interface Version {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly modified: Date;
  /** Absent in a delete marker. */
  readonly object?: StoredObject;
}

/** Versions that are not the current one, the oldest first. */
export const versions: TableKey<Version> = table("s3/version", { scope: "world" });

export const objectKey = (bucket: string, key: string): string => `${bucket}/${key}`;

const keyOf = ({ bucket, key, versionId }: Version): string =>
  `${objectKey(bucket, key)}@${versionId}`;

const pastOf = (context: Context, bucket: string, key: string): Version[] =>
  context.in(versions).filter((version) => version.bucket === bucket && version.key === key);

export const newVersionId = (context: Context, bucket: Bucket): string =>
  bucket.versioning === "Enabled" ? context.hex(32) : "null";

/** Puts what is current now among the past versions, where the bucket keeps them. */
function retire(context: Context, bucket: Bucket, key: string): void {
  const now = context.in(objects).get(objectKey(bucket.name, key));
  if (
    !now ||
    bucket.versioning === undefined ||
    (bucket.versioning === "Suspended" && now.versionId === "null")
  )
    return;
  const { versionId, modified } = now;
  const version = { bucket: bucket.name, key, versionId, modified, object: now };
  context.in(versions).put(keyOf(version), version);
}

export function putCurrent(context: Context, bucket: Bucket, row: StoredObject): void {
  retire(context, bucket, row.key);
  const nullVersion = { ...row, versionId: "null" };
  if (row.versionId === "null") context.in(versions).delete(keyOf(nullVersion));
  context.in(objects).put(objectKey(row.bucket, row.key), row);
}

/** Deletes an object: with versioning, a marker takes its place. Source: Amazon S3 User Guide, "Deleting object versions from a versioning-enabled bucket". */
export function deleteCurrent(
  context: Context,
  bucket: Bucket,
  key: string,
): { readonly DeleteMarker?: true; readonly VersionId?: string } {
  if (bucket.versioning === undefined) {
    context.in(objects).delete(objectKey(bucket.name, key));
    return {};
  }
  retire(context, bucket, key);
  context.in(objects).delete(objectKey(bucket.name, key));
  const marker = {
    bucket: bucket.name,
    key,
    versionId: newVersionId(context, bucket),
    modified: context.now,
  };
  context.in(versions).delete(keyOf(marker));
  context.in(versions).put(keyOf(marker), marker);
  return { DeleteMarker: true, VersionId: marker.versionId };
}

/** Deletes one version for good; where it was the current one, the newest that is left takes its place. */
export function deleteVersion(
  context: Context,
  bucket: Bucket,
  key: string,
  versionId: string,
): { readonly DeleteMarker?: true; readonly VersionId: string } {
  const current = context.in(objects).get(objectKey(bucket.name, key));
  const past = pastOf(context, bucket.name, key);
  const version = past.find((otherVersion) => otherVersion.versionId === versionId);
  const wasMarker = version !== undefined && version.object === undefined;
  if (current?.versionId === versionId) context.in(objects).delete(objectKey(bucket.name, key));
  if (version) context.in(versions).delete(keyOf(version));
  const isWithoutCurrent = current === undefined || current.versionId === versionId;
  const newest = past.findLast((otherVersion) => otherVersion !== version);
  if (isWithoutCurrent && newest?.object) {
    context.in(versions).delete(keyOf(newest));
    context.in(objects).put(objectKey(bucket.name, key), newest.object);
  }
  return { VersionId: versionId, ...(wasMarker ? { DeleteMarker: true } : {}) };
}

/** An object, or one of its versions. */
export function needVersion(
  context: Context,
  bucket: string,
  key: string,
  versionId?: string,
): StoredObject {
  needBucket(context, bucket);
  const current = context.in(objects).get(objectKey(bucket, key));
  const row =
    versionId === undefined || current?.versionId === versionId
      ? current
      : pastOf(context, bucket, key).find((version) => version.versionId === versionId)?.object;
  if (row) return row;
  throw versionId === undefined
    ? new AwsError("NoSuchKey", "The specified key does not exist.", 404, { Key: key })
    : new AwsError("NoSuchVersion", "The specified version does not exist.", 404, {
        Key: key,
        VersionId: versionId,
      });
}

export const versionOperations: Operations = {
  DeleteBucket: operation<s3.DeleteBucketRequest, object>()(["Bucket"], (context, input) => {
    const row = needBucket(context, input.Bucket);
    if (context.in(objects).find((object) => object.bucket === row.name))
      throw new AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409);
    if (context.in(versions).find((version) => version.bucket === row.name))
      throw new AwsError(
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
        409,
      );
    context.in(buckets).delete(row.name);
    return {};
  }),

  GetBucketVersioning: operation<s3.GetBucketVersioningRequest, s3.GetBucketVersioningOutput>()(
    ["Bucket"],
    (context, input) => {
      const { versioning } = needBucket(context, input.Bucket);
      return versioning === undefined ? {} : { Status: versioning };
    },
  ),

  PutBucketVersioning: operation<s3.PutBucketVersioningRequest, object>()(
    ["Bucket", "VersioningConfiguration", "ContentMD5", "ChecksumAlgorithm"],
    (context, input) => {
      const bucket = needBucket(context, input.Bucket);
      const { Status, MFADelete } = input.VersioningConfiguration;
      if (MFADelete === "Enabled") throw notImplemented("MFA delete");
      if (Status === undefined)
        throw new AwsError(
          "IllegalVersioningConfigurationException",
          "The Versioning element must be specified",
        );
      context.in(buckets).put(bucket.name, { ...bucket, versioning: Status });
      return {};
    },
  ),

  ListObjectVersions: operation<s3.ListObjectVersionsRequest, s3.ListObjectVersionsOutput>()(
    ["Bucket", "Prefix", "MaxKeys", "KeyMarker", "VersionIdMarker", "EncodingType"],
    (context, input) => {
      const bucket = needBucket(context, input.Bucket);
      const isWanted = (row: { readonly bucket: string; readonly key: string }): boolean =>
        row.bucket === bucket.name && row.key.startsWith(input.Prefix ?? "");
      const current = context.in(objects).filter(isWanted);
      const past = context.in(versions).filter(isWanted).toReversed();
      const isLatest = (row: Version): boolean =>
        !current.some((storedObject) => storedObject.key === row.key) &&
        past.find((version) => version.key === row.key) === row;
      const entries = [
        ...current.map((row) => ({ ...row, object: row, latest: true })),
        ...past.map((row) => ({ ...row, latest: isLatest(row) })),
      ].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
      const write = (key: string): string =>
        input.EncodingType === "url" ? encodeURIComponent(key).replaceAll("%2F", "/") : key;
      const start =
        input.KeyMarker === undefined
          ? 0
          : 1 +
            entries.findLastIndex(
              (row) =>
                row.key === input.KeyMarker &&
                (input.VersionIdMarker === undefined || row.versionId === input.VersionIdMarker),
            );
      const most = input.MaxKeys ?? 1000;
      const shown = entries.slice(start, start + most);
      const last = start + most < entries.length ? shown.at(-1) : undefined;
      const entry = (
        row: (typeof entries)[number],
      ): Pick<s3.ObjectVersion, "Key" | "VersionId" | "IsLatest" | "LastModified"> => ({
        Key: write(row.key),
        VersionId: row.versionId,
        IsLatest: row.latest,
        LastModified: row.modified,
      });
      return {
        Name: bucket.name,
        Prefix: write(input.Prefix ?? ""),
        MaxKeys: most,
        IsTruncated: last !== undefined,
        ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
        ...(last ? { NextKeyMarker: write(last.key), NextVersionIdMarker: last.versionId } : {}),
        Versions: shown.flatMap((row) =>
          row.object
            ? [
                {
                  ...entry(row),
                  ETag: row.object.etag,
                  Size: row.object.body.length,
                  StorageClass: "STANDARD" as const,
                },
              ]
            : [],
        ),
        DeleteMarkers: shown.filter((row) => row.object === undefined).map(entry),
      };
    },
  ),
};
