import { notImplementedMessage } from "../../failures/match-aws-error.ts";

/** An error as AWS answers it: code, message, HTTP status, and members of the error's own shape. */
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

/**
 * The error of a request that is rejected before a service has read it. Its status is the same in every protocol, other
 * than that of a service's own errors, which JSON and CBOR services answer with 400.
 */
export class RejectedRequest extends AwsError {}

/** What the sandbox does not do yet, said as such: never an empty success. */
export function notImplemented(what: string): AwsError {
  return new AwsError("NotImplemented", notImplementedMessage(what), 501);
}

/** A word that an enumeration does not know. */
interface InvalidEnumValue {
  readonly value: string;
  readonly allowedValues: readonly string[];
}

/** A request that does not fit the service's model. The protocol gives it the code that AWS would. */
export class MalformedRequest extends Error {
  readonly kind: "unknown-member" | "malformed" | "missing" | "enum";
  readonly enumValue: InvalidEnumValue | undefined;

  constructor(kind: MalformedRequest["kind"], message: string, invalid?: InvalidEnumValue) {
    super(message);
    this.name = "MalformedRequest";
    this.kind = kind;
    this.enumValue = invalid;
  }
}
