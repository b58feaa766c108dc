import type { Context } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";

/** The version of a resource, which changes with each update. */
export interface Versioned {
  readonly etag?: string;
}

/** Capital letters and digits, as in the IDs and the entity tags of CloudFront. */
export const newId = (context: Context): string => `E${context.hex(13).toUpperCase()}`;

/** ARN of a resource of the account. CloudFront has no regions. */
export const arnOf = (context: Context, path: string): string =>
  `arn:${context.partition}:cloudfront::${context.account}:${path}`;

/**
 * Checks that a request has the current version of a resource.
 *
 * Sources: Amazon CloudFront API Reference, UpdateDistribution; of the texts, boto/boto3#3813 (no version),
 * milliHQ/terraform-aws-next-js#274 (another version).
 */
export function checkVersion({ etag }: Versioned, ifMatch: string | undefined): void {
  if (ifMatch === undefined)
    throw new AwsError(
      "InvalidIfMatchVersion",
      "The If-Match version is missing or not valid for the resource.",
    );
  if (ifMatch !== etag)
    throw new AwsError(
      "PreconditionFailed",
      "The request failed because it didn't meet the preconditions in one or more request-header fields.",
      412,
    );
}
