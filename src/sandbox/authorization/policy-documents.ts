import {
  bucketScopeViolation,
  documentViolation,
  type Policy,
  parsePolicy,
  type PolicyKind,
  type PolicyViolation,
  rejectionOf,
  type Statement,
} from "../../iam/index.ts";
import type { Context } from "../core/operation.ts";
import { AwsError } from "../protocol/errors.ts";
import { serviceNamed } from "../services/loader.ts";

/** HTTP status of errors that differ from 400. Source: IAM API Reference, "Common Errors", LimitExceeded. */
const STATUS: Readonly<Record<string, number>> = { LimitExceeded: 409 };

function rejection(kind: PolicyKind, violation: PolicyViolation, owner?: string): AwsError {
  const { code, message } = rejectionOf(kind, violation, owner);
  return new AwsError(code, message, STATUS[code]);
}

/**
 * Parses and validates the policy document in a call.
 *
 * @param owner the name of the user or role, for its inline policies
 * @throws AwsError if AWS rejects the document
 */
export function parsePolicyDocument(text: string, kind: PolicyKind, owner?: string): Policy {
  const violation = documentViolation(text, kind);
  if (violation) throw rejection(kind, violation, owner);
  return parsePolicy(text);
}

/** Names of services as principals. Source: IAM User Guide, "AWS JSON policy elements: Principal", AWS service principals. */
const SERVICE_PRINCIPAL = /^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)$/;

/** The first principal of a statement that does not exist, as a policy names it: "AWS":"arn:aws:iam::…". */
function unknownPrincipal(
  context: Context,
  { principals, notPrincipals }: Statement,
): PolicyViolation | undefined {
  const named = principals ?? notPrincipals;
  if (named === undefined || named === "*") return undefined;
  const report = (kind: "AWS" | "SERVICE", name: string): PolicyViolation => ({
    rule: kind === "AWS" ? "principal-unknown" : "principal-service",
    message: `the principal ${name} does not exist`,
    subject: `"${kind}":"${name}"`,
  });
  const service = named.Service?.find((name) => !SERVICE_PRINCIPAL.test(name));
  if (service !== undefined) return report("SERVICE", service);
  const principalExists = serviceNamed("iam")?.principalExists;
  const principal = named.AWS?.find((name) => principalExists?.(context, name) !== true);
  return principal === undefined ? undefined : report("AWS", principal);
}

/**
 * Parses and validates a policy that names principals: a trust policy or the policy of a resource. AWS replaces the ARN of a
 * user or role by its ID, and therefore rejects one that does not exist. Users and roles of other accounts are not known, and
 * accepted.
 *
 * @param resource ARN of the resource
 * @throws AwsError if AWS rejects the document
 */
export function parseResourcePolicy(
  context: Context,
  text: string,
  kind: Extract<
    PolicyKind,
    "trust" | "key" | "bucket" | "registry" | "repository" | "secret" | "topic" | "queue"
  >,
  resource?: string,
): Policy {
  const policy = parsePolicyDocument(text, kind);
  const violation =
    (kind === "bucket" && resource !== undefined
      ? bucketScopeViolation(policy, resource)
      : undefined) ??
    policy.statements
      .map((statement) => unknownPrincipal(context, statement))
      .find((found) => found !== undefined);
  if (violation) throw rejection(kind, violation);
  return policy;
}
