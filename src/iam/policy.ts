import { isObject } from "../shared/json.ts";

/** Kinds of principals. Source: IAM User Guide, "Grammar of the IAM JSON policy language". */
export type PrincipalKind = "AWS" | "Federated" | "Service" | "CanonicalUser";

/** The principals of a statement by kind; "*" means everyone. */
export type Principals = "*" | Readonly<Partial<Record<PrincipalKind, readonly string[]>>>;

/** Operator → condition key → values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export interface Statement {
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  readonly principals?: Principals;
  readonly notPrincipals?: Principals;
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly resources?: readonly string[];
  readonly notResources?: readonly string[];
  readonly conditions: Conditions;
}

export interface Policy {
  /** Policy variables are supported only in 2012-10-17. @default 2008-10-17 if the document has no Version */
  readonly version: string;
  readonly statements: readonly Statement[];
}

/** A rule of the policy language. */
export type PolicyRule =
  | "json"
  | "unknown-element"
  | "element-type"
  | "version"
  | "version-2012"
  | "statement-missing"
  | "effect"
  | "effect-case"
  | "sid-characters"
  | "sid-duplicate"
  | "action-missing"
  | "action-and-not-action"
  | "action-prefix"
  | "action-colons"
  | "action-vendor"
  | "action-foreign"
  | "action-not-applicable"
  | "action-unknown"
  | "action-count"
  | "trust-action"
  | "resource-missing"
  | "resource-prohibited"
  | "resource-and-not-resource"
  | "resource-format"
  | "resource-partition"
  | "resource-vendor"
  | "resource-incomplete"
  | "resource-region"
  | "resource-iam-path"
  | "resource-foreign"
  | "principal-missing"
  | "principal-empty"
  | "principal-prohibited"
  | "principal-and-not-principal"
  | "principal-kind"
  | "principal-format"
  | "principal-unknown"
  | "principal-service"
  | "not-principal-prohibited"
  | "condition-operator"
  | "condition-date"
  | "condition-key"
  | "size";

/** A rule that a policy document violates. */
export interface PolicyViolation {
  readonly rule: PolicyRule;
  /** The problem, with the number of the statement if the document has several. */
  readonly message: string;
  /** The text that violates the rule, such as the resource or the action. */
  readonly subject?: string;
}

/** Thrown if a text is not a policy document. */
export class PolicySyntaxError extends Error implements PolicyViolation {
  readonly rule: PolicyRule;
  readonly subject?: string;

  constructor(rule: PolicyRule, message: string, subject?: string) {
    super(message);
    this.name = "PolicySyntaxError";
    this.rule = rule;
    if (subject !== undefined) this.subject = subject;
  }
}

const PRINCIPAL_KINDS: ReadonlySet<string> = new Set<PrincipalKind>([
  "AWS",
  "Federated",
  "Service",
  "CanonicalUser",
]);

const STATEMENT_KEYS = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

function strings(value: unknown, element: string): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item === "string") return item;
    throw new PolicySyntaxError("element-type", `${element} must be a string or a list of strings`);
  });
}

/** Quotation marks are optional around numbers and booleans in conditions. */
function scalars(value: unknown, element: string): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item === "string") return item;
    if (typeof item === "boolean" || typeof item === "number") return String(item);
    throw new PolicySyntaxError("element-type", `${element} must be a string or a list of strings`);
  });
}

function principals(value: unknown, element: string): Principals {
  if (value === "*") return "*";
  if (!isObject(value))
    throw new PolicySyntaxError("element-type", `${element} must be "*" or an object`);
  const unknownKind = Object.keys(value).find((kind) => !PRINCIPAL_KINDS.has(kind));
  if (unknownKind !== undefined)
    throw new PolicySyntaxError(
      "principal-kind",
      `${element} must name AWS, Service, Federated or CanonicalUser, not ${unknownKind}`,
      unknownKind,
    );
  return Object.fromEntries(
    Object.entries(value).map(([kind, names]) => [kind, strings(names, element)]),
  );
}

/** Source: IAM User Guide, "IAM JSON policy elements: Condition operators". Null has no IfExists. */
const OPERATOR =
  /^(ForAllValues:|ForAnyValue:)?(Null|(Bool|BinaryEquals|String(Not)?(Equals(IgnoreCase)?|Like)|Arn(Not)?(Equals|Like)|(Numeric|Date)(Not)?Equals|(Numeric|Date)(Less|Greater)Than(Equals)?|(Not)?IpAddress)(IfExists)?)$/;

function conditions(value: unknown): Conditions {
  if (!isObject(value)) throw new PolicySyntaxError("element-type", "Condition must be an object");
  return Object.fromEntries(
    Object.entries(value).map(([operator, keys]) => {
      if (!isObject(keys))
        throw new PolicySyntaxError("element-type", `Condition ${operator} must be an object`);
      // AWS accepts an unknown operator without keys: it has no effect.
      if (!OPERATOR.test(operator) && Object.keys(keys).length > 0)
        throw new PolicySyntaxError(
          "condition-operator",
          `condition operator ${operator} does not exist`,
          operator,
        );
      return [
        operator,
        Object.fromEntries(
          Object.entries(keys).map(([key, values]) => [
            key,
            scalars(values, `Condition ${operator}`),
          ]),
        ),
      ];
    }),
  );
}

/** Pairs of elements that exclude each other, with the rule that a statement with both violates. */
const EXCLUSIVE: readonly (readonly [string, string, PolicyRule])[] = [
  ["Action", "NotAction", "action-and-not-action"],
  ["Resource", "NotResource", "resource-and-not-resource"],
  ["Principal", "NotPrincipal", "principal-and-not-principal"],
];

function effectOf(effect: unknown): "Allow" | "Deny" {
  if (effect === "Allow" || effect === "Deny") return effect;
  const isMiscased = typeof effect === "string" && /^(allow|deny)$/i.test(effect);
  throw new PolicySyntaxError(
    isMiscased ? "effect-case" : "effect",
    isMiscased
      ? `Effect must be Allow or Deny (case-sensitive), not ${effect}`
      : "Effect must be Allow or Deny",
  );
}

function statement(value: unknown): Statement {
  if (!isObject(value))
    throw new PolicySyntaxError("element-type", "a statement must be an object");
  const unknownKey = Object.keys(value).find((key) => !STATEMENT_KEYS.has(key));
  if (unknownKey !== undefined)
    throw new PolicySyntaxError(
      "unknown-element",
      `a statement has no element ${unknownKey}`,
      unknownKey,
    );
  for (const [first, second, rule] of EXCLUSIVE)
    if (value[first] !== undefined && value[second] !== undefined)
      throw new PolicySyntaxError(rule, `a statement cannot have both ${first} and ${second}`);
  const read = <T>(key: string, parse: (element: unknown, name: string) => T): T | undefined =>
    value[key] === undefined ? undefined : parse(value[key], key);
  const sid = value["Sid"];
  if (sid !== undefined && typeof sid !== "string")
    throw new PolicySyntaxError("element-type", "Sid must be a string");
  const parsed = {
    effect: effectOf(value["Effect"]),
    sid,
    principals: read("Principal", principals),
    notPrincipals: read("NotPrincipal", principals),
    actions: read("Action", strings),
    notActions: read("NotAction", strings),
    resources: read("Resource", strings),
    notResources: read("NotResource", strings),
    conditions: value["Condition"] === undefined ? {} : conditions(value["Condition"]),
  };
  if ((parsed.actions ?? parsed.notActions ?? []).length === 0)
    throw new PolicySyntaxError("action-missing", "a statement needs one of Action and NotAction");
  // Undefined elements are omitted, so that equal statements are deeply equal.
  return Object.fromEntries(
    Object.entries(parsed).filter(([, element]) => element !== undefined),
  ) as unknown as Statement;
}

/** Adds the number of the statement to an error if the policy has several statements. */
function numbered<T>(read: (value: unknown) => T, count: number) {
  return (value: unknown, index: number): T => {
    try {
      return read(value);
    } catch (error) {
      if (!(error instanceof PolicySyntaxError) || count === 1) throw error;
      throw new PolicySyntaxError(
        error.rule,
        `statement ${index + 1}: ${error.message}`,
        error.subject,
      );
    }
  };
}

/**
 * Parses a policy document by the grammar that all services share. `validate.ts` contains the rules of each kind of policy.
 *
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language".
 *
 * @throws PolicySyntaxError if the text is not a policy document
 */
export function parsePolicy(text: string): Policy {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new PolicySyntaxError("json", "the policy is not JSON");
  }
  if (!isObject(parsed)) throw new PolicySyntaxError("json", "a policy must be an object");
  const unknownKey = Object.keys(parsed).find(
    (key) => !["Version", "Id", "Statement"].includes(key),
  );
  if (unknownKey !== undefined)
    throw new PolicySyntaxError(
      "unknown-element",
      `a policy has no element ${unknownKey}`,
      unknownKey,
    );
  const version = parsed["Version"] ?? "2008-10-17";
  if (version !== "2012-10-17" && version !== "2008-10-17")
    throw new PolicySyntaxError("version", "Version must be 2012-10-17 or 2008-10-17");
  if (parsed["Id"] !== undefined && typeof parsed["Id"] !== "string")
    throw new PolicySyntaxError("element-type", "Id must be a string");
  const list = Array.isArray(parsed["Statement"]) ? parsed["Statement"] : [parsed["Statement"]];
  if (parsed["Statement"] === undefined || list.length === 0)
    throw new PolicySyntaxError("statement-missing", "a policy needs a statement");
  return { version, statements: list.map(numbered(statement, list.length)) };
}
