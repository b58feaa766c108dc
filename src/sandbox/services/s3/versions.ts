import type * as s3 from "@aws-sdk/client-s3";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { type Bucket, buckets, requireBucket, objects, type StoredObject } from "./buckets.ts";

/** A noncurrent version of an object, or a delete marker. */
interface ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly modified: Date;
  /** Undefined for a delete marker. */
  readonly object?: StoredObject;
}

/** Noncurrent versions and delete markers, the oldest first. */
export const versions: TableKey<ObjectVersion> = table("s3/version", { scope: "world" });

export const objectKey = (bucket: string, key: string): string => `${bucket}/${key}`;

const versionKey = ({ bucket, key, versionId }: ObjectVersion): string =>
  `${objectKey(bucket, key)}@${versionId}`;

const noncurrentVersions = (context: Context, bucket: string, key: string): ObjectVersion[] =>
  context.in(versions).filter((version) => version.bucket === bucket && version.key === key);

export const newVersionId = (context: Context, bucket: Bucket): string =>
  bucket.versioning === "Enabled" ? context.hex(32) : "null";

/** Makes the current version noncurrent, if the bucket has versioning. */
function archiveCurrentVersion(context: Context, bucket: Bucket, key: string): void {
  const current = context.in(objects).get(objectKey(bucket.name, key));
  if (
    !current ||
    bucket.versioning === undefined ||
    (bucket.versioning === "Suspended" && current.versionId === "null")
  )
    return;
  const { versionId, modified } = current;
  const version = { bucket: bucket.name, key, versionId, modified, object: current };
  context.in(versions).put(versionKey(version), version);
}

export function putCurrentObject(context: Context, bucket: Bucket, row: StoredObject): void {
  archiveCurrentVersion(context, bucket, row.key);
  const nullVersion = { ...row, versionId: "null" };
  if (row.versionId === "null") context.in(versions).delete(versionKey(nullVersion));
  context.in(objects).put(objectKey(row.bucket, row.key), row);
}

/** Deletes an object. With versioning, a delete marker becomes the current version. Source: Amazon S3 User Guide, "Deleting object versions from a versioning-enabled bucket". */
export function deleteCurrentObject(
  context: Context,
  bucket: Bucket,
  key: string,
): { readonly DeleteMarker?: true; readonly VersionId?: string } {
  if (bucket.versioning === undefined) {
    context.in(objects).delete(objectKey(bucket.name, key));
    return {};
  }
  archiveCurrentVersion(context, bucket, key);
  context.in(objects).delete(objectKey(bucket.name, key));
  const marker = {
    bucket: bucket.name,
    key,
    versionId: newVersionId(context, bucket),
    modified: context.now,
  };
  context.in(versions).delete(versionKey(marker));
  context.in(versions).put(versionKey(marker), marker);
  return { DeleteMarker: true, VersionId: marker.versionId };
}

/** Permanently deletes a version. If it was the current version, the newest remaining version becomes current. */
export function deleteVersion(
  context: Context,
  bucket: Bucket,
  key: string,
  versionId: string,
): { readonly DeleteMarker?: true; readonly VersionId: string } {
  const current = context.in(objects).get(objectKey(bucket.name, key));
  const noncurrent = noncurrentVersions(context, bucket.name, key);
  const version = noncurrent.find((otherVersion) => otherVersion.versionId === versionId);
  const wasMarker = version !== undefined && version.object === undefined;
  if (current?.versionId === versionId) context.in(objects).delete(objectKey(bucket.name, key));
  if (version) context.in(versions).delete(versionKey(version));
  const hasNoCurrent = current === undefined || current.versionId === versionId;
  const newestVersion = noncurrent.findLast((otherVersion) => otherVersion !== version);
  if (hasNoCurrent && newestVersion?.object) {
    context.in(versions).delete(versionKey(newestVersion));
    context.in(objects).put(objectKey(bucket.name, key), newestVersion.object);
  }
  return { VersionId: versionId, ...(wasMarker ? { DeleteMarker: true } : {}) };
}

/**
 * The current version of an object, or the version with an ID.
 *
 * @throws AwsError NoSuchBucket, NoSuchKey or NoSuchVersion
 */
export function requireVersion(
  context: Context,
  bucket: string,
  key: string,
  versionId?: string,
): StoredObject {
  requireBucket(context, bucket);
  const current = context.in(objects).get(objectKey(bucket, key));
  const row =
    versionId === undefined || current?.versionId === versionId
      ? current
      : noncurrentVersions(context, bucket, key).find((version) => version.versionId === versionId)
          ?.object;
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
    const row = requireBucket(context, input.Bucket);
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
      const { versioning } = requireBucket(context, input.Bucket);
      return versioning === undefined ? {} : { Status: versioning };
    },
  ),

  PutBucketVersioning: operation<s3.PutBucketVersioningRequest, object>()(
    ["Bucket", "VersioningConfiguration", "ContentMD5", "ChecksumAlgorithm"],
    (context, input) => {
      const bucket = requireBucket(context, input.Bucket);
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
      const bucket = requireBucket(context, input.Bucket);
      const isListed = (row: { readonly bucket: string; readonly key: string }): boolean =>
        row.bucket === bucket.name && row.key.startsWith(input.Prefix ?? "");
      const current = context.in(objects).filter(isListed);
      const noncurrent = context.in(versions).filter(isListed).toReversed();
      const isLatest = (row: ObjectVersion): boolean =>
        !current.some((storedObject) => storedObject.key === row.key) &&
        noncurrent.find((version) => version.key === row.key) === row;
      const entries = [
        ...current.map((row) => ({ ...row, object: row, latest: true })),
        ...noncurrent.map((row) => ({ ...row, latest: isLatest(row) })),
      ].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
      const encodeKey = (key: string): string =>
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
      const maxKeys = input.MaxKeys ?? 1000;
      const entriesInPage = entries.slice(start, start + maxKeys);
      const last = start + maxKeys < entries.length ? entriesInPage.at(-1) : undefined;
      const entry = (
        row: (typeof entries)[number],
      ): Pick<s3.ObjectVersion, "Key" | "VersionId" | "IsLatest" | "LastModified"> => ({
        Key: encodeKey(row.key),
        VersionId: row.versionId,
        IsLatest: row.latest,
        LastModified: row.modified,
      });
      return {
        Name: bucket.name,
        Prefix: encodeKey(input.Prefix ?? ""),
        MaxKeys: maxKeys,
        IsTruncated: last !== undefined,
        ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
        ...(last
          ? { NextKeyMarker: encodeKey(last.key), NextVersionIdMarker: last.versionId }
          : {}),
        Versions: entriesInPage.flatMap((row) =>
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
        DeleteMarkers: entriesInPage.filter((row) => row.object === undefined).map(entry),
      };
    },
  ),
};
