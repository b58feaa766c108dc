import { policyQuota, policySize } from "../../../iam/validate.ts";
import { parsePolicyDocument } from "../../authorization/policy-documents.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { awsManagedPolicy } from "../../../aws/managed-policies.ts";
import { type ManagedPolicy, policies, type Role, roles, type User, users } from "./tables.ts";

/** Error codes and texts: IAM API Reference, each operation's "Errors". */
export const noSuchEntity = (what: string): AwsError => new AwsError("NoSuchEntity", what, 404);

export const alreadyExists = (what: string): AwsError =>
  new AwsError("EntityAlreadyExists", `${what} already exists.`, 409);

export const conflict = (what: string): AwsError => new AwsError("DeleteConflict", what, 409);

export function needRole(context: Context, name: string): Role {
  const row = context.in(roles).get(name);
  if (!row) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return row;
}

export function needUser(context: Context, name: string): User {
  const row = context.in(users).get(name);
  if (!row) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return row;
}

export function needPolicy(context: Context, arn: string): ManagedPolicy {
  const row = context.in(policies).get(arn);
  if (!row) throw noSuchEntity(`Policy ${arn} was not found.`);
  return row;
}

/** The document of a managed policy, the customer's or AWS's. */
export function documentOf(context: Context, arn: string): string | undefined {
  const row = context.in(policies).get(arn);
  return row
    ? row.versions.find((version) => version.id === row.defaultVersion)?.document
    : awsManagedPolicy(arn);
}

/** A policy that can be attached: one of the account's, or one of AWS's that the sandbox knows. */
export function checkAttachable(context: Context, arn: string): void {
  if (context.in(policies).has(arn) || awsManagedPolicy(arn) !== undefined) return;
  if (/^arn:[^:]+:iam::aws:policy\//.test(arn)) {
    throw new AwsError(
      "NotImplemented",
      `Berth's sandbox does not know what AWS's policy ${arn} allows`,
      501,
    );
  }
  throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
}

const malformed = (message: string): AwsError => new AwsError("MalformedPolicyDocument", message);

/**
 * Checks a trust policy, whose principals must exist.
 *
 * @throws AwsError MalformedPolicyDocument or LimitExceeded
 */
export function checkTrustPolicy(context: Context, text: string): void {
  for (const { principals } of parsePolicyDocument(text, "trust").statements) {
    if (principals === undefined || principals === "*") continue;
    const service = (principals.Service ?? []).find(
      (name) => !/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(name),
    );
    if (service !== undefined)
      throw malformed(`Invalid principal in policy: "SERVICE":"${service}"`);
    for (const name of principals.AWS ?? []) {
      if (!principalExists(context, name))
        throw malformed(`Invalid principal in policy: "AWS":"${name}"`);
    }
  }
}

/** IAM turns the ARN of a user or role into its id, and so refuses one that is not there. */
function principalExists(context: Context, name: string): boolean {
  if (name === "*" || /^\d{12}$/.test(name)) return true;
  const match = /^arn:[^:]+:(?:iam|sts)::(\d{12}):(root|user|role|assumed-role)\/?(.*)$/.exec(name);
  if (!match) return false;
  const [, account = "", kind = "", path = ""] = match;
  const own = context.at({ account });
  const last = path.split("/").pop() ?? "";
  if (kind === "role") return own.in(roles).has(last) || account !== context.account;
  if (kind === "user")
    return own.in(users).has(last) || last === "berth" || account !== context.account;
  return true;
}

/** Characters of all inline policies together. Source: IAM User Guide, "IAM and AWS STS quotas". */
export function checkInlineSize(
  inline: Readonly<Record<string, string>>,
  kind: "role" | "user",
  name: string,
): void {
  const limit = policyQuota(kind) ?? Infinity;
  const size = Object.values(inline).reduce((sum, text) => sum + policySize(text), 0);
  if (size > limit) {
    throw new AwsError(
      "LimitExceeded",
      `Maximum policy size of ${limit} bytes exceeded for ${kind} ${name}`,
      409,
    );
  }
}

/** Seconds after which a change of IAM is known to other services. AWS says "usually"; this is the sandbox's choice. */
const PROPAGATION = 8;

/** Whether a role's last change is known everywhere. */
export const isKnown = (context: Context, { changed }: Role): boolean =>
  context.settings.iam === "strong" ||
  context.now.getTime() >= changed.getTime() + PROPAGATION * 1000;
