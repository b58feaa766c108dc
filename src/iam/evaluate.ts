import { parseArn } from "../aws/arn.ts";
import { holds, type RequestContext } from "./conditions.ts";
import { matches, matchesAnyCase } from "./match.ts";
import type { Policy, Principals, Statement } from "./policy.ts";

/** One request: who does what to which resource, and what else is known of it. */
export interface AccessRequest {
  /** A service ("logs.eu-west-1.amazonaws.com") or an AWS principal by ARN. */
  readonly principal: { readonly service: string } | { readonly arn: string };
  /** Such as kms:Decrypt. */
  readonly action: string;
  readonly resource: string;
  readonly context?: RequestContext;
}

/** An explicit deny wins over any allow; `none` means that no statement speaks of the request. */
export interface Decision {
  readonly effect: "allow" | "deny" | "none";
  /** The statement that decided. */
  readonly statement?: Statement;
}

function isPrincipal(principals: Principals, request: AccessRequest["principal"]): boolean {
  if (principals === "*") return true;
  if ("service" in request) return (principals["Service"] ?? []).includes(request.service);
  const account = parseArn(request.arn)?.account;
  return (principals["AWS"] ?? []).some(
    (name) =>
      name === "*" ||
      name === request.arn ||
      name === account ||
      new RegExp(`^arn:[^:]+:iam::${account}:root$`).test(name),
  );
}

function applies(statement: Statement, request: AccessRequest): boolean {
  const { principals, notPrincipals, actions, notActions, resources, notResources } = statement;
  if (principals && !isPrincipal(principals, request.principal)) return false;
  if (notPrincipals && isPrincipal(notPrincipals, request.principal)) return false;
  if (actions && !actions.some((pattern) => matchesAnyCase(pattern, request.action))) return false;
  if (notActions?.some((pattern) => matchesAnyCase(pattern, request.action)) === true) return false;
  if (resources && !resources.some((pattern) => matches(pattern, request.resource))) return false;
  if (notResources?.some((pattern) => matches(pattern, request.resource)) === true) return false;
  return holds(statement.conditions, request.context ?? {});
}

/**
 * Decides a request by one resource policy.
 *
 * Source: IAM User Guide, "Policy evaluation logic".
 */
export function evaluate(policy: Policy, request: AccessRequest): Decision {
  const spoken = policy.statements.filter((statement) => applies(statement, request));
  const deny = spoken.find(({ effect }) => effect === "Deny");
  if (deny) return { effect: "deny", statement: deny };
  const allow = spoken[0];
  return allow ? { effect: "allow", statement: allow } : { effect: "none" };
}
