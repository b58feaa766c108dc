import type { PolicyBounds } from "../../topology/iam-policies.ts";
import type { RolePolicies } from "../../topology/role-policies.ts";
import type { TaskDefinition } from "../../topology/task-definitions.ts";
import { authorize, type ApplicablePolicies, type PolicyType } from "../../iam/authorize.ts";
import { contextValues, type RequestContext } from "../../iam/conditions.ts";
import type { Policy, Statement } from "../../iam/policy.ts";
import { variablesWithoutValue } from "../../iam/variables.ts";

/** An action on a resource that a task's execution role must be able to take. */
export interface Permission {
  readonly definition: TaskDefinition;
  readonly action: string;
  /** An ARN, or "*". */
  readonly resource: string;
}

export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly principal?: string;
  readonly account: string | undefined;
  readonly resourceAccount?: string;
  readonly context?: RequestContext;
  readonly policies: {
    /** Of the role; undefined asks the endpoint alone. */
    readonly identity: RolePolicies | undefined;
    readonly endpoint?: PolicyBounds;
    readonly resource?: PolicyBounds;
    readonly resourceDecides?: boolean;
  };
}

export type Ruling =
  | { readonly answer: "pass" }
  | {
      readonly answer: "fail";
      readonly says: string;
      /** The type of the policy that denies, or that does not allow. */
      readonly by: PolicyType;
    }
  | { readonly answer: "unknown"; readonly says: string };

const EVERYTHING: Policy = {
  version: "2012-10-17",
  statements: [{ effect: "Allow", actions: ["*"], resources: ["*"], conditions: {} }],
};

/**
 * A policy in which conditions on what is not known never hold for the request, or always do. Condition keys that are not
 * in the context may have any value, and so may policy variables that name them.
 */
function settled(policy: Policy, context: RequestContext, isGenerous: boolean): Policy {
  const values = contextValues(context);
  const isOpen = (text: string): boolean =>
    text.includes("${") && variablesWithoutValue(text, policy.version, values).length > 0;
  const isAnswered = ({ conditions }: Statement): boolean =>
    Object.values(conditions).every((keys) =>
      Object.entries(keys).every(
        ([key, wanted]) => values.has(key.toLowerCase()) && !wanted.some(isOpen),
      ),
    );
  const anyValue = (pattern: string): string => pattern.replace(/\$\{[^}]*\}/g, "*");
  /** A statement that applies to all resources that open variables may name, or to none of them. */
  const widened = (statement: Statement, applies: boolean): Statement => {
    const { resources, notResources } = statement;
    const list = (patterns: readonly string[], matches: boolean): readonly string[] =>
      patterns.flatMap((pattern) =>
        isOpen(pattern) ? (matches ? [anyValue(pattern)] : []) : [pattern],
      );
    return {
      ...statement,
      ...(resources ? { resources: list(resources, applies) } : {}),
      ...(notResources ? { notResources: list(notResources, !applies) } : {}),
    };
  };
  return {
    ...policy,
    statements: policy.statements.flatMap((otherStatement) => {
      const applies = (otherStatement.effect === "Allow") === isGenerous;
      const hasOpen =
        otherStatement.resources?.some(isOpen) === true ||
        otherStatement.notResources?.some(isOpen) === true;
      const statement = hasOpen ? widened(otherStatement, applies) : otherStatement;
      if (isAnswered(otherStatement)) return [statement];
      return applies ? [{ ...statement, conditions: {} }] : [];
    }),
  };
}

/**
 * Decides a request where policies or conditions may not be known: twice, once with all that is not known against it
 * and once for it. Where both agree, that is the answer.
 */
export function allowed(request: Request): Ruling {
  const { action, resource, account, policies, context = {} } = request;
  const own = account ?? "<account>";
  const arn = request.principal ?? `arn:aws:iam::${own}:role/<role>`;
  const ask = (isGenerous: boolean): ReturnType<typeof authorize> => {
    const side = ({ certain, possible }: PolicyBounds): Policy =>
      settled(isGenerous ? possible : certain, context, isGenerous);
    const { identity, endpoint, resource: guard, resourceDecides } = policies;
    const grants: ApplicablePolicies = {
      identity: identity
        ? (isGenerous ? identity.possible : identity.certain).map((policy) =>
            settled(policy, context, isGenerous),
          )
        : [EVERYTHING],
      ...(identity?.boundary ? { boundary: side(identity.boundary) } : {}),
      ...(identity?.organization ? { organization: side(identity.organization) } : {}),
      ...(endpoint ? { endpoint: side(endpoint) } : {}),
      ...(guard ? { resource: side(guard) } : {}),
      ...(resourceDecides === true ? { resourceDecides } : {}),
      ...(request.resourceAccount === undefined
        ? {}
        : { resourceAccount: request.resourceAccount }),
    };
    const account = isGenerous ? accountIn(grants) : undefined;
    return authorize(
      {
        principal: { arn: account === undefined ? arn : arn.replace("<account>", account) },
        action,
        resource: isGenerous ? concrete(resource, grants) : resource,
        context,
      },
      grants,
    );
  };
  const [certain, possible] = [ask(false), ask(true)];
  if (certain.allowed) return { answer: "pass" };
  if (!possible.allowed) return { answer: "fail", says: certain.reason, by: certain.policyType };
  const [why] = [
    ...(policies.identity?.unknown ?? []),
    ...(policies.identity?.organization?.unknown ?? []),
    ...(policies.endpoint?.unknown ?? []),
    ...(policies.resource?.unknown ?? []),
  ];
  return {
    answer: "unknown",
    says:
      why === undefined
        ? `it depends on the account or on a condition: ${action} on ${resource}`
        : String(why),
  };
}

/** The account that a resource's policy speaks of: an account that is not known may be it. */
function accountIn({ resource: guard }: ApplicablePolicies): string | undefined {
  const named = guard?.statements.flatMap(({ principals }) =>
    principals === undefined || principals === "*" ? [] : (principals["AWS"] ?? []),
  );
  return named?.map((value) => /^(?:arn:[\w-]+:iam::)?(\d{12})/.exec(value)?.[1]).find(Boolean);
}

/** An ARN whose account or region is not known is taken to be the one that the policies name. */
function concrete(
  resource: string,
  { identity, endpoint, resource: guard }: ApplicablePolicies,
): string {
  if (!/<(account|region)>/.test(resource)) return resource;
  const parts = resource.split(":");
  const named = [...identity, ...(endpoint ? [endpoint] : []), ...(guard ? [guard] : [])]
    .flatMap((policy) => policy.statements.flatMap((statement) => statement.resources ?? []))
    .map((value) => value.split(":"))
    .find((entry) => entry[2] === parts[2] && entry.length > 5);
  return parts
    .map((part, index) => (/<(account|region)>/.test(part) ? (named?.[index] ?? part) : part))
    .join(":");
}
