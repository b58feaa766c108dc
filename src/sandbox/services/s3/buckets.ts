import type * as s3 from "@aws-sdk/client-s3";
import { isPublic } from "../../../iam/index.ts";
import { parseResourcePolicy } from "../../authorization/policy-documents.ts";
import { accessDenied, AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";

export interface Bucket {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly policy?: string;
  readonly encryption?: s3.ServerSideEncryptionConfiguration;
  readonly publicAccessBlock?: s3.PublicAccessBlockConfiguration;
  readonly tags?: readonly s3.Tag[];
  readonly versioning?: s3.BucketVersioningStatus;
  /** Stored only: the sandbox does not expire objects. */
  readonly lifecycle?: readonly s3.LifecycleRule[];
  readonly created: Date;
}

export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  /** "null" if versioning was not enabled at the time of the upload. */
  readonly versionId: string;
  readonly tags: readonly s3.Tag[];
  readonly body: Uint8Array;
  readonly etag: string;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly encryption: s3.ServerSideEncryption;
  readonly kmsKeyId?: string;
  readonly modified: Date;
}

/** Bucket names are unique across all accounts. */
export const buckets: TableKey<Bucket> = table("s3/bucket", { scope: "world" });
export const objects: TableKey<StoredObject> = table("s3/object", { scope: "world" });

export function requireBucket(context: Context, name: string): Bucket {
  const row = context.in(buckets).get(name);
  if (!row) throw new AwsError("NoSuchBucket", "The specified bucket does not exist", 404);
  if (row.account !== context.account) throw new AwsError("AccessDenied", "Access Denied", 403);
  return row;
}

/** Source: Amazon S3 User Guide, "General purpose bucket naming rules". */
const BUCKET_NAME_PATTERN =
  /^(?!\d+\.\d+\.\d+\.\d+$)(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const updateBucket = (context: Context, name: string, changes: Partial<Bucket>): object => {
  context.in(buckets).put(name, { ...requireBucket(context, name), ...changes });
  return {};
};

/** A Get operation for a configuration that no bucket of the sandbox has. The bucket must exist. */
const notConfigured = (code: string, message: string) =>
  operation<{ Bucket: string | undefined }, object>()(["Bucket"], (context, input) => {
    requireBucket(context, input.Bucket);
    throw new AwsError(code, message, 404);
  });

/** The default encryption of a bucket. Source: Amazon S3 User Guide, "Setting default server-side encryption behavior". */
export const DEFAULT_ENCRYPTION: s3.ServerSideEncryptionConfiguration = {
  Rules: [
    { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false },
  ],
};

const BLOCK_ALL_PUBLIC_ACCESS: s3.PublicAccessBlockConfiguration = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** An ID, ARN or alias of a KMS key. Responses have it in a header. Source: AWS KMS API Reference, "CreateAlias" and "KeyMetadata". */
const KMS_KEY_PATTERN = /^[a-zA-Z0-9:/_-]{1,2048}$/;

/**
 * Checks encryption parameters: a key is allowed only with a KMS algorithm.
 *
 * Source: Amazon S3 API Reference, ServerSideEncryptionByDefault.
 */
export function checkEncryption(algorithm: string | undefined, keyId: string | undefined): void {
  if (keyId === undefined) return;
  if (algorithm !== "aws:kms" && algorithm !== "aws:kms:dsse")
    throw new AwsError(
      "InvalidArgument",
      "a KMS key is not applicable if the encryption algorithm is not aws:kms or aws:kms:dsse",
    );
  if (!KMS_KEY_PATTERN.test(keyId))
    throw new AwsError("InvalidArgument", "The KMS key is not a key id, an alias or an ARN");
}

const DAY_MS = 86_400_000;

/** The members of a lifecycle rule that do something. */
const LIFECYCLE_ACTIONS = [
  "AbortIncompleteMultipartUpload",
  "Expiration",
  "NoncurrentVersionExpiration",
  "NoncurrentVersionTransitions",
  "Transitions",
] as const;

/**
 * Checks the actions of a lifecycle rule.
 *
 * Sources: Amazon S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle" and "Lifecycle configuration elements"; of the
 * texts, crossplane-contrib/provider-aws#1337 (action), scality/Arsenal#2648 (expiration), noobaa/noobaa-core#9969 (date). The texts
 * for transitions are quoted in public posts; no source of them is known that can be cited. Of the exclusive members, S3 reports
 * MalformedXML: boto/boto3#1793.
 */
function checkLifecycleRule(rule: s3.LifecycleRule): void {
  const invalid = (message: string): AwsError => new AwsError("InvalidArgument", message);
  if (LIFECYCLE_ACTIONS.every((action) => rule[action] === undefined))
    throw new AwsError("InvalidRequest", "At least one action needs to be specified in a rule");
  const { Expiration: expiration = {}, Transitions: transitions = [], Filter: filter } = rule;
  const { Days: days } = expiration;
  const isMarker = expiration.ExpiredObjectDeleteMarker === true;
  if (
    [days, expiration.Date, isMarker || undefined].filter((value) => value !== undefined).length >
      1 ||
    Object.values(filter ?? {}).filter((value) => value !== undefined).length > 1
  )
    throw new AwsError(
      "MalformedXML",
      "The XML you provided was not well-formed or did not validate against our published schema",
    );
  const dates = [expiration.Date, ...transitions.map((transition) => transition.Date)];
  if (dates.some((date) => date !== undefined && date.getTime() % DAY_MS !== 0))
    throw invalid("'Date' must be at midnight GMT");
  if (days !== undefined && days < 1)
    throw invalid("'Days' for Expiration action must be a positive integer");
  if (days !== undefined && transitions.some(({ Days }) => (Days ?? 0) >= days))
    throw invalid(
      `'Days' in the Expiration action for filter '(prefix=${filter?.Prefix ?? ""})' must be greater than 'Days' in the Transition action`,
    );
  const early = transitions.find(
    ({ StorageClass, Days }) =>
      (StorageClass === "STANDARD_IA" || StorageClass === "ONEZONE_IA") && (Days ?? 30) < 30,
  );
  if (early)
    throw invalid(
      `'Days' in Transition action must be greater than or equal to 30 for storageClass '${early.StorageClass}'`,
    );
}

export const bucketOperations: Operations = {
  CreateBucket: operation<s3.CreateBucketRequest, s3.CreateBucketOutput>()(
    ["Bucket", "ACL", "CreateBucketConfiguration"],
    (context, input) => {
      const region = input.CreateBucketConfiguration?.LocationConstraint ?? "us-east-1";
      if ((input.ACL ?? "private") !== "private") {
        throw notImplemented(`the bucket ACL ${input.ACL}`);
      }
      if (!BUCKET_NAME_PATTERN.test(input.Bucket))
        throw new AwsError("InvalidBucketName", "The specified bucket is not valid.");
      if (region !== context.region) {
        throw new AwsError(
          "IllegalLocationConstraintException",
          `The ${region} location constraint is incompatible for the region specific endpoint this request was sent to.`,
        );
      }
      const existing = context.in(buckets).get(input.Bucket);
      if (existing) {
        throw existing.account === context.account
          ? new AwsError(
              "BucketAlreadyOwnedByYou",
              "Your previous request to create the named bucket succeeded and you already own it.",
              409,
            )
          : new AwsError("BucketAlreadyExists", "The requested bucket name is not available.", 409);
      }
      context.in(buckets).put(input.Bucket, {
        name: input.Bucket,
        region,
        account: context.account,
        publicAccessBlock: BLOCK_ALL_PUBLIC_ACCESS,
        created: context.now,
        ...(input.CreateBucketConfiguration?.Tags
          ? { tags: input.CreateBucketConfiguration.Tags }
          : {}),
      });
      return { Location: `/${input.Bucket}` };
    },
  ),

  HeadBucket: operation<s3.HeadBucketRequest, s3.HeadBucketOutput>()(
    ["Bucket"],
    (context, input) => {
      const row = requireBucket(context, input.Bucket);
      return { BucketRegion: row.region, AccessPointAlias: false };
    },
  ),

  ListBuckets: operation<s3.ListBucketsRequest, s3.ListBucketsOutput>()([], (context) => ({
    Buckets: context
      .in(buckets)
      .filter((row) => row.account === context.account)
      .map((row) => ({ Name: row.name, CreationDate: row.created, BucketRegion: row.region })),
    Owner: { ID: context.account },
  })),

  GetBucketLocation: operation<s3.GetBucketLocationRequest, object>()(
    ["Bucket"],
    (context, input) => {
      const { region } = requireBucket(context, input.Bucket);
      return { LocationConstraint: region === "us-east-1" ? "" : region };
    },
  ),

  GetBucketPolicy: operation<s3.GetBucketPolicyRequest, s3.GetBucketPolicyOutput>()(
    ["Bucket"],
    (context, input) => {
      const { policy } = requireBucket(context, input.Bucket);
      if (policy === undefined)
        throw new AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", 404);
      return { Policy: policy };
    },
  ),

  PutBucketPolicy: operation<s3.PutBucketPolicyRequest, object>()(
    ["Bucket", "Policy", "ContentMD5", "ChecksumAlgorithm"],
    (context, input) => {
      const bucket = requireBucket(context, input.Bucket);
      const arn = `arn:${context.partition}:s3:::${bucket.name}`;
      const policy = parseResourcePolicy(context, input.Policy, "bucket", arn);
      if (bucket.publicAccessBlock?.BlockPublicPolicy === true && isPublic(policy))
        throw accessDenied(
          `User: ${context.caller.session ?? context.caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "${arn}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
        );
      return updateBucket(context, input.Bucket, { policy: input.Policy });
    },
  ),

  DeleteBucketPolicy: operation<s3.DeleteBucketPolicyRequest, object>()(
    ["Bucket"],
    (context, input) => {
      const { policy: _, ...row } = requireBucket(context, input.Bucket);
      context.in(buckets).put(row.name, row);
      return {};
    },
  ),

  GetBucketEncryption: operation<s3.GetBucketEncryptionRequest, s3.GetBucketEncryptionOutput>()(
    ["Bucket"],
    (context, input) => ({
      ServerSideEncryptionConfiguration:
        requireBucket(context, input.Bucket).encryption ?? DEFAULT_ENCRYPTION,
    }),
  ),

  PutBucketEncryption: operation<s3.PutBucketEncryptionRequest, object>()(
    ["Bucket", "ServerSideEncryptionConfiguration", "ContentMD5", "ChecksumAlgorithm"],
    (context, input) => {
      const encryption = input.ServerSideEncryptionConfiguration;
      for (const { ApplyServerSideEncryptionByDefault: defaultEncryption } of encryption.Rules ??
        [])
        checkEncryption(defaultEncryption?.SSEAlgorithm, defaultEncryption?.KMSMasterKeyID);
      return updateBucket(context, input.Bucket, { encryption });
    },
  ),

  DeleteBucketEncryption: operation<s3.DeleteBucketEncryptionRequest, object>()(
    ["Bucket"],
    (context, input) => {
      const { encryption: _, ...row } = requireBucket(context, input.Bucket);
      context.in(buckets).put(row.name, row);
      return {};
    },
  ),

  GetPublicAccessBlock: operation<s3.GetPublicAccessBlockRequest, s3.GetPublicAccessBlockOutput>()(
    ["Bucket"],
    (context, input) => {
      const { publicAccessBlock } = requireBucket(context, input.Bucket);
      if (!publicAccessBlock) {
        throw new AwsError(
          "NoSuchPublicAccessBlockConfiguration",
          "The public access block configuration was not found",
          404,
        );
      }
      return { PublicAccessBlockConfiguration: publicAccessBlock };
    },
  ),

  PutPublicAccessBlock: operation<s3.PutPublicAccessBlockRequest, object>()(
    ["Bucket", "PublicAccessBlockConfiguration", "ContentMD5", "ChecksumAlgorithm"],
    (context, input) =>
      updateBucket(context, input.Bucket, {
        publicAccessBlock: input.PublicAccessBlockConfiguration,
      }),
  ),

  DeletePublicAccessBlock: operation<s3.DeletePublicAccessBlockRequest, object>()(
    ["Bucket"],
    (context, input) => {
      const { publicAccessBlock: _, ...row } = requireBucket(context, input.Bucket);
      context.in(buckets).put(row.name, row);
      return {};
    },
  ),

  GetBucketTagging: operation<s3.GetBucketTaggingRequest, s3.GetBucketTaggingOutput>()(
    ["Bucket"],
    (context, input) => {
      const { tags = [] } = requireBucket(context, input.Bucket);
      if (tags.length === 0) throw new AwsError("NoSuchTagSet", "The TagSet does not exist", 404);
      return { TagSet: [...tags] };
    },
  ),

  PutBucketTagging: operation<s3.PutBucketTaggingRequest, object>()(
    ["Bucket", "Tagging", "ContentMD5", "ChecksumAlgorithm"],
    (context, input) => updateBucket(context, input.Bucket, { tags: input.Tagging.TagSet ?? [] }),
  ),

  DeleteBucketTagging: operation<s3.DeleteBucketTaggingRequest, object>()(
    ["Bucket"],
    (context, input) => updateBucket(context, input.Bucket, { tags: [] }),
  ),

  GetBucketLifecycleConfiguration: operation<
    s3.GetBucketLifecycleConfigurationRequest,
    s3.GetBucketLifecycleConfigurationOutput
  >()(["Bucket"], (context, input) => {
    const { lifecycle } = requireBucket(context, input.Bucket);
    if (!lifecycle)
      throw new AwsError(
        "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist",
        404,
      );
    return {
      Rules: [...lifecycle],
      TransitionDefaultMinimumObjectSize: "all_storage_classes_128K",
    };
  }),

  PutBucketLifecycleConfiguration: operation<
    s3.PutBucketLifecycleConfigurationRequest,
    s3.PutBucketLifecycleConfigurationOutput
  >()(
    ["Bucket", "LifecycleConfiguration", "ChecksumAlgorithm", "TransitionDefaultMinimumObjectSize"],
    (context, input) => {
      // S3 generates the ID of a rule that has none. Source: Amazon S3 API Reference, LifecycleRule.
      const rules = (input.LifecycleConfiguration?.Rules ?? []).map((rule) =>
        rule.ID ? rule : { ...rule, ID: context.uuid() },
      );
      const ids = rules.map((rule) => rule.ID);
      if (rules.length === 0 || new Set(ids).size < ids.length)
        throw new AwsError("InvalidArgument", "Rule ID must be unique, and there must be a rule");
      for (const rule of rules) checkLifecycleRule(rule);
      if (
        (input.TransitionDefaultMinimumObjectSize ?? "all_storage_classes_128K") !==
        "all_storage_classes_128K"
      )
        throw notImplemented("another minimum object size for transitions");
      updateBucket(context, input.Bucket, { lifecycle: rules });
      return { TransitionDefaultMinimumObjectSize: "all_storage_classes_128K" };
    },
  ),

  DeleteBucketLifecycle: operation<s3.DeleteBucketLifecycleRequest, object>()(
    ["Bucket"],
    (context, input) => {
      const { lifecycle: _, ...row } = requireBucket(context, input.Bucket);
      context.in(buckets).put(row.name, row);
      return {};
    },
  ),

  GetBucketAcl: operation<s3.GetBucketAclRequest, s3.GetBucketAclOutput>()(
    ["Bucket"],
    (context, input) => {
      const owner = { ID: requireBucket(context, input.Bucket).account };
      return {
        Owner: owner,
        Grants: [{ Grantee: { ID: owner.ID, Type: "CanonicalUser" }, Permission: "FULL_CONTROL" }],
      };
    },
  ),

  GetBucketAccelerateConfiguration: operation<s3.GetBucketAccelerateConfigurationRequest, object>()(
    ["Bucket"],
    (context, input) => {
      requireBucket(context, input.Bucket);
      return {};
    },
  ),

  GetBucketRequestPayment: operation<
    s3.GetBucketRequestPaymentRequest,
    s3.GetBucketRequestPaymentOutput
  >()(["Bucket"], (context, input) => {
    requireBucket(context, input.Bucket);
    return { Payer: "BucketOwner" };
  }),

  GetBucketLogging: operation<s3.GetBucketLoggingRequest, object>()(
    ["Bucket"],
    (context, input) => {
      requireBucket(context, input.Bucket);
      return {};
    },
  ),

  GetBucketCors: notConfigured("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
  GetBucketWebsite: notConfigured(
    "NoSuchWebsiteConfiguration",
    "The specified bucket does not have a website configuration",
  ),
  GetBucketReplication: notConfigured(
    "ReplicationConfigurationNotFoundError",
    "The replication configuration was not found",
  ),
  GetObjectLockConfiguration: notConfigured(
    "ObjectLockConfigurationNotFoundError",
    "Object Lock configuration does not exist for this bucket",
  ),
};
