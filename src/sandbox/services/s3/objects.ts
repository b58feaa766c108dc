import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type * as s3 from "@aws-sdk/client-s3";
import { isCallerAllowed } from "../../authorization/authorize-call.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { checkEncryption, requireBucket, objects, type StoredObject } from "./buckets.ts";
import {
  deleteCurrentObject,
  deleteVersion,
  requireVersion,
  newVersionId,
  objectKey,
  putCurrentObject,
} from "./versions.ts";

/** Source: Amazon S3 User Guide, "Add preconditions to S3 operations with conditional requests". */
function checkPreconditions(
  existing: StoredObject | undefined,
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
): void {
  const preconditionFailed = new AwsError(
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
    412,
  );
  if (ifNoneMatch === "*" && existing) throw preconditionFailed;
  if (ifMatch !== undefined) {
    if (!existing) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404);
    if (existing.etag !== ifMatch) throw preconditionFailed;
  }
}

/** The first and last byte of a Range header. Source: RFC 9110, "Byte Ranges". */
function rangeOf(text: string, length: number): { readonly first: number; readonly last: number } {
  const [, firstText = "", lastText = ""] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  const first = firstText === "" ? Math.max(length - Number(lastText), 0) : Number(firstText);
  const last =
    firstText === "" || lastText === "" ? length - 1 : Math.min(Number(lastText), length - 1);
  if ((firstText === "" && lastText === "") || first > last) {
    throw new AwsError("InvalidRange", "The requested range is not satisfiable", 416);
  }
  return { first, last };
}

/** The digests that a request can have, as base64 of the big-endian bytes. */
const DIGESTS = {
  ContentMD5: (body: Uint8Array) => createHash("md5").update(body).digest("base64"),
  ChecksumCRC32: (body: Uint8Array) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes.toString("base64");
  },
  ChecksumSHA1: (body: Uint8Array) => createHash("sha1").update(body).digest("base64"),
  ChecksumSHA256: (body: Uint8Array) => createHash("sha256").update(body).digest("base64"),
} as const;
type Digest = keyof typeof DIGESTS;
const DIGEST_NAMES: readonly Digest[] = [
  "ContentMD5",
  "ChecksumCRC32",
  "ChecksumSHA1",
  "ChecksumSHA256",
];

/**
 * Compares the body with the digests in the request.
 *
 * @throws AwsError BadDigest
 */
function checkDigests(
  body: Uint8Array,
  expectedDigests: Partial<Record<Digest, string | undefined>>,
): void {
  for (const name of DIGEST_NAMES) {
    if (expectedDigests[name] !== undefined && expectedDigests[name] !== DIGESTS[name](body)) {
      throw new AwsError("BadDigest", `The ${name} you specified did not match what we received.`);
    }
  }
}

/** Encodes keys for a list: percent-encoded with the encoding type url. */
const keyEncoder =
  (encoding: string | undefined) =>
  (key: string): string =>
    encoding === "url" ? encodeURIComponent(key).replaceAll("%2F", "/") : key;

const versionIdOf = ({ versionId }: StoredObject): { VersionId?: string } =>
  versionId === "null" ? {} : { VersionId: versionId };

const describeObject = (row: StoredObject) => ({
  ...versionIdOf(row),
  ContentLength: row.body.length,
  ContentType: row.contentType,
  ETag: row.etag,
  LastModified: row.modified,
  AcceptRanges: "bytes",
  Metadata: { ...row.metadata },
  ServerSideEncryption: row.encryption,
  ...(row.kmsKeyId === undefined ? {} : { SSEKMSKeyId: row.kmsKeyId }),
});

function listKeys(
  context: Context,
  bucket: string,
  prefix = "",
  delimiter = "",
  encoding?: string,
): { contents: s3._Object[]; prefixes: string[] } {
  requireBucket(context, bucket);
  const encodeKey = keyEncoder(encoding);
  const rows = context
    .in(objects)
    .filter((row) => row.bucket === bucket && row.key.startsWith(prefix))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const folderOf = (key: string): string | undefined => {
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + delimiter.length);
  };
  return {
    contents: rows
      .filter((row) => folderOf(row.key) === undefined)
      .map((row) => ({
        Key: encodeKey(row.key),
        Size: row.body.length,
        ETag: row.etag,
        LastModified: row.modified,
        StorageClass: "STANDARD",
      })),
    prefixes: [...new Set(rows.flatMap((row) => folderOf(row.key) ?? []))].map(encodeKey),
  };
}

/**
 * An object to read. Without the permission to list the bucket, a missing key is reported as AccessDenied.
 *
 * Source: Amazon S3 API Reference, GetObject: "Permissions".
 */
function requireReadableObject(
  context: Context,
  bucket: string,
  key: string,
  versionId: string | undefined,
): StoredObject {
  try {
    return requireVersion(context, bucket, key, versionId);
  } catch (error) {
    const arn = `arn:${context.partition}:s3:::${bucket}`;
    const isHidden = error instanceof AwsError && error.code === "NoSuchKey";
    if (isHidden && !isCallerAllowed(context, "s3:ListBucket", arn))
      throw new AwsError("AccessDenied", "Access Denied", 403);
    throw error;
  }
}

export const objectOperations: Operations = {
  PutObject: operation<s3.PutObjectRequest, s3.PutObjectOutput>()(
    [
      "Bucket",
      "Key",
      "Body",
      "ContentType",
      "ContentLength",
      "ContentEncoding",
      "Metadata",
      "ServerSideEncryption",
      "SSEKMSKeyId",
      "IfMatch",
      "IfNoneMatch",
      "Tagging",
      "ChecksumAlgorithm",
      ...DIGEST_NAMES,
    ],
    (context, input) => {
      const bucket = requireBucket(context, input.Bucket);
      const existing = context.in(objects).get(objectKey(bucket.name, input.Key));
      checkPreconditions(existing, input.IfMatch, input.IfNoneMatch);
      const body = input.Body instanceof Uint8Array ? input.Body : new Uint8Array();
      checkDigests(body, input);
      checkEncryption(input.ServerSideEncryption, input.SSEKMSKeyId);
      const defaultEncryption = bucket.encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
      const kmsKeyId =
        input.SSEKMSKeyId ??
        (input.ServerSideEncryption === undefined ? defaultEncryption?.KMSMasterKeyID : undefined);
      const row: StoredObject = {
        bucket: bucket.name,
        key: input.Key,
        versionId: newVersionId(context, bucket),
        tags: [...new URLSearchParams(input.Tagging ?? "")].map(([Key, Value]) => ({ Key, Value })),
        body,
        etag: `"${createHash("md5").update(body).digest("hex")}"`,
        contentType: input.ContentType ?? "binary/octet-stream",
        metadata: input.Metadata ?? {},
        encryption: input.ServerSideEncryption ?? defaultEncryption?.SSEAlgorithm ?? "AES256",
        modified: context.now,
        ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
      };
      putCurrentObject(context, bucket, row);
      return {
        ...versionIdOf(row),
        ETag: row.etag,
        ServerSideEncryption: row.encryption,
        ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
      };
    },
  ),

  GetObject: operation<s3.GetObjectRequest, object>()(
    ["Bucket", "Key", "VersionId", "ChecksumMode", "Range"],
    (context, input) => {
      const row = requireReadableObject(context, input.Bucket, input.Key, input.VersionId);
      if (input.Range === undefined) return { ...describeObject(row), Body: row.body };
      const { first, last } = rangeOf(input.Range, row.body.length);
      const body = row.body.slice(first, last + 1);
      return {
        ...describeObject(row),
        ContentLength: body.length,
        ContentRange: `bytes ${first}-${last}/${row.body.length}`,
        Body: body,
      };
    },
  ),

  HeadObject: operation<s3.HeadObjectRequest, s3.HeadObjectOutput>()(
    ["Bucket", "Key", "VersionId", "ChecksumMode"],
    (context, input) =>
      describeObject(requireReadableObject(context, input.Bucket, input.Key, input.VersionId)),
  ),

  DeleteObject: operation<s3.DeleteObjectRequest, s3.DeleteObjectOutput>()(
    ["Bucket", "Key", "VersionId"],
    (context, input) => {
      const bucket = requireBucket(context, input.Bucket);
      return input.VersionId === undefined
        ? deleteCurrentObject(context, bucket, input.Key)
        : deleteVersion(context, bucket, input.Key, input.VersionId);
    },
  ),

  DeleteObjects: operation<s3.DeleteObjectsRequest, s3.DeleteObjectsOutput>()(
    ["Bucket", "Delete", "ChecksumAlgorithm"],
    (context, input) => {
      const bucket = requireBucket(context, input.Bucket);
      const deletedObjects = (input.Delete.Objects ?? []).map(({ Key = "", VersionId }) => {
        if (VersionId !== undefined) {
          const { DeleteMarker } = deleteVersion(context, bucket, Key, VersionId);
          return { Key, VersionId, ...(DeleteMarker ? { DeleteMarker } : {}) };
        }
        const { DeleteMarker, VersionId: marker } = deleteCurrentObject(context, bucket, Key);
        return {
          Key,
          ...(DeleteMarker ? { DeleteMarker, DeleteMarkerVersionId: marker } : {}),
        };
      });
      return input.Delete.Quiet === true ? {} : { Deleted: deletedObjects };
    },
  ),

  GetObjectTagging: operation<s3.GetObjectTaggingRequest, s3.GetObjectTaggingOutput>()(
    ["Bucket", "Key", "VersionId"],
    (context, input) => ({
      TagSet: [...requireVersion(context, input.Bucket, input.Key, input.VersionId).tags],
    }),
  ),

  PutObjectTagging: operation<s3.PutObjectTaggingRequest, s3.PutObjectTaggingOutput>()(
    ["Bucket", "Key", "Tagging", "ContentMD5", "ChecksumAlgorithm"],
    (context, input) => {
      const row = requireVersion(context, input.Bucket, input.Key);
      context
        .in(objects)
        .put(objectKey(row.bucket, row.key), { ...row, tags: input.Tagging.TagSet ?? [] });
      return versionIdOf(row);
    },
  ),

  DeleteObjectTagging: operation<s3.DeleteObjectTaggingRequest, s3.DeleteObjectTaggingOutput>()(
    ["Bucket", "Key"],
    (context, input) => {
      const row = requireVersion(context, input.Bucket, input.Key);
      context.in(objects).put(objectKey(row.bucket, row.key), { ...row, tags: [] });
      return versionIdOf(row);
    },
  ),

  ListObjects: operation<s3.ListObjectsRequest, s3.ListObjectsOutput>()(
    ["Bucket", "Prefix", "Delimiter", "MaxKeys", "EncodingType"],
    (context, input) => {
      const { contents, prefixes } = listKeys(
        context,
        input.Bucket,
        input.Prefix,
        input.Delimiter,
        input.EncodingType,
      );
      return {
        Name: input.Bucket,
        Prefix: keyEncoder(input.EncodingType)(input.Prefix ?? ""),
        ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
        MaxKeys: input.MaxKeys ?? 1000,
        IsTruncated: contents.length > (input.MaxKeys ?? 1000),
        Contents: contents.slice(0, input.MaxKeys ?? 1000),
        CommonPrefixes: prefixes.map((Prefix) => ({ Prefix })),
      };
    },
  ),

  ListObjectsV2: operation<s3.ListObjectsV2Request, s3.ListObjectsV2Output>()(
    ["Bucket", "Prefix", "Delimiter", "MaxKeys", "ContinuationToken", "EncodingType"],
    (context, input) => {
      const { contents, prefixes } = listKeys(
        context,
        input.Bucket,
        input.Prefix,
        input.Delimiter,
        input.EncodingType,
      );
      const { items, next } = page(contents, input.MaxKeys ?? 1000, input.ContinuationToken);
      return {
        Name: input.Bucket,
        Prefix: keyEncoder(input.EncodingType)(input.Prefix ?? ""),
        ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
        MaxKeys: input.MaxKeys ?? 1000,
        KeyCount: items.length + prefixes.length,
        IsTruncated: next !== undefined,
        Contents: [...items],
        CommonPrefixes: prefixes.map((Prefix) => ({ Prefix })),
        ...(next === undefined ? {} : { NextContinuationToken: next }),
      };
    },
  ),
};
