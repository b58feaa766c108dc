import { KmsAlias } from "../provider/kms-alias.generated.ts";
import { KmsKey } from "../provider/kms-key.generated.ts";
import { S3Bucket } from "../provider/s3-bucket.generated.ts";
import { S3BucketLifecycleConfiguration } from "../provider/s3-bucket-lifecycle-configuration.generated.ts";
import { S3BucketPolicy } from "../provider/s3-bucket-policy.generated.ts";
import { S3BucketPublicAccessBlock } from "../provider/s3-bucket-public-access-block.generated.ts";
import { S3BucketServerSideEncryptionConfiguration } from "../provider/s3-bucket-server-side-encryption-configuration.generated.ts";
import { S3BucketVersioning } from "../provider/s3-bucket-versioning.generated.ts";
import type { Construct } from "../construct.ts";
import { partitionOf } from "../../aws/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";

/** The alias of the key that encrypts a state bucket. A bucket name can contain dots, an alias cannot. */
export const stateKeyAlias = (bucket: string): string => `alias/${bucket.replaceAll(".", "-")}`;

/** Properties of a `StateBucket`. */
export interface StateBucketProps {
  readonly bucket: string;
  readonly region: string;
  /** Days to keep old versions of a state. @default 90 */
  readonly keepOldDays?: number;
  /** Allows destroy to delete the bucket with the states in it. @default false */
  readonly forceDestroy?: boolean;
}

/**
 * An S3 bucket for Terraform states: versioned, encrypted with its own KMS key, without public access, and only accessible
 * with TLS. Old versions expire. Terraform locks a state with a file in the bucket (`use_lockfile`), without a DynamoDB table.
 *
 * Cost: $1 a month for the key, and about one cent for the states (AWS KMS and Amazon S3 pricing).
 *
 * Source: Terraform docs, "Backend Type: s3"; Amazon S3 User Guide, "Security best practices for Amazon S3".
 *
 * @example new StateBucket(this, "state", { bucket: "shop-terraform-states", region: "eu-west-1" });
 */
export class StateBucket extends CheckedConstruct {
  readonly bucket: S3Bucket;
  readonly key: KmsKey;
  /** Resources that must exist before a state is written to the bucket. */
  readonly dependencies: readonly Construct[];

  constructor(scope: Construct, id: string, props: StateBucketProps) {
    super(scope, id, props);
    const { bucket: name, region } = props;
    this.key = new KmsKey(this, "key", {
      description: `Encrypts the Terraform states in ${name}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    });
    const alias = new KmsAlias(this, "alias", {
      name: stateKeyAlias(name),
      targetKeyId: this.key.keyId,
    });
    this.bucket = new S3Bucket(this, "resource", {
      bucket: name,
      forceDestroy: props.forceDestroy ?? false,
    });
    const bucket = this.bucket.id;
    const versioning = new S3BucketVersioning(this, "versioning", {
      bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    const encryption = new S3BucketServerSideEncryptionConfiguration(this, "encryption", {
      bucket,
      rule: [
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: "aws:kms",
            kmsMasterKeyId: this.key.arn,
          },
          bucketKeyEnabled: true,
        },
      ],
    });
    const publicAccessBlock = new S3BucketPublicAccessBlock(this, "public-access", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const arn = `arn:${partitionOf(region)}:s3:::${name}`;
    const policy = new S3BucketPolicy(this, "policy", {
      bucket,
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [arn, `${arn}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      }),
      dependsOn: [publicAccessBlock],
    });
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket,
      rule: [
        {
          id: "forget-old-states",
          status: "Enabled",
          filter: [{ prefix: "" }],
          noncurrentVersionExpiration: [{ noncurrentDays: props.keepOldDays ?? 90 }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
      ],
      dependsOn: [versioning],
    });
    this.dependencies = [alias, versioning, encryption, publicAccessBlock, policy];
  }
}
