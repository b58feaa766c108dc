import { type Policy, parsePolicy, PolicySyntaxError } from "../../../iam/policy.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../service.ts";
import { awsManagedPolicy } from "../../../aws/managed-policies.ts";
import { type ManagedPolicy, policies, type Role, roles, type User, users } from "./rows.ts";

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

/** Reads a policy for an identity: it may not name a principal, and must name resources. */
export function identityPolicy(text: string): Policy {
  const policy = parsed(text);
  for (const statement of policy.statements) {
    if (statement.principals ?? statement.notPrincipals)
      throw malformed("Policy document should not specify a principal.");
    if (!statement.resources && !statement.notResources)
      throw malformed("Policy statement must contain resources.");
    const odd = [...(statement.actions ?? []), ...(statement.notActions ?? [])].find(
      (action) => action !== "*" && !/^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(action),
    );
    if (odd !== undefined)
      throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  return policy;
}

/** Reads a trust policy: it must name principals that exist, and may not name resources. */
export function trustPolicy(context: Context, text: string): Policy {
  const policy = parsed(text);
  for (const statement of policy.statements) {
    if (statement.resources ?? statement.notResources)
      throw malformed("Has prohibited field Resource");
    const named = statement.principals ?? statement.notPrincipals;
    if (named === undefined) throw malformed("Missing required field Principal");
    const odd = statement.actions?.find((action) => !/^(sts:|\*$)/i.test(action));
    if (odd !== undefined)
      throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
    if (named === "*") continue;
    const service = (named["Service"] ?? []).find(
      (name) => !/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(name),
    );
    if (service !== undefined) {
      throw malformed(`Invalid principal in policy: "SERVICE":"${service}"`);
    }
    for (const name of named["AWS"] ?? []) {
      if (!principalExists(context, name))
        throw malformed(`Invalid principal in policy: "AWS":"${name}"`);
    }
  }
  return policy;
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

function parsed(text: string): Policy {
  try {
    return parsePolicy(text);
  } catch (error) {
    if (error instanceof PolicySyntaxError)
      throw malformed(`Syntax errors in policy: ${error.message}`);
    throw error;
  }
}

/** Characters of all inline policies together. Source: IAM User Guide, "IAM and AWS STS quotas". */
export function checkInlineSize(
  inline: Readonly<Record<string, string>>,
  kind: "role" | "user",
  name: string,
): void {
  const limit = kind === "role" ? 10_240 : 2048;
  const size = Object.values(inline).reduce((sum, text) => sum + text.replace(/\s/g, "").length, 0);
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
  context.laws.iam === "strong" || context.now.getTime() >= changed.getTime() + PROPAGATION * 1000;
