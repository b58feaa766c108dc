import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { type Secret, secrets } from "./tables.ts";

/**
 * Rejects a name that no secret can have.
 *
 * Source: AWS Secrets Manager API Reference, CreateSecret: Name.
 */
export function checkSecretName(name: string): void {
  if (/^[A-Za-z0-9/_+=.@!-]{1,512}$/.test(name)) return;
  throw new AwsError(
    "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
  );
}

const RANDOM_SUFFIX = /-[A-Za-z0-9]{6}$/;

/**
 * Finds a secret by its name, its ARN, or its ARN without the six random characters at the end. An ARN that ends with a
 * hyphen and six characters is taken for a complete ARN.
 *
 * Source: AWS Secrets Manager API Reference, GetSecretValue: SecretId.
 */
export function findSecret(context: Context, id: string): Secret | undefined {
  return context
    .in(secrets)
    .find(
      (secret) =>
        (secret.name === id ||
          secret.arn === id ||
          (!RANDOM_SUFFIX.test(id) && secret.arn.replace(RANDOM_SUFFIX, "") === id)) &&
        !(secret.deletion !== undefined && secret.deletion <= context.now),
    );
}

/**
 * A secret, also if it is scheduled for deletion.
 *
 * @throws AwsError ValidationException or ResourceNotFoundException
 */
export function requireSecret(context: Context, id: string): Secret {
  if (!id.startsWith("arn:")) checkSecretName(id);
  const secret = findSecret(context, id);
  if (!secret) {
    throw new AwsError(
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret.",
    );
  }
  return secret;
}

/**
 * A secret that is not scheduled for deletion.
 *
 * @throws AwsError ValidationException, ResourceNotFoundException or InvalidRequestException
 */
export function requireUsableSecret(context: Context, id: string): Secret {
  const secret = requireSecret(context, id);
  if (secret.deletion) {
    throw new AwsError(
      "InvalidRequestException",
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }
  return secret;
}

/** Stores a secret. */
export const putSecret = (context: Context, secret: Secret): Secret =>
  context.in(secrets).put(secret.arn, secret);
