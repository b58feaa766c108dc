import {
  type Policy,
  parsePolicy,
  rejectionOf,
  documentViolation,
  type PolicyKind,
} from "../../iam/index.ts";
import { AwsError } from "../protocol/errors.ts";

/** HTTP status of errors that differ from 400. Source: IAM API Reference, "Common Errors", LimitExceeded. */
const STATUS: Readonly<Record<string, number>> = { LimitExceeded: 409 };

/**
 * Parses and validates the policy document in a call.
 *
 * @param owner the name of the user or role, for its inline policies
 * @throws AwsError if AWS rejects the document
 */
export function parsePolicyDocument(text: string, kind: PolicyKind, owner?: string): Policy {
  const violation = documentViolation(text, kind);
  if (violation) {
    const { code, message } = rejectionOf(kind, violation, owner);
    throw new AwsError(code, message, STATUS[code]);
  }
  return parsePolicy(text);
}
