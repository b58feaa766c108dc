import type { RequestContext } from "../../../iam/index.ts";
import { partsOfArn, text } from "../../authorization/request-members.ts";
import type { Context } from "../../core/operation.ts";
import type {
  Input,
  Permission,
  ServicePermissions,
  ServiceResources,
} from "../../core/service.ts";
import { accessDenied } from "../../protocol/errors.ts";
import { keyPermissions } from "../kms/key-permissions.ts";
import { type Bucket, buckets, objects } from "./buckets.ts";
import { objectKey } from "./versions.ts";

const ACTIONS: Readonly<Record<string, string>> = {
  HeadBucket: "ListBucket",
  ListObjects: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListObjectVersions: "ListBucketVersions",
  ListBuckets: "ListAllMyBuckets",
  HeadObject: "GetObject",
  CopyObject: "PutObject",
  DeleteObjects: "DeleteObject",
  GetBucketEncryption: "GetEncryptionConfiguration",
  PutBucketEncryption: "PutEncryptionConfiguration",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
  GetBucketReplication: "GetReplicationConfiguration",
  GetBucketAccelerateConfiguration: "GetAccelerateConfiguration",
  GetBucketCors: "GetBucketCORS",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  DeleteBucketTagging: "PutBucketTagging",
  GetBucketNotificationConfiguration: "GetBucketNotification",
};

/** Permissions for the key that encrypts an object. */
function keyPermissionsOf(context: Context, operation: string, input: Input): Permission[] {
  const bucket = text(input["Bucket"]) ?? "";
  switch (operation) {
    case "PutObject": {
      const rules = context.in(buckets).get(bucket)?.encryption?.Rules;
      const defaultKeyId = rules?.[0]?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID;
      const usesS3Key = input["ServerSideEncryption"] === "AES256";
      const keyId = input["SSEKMSKeyId"] ?? (usesS3Key ? undefined : defaultKeyId);
      return keyPermissions(context, "s3", ["kms:GenerateDataKey"], keyId);
    }
    case "GetObject": {
      const row = context.in(objects).get(objectKey(bucket, text(input["Key"]) ?? ""));
      return keyPermissions(context, "s3", ["kms:Decrypt"], row?.kmsKeyId);
    }
    default:
      return [];
  }
}

/** Source: Service Authorization Reference, "Amazon S3". */
export const s3Permissions: ServicePermissions = {
  actions: ACTIONS,
  resources: (context, _operation, input) => {
    const bucket = text(input["Bucket"]);
    if (bucket === undefined) return [];
    const key = text(input["Key"]);
    return [`arn:${context.partition}:s3:::${bucket}${key === undefined ? "" : `/${key}`}`];
  },
  furtherPermissions: keyPermissionsOf,
  conditions: (_context, input): RequestContext => {
    const prefix = text(input["Prefix"]);
    return prefix === undefined ? {} : { "s3:prefix": prefix };
  },
  denied: accessDenied,
};

/** The bucket in the ARN of a bucket or of an object. */
const bucketOf = (context: Context, arn: string): Bucket | undefined =>
  context.in(buckets).get(partsOfArn(arn).name.split("/")[0] ?? "");

export const s3Resources: ServiceResources = {
  policy: (context, arn) => ({ document: bucketOf(context, arn)?.policy }),
  exists: (context, arn) => bucketOf(context, arn) !== undefined,
};
