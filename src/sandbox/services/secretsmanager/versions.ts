import type * as sm from "@aws-sdk/client-secrets-manager";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { ensureManagedKey, requireUsableKey, decryptText, encryptText } from "../kms/keys.ts";
import { putSecret, requireSecret, requireUsableSecret } from "./secrets.ts";
import type { Secret, SecretVersion } from "./tables.ts";

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

/** The value in a request: text or bytes. */
interface SecretValue {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

/**
 * Adds a version to a secret. The staging labels move to it, and the version that had AWSCURRENT gets AWSPREVIOUS.
 *
 * @param stages staging labels of the new version. @default AWSCURRENT
 */
export function addVersion(
  context: Context,
  secret: Secret,
  value: SecretValue,
  stages: readonly string[] = [CURRENT],
): { readonly secret: Secret; readonly id: string } {
  const isBinary = value.SecretString === undefined;
  const text = value.SecretString ?? Buffer.from(value.SecretBinary ?? []).toString("base64");
  const key =
    secret.keyId === undefined
      ? ensureManagedKey(context, "secretsmanager")
      : requireUsableKey(context, secret.keyId);
  const stored = encryptText(key, text);
  const id = context.uuid();
  const otherVersions = secret.versions.map((version) => {
    const remainingStages = version.stages.filter(
      (stage) => !stages.includes(stage) && stage !== PREVIOUS,
    );
    const wasCurrent = stages.includes(CURRENT) && version.stages.includes(CURRENT);
    return { ...version, stages: wasCurrent ? [...remainingStages, PREVIOUS] : remainingStages };
  });
  const version: SecretVersion = { id, stored, isBinary, stages, created: context.now };
  return {
    id,
    secret: {
      ...secret,
      versions: [...otherVersions.filter((other) => other.stages.length > 0), version],
      changed: context.now,
    },
  };
}

function requireVersion(secret: Secret, stage = CURRENT, versionId?: string): SecretVersion {
  const version = secret.versions.find((otherVersion) =>
    versionId === undefined ? otherVersion.stages.includes(stage) : otherVersion.id === versionId,
  );
  if (version) return version;
  throw new AwsError(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret value for ${versionId === undefined ? `staging label: ${stage}` : `VersionId: ${versionId}`}`,
  );
}

/** The decrypted value of a version. The caller checks the permission to read it. */
export const readSecret = (
  context: Context,
  secret: Secret,
  stage?: string,
  versionId?: string,
): string => decryptText(context, requireVersion(secret, stage, versionId).stored);

/** Whether a request has a value. */
export const hasValue = ({ SecretString, SecretBinary }: SecretValue): boolean =>
  SecretString !== undefined || SecretBinary !== undefined;

export const versionOperations: Operations = {
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
      const { secret, id } = addVersion(
        context,
        requireUsableSecret(context, input.SecretId),
        input,
        stages,
      );
      putSecret(context, secret);
      return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: stages };
    },
  ),

  GetSecretValue: operation<sm.GetSecretValueRequest, sm.GetSecretValueResponse>()(
    ["SecretId", "VersionId", "VersionStage"],
    (context, input) => {
      const secret = requireUsableSecret(context, input.SecretId);
      const version = requireVersion(secret, input.VersionStage, input.VersionId);
      const text = decryptText(context, version.stored);
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
    const secret = requireSecret(context, input.SecretId);
    const listedVersions = secret.versions.filter(
      (version) => version.stages.length > 0 || input.IncludeDeprecated === true,
    );
    const { items, next } = page(listedVersions, input.MaxResults ?? 100, input.NextToken);
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
  >()(["SecretId", "VersionStage", "RemoveFromVersionId", "MoveToVersionId"], (context, input) => {
    const secret = requireUsableSecret(context, input.SecretId);
    const { VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to } = input;
    const versionWithStage = secret.versions.find((version) => version.stages.includes(stage));
    if (versionWithStage && versionWithStage.id !== from && versionWithStage.id !== to)
      throw new AwsError(
        "InvalidParameterException",
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${versionWithStage.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
      );
    if (to !== undefined) requireVersion(secret, undefined, to);
    const versions = secret.versions.map((version) => {
      const remainingStages = version.stages.filter(
        (label) => label !== stage && !(stage === CURRENT && label === PREVIOUS),
      );
      if (version.id === to) return { ...version, stages: [...remainingStages, stage] };
      return {
        ...version,
        stages:
          stage === CURRENT && version === versionWithStage
            ? [...remainingStages, PREVIOUS]
            : remainingStages,
      };
    });
    putSecret(context, { ...secret, versions, changed: context.now });
    return { ARN: secret.arn, Name: secret.name };
  }),
};
