import { parseArn } from "../aws/arn.ts";
import { type ContextValues, contextValues, holds, type RequestContext } from "./conditions.ts";
import { matches, matchesAnyCase } from "./match.ts";
import type { Policy, Principals, Statement } from "./policy.ts";
import { fillVariables } from "./variables.ts";

/** Who makes a request: an AWS service, a federated identity by its provider, or an AWS principal by ARN. */
export type Principal =
  | { readonly service: string }
  | { readonly federated: string }
  | {
      /** The user or role. */
      readonly arn: string;
      /** The role's session, where there is one. */
      readonly session?: string;
      /** True where the user or role has a permissions boundary. @default false */
      readonly hasBoundary?: boolean;
    };

/** One request: who does what to which resource, and what else is known of it. */
export interface AccessRequest {
  /** A service ("logs.eu-west-1.amazonaws.com") or an AWS principal by ARN. */
  readonly principal: Principal;
  /** Such as kms:Decrypt. */
  readonly action: string;
  readonly resource: string;
  readonly context?: RequestContext;
}

/**
 * How closely a statement names a principal: the very principal that makes the request (a user, a session, a service, or
 * everybody), the role of its session, or its account.
 */
export type Naming = "principal" | "role" | "account";

/** An explicit deny wins over any allow; `none` means that no statement applies to the request. */
export interface Decision {
  readonly effect: "allow" | "deny" | "none";
  /** The statement that decided. */
  readonly statement?: Statement;
  /**
   * How an allow names the principal. `account` leaves the decision to the account's own policies; `role` is limited by the
   * role's boundary and the session's policies. A policy without principals names whoever it is attached to: `principal`.
   */
  readonly naming?: Naming;
}

/** True where a name in a Principal element is the whole account of a principal. */
function isAccount(name: string, arn: string): boolean {
  const parsed = parseArn(arn);
  return (
    parsed !== undefined &&
    (name === parsed.account || name === `arn:${parsed.partition}:iam::${parsed.account}:root`)
  );
}

const isRole = (arn: string): boolean => parseArn(arn)?.resource.startsWith("role/") === true;

const isTrust = (action: string): boolean => /^sts:AssumeRole/i.test(action);

/**
 * How a Principal element names a request's principal.
 *
 * "*" and {"AWS": "*"} are both everybody, services among them. In role trust policies the two differ in practice (Terraform
 * Registry, `aws_iam_policy_document`), and AWS does not document how: there, an Allow for {"AWS": "*"} does not name
 * services and identity providers, which is the safe reading.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal".
 */
function namingOf(
  principals: Principals,
  { principal, action }: AccessRequest,
  effect: Statement["effect"],
): Naming | undefined {
  if (principals === "*") return "principal";
  const { AWS: names = [], Service: services = [], Federated: providers = [] } = principals;
  if (!("arn" in principal)) {
    const isNamed =
      "service" in principal
        ? services.includes(principal.service)
        : providers.includes(principal.federated);
    const isEverybody = names.includes("*") && (effect === "Deny" || !isTrust(action));
    return isNamed || isEverybody ? "principal" : undefined;
  }
  const { arn, session } = principal;
  if (names.length === 0) return undefined;
  if (names.includes("*") || (session !== undefined && names.includes(session))) return "principal";
  if (names.includes(arn)) return isRole(arn) ? "role" : "principal";
  if (!names.some((name) => isAccount(name, arn))) return undefined;
  return isAccount(arn, arn) ? "principal" : "account"; // the root user is the account
}

/**
 * True where a NotPrincipal element excepts the request's principal.
 *
 * An exception from a Deny must name the principal completely: the account, and the user; or the account, the role and the
 * session. It never excepts a principal that has a permissions boundary. An exception from an Allow is one by any of these
 * names.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal".
 */
function isExcepted(
  exceptions: Principals,
  request: AccessRequest,
  effect: Statement["effect"],
): boolean {
  const { principal } = request;
  if (effect === "Allow" || !("arn" in principal))
    return namingOf(exceptions, request, "Deny") !== undefined;
  if (principal.hasBoundary === true) return false;
  if (exceptions === "*") return true;
  const { AWS: names = [] } = exceptions;
  if (names.includes("*")) return true;
  const { arn, session } = principal;
  // Requests of a role are always those of a session, also where nobody knows its name.
  const isPrincipal = isRole(arn)
    ? names.includes(arn) && session !== undefined && names.includes(session)
    : names.includes(arn) || isAccount(arn, arn);
  return isPrincipal && names.some((name) => isAccount(name, arn));
}

/** An ARN of fewer than six fields has wildcards for the others. Source: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)". */
function completeArn(pattern: string): string {
  if (!pattern.startsWith("arn:")) return pattern;
  const missing = 6 - pattern.split(":", 6).length;
  return missing > 0 ? `${pattern}${":*".repeat(missing)}` : pattern;
}

/** Index of the first character after an ARN's fifth colon; 0 where there is none. */
function resourcePart(arn: string): number {
  let at = 0;
  for (let colons = 0; colons < 5; colons++) {
    const found = arn.indexOf(":", at);
    if (found < 0) return 0;
    at = found + 1;
  }
  return at;
}

/**
 * Fills a resource pattern's variables, which only stand after the fifth colon.
 *
 * Source: IAM User Guide, "IAM policy elements: Variables and tags", Resource element.
 */
function fillResource(
  pattern: string,
  version: string,
  values: ContextValues,
  isLiteral: boolean,
): string | undefined {
  if (!pattern.includes("${")) return pattern;
  const start = resourcePart(pattern);
  const filled = fillVariables(pattern.slice(start), version, values, isLiteral);
  return filled === undefined ? undefined : pattern.slice(0, start) + filled;
}

/** How a statement applies to a request; undefined where it does not. */
function applies(
  statement: Statement,
  request: AccessRequest,
  version: string,
): Naming | undefined {
  const { effect, principals, notPrincipals, actions, notActions, resources, notResources } =
    statement;
  const naming = principals ? namingOf(principals, request, effect) : "principal";
  if (naming === undefined) return undefined;
  if (notPrincipals && isExcepted(notPrincipals, request, effect)) return undefined;
  const isAction = (pattern: string): boolean => matchesAnyCase(pattern, request.action);
  if (actions && !actions.some(isAction)) return undefined;
  if (notActions?.some(isAction) === true) return undefined;
  // An asterisk in a variable's value widens what is denied and never what is allowed.
  const isLiteral = (isNegated: boolean): boolean => (effect === "Allow") !== isNegated;
  const isResource = (patterns: readonly string[], isNegated: boolean): boolean =>
    patterns.some((pattern) => {
      const filled = fillResource(
        completeArn(pattern),
        version,
        contextValues(request.context),
        isLiteral(isNegated),
      );
      return filled !== undefined && matches(filled, request.resource);
    });
  if (resources && !isResource(resources, false)) return undefined;
  if (notResources && isResource(notResources, true)) return undefined;
  return holds(statement.conditions, request.context, (value, isNegated) =>
    fillVariables(value, version, contextValues(request.context), isLiteral(isNegated)),
  )
    ? naming
    : undefined;
}

/** The closest naming first. */
const CLOSENESS: readonly Naming[] = ["principal", "role", "account"];

/**
 * Decides a request by one policy.
 *
 * Source: IAM User Guide, "Policy evaluation logic".
 */
export function evaluate(policy: Policy, request: AccessRequest): Decision {
  let best: { readonly statement: Statement; readonly naming: Naming } | undefined;
  for (const statement of policy.statements) {
    const naming = applies(statement, request, policy.version);
    if (naming === undefined) continue;
    if (statement.effect === "Deny") return { effect: "deny", statement };
    if (!best || CLOSENESS.indexOf(naming) < CLOSENESS.indexOf(best.naming))
      best = { statement, naming };
  }
  return best ? { effect: "allow", ...best } : { effect: "none" };
}
