import type * as sm from "@aws-sdk/client-secrets-manager";
import { parsePolicyDocument } from "../../authorization/policy-documents.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, page, type Service } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/store.ts";
import { findKey, managedKey, needUsableKey, sealText, openText } from "../kms/keys.ts";

interface Version {
  readonly id: string;
  /** Encrypted with the secret's key. */
  readonly stored: string;
  readonly isBinary: boolean;
  readonly stages: readonly string[];
  readonly created: Date;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description?: string;
  readonly keyId?: string;
  readonly policy?: string;
  readonly versions: readonly Version[];
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  readonly changed: Date;
  /** When its recovery window ends. */
  readonly deletion?: Date;
}

export const secrets: TableKey<Secret> = table("secretsmanager/secret", {
  exists: (secret) => secret.deletion === undefined,
});

const DAY_MS = 24 * 60 * 60 * 1000;
const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

/** A secret by name, whole ARN, or ARN without its random end. */
function find(context: Context, id: string): Secret | undefined {
  return context
    .in(secrets)
    .find(
      (secret) =>
        secret.name === id ||
        secret.arn === id ||
        secret.arn.replace(/-[A-Za-z0-9]{6}$/, "") === id,
    );
}

function need(context: Context, id: string): Secret {
  const secret = find(context, id);
  if (!secret) {
    throw new AwsError(
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret.",
    );
  }
  return secret;
}

/** A secret that is not marked for deletion. */
function needLive(context: Context, id: string): Secret {
  const secret = need(context, id);
  if (secret.deletion) {
    throw new AwsError(
      "InvalidRequestException",
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }
  return secret;
}

const put = (context: Context, secret: Secret): Secret =>
  context.in(secrets).put(secret.arn, secret);

const tagMap = (list: readonly sm.Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));

function checkKey(context: Context, keyId: string | undefined): void {
  if (keyId !== undefined && !findKey(context, keyId)) {
    throw new AwsError(
      "EncryptionFailure",
      `Secrets Manager can't encrypt the protected secret text using the provided KMS key ${keyId}.`,
    );
  }
}

interface Value {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

/** The secret with one more version, which is now the current one. */
function withVersion(
  context: Context,
  secret: Secret,
  value: Value,
  stages: readonly string[] = [CURRENT],
): { readonly secret: Secret; readonly id: string } {
  const isBinary = value.SecretString === undefined;
  const text = value.SecretString ?? Buffer.from(value.SecretBinary ?? []).toString("base64");
  const key =
    secret.keyId === undefined
      ? managedKey(context, "secretsmanager")
      : needUsableKey(context, secret.keyId);
  const stored = sealText(key, text);
  const id = context.uuid();
  const others = secret.versions.map((version) => {
    const kept = version.stages.filter((stage) => !stages.includes(stage) && stage !== PREVIOUS);
    const wasCurrent = stages.includes(CURRENT) && version.stages.includes(CURRENT);
    return { ...version, stages: wasCurrent ? [...kept, PREVIOUS] : kept };
  });
  const made: Version = { id, stored, isBinary, stages, created: context.now };
  return {
    id,
    secret: {
      ...secret,
      versions: [...others.filter((other) => other.stages.length > 0), made],
      changed: context.now,
    },
  };
}

function needVersion(secret: Secret, stage = CURRENT, versionId?: string): Version {
  const version = secret.versions.find((otherVersion) =>
    versionId === undefined ? otherVersion.stages.includes(stage) : otherVersion.id === versionId,
  );
  if (version) return version;
  throw new AwsError(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret value for ${versionId === undefined ? `staging label: ${stage}` : `VersionId: ${versionId}`}`,
  );
}

/** What a secret holds, for whoever may read it. */
export const readSecret = (
  context: Context,
  secret: Secret,
  stage?: string,
  versionId?: string,
): string => openText(context, needVersion(secret, stage, versionId).stored);

const stagesOf = (secret: Secret): Record<string, string[]> =>
  Object.fromEntries(secret.versions.map((version) => [version.id, [...version.stages]]));

const hasValue = ({ SecretString, SecretBinary }: Value): boolean =>
  SecretString !== undefined || SecretBinary !== undefined;

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
        const rival = find(context, input.Name);
        if (rival?.deletion) {
          throw new AwsError(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
          );
        }
        if (rival) {
          throw new AwsError(
            "ResourceExistsException",
            `The operation failed because the secret ${input.Name} already exists.`,
          );
        }
        checkKey(context, input.KmsKeyId);
        const bare: Secret = {
          arn: context.arn("secretsmanager", `secret:${input.Name}-${context.hex(6)}`),
          name: input.Name,
          versions: [],
          tags: tagMap(input.Tags),
          created: context.now,
          changed: context.now,
          ...(input.Description === undefined ? {} : { description: input.Description }),
          ...(input.KmsKeyId === undefined ? {} : { keyId: input.KmsKeyId }),
        };
        const first = hasValue(input) ? withVersion(context, bare, input) : undefined;
        put(context, first?.secret ?? bare);
        return { ARN: bare.arn, Name: bare.name, ...(first ? { VersionId: first.id } : {}) };
      },
    ),

    DescribeSecret: operation<sm.DescribeSecretRequest, sm.DescribeSecretResponse>()(
      ["SecretId"],
      (context, input) => describe(need(context, input.SecretId)),
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
        checkKey(context, input.KmsKeyId);
        const changed: Secret = {
          ...needLive(context, input.SecretId),
          changed: context.now,
          ...(input.Description === undefined ? {} : { description: input.Description }),
          ...(input.KmsKeyId === undefined ? {} : { keyId: input.KmsKeyId }),
        };
        const next = hasValue(input) ? withVersion(context, changed, input) : undefined;
        put(context, next?.secret ?? changed);
        return { ARN: changed.arn, Name: changed.name, ...(next ? { VersionId: next.id } : {}) };
      },
    ),

    PutSecretValue: operation<sm.PutSecretValueRequest, sm.PutSecretValueResponse>()(
      ["SecretId", "SecretString", "SecretBinary", "VersionStages"],
      (context, input) => {
        if (!hasValue(input)) {
          throw new AwsError(
            "InvalidRequestException",
            "You must provide either SecretString or SecretBinary.",
          );
        }
        const stages = input.VersionStages ?? [CURRENT];
        const { secret, id } = withVersion(
          context,
          needLive(context, input.SecretId),
          input,
          stages,
        );
        put(context, secret);
        return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: stages };
      },
    ),

    GetSecretValue: operation<sm.GetSecretValueRequest, sm.GetSecretValueResponse>()(
      ["SecretId", "VersionId", "VersionStage"],
      (context, input) => {
        const secret = needLive(context, input.SecretId);
        const version = needVersion(secret, input.VersionStage, input.VersionId);
        const text = openText(context, version.stored);
        return {
          ARN: secret.arn,
          Name: secret.name,
          VersionId: version.id,
          VersionStages: [...version.stages],
          CreatedDate: version.created,
          ...(version.isBinary
            ? { SecretBinary: new Uint8Array(Buffer.from(text, "base64")) }
            : { SecretString: text }),
        };
      },
    ),

    ListSecretVersionIds: operation<
      sm.ListSecretVersionIdsRequest,
      sm.ListSecretVersionIdsResponse
    >()(["SecretId", "IncludeDeprecated", "MaxResults", "NextToken"], (context, input) => {
      const secret = need(context, input.SecretId);
      const shown = secret.versions.filter(
        (version) => version.stages.length > 0 || input.IncludeDeprecated === true,
      );
      const { items, next } = page(shown, input.MaxResults ?? 100, input.NextToken);
      return {
        ARN: secret.arn,
        Name: secret.name,
        Versions: items.map((item) => ({
          VersionId: item.id,
          VersionStages: [...item.stages],
          CreatedDate: item.created,
        })),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    }),

    UpdateSecretVersionStage: operation<
      sm.UpdateSecretVersionStageRequest,
      sm.UpdateSecretVersionStageResponse
    >()(
      ["SecretId", "VersionStage", "RemoveFromVersionId", "MoveToVersionId"],
      (context, input) => {
        const secret = needLive(context, input.SecretId);
        const { VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to } = input;
        const holder = secret.versions.find((version) => version.stages.includes(stage));
        if (holder && holder.id !== from && holder.id !== to)
          throw new AwsError(
            "InvalidParameterException",
            `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
          );
        if (to !== undefined) needVersion(secret, undefined, to);
        const versions = secret.versions.map((version) => {
          const kept = version.stages.filter(
            (each) => each !== stage && !(stage === CURRENT && each === PREVIOUS),
          );
          if (version.id === to) return { ...version, stages: [...kept, stage] };
          return {
            ...version,
            stages: stage === CURRENT && version === holder ? [...kept, PREVIOUS] : kept,
          };
        });
        put(context, { ...secret, versions, changed: context.now });
        return { ARN: secret.arn, Name: secret.name };
      },
    ),

    // A deleted secret keeps its name until its recovery window ends.
    DeleteSecret: operation<sm.DeleteSecretRequest, sm.DeleteSecretResponse>()(
      ["SecretId", "RecoveryWindowInDays", "ForceDeleteWithoutRecovery"],
      (context, input) => {
        const secret = needLive(context, input.SecretId);
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
        put(context, { ...secret, deletion });
        return { ARN: secret.arn, Name: secret.name, DeletionDate: deletion };
      },
    ),

    RestoreSecret: operation<sm.RestoreSecretRequest, sm.RestoreSecretResponse>()(
      ["SecretId"],
      (context, input) => {
        const { deletion: _, ...secret } = need(context, input.SecretId);
        put(context, secret);
        return { ARN: secret.arn, Name: secret.name };
      },
    ),

    GetResourcePolicy: operation<sm.GetResourcePolicyRequest, sm.GetResourcePolicyResponse>()(
      ["SecretId"],
      (context, input) => {
        const secret = need(context, input.SecretId);
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
        const secret = needLive(context, input.SecretId);
        parsePolicyDocument(input.ResourcePolicy, "secret");
        put(context, { ...secret, policy: input.ResourcePolicy });
        return { ARN: secret.arn, Name: secret.name };
      },
    ),

    DeleteResourcePolicy: operation<
      sm.DeleteResourcePolicyRequest,
      sm.DeleteResourcePolicyResponse
    >()(["SecretId"], (context, input) => {
      const { policy: _, ...secret } = needLive(context, input.SecretId);
      put(context, secret);
      return { ARN: secret.arn, Name: secret.name };
    }),

    TagResource: operation<sm.TagResourceRequest, object>()(
      ["SecretId", "Tags"],
      (context, input) => {
        const secret = needLive(context, input.SecretId);
        put(context, { ...secret, tags: { ...secret.tags, ...tagMap(input.Tags) } });
        return {};
      },
    ),

    UntagResource: operation<sm.UntagResourceRequest, object>()(
      ["SecretId", "TagKeys"],
      (context, input) => {
        const secret = needLive(context, input.SecretId);
        const left = Object.entries(secret.tags).filter(([key]) => !input.TagKeys.includes(key));
        put(context, { ...secret, tags: Object.fromEntries(left) });
        return {};
      },
    ),
  },
};
