import type { ServiceName } from "./types.ts";

/**
 * The origin of a failed call: an error response of AWS, no response, a response that is not AWS's, or no credentials for
 * the request.
 */
export type AwsCallFailure = "service" | "connection" | "response" | "credentials";

/**
 * A call that failed, after its retries.
 *
 * @example
 * try {
 *   await client.call("ecs", "DescribeServices", { cluster, services });
 * } catch (error) {
 *   if (error instanceof AwsCallError && error.code === "ClusterNotFoundException") return undefined;
 *   throw error;
 * }
 */
export class AwsCallError extends Error {
  readonly kind: AwsCallFailure;
  readonly service: ServiceName;
  readonly operation: string;
  /**
   * AWS's error code, such as "AccessDeniedException". Without a response: the code of Node.js, such as "ECONNREFUSED", or
   * "TimeoutError", "InvalidResponse", "CredentialsProviderError".
   */
  readonly code: string;
  /** The HTTP status; undefined without a response. */
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  /** True if the same call may succeed later: throttling, an error inside AWS, or a lost connection. */
  readonly isRetryable: boolean;

  constructor(
    call: { readonly service: ServiceName; readonly operation: string },
    details: Pick<AwsCallError, "kind" | "code" | "message"> &
      Partial<Pick<AwsCallError, "status" | "requestId" | "isRetryable" | "cause">>,
  ) {
    super(details.message, { cause: details.cause });
    this.name = "AwsCallError";
    this.service = call.service;
    this.operation = call.operation;
    this.kind = details.kind;
    this.code = details.code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.isRetryable = details.isRetryable ?? false;
  }
}

/**
 * Source: AWS SDK for JavaScript, service-error-classification, without LimitExceededException: for ECS and Systems Manager it
 * means a quota.
 */
const THROTTLING_CODES: ReadonlySet<string> = new Set([
  "BandwidthLimitExceeded",
  "EC2ThrottledException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "TransactionInProgressException",
]);

const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  "RequestTimeout",
  "RequestTimeoutException",
  "TimeoutError",
]);

const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

const CLOCK_SKEW_CODES: ReadonlySet<string> = new Set([
  "AuthFailure",
  "InvalidSignatureException",
  "RequestExpired",
  "RequestInTheFuture",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);

/** True if AWS rejected a call because of its rate. */
export const isThrottling = (code: string, status: number | undefined): boolean =>
  THROTTLING_CODES.has(code) || status === 429;

/** True if a call that failed with this response of AWS may succeed later. */
export const isTransient = (code: string, status: number): boolean =>
  isThrottling(code, status) || TRANSIENT_CODES.has(code) || TRANSIENT_STATUSES.has(status);

/** True if the reason of an error may be a wrong clock of this machine. */
export const mayBeClockSkew = (code: string): boolean => CLOCK_SKEW_CODES.has(code);
