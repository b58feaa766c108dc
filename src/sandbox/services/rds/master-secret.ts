import type * as rds from "@aws-sdk/client-rds";
import type { Context } from "../../core/operation.ts";
import { ensureManagedKey, requireUsableKey } from "../kms/keys.ts";
import { putSecret } from "../secretsmanager/secrets.ts";
import { secrets } from "../secretsmanager/tables.ts";
import { addVersion } from "../secretsmanager/versions.ts";
import { checkPassword, invalidCombination } from "./shared.ts";

/** The members of a request that determine the password of the master user. */
interface PasswordRequest {
  readonly MasterUsername?: string | undefined;
  readonly MasterUserPassword?: string | undefined;
  readonly ManageMasterUserPassword?: boolean | undefined;
  readonly MasterUserSecretKmsKeyId?: string | undefined;
}

/**
 * Creates the secret with the password of the master user, which RDS manages.
 *
 * Source: Amazon RDS User Guide, "Password management with Amazon RDS and AWS Secrets Manager".
 */
function createMasterSecret(
  context: Context,
  input: PasswordRequest,
  resourceArn: string,
): rds.MasterUserSecret {
  const key =
    input.MasterUserSecretKmsKeyId === undefined
      ? ensureManagedKey(context, "secretsmanager")
      : requireUsableKey(context, input.MasterUserSecretKmsKeyId);
  const isCluster = resourceArn.includes(":cluster:");
  const name = `rds!${isCluster ? "cluster" : "db"}-${context.uuid()}`;
  const secret = {
    arn: context.arn("secretsmanager", `secret:${name}-${context.hex(6)}`),
    name,
    description: `Secret associated with primary RDS DB ${isCluster ? "cluster" : "instance"}: ${resourceArn}`,
    keyId: key.arn,
    versions: [],
    tags: {
      "aws:secretsmanager:owningService": "rds",
      [`aws:rds:primaryDB${isCluster ? "Cluster" : "Instance"}Arn`]: resourceArn,
    },
    created: context.now,
    changed: context.now,
  };
  const value = JSON.stringify({ username: input.MasterUsername, password: context.hex(28) });
  putSecret(context, addVersion(context, secret, { SecretString: value }).secret);
  return { SecretArn: secret.arn, SecretStatus: "active", KmsKeyId: key.arn };
}

/**
 * Checks the password in a request, or creates a secret with one.
 *
 * @returns the secret, if RDS manages the password
 */
export function masterSecretFor(
  context: Context,
  input: PasswordRequest,
  resourceArn: string,
): rds.MasterUserSecret | undefined {
  if (input.ManageMasterUserPassword !== true) {
    if (input.MasterUserSecretKmsKeyId !== undefined)
      throw invalidCombination(
        "You can't specify MasterUserSecretKmsKeyId unless ManageMasterUserPassword is enabled.",
      );
    checkPassword(input.MasterUserPassword);
    return undefined;
  }
  if (input.MasterUserPassword !== undefined)
    throw invalidCombination(
      "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
    );
  return createMasterSecret(context, input, resourceArn);
}

/** The secret after a change of a database. The old one is deleted if RDS no longer manages the password. */
export function changedMasterSecret(
  context: Context,
  input: PasswordRequest & { readonly MasterUsername?: string | undefined },
  resourceArn: string,
  secret: rds.MasterUserSecret | undefined,
): rds.MasterUserSecret | undefined {
  if (input.MasterUserPassword !== undefined) checkPassword(input.MasterUserPassword);
  if (input.ManageMasterUserPassword === undefined) return secret;
  if (!input.ManageMasterUserPassword) {
    deleteMasterSecret(context, secret);
    return undefined;
  }
  return secret ?? createMasterSecret(context, input, resourceArn);
}

export function deleteMasterSecret(
  context: Context,
  secret: rds.MasterUserSecret | undefined,
): void {
  if (secret?.SecretArn !== undefined) context.in(secrets).delete(secret.SecretArn);
}
