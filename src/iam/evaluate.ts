import { parseArn } from "../aws/arn.ts";
import { holds, type RequestContext } from "./conditions.ts";
import { matches, matchesAnyCase } from "./match.ts";
import type { Policy, Principals, Statement } from "./policy.ts";

/** Who asks: an AWS service, a federated identity by its provider, or an AWS principal by ARN. */
export type Principal =
  | { readonly service: string }
  | { readonly federated: string }
  | {
      /** The user or role. */
      readonly arn: string;
      /** The role's session, where there is one. */
      readonly session?: string;
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

/** An explicit deny wins over any allow; `none` means that no statement speaks of the request. */
export interface Decision {
  readonly effect: "allow" | "deny" | "none";
  /** The statement that decided. */
  readonly statement?: Statement;
  /** True where an allow names the account alone, and so leaves it to the account's own policies. */
  readonly delegates?: boolean;
}

/** How closely a statement names the principal. */
type Naming = "itself" | "account" | "no";

function naming(principals: Principals, principal: Principal): Naming {
  if (principals === "*") return "itself";
  if ("service" in principal)
    return (principals["Service"] ?? []).includes(principal.service) ? "itself" : "no";
  if ("federated" in principal)
    return (principals["Federated"] ?? []).includes(principal.federated) ? "itself" : "no";
  const names = principals["AWS"] ?? [];
  if (names.some((name) => name === "*" || name === principal.arn || name === principal.session))
    return "itself";
  const account = parseArn(principal.arn)?.account;
  const isAccount = (name: string): boolean =>
    name === account || new RegExp(`^arn:[^:]+:iam::${account}:root$`).test(name);
  return names.some(isAccount) ? "account" : "no";
}

/** A pattern with its policy variables filled in. Source: IAM User Guide, "IAM policy elements: Variables and tags". */
function filled(pattern: string, context: RequestContext): string {
  if (!pattern.includes("${")) return pattern;
  return pattern.replace(/\$\{([^}]+)\}/g, (whole, name: string) => {
    const [key = "", fallback] = name.split(/,\s*/);
    const found = Object.entries(context).find(
      ([known]) => known.toLowerCase() === key.toLowerCase(),
    )?.[1];
    if (typeof found === "string") return found;
    return fallback?.replace(/^'|'$/g, "") ?? whole;
  });
}

function applies(statement: Statement, request: AccessRequest): Naming {
  const { principals, notPrincipals, actions, notActions, resources, notResources } = statement;
  const context = request.context ?? {};
  const fits = (patterns: readonly string[]): boolean =>
    patterns.some((pattern) => matches(filled(pattern, context), request.resource));
  const named = principals ? naming(principals, request.principal) : "itself";
  if (named === "no") return "no";
  if (notPrincipals && naming(notPrincipals, request.principal) !== "no") return "no";
  if (actions && !actions.some((pattern) => matchesAnyCase(pattern, request.action))) return "no";
  if (notActions?.some((pattern) => matchesAnyCase(pattern, request.action)) === true) return "no";
  if (resources && !fits(resources)) return "no";
  if (notResources && fits(notResources)) return "no";
  const conditions = Object.fromEntries(
    Object.entries(statement.conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, values]) => [
          key,
          values.map((value) => filled(value, context)),
        ]),
      ),
    ]),
  );
  return holds(conditions, context) ? named : "no";
}

/**
 * Decides a request by one policy.
 *
 * Source: IAM User Guide, "Policy evaluation logic".
 */
export function evaluate(policy: Policy, request: AccessRequest): Decision {
  const spoken = policy.statements.flatMap((statement) => {
    const named = applies(statement, request);
    return named === "no" ? [] : [{ statement, named }];
  });
  const deny = spoken.find(({ statement }) => statement.effect === "Deny");
  if (deny) return { effect: "deny", statement: deny.statement };
  const allow = spoken.find(({ named }) => named === "itself") ?? spoken[0];
  return allow
    ? { effect: "allow", statement: allow.statement, delegates: allow.named === "account" }
    : { effect: "none" };
}
