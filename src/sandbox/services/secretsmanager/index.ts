import type * as sm from "@aws-sdk/client-secrets-manager";
import { parsePolicyDocument } from "../../authorization/policy-documents.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { tagMap } from "../../core/tags.ts";
import { findKey } from "../kms/keys.ts";
import { findSecret, putSecret, requireSecret, requireUsableSecret } from "./secrets.ts";
import { type Secret, secrets } from "./tables.ts";
import { addVersion, hasValue, versionOperations } from "./versions.ts";
import { secretsManagerPermissions, secretsManagerResources } from "./permissions.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

function requireKeyExists(context: Context, keyId: string | undefined): void {
  if (keyId !== undefined && !findKey(context, keyId)) {
    throw new AwsError(
      "EncryptionFailure",
      `Secrets Manager can't encrypt the protected secret text using the provided KMS key ${keyId}.`,
    );
  }
}

const stagesOf = (secret: Secret): Record<string, string[]> =>
  Object.fromEntries(secret.versions.map((version) => [version.id, [...version.stages]]));

const describe = (secret: Secret): sm.DescribeSecretResponse => ({
  ARN: secret.arn,
  Name: secret.name,
  RotationEnabled: false,
  CreatedDate: secret.created,
  LastChangedDate: secret.changed,
  Tags: Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value })),
  VersionIdsToStages: stagesOf(secret),
  ...(secret.description === undefined ? {} : { Description: secret.description }),
  ...(secret.keyId === undefined ? {} : { KmsKeyId: secret.keyId }),
  ...(secret.deletion === undefined ? {} : { DeletedDate: secret.deletion }),
});

export const service: Service = {
  name: "secretsmanager",
  permissions: secretsManagerPermissions,
  resources: secretsManagerResources,
  operations: {
    CreateSecret: operation<sm.CreateSecretRequest, sm.CreateSecretResponse>()(
      [
        "Name",
        "Description",
        "KmsKeyId",
        "SecretString",
        "SecretBinary",
        "Tags",
        "ForceOverwriteReplicaSecret",
      ],
      (context, input) => {
        if (!/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(input.Name)) {
          throw new AwsError(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
          );
        }
        const existing = findSecret(context, input.Name);
        if (existing?.deletion) {
          throw new AwsError(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
          );
        }
        if (existing) {
          throw new AwsError(
            "ResourceExistsException",
            `The operation failed because the secret ${input.Name} already exists.`,
          );
        }
        requireKeyExists(context, input.KmsKeyId);
        const newSecret: Secret = {
          arn: context.arn("secretsmanager", `secret:${input.Name}-${context.hex(6)}`),
          name: input.Name,
          versions: [],
          tags: tagMap(input.Tags),
          created: context.now,
          changed: context.now,
          ...(input.Description === undefined ? {} : { description: input.Description }),
          ...(input.KmsKeyId === undefined ? {} : { keyId: input.KmsKeyId }),
        };
        const first = hasValue(input) ? addVersion(context, newSecret, input) : undefined;
        putSecret(context, first?.secret ?? newSecret);
        return {
          ARN: newSecret.arn,
          Name: newSecret.name,
          ...(first ? { VersionId: first.id } : {}),
        };
      },
    ),

    DescribeSecret: operation<sm.DescribeSecretRequest, sm.DescribeSecretResponse>()(
      ["SecretId"],
      (context, input) => describe(requireSecret(context, input.SecretId)),
    ),

    ListSecrets: operation<sm.ListSecretsRequest, sm.ListSecretsResponse>()(
      ["MaxResults", "NextToken"],
      (context, input) => {
        const { items, next } = page(
          context.in(secrets).filter((secret) => secret.deletion === undefined),
          input.MaxResults ?? 100,
          input.NextToken,
        );
        return {
          SecretList: items.map((item) => {
            const { VersionIdsToStages, ...entry } = describe(item);
            return { ...entry, SecretVersionsToStages: VersionIdsToStages };
          }),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    UpdateSecret: operation<sm.UpdateSecretRequest, sm.UpdateSecretResponse>()(
      ["SecretId", "Description", "KmsKeyId", "SecretString", "SecretBinary"],
      (context, input) => {
        requireKeyExists(context, input.KmsKeyId);
        const changed: Secret = {
          ...requireUsableSecret(context, input.SecretId),
          changed: context.now,
          ...(input.Description === undefined ? {} : { description: input.Description }),
          ...(input.KmsKeyId === undefined ? {} : { keyId: input.KmsKeyId }),
        };
        const next = hasValue(input) ? addVersion(context, changed, input) : undefined;
        putSecret(context, next?.secret ?? changed);
        return { ARN: changed.arn, Name: changed.name, ...(next ? { VersionId: next.id } : {}) };
      },
    ),

    ...versionOperations,

    // A deleted secret reserves its name until the end of its recovery window.
    DeleteSecret: operation<sm.DeleteSecretRequest, sm.DeleteSecretResponse>()(
      ["SecretId", "RecoveryWindowInDays", "ForceDeleteWithoutRecovery"],
      (context, input) => {
        const secret = requireUsableSecret(context, input.SecretId);
        if (input.ForceDeleteWithoutRecovery === true) {
          context.in(secrets).delete(secret.arn);
          return { ARN: secret.arn, Name: secret.name, DeletionDate: context.now };
        }
        const days = input.RecoveryWindowInDays ?? 30;
        if (days < 7 || days > 30) {
          throw new AwsError(
            "InvalidParameterException",
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
          );
        }
        const deletion = new Date(context.now.getTime() + days * DAY_MS);
        putSecret(context, { ...secret, deletion });
        return { ARN: secret.arn, Name: secret.name, DeletionDate: deletion };
      },
    ),

    RestoreSecret: operation<sm.RestoreSecretRequest, sm.RestoreSecretResponse>()(
      ["SecretId"],
      (context, input) => {
        const { deletion: _, ...secret } = requireSecret(context, input.SecretId);
        putSecret(context, secret);
        return { ARN: secret.arn, Name: secret.name };
      },
    ),

    GetResourcePolicy: operation<sm.GetResourcePolicyRequest, sm.GetResourcePolicyResponse>()(
      ["SecretId"],
      (context, input) => {
        const secret = requireSecret(context, input.SecretId);
        return {
          ARN: secret.arn,
          Name: secret.name,
          ...(secret.policy === undefined ? {} : { ResourcePolicy: secret.policy }),
        };
      },
    ),

    PutResourcePolicy: operation<sm.PutResourcePolicyRequest, sm.PutResourcePolicyResponse>()(
      ["SecretId", "ResourcePolicy"],
      (context, input) => {
        const secret = requireUsableSecret(context, input.SecretId);
        parsePolicyDocument(input.ResourcePolicy, "secret");
        putSecret(context, { ...secret, policy: input.ResourcePolicy });
        return { ARN: secret.arn, Name: secret.name };
      },
    ),

    DeleteResourcePolicy: operation<
      sm.DeleteResourcePolicyRequest,
      sm.DeleteResourcePolicyResponse
    >()(["SecretId"], (context, input) => {
      const { policy: _, ...secret } = requireUsableSecret(context, input.SecretId);
      putSecret(context, secret);
      return { ARN: secret.arn, Name: secret.name };
    }),

    TagResource: operation<sm.TagResourceRequest, object>()(
      ["SecretId", "Tags"],
      (context, input) => {
        const secret = requireUsableSecret(context, input.SecretId);
        putSecret(context, { ...secret, tags: { ...secret.tags, ...tagMap(input.Tags) } });
        return {};
      },
    ),

    UntagResource: operation<sm.UntagResourceRequest, object>()(
      ["SecretId", "TagKeys"],
      (context, input) => {
        const secret = requireUsableSecret(context, input.SecretId);
        const remainingTags = Object.entries(secret.tags).filter(
          ([key]) => !input.TagKeys.includes(key),
        );
        putSecret(context, { ...secret, tags: Object.fromEntries(remainingTags) });
        return {};
      },
    ),
  },
};
