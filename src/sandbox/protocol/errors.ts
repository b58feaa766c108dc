import { notImplementedMessage } from "../../failures/not-implemented.ts";

/** An error response of AWS: code, message, HTTP status and additional members. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    status = 400,
    members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** The error of ECS and CloudWatch Logs for an invalid parameter. */
export const invalidParameter = (message: string): AwsError =>
  new AwsError("InvalidParameterException", message);

/** The error of query and XML services for a call that policies do not allow. */
export const accessDenied = (message: string): AwsError =>
  new AwsError("AccessDenied", message, 403);

/**
 * The error for a request that is rejected before a service reads it. Its status is the same in every protocol; errors
 * of a service have the status 400 in JSON and CBOR.
 */
export class RejectedRequest extends AwsError {}

/** The error for a function that the sandbox does not support. It never returns an empty success instead. */
export function notImplemented(what: string): AwsError {
  return new AwsError("NotImplemented", notImplementedMessage(what), 501);
}

/** A request that cannot be decoded with the model of the service. The protocol determines the error code. */
export class MalformedRequest extends Error {
  readonly kind: "unknown-member" | "malformed";

  constructor(kind: MalformedRequest["kind"], message: string) {
    super(message);
    this.name = "MalformedRequest";
    this.kind = kind;
  }
}
