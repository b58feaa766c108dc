import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type * as s3 from "@aws-sdk/client-s3";
import { isCallerAllowed } from "../../authorization/authorize-call.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { checkEncryption, needBucket, objects, type StoredObject } from "./buckets.ts";
import {
  deleteCurrent,
  deleteVersion,
  needVersion,
  newVersionId,
  objectKey,
  putCurrent,
} from "./versions.ts";

/** Source: Amazon S3 User Guide, "Add preconditions to S3 operations with conditional requests". */
function checkPreconditions(
  before: StoredObject | undefined,
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
): void {
  const failed = new AwsError(
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
    412,
  );
  if (ifNoneMatch === "*" && before) throw failed;
  if (ifMatch !== undefined) {
    if (!before) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404);
    if (before.etag !== ifMatch) throw failed;
  }
}

/** The bytes that a Range header asks for. Source: RFC 9110, "Byte Ranges". */
function rangeOf(text: string, length: number): { readonly first: number; readonly last: number } {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  const first = from === "" ? Math.max(length - Number(to), 0) : Number(from);
  const last = from === "" || to === "" ? length - 1 : Math.min(Number(to), length - 1);
  if ((from === "" && to === "") || first > last) {
    throw new AwsError("InvalidRange", "The requested range is not satisfiable", 416);
  }
  return { first, last };
}

/** Digests that a body may come with, as S3 writes them: base64 of the big-endian bytes. */
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

/** A body is what its sender says it is, or it is not taken. */
function checkDigests(body: Uint8Array, given: Partial<Record<Digest, string | undefined>>): void {
  for (const name of DIGEST_NAMES) {
    if (given[name] !== undefined && given[name] !== DIGESTS[name](body)) {
      throw new AwsError("BadDigest", `The ${name} you specified did not match what we received.`);
    }
  }
}

/** Keys as a list shows them: percent-encoded where the client asks for it. */
const keyWriter =
  (encoding: string | undefined) =>
  (key: string): string =>
    encoding === "url" ? encodeURIComponent(key).replaceAll("%2F", "/") : key;

const versionOf = ({ versionId }: StoredObject): { VersionId?: string } =>
  versionId === "null" ? {} : { VersionId: versionId };

const head = (row: StoredObject) => ({
  ...versionOf(row),
  ContentLength: row.body.length,
  ContentType: row.contentType,
  ETag: row.etag,
  LastModified: row.modified,
  AcceptRanges: "bytes",
  Metadata: { ...row.metadata },
  ServerSideEncryption: row.encryption,
  ...(row.kmsKeyId === undefined ? {} : { SSEKMSKeyId: row.kmsKeyId }),
});

function list(
  context: Context,
  bucket: string,
  prefix = "",
  delimiter = "",
  encoding?: string,
): { contents: s3._Object[]; prefixes: string[] } {
  needBucket(context, bucket);
  const write = keyWriter(encoding);
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
        Key: write(row.key),
        Size: row.body.length,
        ETag: row.etag,
        LastModified: row.modified,
        StorageClass: "STANDARD",
      })),
    prefixes: [...new Set(rows.flatMap((row) => folderOf(row.key) ?? []))].map(write),
  };
}

/**
 * An object that is to be read. Who may not list the bucket is not told that a key is not there.
 *
 * Source: Amazon S3 API Reference, GetObject: "Permissions".
 */
function needReadable(
  context: Context,
  bucket: string,
  key: string,
  versionId: string | undefined,
): StoredObject {
  try {
    return needVersion(context, bucket, key, versionId);
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
      const bucket = needBucket(context, input.Bucket);
      const before = context.in(objects).get(objectKey(bucket.name, input.Key));
      checkPreconditions(before, input.IfMatch, input.IfNoneMatch);
      const body = input.Body instanceof Uint8Array ? input.Body : new Uint8Array();
      checkDigests(body, input);
      checkEncryption(input.ServerSideEncryption, input.SSEKMSKeyId);
      const byDefault = bucket.encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
      const kmsKeyId =
        input.SSEKMSKeyId ??
        (input.ServerSideEncryption === undefined ? byDefault?.KMSMasterKeyID : undefined);
      const row: StoredObject = {
        bucket: bucket.name,
        key: input.Key,
        versionId: newVersionId(context, bucket),
        tags: [...new URLSearchParams(input.Tagging ?? "")].map(([Key, Value]) => ({ Key, Value })),
        body,
        etag: `"${createHash("md5").update(body).digest("hex")}"`,
        contentType: input.ContentType ?? "binary/octet-stream",
        metadata: input.Metadata ?? {},
        encryption: input.ServerSideEncryption ?? byDefault?.SSEAlgorithm ?? "AES256",
        modified: context.now,
        ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
      };
      putCurrent(context, bucket, row);
      return {
        ...versionOf(row),
        ETag: row.etag,
        ServerSideEncryption: row.encryption,
        ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
      };
    },
  ),

  GetObject: operation<s3.GetObjectRequest, object>()(
    ["Bucket", "Key", "VersionId", "ChecksumMode", "Range"],
    (context, input) => {
      const row = needReadable(context, input.Bucket, input.Key, input.VersionId);
      if (input.Range === undefined) return { ...head(row), Body: row.body };
      const { first, last } = rangeOf(input.Range, row.body.length);
      const body = row.body.slice(first, last + 1);
      return {
        ...head(row),
        ContentLength: body.length,
        ContentRange: `bytes ${first}-${last}/${row.body.length}`,
        Body: body,
      };
    },
  ),

  HeadObject: operation<s3.HeadObjectRequest, s3.HeadObjectOutput>()(
    ["Bucket", "Key", "VersionId", "ChecksumMode"],
    (context, input) => head(needReadable(context, input.Bucket, input.Key, input.VersionId)),
  ),

  DeleteObject: operation<s3.DeleteObjectRequest, s3.DeleteObjectOutput>()(
    ["Bucket", "Key", "VersionId"],
    (context, input) => {
      const bucket = needBucket(context, input.Bucket);
      return input.VersionId === undefined
        ? deleteCurrent(context, bucket, input.Key)
        : deleteVersion(context, bucket, input.Key, input.VersionId);
    },
  ),

  DeleteObjects: operation<s3.DeleteObjectsRequest, s3.DeleteObjectsOutput>()(
    ["Bucket", "Delete", "ChecksumAlgorithm"],
    (context, input) => {
      const bucket = needBucket(context, input.Bucket);
      const gone = (input.Delete.Objects ?? []).map(({ Key = "", VersionId }) => {
        if (VersionId !== undefined) {
          const { DeleteMarker } = deleteVersion(context, bucket, Key, VersionId);
          return { Key, VersionId, ...(DeleteMarker ? { DeleteMarker } : {}) };
        }
        const { DeleteMarker, VersionId: marker } = deleteCurrent(context, bucket, Key);
        return {
          Key,
          ...(DeleteMarker ? { DeleteMarker, DeleteMarkerVersionId: marker } : {}),
        };
      });
      return input.Delete.Quiet === true ? {} : { Deleted: gone };
    },
  ),

  GetObjectTagging: operation<s3.GetObjectTaggingRequest, s3.GetObjectTaggingOutput>()(
    ["Bucket", "Key", "VersionId"],
    (context, input) => ({
      TagSet: [...needVersion(context, input.Bucket, input.Key, input.VersionId).tags],
    }),
  ),

  PutObjectTagging: operation<s3.PutObjectTaggingRequest, s3.PutObjectTaggingOutput>()(
    ["Bucket", "Key", "Tagging", "ContentMD5", "ChecksumAlgorithm"],
    (context, input) => {
      const row = needVersion(context, input.Bucket, input.Key);
      context
        .in(objects)
        .put(objectKey(row.bucket, row.key), { ...row, tags: input.Tagging.TagSet ?? [] });
      return versionOf(row);
    },
  ),

  DeleteObjectTagging: operation<s3.DeleteObjectTaggingRequest, s3.DeleteObjectTaggingOutput>()(
    ["Bucket", "Key"],
    (context, input) => {
      const row = needVersion(context, input.Bucket, input.Key);
      context.in(objects).put(objectKey(row.bucket, row.key), { ...row, tags: [] });
      return versionOf(row);
    },
  ),

  ListObjects: operation<s3.ListObjectsRequest, s3.ListObjectsOutput>()(
    ["Bucket", "Prefix", "Delimiter", "MaxKeys", "EncodingType"],
    (context, input) => {
      const { contents, prefixes } = list(
        context,
        input.Bucket,
        input.Prefix,
        input.Delimiter,
        input.EncodingType,
      );
      return {
        Name: input.Bucket,
        Prefix: keyWriter(input.EncodingType)(input.Prefix ?? ""),
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
      const { contents, prefixes } = list(
        context,
        input.Bucket,
        input.Prefix,
        input.Delimiter,
        input.EncodingType,
      );
      const { items, next } = page(contents, input.MaxKeys ?? 1000, input.ContinuationToken);
      return {
        Name: input.Bucket,
        Prefix: keyWriter(input.EncodingType)(input.Prefix ?? ""),
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
