import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { type Secret, secrets } from "./tables.ts";

/** Finds a secret by its name, its ARN, or its ARN without the six random characters at the end. */
export function findSecret(context: Context, id: string): Secret | undefined {
  return context
    .in(secrets)
    .find(
      (secret) =>
        secret.name === id ||
        secret.arn === id ||
        secret.arn.replace(/-[A-Za-z0-9]{6}$/, "") === id,
    );
}

/**
 * A secret, also if it is scheduled for deletion.
 *
 * @throws AwsError ResourceNotFoundException
 */
export function requireSecret(context: Context, id: string): Secret {
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
 * @throws AwsError ResourceNotFoundException or InvalidRequestException
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
