import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type * as s3 from "@aws-sdk/client-s3";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../service.ts";
import { needBucket, objects, type StoredObject } from "./buckets.ts";

const idOf = (bucket: string, key: string): string => `${bucket}/${key}`;

function need(context: Context, bucket: string, key: string): StoredObject {
  needBucket(context, bucket);
  const row = context.in(objects).get(idOf(bucket, key));
  if (!row) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404, { Key: key });
  return row;
}

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

const head = (row: StoredObject) => ({
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
      "ChecksumAlgorithm",
      ...DIGEST_NAMES,
    ],
    (context, input) => {
      const bucket = needBucket(context, input.Bucket);
      const before = context.in(objects).get(idOf(bucket.name, input.Key));
      checkPreconditions(before, input.IfMatch, input.IfNoneMatch);
      const body = input.Body instanceof Uint8Array ? input.Body : new Uint8Array();
      checkDigests(body, input);
      const byDefault = bucket.encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
      const kmsKeyId =
        input.SSEKMSKeyId ??
        (input.ServerSideEncryption === undefined ? byDefault?.KMSMasterKeyID : undefined);
      const row: StoredObject = {
        bucket: bucket.name,
        key: input.Key,
        body,
        etag: `"${createHash("md5").update(body).digest("hex")}"`,
        contentType: input.ContentType ?? "binary/octet-stream",
        metadata: input.Metadata ?? {},
        encryption: input.ServerSideEncryption ?? byDefault?.SSEAlgorithm ?? "AES256",
        modified: context.now,
        ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
      };
      context.in(objects).put(idOf(row.bucket, row.key), row);
      return {
        ETag: row.etag,
        ServerSideEncryption: row.encryption,
        ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
      };
    },
  ),

  GetObject: operation<s3.GetObjectRequest, object>()(
    ["Bucket", "Key", "ChecksumMode", "Range"],
    (context, input) => {
      const row = need(context, input.Bucket, input.Key);
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
    ["Bucket", "Key", "ChecksumMode"],
    (context, input) => head(need(context, input.Bucket, input.Key)),
  ),

  DeleteObject: operation<s3.DeleteObjectRequest, object>()(["Bucket", "Key"], (context, input) => {
    needBucket(context, input.Bucket);
    context.in(objects).delete(idOf(input.Bucket, input.Key));
    return {};
  }),

  DeleteObjects: operation<s3.DeleteObjectsRequest, s3.DeleteObjectsOutput>()(
    ["Bucket", "Delete", "ChecksumAlgorithm"],
    (context, input) => {
      needBucket(context, input.Bucket);
      const gone = (input.Delete.Objects ?? []).map((one) => ({ Key: one.Key ?? "" }));
      for (const { Key } of gone) context.in(objects).delete(idOf(input.Bucket, Key));
      return input.Delete.Quiet === true ? {} : { Deleted: gone };
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
