import { parseArn } from "../aws/arn.ts";
import {
  type ContextValues,
  contextValues,
  conditionsHold,
  type RequestContext,
} from "./conditions.ts";
import { matches, matchesAnyCase } from "./match.ts";
import type { Policy, Principals, Statement } from "./policy.ts";
import { fillVariables } from "./variables.ts";

/** The principal of a request: an AWS service, an identity provider, or a user or role. */
export type Principal =
  | { readonly service: string }
  | { readonly federated: string }
  | {
      /** ARN of the user or role. */
      readonly arn: string;
      /** ARN of the role session. */
      readonly session?: string;
      /** True if the user or role has a permissions boundary. @default false */
      readonly hasBoundary?: boolean;
    };

/** A request to AWS. */
export interface AccessRequest {
  readonly principal: Principal;
  /** Such as kms:Decrypt. */
  readonly action: string;
  readonly resource: string;
  readonly context?: RequestContext;
}

/**
 * How a statement matches a principal: by the principal itself (a user, a session, a service, or everyone), by the role of the
 * session, or by the account.
 */
export type PrincipalMatch = "principal" | "role" | "account";

/** The decision of a policy. An explicit deny overrides every allow; `none` means that no statement applies to the request. */
export interface Decision {
  readonly effect: "allow" | "deny" | "none";
  /** The statement that decides. */
  readonly statement?: Statement;
  /**
   * How an Allow statement matches the principal. With `account`, the identity policies of the account decide; with `role`, the
   * permissions boundary and session policies limit the request. It is `principal` for a policy without a Principal element.
   */
  readonly principalMatch?: PrincipalMatch;
}

/** True if a name in a Principal element is the account of a principal. */
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
 * How a Principal element matches the principal of a request.
 *
 * "*" and {"AWS": "*"} both mean everyone, including services. In role trust policies the two differ in practice (Terraform
 * Registry, `aws_iam_policy_document`), and AWS does not document how. In a trust policy, an Allow for {"AWS": "*"} therefore
 * matches no services and no identity providers.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal".
 */
function matchPrincipal(
  principals: Principals,
  { principal, action }: AccessRequest,
  effect: Statement["effect"],
): PrincipalMatch | undefined {
  if (principals === "*") return "principal";
  const { AWS: names = [], Service: services = [], Federated: providers = [] } = principals;
  if (!("arn" in principal)) {
    const isNamed =
      "service" in principal
        ? services.includes(principal.service)
        : providers.includes(principal.federated);
    const isEveryone = names.includes("*") && (effect === "Deny" || !isTrust(action));
    return isNamed || isEveryone ? "principal" : undefined;
  }
  const { arn, session } = principal;
  if (names.length === 0) return undefined;
  if (names.includes("*") || (session !== undefined && names.includes(session))) return "principal";
  if (names.includes(arn)) return isRole(arn) ? "role" : "principal";
  if (!names.some((name) => isAccount(name, arn))) return undefined;
  return isAccount(arn, arn) ? "principal" : "account"; // the root user is the account
}

/**
 * True if a NotPrincipal element excludes the principal of the request.
 *
 * In a Deny statement, the element must contain the account and the user, or the account, the role and the session. It never
 * excludes a principal that has a permissions boundary. In an Allow statement, any of these names is sufficient.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal".
 */
function isExcluded(
  excluded: Principals,
  request: AccessRequest,
  effect: Statement["effect"],
): boolean {
  const { principal } = request;
  if (effect === "Allow" || !("arn" in principal))
    return matchPrincipal(excluded, request, "Deny") !== undefined;
  if (principal.hasBoundary === true) return false;
  if (excluded === "*") return true;
  const { AWS: names = [] } = excluded;
  if (names.includes("*")) return true;
  const { arn, session } = principal;
  // A role makes requests through a session; the name of the session may be unknown.
  const isPrincipal = isRole(arn)
    ? names.includes(arn) && session !== undefined && names.includes(session)
    : names.includes(arn) || isAccount(arn, arn);
  return isPrincipal && names.some((name) => isAccount(name, arn));
}

/** An ARN with fewer than six fields matches any value of the missing fields. Source: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)". */
function completeArn(pattern: string): string {
  if (!pattern.startsWith("arn:")) return pattern;
  const missing = 6 - pattern.split(":", 6).length;
  return missing > 0 ? `${pattern}${":*".repeat(missing)}` : pattern;
}

/** Index of the first character after an ARN's fifth colon; 0 if the text has fewer colons. */
function resourcePart(arn: string): number {
  let index = 0;
  for (let colons = 0; colons < 5; colons++) {
    const colon = arn.indexOf(":", index);
    if (colon < 0) return 0;
    index = colon + 1;
  }
  return index;
}

/**
 * Replaces the policy variables of a resource pattern. Variables are allowed only after the fifth colon.
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

/** How a statement matches the principal of a request; undefined if the statement does not apply to the request. */
function matchStatement(
  statement: Statement,
  request: AccessRequest,
  version: string,
): PrincipalMatch | undefined {
  const { effect, principals, notPrincipals, actions, notActions, resources, notResources } =
    statement;
  const principalMatch = principals ? matchPrincipal(principals, request, effect) : "principal";
  if (principalMatch === undefined) return undefined;
  if (notPrincipals && isExcluded(notPrincipals, request, effect)) return undefined;
  const isAction = (pattern: string): boolean => matchesAnyCase(pattern, request.action);
  if (actions && !actions.some(isAction)) return undefined;
  if (notActions?.some(isAction) === true) return undefined;
  // An asterisk in the value of a variable is a wildcard for Deny, and a literal for Allow: the safe choice.
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
  return conditionsHold(statement.conditions, request.context, (value, isNegated) =>
    fillVariables(value, version, contextValues(request.context), isLiteral(isNegated)),
  )
    ? principalMatch
    : undefined;
}

/** From the most specific match to the least specific. */
const SPECIFICITY: readonly PrincipalMatch[] = ["principal", "role", "account"];

/**
 * Evaluates a policy for a request.
 *
 * Source: IAM User Guide, "Policy evaluation logic".
 */
export function evaluate(policy: Policy, request: AccessRequest): Decision {
  let best: { readonly statement: Statement; readonly principalMatch: PrincipalMatch } | undefined;
  for (const statement of policy.statements) {
    const principalMatch = matchStatement(statement, request, policy.version);
    if (principalMatch === undefined) continue;
    if (statement.effect === "Deny") return { effect: "deny", statement };
    if (!best || SPECIFICITY.indexOf(principalMatch) < SPECIFICITY.indexOf(best.principalMatch))
      best = { statement, principalMatch };
  }
  return best ? { effect: "allow", ...best } : { effect: "none" };
}
