/** Who a statement speaks of: kinds (AWS, Service, Federated, CanonicalUser) and names; "*" is everybody. */
export type Principals = "*" | Readonly<Record<string, readonly string[]>>;

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
  readonly version: string;
  readonly statements: readonly Statement[];
}

/** Why a text is no policy document. */
export class PolicySyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PolicySyntaxError";
  }
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

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

function strings(value: unknown, what: string): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((one) => {
    if (typeof one === "string") return one;
    if (typeof one === "boolean" || typeof one === "number") return String(one);
    throw new PolicySyntaxError(`${what} must be a string or a list of strings`);
  });
}

function principals(value: unknown, what: string): Principals {
  if (value === "*") return "*";
  if (!isObject(value)) throw new PolicySyntaxError(`${what} must be "*" or an object`);
  return Object.fromEntries(
    Object.entries(value).map(([kind, names]) => [kind, strings(names, what)]),
  );
}

/** Source: IAM User Guide, "IAM JSON policy elements: Condition operators". */
const OPERATOR =
  /^(ForAllValues:|ForAnyValue:)?(Null|Bool|BinaryEquals|(String(Not)?(Equals(IgnoreCase)?|Like)|Arn(Not)?(Equals|Like)|(Numeric|Date)(Not)?(Equals)|(Numeric|Date)(Less|Greater)Than(Equals)?|(Not)?IpAddress))(IfExists)?$/;

function conditions(value: unknown): Conditions {
  if (!isObject(value)) throw new PolicySyntaxError("Condition must be an object");
  return Object.fromEntries(
    Object.entries(value).map(([operator, keys]) => {
      if (!OPERATOR.test(operator)) {
        throw new PolicySyntaxError(`there is no condition operator ${operator}`);
      }
      if (!isObject(keys)) throw new PolicySyntaxError(`Condition ${operator} must be an object`);
      return [
        operator,
        Object.fromEntries(
          Object.entries(keys).map(([key, values]) => [
            key,
            strings(values, `Condition ${operator}`),
          ]),
        ),
      ];
    }),
  );
}

function statement(value: unknown): Statement {
  if (!isObject(value)) throw new PolicySyntaxError("a statement must be an object");
  const odd = Object.keys(value).find((key) => !STATEMENT_KEYS.has(key));
  if (odd !== undefined) throw new PolicySyntaxError(`a statement has no element ${odd}`);
  const { Effect: effect } = value;
  if (effect !== "Allow" && effect !== "Deny")
    throw new PolicySyntaxError("Effect must be Allow or Deny");
  const one = <T>(key: string, read: (given: unknown, what: string) => T): T | undefined =>
    value[key] === undefined ? undefined : read(value[key], key);
  const parsed = {
    effect,
    sid: one("Sid", (sid) => String(sid)),
    principals: one("Principal", principals),
    notPrincipals: one("NotPrincipal", principals),
    actions: one("Action", strings),
    notActions: one("NotAction", strings),
    resources: one("Resource", strings),
    notResources: one("NotResource", strings),
    conditions: value["Condition"] === undefined ? {} : conditions(value["Condition"]),
  };
  if ((parsed.actions === undefined) === (parsed.notActions === undefined)) {
    throw new PolicySyntaxError("a statement needs one of Action and NotAction");
  }
  // Undefined elements are left out, so that two statements that say the same are equal.
  return Object.fromEntries(
    Object.entries(parsed).filter(([, given]) => given !== undefined),
  ) as unknown as Statement;
}

/**
 * Reads a policy document.
 *
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language".
 *
 * @throws PolicySyntaxError
 */
export function parsePolicy(text: string): Policy {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new PolicySyntaxError("the policy is not JSON");
  }
  if (!isObject(parsed)) throw new PolicySyntaxError("a policy must be an object");
  const odd = Object.keys(parsed).find((key) => !["Version", "Id", "Statement"].includes(key));
  if (odd !== undefined) throw new PolicySyntaxError(`a policy has no element ${odd}`);
  const version = parsed["Version"] ?? "2008-10-17";
  if (version !== "2012-10-17" && version !== "2008-10-17") {
    throw new PolicySyntaxError("Version must be 2012-10-17 or 2008-10-17");
  }
  const list = Array.isArray(parsed["Statement"]) ? parsed["Statement"] : [parsed["Statement"]];
  if (parsed["Statement"] === undefined || list.length === 0) {
    throw new PolicySyntaxError("a policy needs a statement");
  }
  return { version, statements: list.map(statement) };
}
