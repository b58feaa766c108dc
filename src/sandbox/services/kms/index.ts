import { randomBytes } from "node:crypto";
import type * as kms from "@aws-sdk/client-kms";
import { evaluate } from "../../../iam/index.ts";
import { parseResourcePolicy } from "../../authorization/policy-documents.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { cryptoOperations } from "./crypto.ts";
import { grantOperations } from "./grants.ts";
import { type Alias, aliases, type Key, keys, requireKey } from "./keys.ts";
import { kmsPermissions, kmsResources } from "./permissions.ts";
import { kmsTagRules } from "./tag-rules.ts";
import { addTags } from "../../core/tags.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** The policy of a key that is created without a policy. Source: AWS KMS Developer Guide, "Default key policy". */
const defaultPolicy = (context: Context): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: "key-default-1",
    Statement: [
      {
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: `arn:${context.partition}:iam::${context.account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  });

/**
 * Validates a key policy. It must allow the caller to change it later.
 *
 * @throws AwsError MalformedPolicyDocumentException or LimitExceededException
 */
function validateKeyPolicy(
  context: Context,
  text: string,
  bypassLockoutCheck: boolean | undefined,
  keyArn: string,
): string {
  const decision = evaluate(parseResourcePolicy(context, text, "key"), {
    principal: {
      arn: context.caller.arn,
      ...(context.caller.session === undefined ? {} : { session: context.caller.session }),
    },
    action: "kms:PutKeyPolicy",
    resource: keyArn,
    context: { "kms:CallerAccount": context.account },
  });
  if (bypassLockoutCheck !== true && decision.effect !== "allow") {
    throw new AwsError(
      "MalformedPolicyDocumentException",
      "The new key policy will not allow you to update the key policy in the future.",
    );
  }
  return text;
}

const describeKey = (context: Context, key: Key): kms.KeyMetadata => ({
  KeyId: key.id,
  Arn: key.arn,
  AWSAccountId: context.account,
  CreationDate: key.created,
  CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
  KeySpec: "SYMMETRIC_DEFAULT",
  KeyUsage: "ENCRYPT_DECRYPT",
  EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
  Description: key.description,
  Enabled: key.state === "Enabled",
  KeyManager: key.managedBy === undefined ? "CUSTOMER" : "AWS",
  KeyState: key.state,
  MultiRegion: key.multiRegion,
  // Source: AWS KMS Developer Guide, "Multi-Region keys in AWS KMS". The sandbox has no replica keys.
  ...(key.multiRegion
    ? {
        MultiRegionConfiguration: {
          MultiRegionKeyType: "PRIMARY",
          PrimaryKey: { Arn: key.arn, Region: context.region },
          ReplicaKeys: [],
        },
      }
    : {}),
  Origin: "AWS_KMS",
  ...(key.deletion ? { DeletionDate: key.deletion } : {}),
});

const pendingDeletionError = (key: Key): AwsError =>
  new AwsError("KMSInvalidStateException", `${key.arn} is pending deletion.`);

/**
 * A key that the caller can change.
 *
 * @throws AwsError KMSInvalidStateException for a key that is pending deletion, AccessDeniedException for a key of AWS
 */
function requireModifiableKey(context: Context, name: string): Key {
  const key = requireKey(context, name);
  if (key.state === "PendingDeletion") throw pendingDeletionError(key);
  if (key.managedBy !== undefined) {
    throw new AwsError(
      "AccessDeniedException",
      `${key.arn} is managed by AWS and cannot be changed`,
    );
  }
  return key;
}

function updateKey(context: Context, key: Key, changes: Partial<Key>): Key {
  return context.in(keys).put(key.id, { ...key, ...changes });
}

/** Source of the texts: aws-controllers-k8s/community#1878 (prefix), hashicorp/terraform-provider-aws#12891 (characters). */
const checkAlias = (name: string): void => {
  if (!name.startsWith("alias/"))
    throw new AwsError(
      "ValidationException",
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name))
    throw new AwsError("ValidationException", `${name} contains invalid characters for an alias`);
  if (name.startsWith("alias/aws/")) {
    throw new AwsError("NotAuthorizedException", `Alias ${name} is reserved for AWS managed keys.`);
  }
};

const describeAlias = (context: Context, alias: Alias): kms.AliasListEntry => ({
  AliasName: alias.name,
  AliasArn: context.arn("kms", alias.name),
  TargetKeyId: alias.keyId,
  CreationDate: alias.created,
  LastUpdatedDate: alias.updated,
});

const tagMap = (list: readonly kms.Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((list ?? []).map(({ TagKey, TagValue }) => [TagKey ?? "", TagValue ?? ""]));

export const service: Service = {
  name: "kms",
  tagRules: kmsTagRules,
  permissions: kmsPermissions,
  resources: kmsResources,
  unsupportedMembers: {
    GrantConstraints: ["SourceArn"],
  },
  operations: {
    ...cryptoOperations,
    ...grantOperations,

    CreateKey: operation<kms.CreateKeyRequest, kms.CreateKeyResponse>()(
      [
        "Policy",
        "Description",
        "KeyUsage",
        "CustomerMasterKeySpec",
        "KeySpec",
        "Origin",
        "BypassPolicyLockoutSafetyCheck",
        "Tags",
        "MultiRegion",
      ],
      (context, input) => {
        const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT";
        if (
          spec !== "SYMMETRIC_DEFAULT" ||
          (input.KeyUsage ?? "ENCRYPT_DECRYPT") !== "ENCRYPT_DECRYPT" ||
          (input.Origin ?? "AWS_KMS") !== "AWS_KMS"
        ) {
          throw notImplemented(
            `keys of the kind ${[spec, input.KeyUsage, input.Origin].filter(Boolean).join(", ")}`,
          );
        }
        const multiRegion = input.MultiRegion ?? false;
        const id = multiRegion ? `mrk-${context.hex(32)}` : context.uuid();
        const arn = context.arn("kms", `key/${id}`);
        const key: Key = {
          id,
          arn,
          description: input.Description ?? "",
          policy: validateKeyPolicy(
            context,
            input.Policy ?? defaultPolicy(context),
            input.BypassPolicyLockoutSafetyCheck,
            arn,
          ),
          state: "Enabled",
          rotates: false,
          rotationDays: 365,
          multiRegion,
          tags: tagMap(input.Tags),
          created: context.now,
          material: new Uint8Array(randomBytes(32)),
        };
        context.in(keys).put(id, key);
        return { KeyMetadata: describeKey(context, key) };
      },
    ),

    DescribeKey: operation<kms.DescribeKeyRequest, kms.DescribeKeyResponse>()(
      ["KeyId"],
      (context, input) => ({
        KeyMetadata: describeKey(context, requireKey(context, input.KeyId)),
      }),
    ),

    ListKeys: operation<kms.ListKeysRequest, kms.ListKeysResponse>()(
      ["Limit", "Marker"],
      (context, input) => {
        const { items, next } = page(context.in(keys).all(), input.Limit ?? 100, input.Marker);
        return {
          Keys: items.map((key) => ({ KeyId: key.id, KeyArn: key.arn })),
          Truncated: next !== undefined,
          ...(next === undefined ? {} : { NextMarker: next }),
        };
      },
    ),

    UpdateKeyDescription: operation<kms.UpdateKeyDescriptionRequest, object>()(
      ["KeyId", "Description"],
      (context, input) => {
        updateKey(context, requireModifiableKey(context, input.KeyId), {
          description: input.Description,
        });
        return {};
      },
    ),

    EnableKey: operation<kms.EnableKeyRequest, object>()(["KeyId"], (context, input) => {
      updateKey(context, requireModifiableKey(context, input.KeyId), { state: "Enabled" });
      return {};
    }),

    DisableKey: operation<kms.DisableKeyRequest, object>()(["KeyId"], (context, input) => {
      updateKey(context, requireModifiableKey(context, input.KeyId), { state: "Disabled" });
      return {};
    }),

    EnableKeyRotation: operation<kms.EnableKeyRotationRequest, object>()(
      ["KeyId", "RotationPeriodInDays"],
      (context, input) => {
        const key = requireModifiableKey(context, input.KeyId);
        const days = input.RotationPeriodInDays ?? key.rotationDays;
        if (days < 90 || days > 2560) {
          throw new AwsError(
            "ValidationException",
            `RotationPeriodInDays must be from 90 to 2560, not ${days}`,
          );
        }
        updateKey(context, key, { rotates: true, rotationDays: days });
        return {};
      },
    ),

    DisableKeyRotation: operation<kms.DisableKeyRotationRequest, object>()(
      ["KeyId"],
      (context, input) => {
        updateKey(context, requireModifiableKey(context, input.KeyId), { rotates: false });
        return {};
      },
    ),

    GetKeyRotationStatus: operation<
      kms.GetKeyRotationStatusRequest,
      kms.GetKeyRotationStatusResponse
    >()(["KeyId"], (context, input) => {
      const key = requireKey(context, input.KeyId);
      if (key.state === "PendingDeletion") return { KeyId: key.id, KeyRotationEnabled: false };
      const next = new Date(key.created.getTime() + key.rotationDays * DAY_MS);
      return {
        KeyId: key.id,
        KeyRotationEnabled: key.rotates,
        ...(key.rotates ? { RotationPeriodInDays: key.rotationDays, NextRotationDate: next } : {}),
      };
    }),

    GetKeyPolicy: operation<kms.GetKeyPolicyRequest, kms.GetKeyPolicyResponse>()(
      ["KeyId", "PolicyName"],
      (context, input) => ({
        Policy: requireKey(context, input.KeyId).policy,
        PolicyName: input.PolicyName ?? "default",
      }),
    ),

    PutKeyPolicy: operation<kms.PutKeyPolicyRequest, object>()(
      ["KeyId", "Policy", "PolicyName", "BypassPolicyLockoutSafetyCheck"],
      (context, input) => {
        const key = requireModifiableKey(context, input.KeyId);
        if ((input.PolicyName ?? "default") !== "default") {
          throw new AwsError("NotFoundException", `No such policy exists`);
        }
        updateKey(context, key, {
          policy: validateKeyPolicy(
            context,
            input.Policy,
            input.BypassPolicyLockoutSafetyCheck,
            key.arn,
          ),
        });
        return {};
      },
    ),

    CreateAlias: operation<kms.CreateAliasRequest, object>()(
      ["AliasName", "TargetKeyId"],
      (context, input) => {
        checkAlias(input.AliasName);
        if (context.in(aliases).has(input.AliasName)) {
          const arn = context.arn("kms", input.AliasName);
          throw new AwsError(
            "AlreadyExistsException",
            `An alias with the name ${arn} already exists`,
          );
        }
        const key = requireModifiableKey(context, input.TargetKeyId);
        context.in(aliases).put(input.AliasName, {
          name: input.AliasName,
          keyId: key.id,
          created: context.now,
          updated: context.now,
        });
        return {};
      },
    ),

    UpdateAlias: operation<kms.UpdateAliasRequest, object>()(
      ["AliasName", "TargetKeyId"],
      (context, input) => {
        const alias = context.in(aliases).get(input.AliasName);
        if (!alias)
          throw new AwsError(
            "NotFoundException",
            `Alias ${context.arn("kms", input.AliasName)} is not found.`,
          );
        const key = requireModifiableKey(context, input.TargetKeyId);
        context.in(aliases).put(alias.name, { ...alias, keyId: key.id, updated: context.now });
        return {};
      },
    ),

    DeleteAlias: operation<kms.DeleteAliasRequest, object>()(["AliasName"], (context, input) => {
      if (!context.in(aliases).has(input.AliasName)) {
        throw new AwsError(
          "NotFoundException",
          `Alias ${context.arn("kms", input.AliasName)} is not found.`,
        );
      }
      context.in(aliases).delete(input.AliasName);
      return {};
    }),

    ListAliases: operation<kms.ListAliasesRequest, kms.ListAliasesResponse>()(
      ["KeyId", "Limit", "Marker"],
      (context, input) => {
        const key = input.KeyId === undefined ? undefined : requireKey(context, input.KeyId);
        const rows = context
          .in(aliases)
          .filter((alias) => key === undefined || alias.keyId === key.id);
        const { items, next } = page(rows, input.Limit ?? 100, input.Marker);
        return {
          Aliases: items.map((alias) => describeAlias(context, alias)),
          Truncated: next !== undefined,
          ...(next === undefined ? {} : { NextMarker: next }),
        };
      },
    ),

    ScheduleKeyDeletion: operation<
      kms.ScheduleKeyDeletionRequest,
      kms.ScheduleKeyDeletionResponse
    >()(["KeyId", "PendingWindowInDays"], (context, input) => {
      const key = requireModifiableKey(context, input.KeyId);
      const days = input.PendingWindowInDays ?? 30;
      // Source of the text: Skyscanner/kms-issuer#8.
      if (days < 7 || days > 30)
        throw new AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30");
      const deletion = new Date(context.now.getTime() + days * DAY_MS);
      updateKey(context, key, { state: "PendingDeletion", deletion });
      return {
        KeyId: key.arn,
        DeletionDate: deletion,
        KeyState: "PendingDeletion",
        PendingWindowInDays: days,
      };
    }),

    CancelKeyDeletion: operation<kms.CancelKeyDeletionRequest, kms.CancelKeyDeletionResponse>()(
      ["KeyId"],
      (context, input) => {
        const key = requireKey(context, input.KeyId);
        if (key.state !== "PendingDeletion") {
          throw new AwsError("KMSInvalidStateException", `${key.arn} is not pending deletion.`);
        }
        const { deletion: _, ...keyWithoutDeletion } = key;
        context.in(keys).put(key.id, { ...keyWithoutDeletion, state: "Disabled" });
        return { KeyId: key.arn };
      },
    ),

    ListResourceTags: operation<kms.ListResourceTagsRequest, kms.ListResourceTagsResponse>()(
      ["KeyId", "Limit", "Marker"],
      (context, input) => {
        const entries = Object.entries(requireKey(context, input.KeyId).tags);
        const { items, next } = page(entries, input.Limit, input.Marker);
        return {
          Tags: items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
          Truncated: next !== undefined,
          ...(next === undefined ? {} : { NextMarker: next }),
        };
      },
    ),

    TagResource: operation<kms.TagResourceRequest, object>()(
      ["KeyId", "Tags"],
      (context, input) => {
        const key = requireModifiableKey(context, input.KeyId);
        updateKey(context, key, {
          tags: addTags(kmsTagRules, "TagResource", key.tags, tagMap(input.Tags)),
        });
        return {};
      },
    ),

    UntagResource: operation<kms.UntagResourceRequest, object>()(
      ["KeyId", "TagKeys"],
      (context, input) => {
        const key = requireModifiableKey(context, input.KeyId);
        const remainingTags = Object.entries(key.tags).filter(
          ([name]) => !input.TagKeys.includes(name),
        );
        updateKey(context, key, { tags: Object.fromEntries(remainingTags) });
        return {};
      },
    ),
  },
};
