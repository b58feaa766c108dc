import {
  authorize,
  type ApplicablePolicies,
  type PolicyType,
  contextValues,
  type RequestContext,
  type Policy,
  type Statement,
  variablesWithoutValue,
} from "../../iam/index.ts";
import {
  arnInAwsError,
  arnText,
  hasPlaceholder,
  type PolicyBounds,
  type RolePolicies,
} from "../../topology/index.ts";

export interface PermissionRequest {
  readonly action: string;
  /** An ARN, or "*". */
  readonly resource: string;
  /** The ARN of the principal. @default a role of the account */
  readonly principal?: string;
  readonly account: string | undefined;
  readonly resourceAccount?: string;
  readonly context?: RequestContext;
  readonly policies: {
    /** The policies of the role; undefined evaluates only the endpoint policy. */
    readonly identity: RolePolicies | undefined;
    readonly endpoint?: PolicyBounds;
    readonly resource?: PolicyBounds;
    /** True if an allow in the resource policy is required, as in a key policy. */
    readonly resourceDecides?: boolean;
  };
}

export type PermissionResult =
  | { readonly answer: "pass" }
  | {
      readonly answer: "fail";
      /** Why AWS denies the request, as in AWS's error. */
      readonly reason: string;
      /** The type of the policy that denies the request, or that does not allow it. */
      readonly deniedBy: PolicyType;
    }
  | {
      readonly answer: "unknown";
      /** The missing fact. */
      readonly reason: string;
    };

const ALLOW_ALL: Policy = {
  version: "2012-10-17",
  statements: [{ effect: "Allow", actions: ["*"], resources: ["*"], conditions: {} }],
};

/**
 * The policy without conditions and variables whose value is unknown. Of the statements that depend on an unknown value, only
 * those that allow apply if `allowsUnknown` is true, and only those that deny apply if it is false. A condition key or a policy
 * variable that the context does not contain may have any value.
 */
export function withoutUnknowns(
  policy: Policy,
  context: RequestContext,
  allowsUnknown: boolean,
): Policy {
  const values = contextValues(context);
  const hasUnknownVariable = (text: string): boolean =>
    text.includes("${") && variablesWithoutValue(text, policy.version, values).length > 0;
  const hasKnownConditions = ({ conditions }: Statement): boolean =>
    Object.values(conditions).every((keys) =>
      Object.entries(keys).every(
        ([key, patterns]) => values.has(key.toLowerCase()) && !patterns.some(hasUnknownVariable),
      ),
    );
  const withWildcards = (pattern: string): string => pattern.replace(/\$\{[^}]*\}/g, "*");
  /** The statement for every resource that an unknown variable may produce, or for none of them. */
  const withoutVariables = (statement: Statement, applies: boolean): Statement => {
    const { resources, notResources } = statement;
    const replace = (patterns: readonly string[], matches: boolean): readonly string[] =>
      patterns.flatMap((pattern) =>
        hasUnknownVariable(pattern) ? (matches ? [withWildcards(pattern)] : []) : [pattern],
      );
    return {
      ...statement,
      ...(resources ? { resources: replace(resources, applies) } : {}),
      ...(notResources ? { notResources: replace(notResources, !applies) } : {}),
    };
  };
  return {
    ...policy,
    statements: policy.statements.flatMap((statement) => {
      const applies = (statement.effect === "Allow") === allowsUnknown;
      const hasVariables =
        statement.resources?.some(hasUnknownVariable) === true ||
        statement.notResources?.some(hasUnknownVariable) === true;
      const knownStatement = hasVariables ? withoutVariables(statement, applies) : statement;
      if (hasKnownConditions(statement)) return [knownStatement];
      return applies ? [{ ...knownStatement, conditions: {} }] : [];
    }),
  };
}

/** Results by the policies that decide. Services that share a role make the same requests. */
const resultsByPolicies = new WeakMap<object, Map<string, PermissionResult>>();

const policyNumbers = new WeakMap<object, number>();
let lastPolicyNumber = 0;

/** A number that identifies a policy object; 0 without a policy. */
function numberOf(policy: object | undefined): number {
  if (!policy) return 0;
  const known = policyNumbers.get(policy);
  if (known !== undefined) return known;
  policyNumbers.set(policy, ++lastPolicyNumber);
  return lastPolicyNumber;
}

/**
 * Decides whether AWS allows a request, with policies and conditions that may be unknown. It evaluates the request twice:
 * with every unknown value against the request, and with every unknown value for it. If both evaluations agree, the result
 * is known.
 */
export function evaluatePermission(request: PermissionRequest): PermissionResult {
  const { identity, endpoint, resource, resourceDecides } = request.policies;
  const owner = identity ?? endpoint ?? resource;
  if (!owner) return decidePermission(request);
  const results = resultsByPolicies.get(owner) ?? new Map<string, PermissionResult>();
  resultsByPolicies.set(owner, results);
  const key = [
    request.action,
    request.resource,
    request.principal,
    request.account,
    request.resourceAccount,
    request.context && JSON.stringify(request.context),
    numberOf(endpoint),
    numberOf(resource),
    resourceDecides,
  ].join("\n");
  const known = results.get(key);
  if (known) return known;
  const result = decidePermission(request);
  results.set(key, result);
  return result;
}

function decidePermission(request: PermissionRequest): PermissionResult {
  const { action, resource, policies } = request;
  const certain = authorizeWith(request, false);
  if (certain.allowed) return { answer: "pass" };
  if (!authorizeWith(request, true).allowed)
    return { answer: "fail", reason: certain.reason, deniedBy: certain.policyType };
  const [unknownPolicy] = [
    ...(policies.identity?.unknown ?? []),
    ...(policies.identity?.organization?.unknown ?? []),
    ...(policies.endpoint?.unknown ?? []),
    ...(policies.resource?.unknown ?? []),
  ];
  return {
    answer: "unknown",
    reason:
      unknownPolicy === undefined
        ? `${action} on ${arnText(resource)} depends on the account or on a condition`
        : String(unknownPolicy),
  };
}

function authorizeWith(
  request: PermissionRequest,
  allowsUnknown: boolean,
): ReturnType<typeof authorize> {
  const { action, resource, context = {} } = request;
  const grants = grantsOf(request, allowsUnknown);
  const account = request.account ?? "<account>";
  const arn = request.principal ?? `arn:aws:iam::${account}:role/<role>`;
  const policyAccount = allowsUnknown ? accountOfResourcePolicy(grants) : undefined;
  return authorize(
    {
      principal: {
        arn: policyAccount === undefined ? arn : arn.replace("<account>", policyAccount),
      },
      action,
      resource: allowsUnknown ? withKnownAccount(resource, grants) : resource,
      context,
    },
    grants,
  );
}

/** A pattern of a policy for resources of a service that are not resources of the plan, whose ARNs are unknown. */
const mayMatchUnknownArn = (pattern: string, service: string): boolean =>
  arnInAwsError(pattern) !== undefined &&
  (pattern.split(":")[2] === service || /[*?]/.test(pattern.split(":").slice(0, 3).join(":")));

/** The policy as if each of its statements that allow applied to a resource whose ARN is unknown, because its name is. */
function forUnknownArn(policy: Policy, { action, resource }: PermissionRequest): Policy {
  const [service = ""] = action.split(":");
  if (arnInAwsError(resource) !== undefined) return policy;
  return {
    ...policy,
    statements: policy.statements.map((statement) =>
      statement.effect === "Allow" &&
      statement.resources?.some((pattern) => mayMatchUnknownArn(pattern, service)) === true
        ? { ...statement, resources: ["*"] }
        : statement,
    ),
  };
}

/** The context without ARNs that the plan does not determine. */
const knownContext = (context: RequestContext): RequestContext =>
  Object.fromEntries(
    Object.entries(context).filter(([, value]) => ![value].flat().some(hasPlaceholder)),
  );

function grantsOf(request: PermissionRequest, allowsUnknown: boolean): ApplicablePolicies {
  const { policies, resourceAccount } = request;
  const { context: values = {} } = request;
  const context = allowsUnknown ? knownContext(values) : values;
  const known = (policy: Policy): Policy =>
    withoutUnknowns(
      allowsUnknown ? forUnknownArn(policy, request) : policy,
      context,
      allowsUnknown,
    );
  const knownPolicy = ({ certain, possible }: PolicyBounds): Policy =>
    known(allowsUnknown ? possible : certain);
  const { identity, endpoint, resource, resourceDecides } = policies;
  return {
    identity: identity
      ? (allowsUnknown ? identity.possible : identity.certain).map(known)
      : [ALLOW_ALL],
    ...(identity?.boundary ? { boundary: knownPolicy(identity.boundary) } : {}),
    ...(identity?.organization ? { organization: knownPolicy(identity.organization) } : {}),
    ...(endpoint ? { endpoint: knownPolicy(endpoint) } : {}),
    ...(resource ? { resource: knownPolicy(resource) } : {}),
    ...(resourceDecides === true ? { resourceDecides } : {}),
    ...(resourceAccount === undefined ? {} : { resourceAccount }),
  };
}

/** The account in the principals of a resource policy: an unknown account may be this one. */
function accountOfResourcePolicy({ resource: policy }: ApplicablePolicies): string | undefined {
  const principals = policy?.statements.flatMap((statement) =>
    statement.principals === undefined || statement.principals === "*"
      ? []
      : (statement.principals["AWS"] ?? []),
  );
  return principals
    ?.map((principal) => /^(?:arn:[\w-]+:iam::)?(\d{12})/.exec(principal)?.[1])
    .find(Boolean);
}

/** An ARN with the account and the region of the policies, if its own are unknown. */
function withKnownAccount(
  arn: string,
  { identity, endpoint, resource }: ApplicablePolicies,
): string {
  if (!/<(account|region)>/.test(arn)) return arn;
  const parts = arn.split(":");
  const policyArn = [...identity, ...(endpoint ? [endpoint] : []), ...(resource ? [resource] : [])]
    .flatMap((policy) => policy.statements.flatMap((statement) => statement.resources ?? []))
    .map((pattern) => pattern.split(":"))
    .find((patternParts) => patternParts[2] === parts[2] && patternParts.length > 5);
  return parts
    .map((part, index) => (/<(account|region)>/.test(part) ? (policyArn?.[index] ?? part) : part))
    .join(":");
}
