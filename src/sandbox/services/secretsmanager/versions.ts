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

/** Milliseconds after which a version without staging labels can be deleted, and the number of versions that are kept. */
const DEPRECATED_MS = 24 * 60 * 60 * 1000;
const MAX_VERSIONS = 100;

/** A version of a secret in a request. */
interface NewVersion extends SecretValue {
  /** Becomes the ID of the version. @default a generated ID */
  readonly ClientRequestToken?: string | undefined;
  /** @default AWSCURRENT */
  readonly VersionStages?: readonly string[] | undefined;
}

/**
 * Adds a version to a secret. Its staging labels move to it, and the version that had AWSCURRENT gets AWSPREVIOUS. A
 * request that repeats the client token and the value of a version has no effect.
 *
 * Source: AWS Secrets Manager API Reference, PutSecretValue.
 *
 * @throws AwsError ResourceExistsException for the client token of a version with another value
 */
export function addVersion(
  context: Context,
  secret: Secret,
  input: NewVersion,
): { readonly secret: Secret; readonly version: SecretVersion } {
  const isBinary = input.SecretString === undefined;
  const text = input.SecretString ?? Buffer.from(input.SecretBinary ?? []).toString("base64");
  const token = input.ClientRequestToken;
  checkToken(token);
  const existing = secret.versions.find((version) => version.id === token);
  if (existing) {
    if (existing.isBinary === isBinary && decryptText(context, existing.stored) === text)
      return { secret, version: existing };
    throw new AwsError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
  const key =
    secret.keyId === undefined
      ? ensureManagedKey(context, "secretsmanager")
      : requireUsableKey(context, secret.keyId);
  const isFirst = secret.versions.length === 0;
  const version: SecretVersion = {
    id: token ?? context.uuid(),
    stored: encryptText(key, text),
    isBinary,
    stages: [...new Set([...(input.VersionStages ?? [CURRENT]), ...(isFirst ? [CURRENT] : [])])],
    created: context.now,
  };
  const versions = [...secret.versions, version].map((other) =>
    other === version ? other : { ...other, stages: stagesAfterMove(other, version.stages) },
  );
  return {
    version,
    secret: { ...secret, versions: withoutDeprecated(context, versions), changed: context.now },
  };
}

/** Source: AWS Secrets Manager API Reference, CreateSecret: ClientRequestToken. */
function checkToken(token: string | undefined): void {
  if (token === undefined || (token.length >= 32 && token.length <= 64)) return;
  throw new AwsError(
    "InvalidParameterException",
    "ClientRequestToken must be 32-64 characters long.",
  );
}

/** The staging labels that a version keeps when labels move to another version. AWSPREVIOUS follows AWSCURRENT. */
function stagesAfterMove(version: SecretVersion, moved: readonly string[]): string[] {
  const movesCurrent = moved.includes(CURRENT);
  const remaining = version.stages.filter(
    (stage) => !moved.includes(stage) && !(movesCurrent && stage === PREVIOUS),
  );
  return movesCurrent && version.stages.includes(CURRENT) && !moved.includes(PREVIOUS)
    ? [...remaining, PREVIOUS]
    : remaining;
}

/**
 * Deletes the oldest versions without staging labels when there are too many. Versions of the last 24 hours stay.
 *
 * Source: AWS Secrets Manager User Guide, "Secret versions".
 */
function withoutDeprecated(
  context: Context,
  versions: readonly SecretVersion[],
): readonly SecretVersion[] {
  let excess = versions.length - MAX_VERSIONS;
  return versions.filter((version) => {
    const isDeletable =
      excess > 0 &&
      version.stages.length === 0 &&
      version.created.getTime() < context.now.getTime() - DEPRECATED_MS;
    if (isDeletable) excess--;
    return !isDeletable;
  });
}

function requireVersion(secret: Secret, stage?: string, versionId?: string): SecretVersion {
  const version = secret.versions.find((other) =>
    versionId === undefined ? other.stages.includes(stage ?? CURRENT) : other.id === versionId,
  );
  if (!version)
    throw new AwsError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${versionId === undefined ? `staging label: ${stage ?? CURRENT}` : `VersionId: ${versionId}`}`,
    );
  if (stage !== undefined && !version.stages.includes(stage))
    throw new AwsError(
      "InvalidRequestException",
      "You provided a VersionStage that is not associated to the provided VersionId.",
    );
  return version;
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

/** Source: AWS Secrets Manager API Reference, PutSecretValue: SecretBinary. */
export function checkOneValue({ SecretString, SecretBinary }: SecretValue): void {
  if (SecretString === undefined || SecretBinary === undefined) return;
  throw new AwsError(
    "InvalidParameterException",
    "You can't specify both a binary secret value and a string secret value in the same secret.",
  );
}

/** Records the day on which a value was read. Source: AWS Secrets Manager API Reference, DescribeSecret: LastAccessedDate. */
function recordAccess(context: Context, secret: Secret, version: SecretVersion): void {
  const day = new Date(context.now);
  day.setUTCHours(0, 0, 0, 0);
  const isRecorded = (date: Date | undefined): boolean => date?.getTime() === day.getTime();
  if (isRecorded(secret.accessed) && isRecorded(version.accessed)) return;
  putSecret(context, {
    ...secret,
    accessed: day,
    versions: secret.versions.map((other) =>
      other.id === version.id ? { ...other, accessed: day } : other,
    ),
  });
}

export const versionOperations: Operations = {
  PutSecretValue: operation<sm.PutSecretValueRequest, sm.PutSecretValueResponse>()(
    ["SecretId", "ClientRequestToken", "SecretString", "SecretBinary", "VersionStages"],
    (context, input) => {
      checkOneValue(input);
      if (!hasValue(input)) {
        throw new AwsError(
          "InvalidRequestException",
          "You must provide either SecretString or SecretBinary.",
        );
      }
      const { secret, version } = addVersion(
        context,
        requireUsableSecret(context, input.SecretId),
        input,
      );
      putSecret(context, secret);
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        VersionStages: [...version.stages],
      };
    },
  ),

  GetSecretValue: operation<sm.GetSecretValueRequest, sm.GetSecretValueResponse>()(
    ["SecretId", "VersionId", "VersionStage"],
    (context, input) => {
      const secret = requireUsableSecret(context, input.SecretId);
      const version = requireVersion(secret, input.VersionStage, input.VersionId);
      const text = decryptText(context, version.stored);
      recordAccess(context, secret, version);
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
        ...(item.accessed === undefined ? {} : { LastAccessedDate: item.accessed }),
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
    for (const id of [from, to]) if (id !== undefined) requireVersion(secret, undefined, id);
    if (from !== undefined && versionWithStage?.id !== from)
      throw new AwsError(
        "InvalidParameterException",
        `The parameter RemoveFromVersionId is not valid. Staging label ${stage} is not attached to version ${from}.`,
      );
    if (to === undefined && stage === CURRENT)
      throw new AwsError(
        "InvalidParameterException",
        `You can only move staging label ${CURRENT} to a different secret version. It can't be completely removed.`,
      );
    const versions = secret.versions.map((version) => {
      if (version.id !== to) return { ...version, stages: stagesAfterMove(version, [stage]) };
      const otherStages = version.stages.filter(
        (label) => label !== stage && !(stage === CURRENT && label === PREVIOUS),
      );
      return { ...version, stages: [...otherStages, stage] };
    });
    putSecret(context, { ...secret, versions, changed: context.now });
    return { ARN: secret.arn, Name: secret.name };
  }),
};
