import type * as sm from "@aws-sdk/client-secrets-manager";
import { isPublic } from "../../../iam/index.ts";
import { parseResourcePolicy } from "../../authorization/policy-documents.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { addTags, tagList, tagMap } from "../../core/tags.ts";
import { findKey } from "../kms/keys.ts";
import { filterSecrets } from "./filters.ts";
import { passwordOperations } from "./passwords.ts";
import {
  checkSecretName,
  findSecret,
  putSecret,
  requireSecret,
  requireUsableSecret,
} from "./secrets.ts";
import { type Secret, secrets } from "./tables.ts";
import { secretsManagerPermissions, secretsManagerResources } from "./permissions.ts";
import { addVersion, checkOneValue, hasValue, versionOperations } from "./versions.ts";
import { secretTagRules } from "./tag-rules.ts";

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
  Object.fromEntries(
    secret.versions
      .filter((version) => version.stages.length > 0)
      .map((version) => [version.id, [...version.stages]]),
  );

/** Members that were never set are not returned. Source: recorded responses of AWS. */
const describe = (secret: Secret): sm.DescribeSecretResponse => ({
  ARN: secret.arn,
  Name: secret.name,
  CreatedDate: secret.created,
  LastChangedDate: secret.changed,
  ...(secret.accessed === undefined ? {} : { LastAccessedDate: secret.accessed }),
  ...(Object.keys(secret.tags).length === 0 ? {} : { Tags: tagList(secret.tags) }),
  ...(secret.versions.length === 0 ? {} : { VersionIdsToStages: stagesOf(secret) }),
  ...(secret.description === undefined || secret.description === ""
    ? {}
    : { Description: secret.description }),
  ...(secret.keyId === undefined ? {} : { KmsKeyId: secret.keyId }),
  ...(secret.deletion === undefined ? {} : { DeletedDate: secret.deletion }),
});

/** Deletes a secret at once. A secret that does not exist is not an error. Source: AWS Secrets Manager API Reference, DeleteSecret. */
function forceDelete(
  context: Context,
  input: Pick<sm.DeleteSecretRequest, "RecoveryWindowInDays"> & { readonly SecretId: string },
): sm.DeleteSecretResponse {
  if (input.RecoveryWindowInDays !== undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  }
  const isArn = input.SecretId.startsWith("arn:");
  if (!isArn) checkSecretName(input.SecretId);
  const secret = findSecret(context, input.SecretId);
  if (secret) context.in(secrets).delete(secret.arn);
  const newArn = context.arn("secretsmanager", `secret:${input.SecretId}-${context.hex(6)}`);
  return {
    ARN: secret?.arn ?? (isArn ? input.SecretId : newArn),
    Name: secret?.name ?? input.SecretId,
    DeletionDate: context.now,
  };
}

export const service: Service = {
  name: "secretsmanager",
  tagRules: secretTagRules,
  permissions: secretsManagerPermissions,
  resources: secretsManagerResources,
  operations: {
    CreateSecret: operation<sm.CreateSecretRequest, sm.CreateSecretResponse>()(
      [
        "Name",
        "ClientRequestToken",
        "Description",
        "KmsKeyId",
        "SecretString",
        "SecretBinary",
        "Tags",
        "ForceOverwriteReplicaSecret",
      ],
      (context, input) => {
        checkSecretName(input.Name);
        checkOneValue(input);
        const existing = findSecret(context, input.Name);
        if (existing?.deletion) {
          throw new AwsError(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
          );
        }
        const sameVersion = existing?.versions.find(
          (version) => version.id === input.ClientRequestToken,
        );
        if (existing && sameVersion) {
          const { version } = addVersion(context, existing, input);
          return { ARN: existing.arn, Name: existing.name, VersionId: version.id };
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
          ...(first ? { VersionId: first.version.id } : {}),
        };
      },
    ),

    DescribeSecret: operation<sm.DescribeSecretRequest, sm.DescribeSecretResponse>()(
      ["SecretId"],
      (context, input) => describe(requireSecret(context, input.SecretId)),
    ),

    ListSecrets: operation<sm.ListSecretsRequest, sm.ListSecretsResponse>()(
      ["Filters", "IncludePlannedDeletion", "SortOrder", "MaxResults", "NextToken"],
      (context, input) => {
        const listed = context
          .in(secrets)
          .filter(
            (secret) =>
              secret.deletion === undefined ||
              (input.IncludePlannedDeletion === true && secret.deletion > context.now),
          );
        const filtered = filterSecrets(listed, input.Filters);
        const { items, next } = page(
          input.SortOrder === "desc" ? filtered.toReversed() : filtered,
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
      ["SecretId", "ClientRequestToken", "Description", "KmsKeyId", "SecretString", "SecretBinary"],
      (context, input) => {
        checkOneValue(input);
        requireKeyExists(context, input.KmsKeyId);
        const changed: Secret = {
          ...requireUsableSecret(context, input.SecretId),
          changed: context.now,
          ...(input.Description === undefined ? {} : { description: input.Description }),
          ...(input.KmsKeyId === undefined ? {} : { keyId: input.KmsKeyId }),
        };
        const next = hasValue(input) ? addVersion(context, changed, input) : undefined;
        putSecret(context, next?.secret ?? changed);
        return {
          ARN: changed.arn,
          Name: changed.name,
          ...(next ? { VersionId: next.version.id } : {}),
        };
      },
    ),

    ...versionOperations,
    ...passwordOperations,

    // A deleted secret reserves its name until the end of its recovery window.
    DeleteSecret: operation<sm.DeleteSecretRequest, sm.DeleteSecretResponse>()(
      ["SecretId", "RecoveryWindowInDays", "ForceDeleteWithoutRecovery"],
      (context, input) => {
        if (input.ForceDeleteWithoutRecovery === true) return forceDelete(context, input);
        const secret = requireUsableSecret(context, input.SecretId);
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
      ["SecretId", "ResourcePolicy", "BlockPublicPolicy"],
      (context, input) => {
        const secret = requireUsableSecret(context, input.SecretId);
        const policy = parseResourcePolicy(context, input.ResourcePolicy, "secret");
        if (input.BlockPublicPolicy === true && isPublic(policy))
          throw new AwsError(
            "PublicPolicyException",
            "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the secret.",
          );
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
        putSecret(context, {
          ...secret,
          tags: addTags(secretTagRules, "TagResource", secret.tags, tagMap(input.Tags)),
        });
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
