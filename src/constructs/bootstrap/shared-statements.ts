import { formatArn, partitionOf } from "../../aws/index.ts";
import { boundaryArn } from "../../config/index.ts";
import { FOUNDATION_TAG } from "../synth/foundation-stack.ts";
import type { FoundationScope } from "./foundation-scope.ts";
import type { Statement } from "./policy-statements.ts";
import { stateKeyAlias } from "./state-bucket.ts";

/** Allows decrypting the published outputs. SSM uses the key for the caller who reads the parameter. */
export function publishedOutputsKeyStatement({
  name,
  region,
  account,
  existingArns,
}: FoundationScope): Statement {
  const keys = existingArns.filter((arn) => arn.includes(":key/"));
  const isFoundationKey = keys.length === 0;
  return {
    Sid: "PublishedKey",
    Effect: "Allow",
    Action: ["kms:Decrypt"],
    Resource: isFoundationKey ? formatArn("kms", region, account, "key/*") : keys,
    Condition: {
      StringEquals: {
        "kms:ViaService": `ssm.${region}.amazonaws.com`,
        ...(isFoundationKey ? { [`aws:ResourceTag/${FOUNDATION_TAG}`]: name } : {}),
      },
    },
  };
}

/**
 * Allows reading states in their bucket, or writing them and their lock files.
 *
 * @param keys the keys of the states. @default the foundation's
 *
 * Source: Terraform docs, "Backend Type: s3", permissions.
 */
export function stateStatements(
  foundation: FoundationScope,
  mode: "read" | "write",
  keys: readonly string[] = [foundation.state.key],
): Statement[] {
  const { account } = foundation;
  const { bucket, region, kmsKeyArn } = foundation.state;
  const partition = partitionOf(region);
  const objects = keys.map((key) => `arn:${partition}:s3:::${bucket}/${key}`);
  const isWriter = mode === "write";
  return [
    {
      Sid: "StateListed",
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: `arn:${partition}:s3:::${bucket}`,
      // No condition on the prefix: with one, S3 would return 403 instead of 404 for a state that does not exist yet.
    },
    {
      Sid: "State",
      Effect: "Allow",
      Action: ["s3:GetObject", ...(isWriter ? ["s3:PutObject"] : [])],
      Resource: objects,
    },
    ...(isWriter
      ? [
          {
            Sid: "StateLock",
            Effect: "Allow" as const,
            Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            Resource: objects.map((object) => `${object}.tflock`),
          },
        ]
      : []),
    {
      Sid: "StateKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", ...(isWriter ? ["kms:GenerateDataKey"] : [])],
      Resource: kmsKeyArn ?? formatArn("kms", region, account, "key/*"),
      Condition: {
        StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` },
        // The ID of the key that bootstrap creates is unknown here, but its alias is known.
        ...(kmsKeyArn === undefined
          ? { "ForAnyValue:StringEquals": { "kms:ResourceAliases": stateKeyAlias(bucket) } }
          : {}),
      },
    },
  ];
}

/**
 * Allows managing roles for tasks, only below the foundation's path and with its permissions boundary.
 *
 * @param services the AWS services whose service-linked roles may be created
 */
export function roleStatements(
  foundation: FoundationScope,
  services: readonly string[],
): Statement[] {
  const { name, region, account } = foundation;
  const partition = partitionOf(region);
  const roles = `arn:${partition}:iam::${account}:role/${name}/*`;
  const hasBoundary = { StringEquals: { "iam:PermissionsBoundary": boundaryArn(foundation) } };
  return [
    {
      Sid: "RolesInsideTheBoundary",
      Effect: "Allow",
      Action: [
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePolicy",
      ],
      Resource: roles,
      Condition: hasBoundary,
    },
    {
      Sid: "RolesRead",
      Effect: "Allow",
      Action: [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
      ],
      Resource: roles,
    },
    {
      Sid: "RolesKept",
      Effect: "Allow",
      Action: ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy"],
      Resource: roles,
    },
    {
      Sid: "RolesOfServices",
      Effect: "Allow",
      Action: ["iam:CreateServiceLinkedRole"],
      Resource: `arn:${partition}:iam::${account}:role/aws-service-role/*`,
      Condition: {
        StringEquals: {
          "iam:AWSServiceName": services,
        },
      },
    },
  ];
}
