import { KmsAlias } from "../provider/kms-alias.generated.ts";
import { KmsKey } from "../provider/kms-key.generated.ts";
import { KmsKeyPolicy } from "../provider/kms-key-policy.generated.ts";
import type { ITerraformDependable } from "cdktn";
import type { Construct } from "../construct.ts";
import { formatArn, dnsSuffix, partitionOf } from "../../aws/index.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import { checkName } from "../synth/names.ts";

/** A KMS key to encrypt with: an `EncryptionKey`, or an existing key. */
export interface IKey {
  readonly arn: string;
  /** Resources that must exist before the key can be used, such as its policy. */
  readonly dependencies: readonly ITerraformDependable[];
}

/** Properties of an `EncryptionKey`. */
export interface EncryptionKeyProps {
  /** Name of the alias, without "alias/". */
  readonly alias: string;
  readonly account: string;
  readonly region: string;
  /** Names of the log groups that CloudWatch Logs may encrypt with this key. It may not encrypt other log groups. */
  readonly logGroups: readonly string[];
  /** Waiting period before AWS KMS deletes the key, in days, 7 to 30. @default 30 */
  readonly deletionWindowDays?: number;
}

/**
 * A customer managed KMS key with yearly rotation, its alias, and its policy. The policy lets IAM policies of the account
 * control access to the key, and lets CloudWatch Logs of the region use the key only for the given log groups.
 *
 * Cost: $1 a month for the key, and $1 a month more after each of the first two rotations (AWS KMS pricing).
 *
 * Source of the policy: Amazon CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
 *
 * @example
 * new EncryptionKey(this, "key", {
 *   alias: "hello", account: "111122223333", region: "eu-west-1", logGroups: ["/ecs/hello"],
 * });
 */
export class EncryptionKey extends CheckedConstruct implements IKey {
  readonly key: KmsKey;
  readonly alias: KmsAlias;
  readonly policy: KmsKeyPolicy;
  readonly arn: string;
  readonly dependencies: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id, props);
    const { account, region } = props;
    const partition = partitionOf(region);
    const logGroupArns = props.logGroups.map((name) =>
      formatArn("logs", region, account, `log-group:${name}`),
    );
    this.key = new KmsKey(this, "resource", {
      description: `Encrypts logs, images and parameters of ${props.alias}`,
      enableKeyRotation: true,
      deletionWindowInDays: props.deletionWindowDays ?? 30,
    });
    this.alias = new KmsAlias(this, "alias", {
      name: `alias/${checkName("keyAlias", props.alias, "alias")}`,
      targetKeyId: this.key.keyId,
    });
    this.policy = new KmsKeyPolicy(this, "policy", {
      keyId: this.key.keyId,
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "AccountDecidesThroughIam",
            Effect: "Allow",
            Principal: { AWS: `arn:${partition}:iam::${account}:root` },
            Action: "kms:*",
            Resource: "*",
          },
          {
            Sid: "LogsOfTheseGroups",
            Effect: "Allow",
            Principal: { Service: `logs.${region}.${dnsSuffix(partition)}` },
            Action: [
              "kms:Encrypt*",
              "kms:Decrypt*",
              "kms:ReEncrypt*",
              "kms:GenerateDataKey*",
              "kms:Describe*",
            ],
            Resource: "*",
            Condition: { ArnEquals: { "kms:EncryptionContext:aws:logs:arn": logGroupArns } },
          },
        ],
      }),
    });
    this.arn = this.key.arn;
    this.dependencies = [this.policy];
  }

  /** An existing key. Berth does not change its policy. */
  static fromArn(arn: string): IKey {
    return { arn, dependencies: [] };
  }
}
