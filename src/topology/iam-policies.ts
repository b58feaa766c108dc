import {
  type Policy,
  parsePolicy,
  PolicySyntaxError,
  type PrincipalKind,
  type Principals,
  type Statement,
} from "../iam/index.ts";
import {
  decodedJson,
  isObject,
  type Json,
  listOf,
  type SymbolicValue,
  withUnknowns,
  type PlanModel,
  type AttributePath,
  type Resource,
  isUnknown,
  Unknown,
} from "../plan/index.ts";
import { type AccountAndRegion, arnOf, identifierOf } from "./account-and-region.ts";

/**
 * The limits of a policy whose values may be unknown. Every request that `certain` allows is allowed, and every request
 * that `possible` does not allow is denied.
 */
export interface PolicyBounds {
  /** The policy if each unknown value denies the request. */
  readonly certain: Policy;
  /** The policy if each unknown value allows the request. */
  readonly possible: Policy;
  readonly unknown: readonly Unknown[];
}

/** The policies as one policy, as AWS evaluates the policies of a resource and of its parent; undefined without policies. */
export function joinedPolicy(policies: readonly PolicyBounds[]): PolicyBounds | undefined {
  const [first, ...others] = policies;
  if (first === undefined || others.length === 0) return first;
  const joined = (kind: "certain" | "possible"): Policy => ({
    // With the newest version, no variable in a Deny is ignored.
    version:
      policies
        .map((policy) => policy[kind].version)
        .toSorted()
        .at(-1) ?? VERSION,
    statements: policies.flatMap((policy) => policy[kind].statements),
  });
  return {
    certain: joined("certain"),
    possible: joined("possible"),
    unknown: policies.flatMap(({ unknown }) => unknown),
  };
}

/** The version of a policy without one. Source: AWS IAM User Guide, "IAM JSON policy elements: Version". */
const DEFAULT_VERSION = "2008-10-17";
const VERSION = "2012-10-17";
const EMPTY_POLICY: Policy = { version: VERSION, statements: [] };
const ALLOW_ALL: Statement = {
  effect: "Allow",
  actions: ["*"],
  resources: ["*"],
  conditions: {},
};

/** The bounds of a policy without unknown values. */
export const knownPolicy = (policy: Policy): PolicyBounds => ({
  certain: policy,
  possible: policy,
  unknown: [],
});

/** The bounds of a policy that is unknown as a whole: it may allow nothing, or everything. */
export const unknownPolicy = (unknown: Unknown, isTrustPolicy = false): PolicyBounds => ({
  certain: EMPTY_POLICY,
  possible: {
    version: VERSION,
    statements: [isTrustPolicy ? { ...ALLOW_ALL, principals: "*" } : ALLOW_ALL],
  },
  unknown: [unknown],
});

/** Policies by their attribute. Many services share roles, keys and secrets. */
const policiesByResource = new WeakMap<Resource, Map<string, PolicyBounds | undefined>>();

/**
 * The policy of an attribute: its JSON if it is known, else the aws_iam_policy_document or the expression that it comes
 * from, such as jsonencode with ARNs of the same plan.
 */
export function policyAt(
  plan: PlanModel,
  accountAndRegion: AccountAndRegion,
  resource: Resource,
  ...path: AttributePath
): PolicyBounds | undefined {
  const policies = policiesByResource.get(resource) ?? new Map<string, PolicyBounds | undefined>();
  policiesByResource.set(resource, policies);
  const key = path.join(".");
  if (!policies.has(key)) policies.set(key, readPolicy(accountAndRegion, resource, path));
  return policies.get(key);
}

function readPolicy(
  accountAndRegion: AccountAndRegion,
  resource: Resource,
  path: AttributePath,
): PolicyBounds | undefined {
  const text = resource.text(...path);
  if (text === undefined || text === "") return undefined;
  if (!isUnknown(text)) return parse(text, resource, path);
  const { references } = resource.referencesIn(...path);
  const [reference] = references;
  if (references.length === 1 && reference?.resource.type === "aws_iam_policy_document")
    return documentPolicy(accountAndRegion, reference.resource, text);
  const isTrustPolicy = path.includes("assume_role_policy");
  const value = resource.symbolicValue(...path);
  return (
    (value && encodedPolicy(accountAndRegion, value, resource, path, text)) ??
    unknownPolicy(text, isTrustPolicy)
  );
}

/** The policy of an expression: jsonencode, or a template. Undefined if the expression does not determine its statements. */
function encodedPolicy(
  accountAndRegion: AccountAndRegion,
  value: SymbolicValue,
  resource: Resource,
  path: AttributePath,
  unknown: Unknown,
): PolicyBounds | undefined {
  const json = withUnknowns(
    decodedJson(value) ?? value,
    (target, attribute) => identifierOf(target, attribute, accountAndRegion),
    unknown,
  );
  if (typeof json === "string")
    return value.kind === "json" ? undefined : parse(json, resource, path);
  if (!isObject(json) || isUnknown(json["Statement"]) || isUnknown(json["Version"]))
    return undefined;
  const { Statement: statements, ...rest } = json;
  const bounds = (Array.isArray(statements) ? statements : [statements]).map((statement: unknown) =>
    encodedStatement(statement, (known) =>
      parse(JSON.stringify({ ...rest, Statement: [known] }), resource, path),
    ),
  );
  if (bounds.some((statement) => statement === undefined)) return undefined;
  const version = typeof json["Version"] === "string" ? json["Version"] : DEFAULT_VERSION;
  const defined = bounds.filter((statement) => statement !== undefined);
  return {
    certain: { version, statements: defined.flatMap(({ certain }) => certain.statements) },
    possible: { version, statements: defined.flatMap(({ possible }) => possible.statements) },
    unknown: defined.flatMap((statement) => statement.unknown),
  };
}

/** Members of a statement that are lists: with each further element, the statement matches more requests. */
const EXTENDING_MEMBERS: ReadonlySet<string> = new Set(["Action", "Resource"]);

/** The bounds of a statement with unknown values; undefined if its effect is unknown. */
function encodedStatement(
  statement: unknown,
  parseStatement: (statement: Json) => PolicyBounds,
): PolicyBounds | undefined {
  if (!isObject(statement)) return undefined;
  const unknown = unknownsIn(statement);
  if (unknown.length === 0) return parseStatement(statement);
  const { Effect: effect } = statement;
  if (effect !== "Allow" && effect !== "Deny") return undefined;
  const hasPrincipals = "Principal" in statement || "NotPrincipal" in statement;
  const widest = parseStatement({
    Effect: effect,
    Action: "*",
    ...("Resource" in statement || "NotResource" in statement ? { Resource: "*" } : {}),
    ...(hasPrincipals ? { Principal: "*" } : {}),
  });
  // `certain` has a Deny statement in its widest form, `possible` has an Allow statement in its widest form.
  if (effect === "Deny") return { ...widest, possible: EMPTY_POLICY, unknown };
  const known = Object.fromEntries(
    Object.entries(statement).map(([name, member]) => [
      name,
      EXTENDING_MEMBERS.has(name) && Array.isArray(member)
        ? member.filter((element) => !isUnknown(element))
        : member,
    ]),
  );
  const isPartlyCertain =
    unknownsIn(known).length === 0 &&
    Object.values(known).every((member) => !Array.isArray(member) || member.length > 0);
  const certain = isPartlyCertain ? parseStatement(known).certain : EMPTY_POLICY;
  return { certain, possible: widest.possible, unknown };
}

function unknownsIn(value: unknown): Unknown[] {
  if (isUnknown(value)) return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(unknownsIn);
}

function parse(text: string, resource: Resource, path: AttributePath): PolicyBounds {
  try {
    return knownPolicy(parsePolicy(text));
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    return unknownPolicy(
      new Unknown(resource.address, path.join("."), `cannot be read: ${error.message}`),
    );
  }
}

/** @param unknown the attribute that refers to the document */
function documentPolicy(
  accountAndRegion: AccountAndRegion,
  document: Resource,
  unknown: Unknown,
): PolicyBounds {
  const json = document.value("json");
  if (typeof json === "string") return parse(json, document, ["json"]);
  const blocks = document.blockPaths("statement");
  const configuredVersion = document.value("version");
  if (
    isUnknown(blocks) ||
    document.isSet("source_policy_documents") ||
    document.isSet("override_policy_documents") ||
    (isUnknown(configuredVersion) && document.isConfigured("version"))
  )
    return unknownPolicy(unknown);
  const version = typeof configuredVersion === "string" ? configuredVersion : VERSION;
  const statements = blocks.map((path) => statementAt(accountAndRegion, document, path));
  return {
    certain: { version, statements: statements.flatMap(({ certain }) => certain ?? []) },
    possible: { version, statements: statements.flatMap(({ possible }) => possible ?? []) },
    unknown: statements.flatMap((statement) => statement.unknown),
  };
}

/** The known and the unknown elements of a list. */
interface ListValue {
  readonly known: readonly string[];
  readonly unknown: readonly Unknown[];
}

/**
 * The strings of a list in a policy document. An unknown element that is the ARN of a resource is replaced by the ARN
 * that the resource will have. The data source writes policy variables as &{…}.
 * Source: Terraform Registry, `aws_iam_policy_document`.
 */
function listAt(
  accountAndRegion: AccountAndRegion,
  document: Resource,
  path: AttributePath,
): ListValue {
  const value = document.value(...path);
  if (value === undefined) return { known: [], unknown: [] };
  const texts = symbolicTexts(accountAndRegion, document, path);
  if (texts) return { known: [...new Set(texts)], unknown: [] };
  const known: string[] = [];
  const unknown: Unknown[] = [];
  for (const [index, element] of (isUnknown(value) ? [undefined] : listOf(value)).entries()) {
    const unknownElement = isUnknown(value) ? value : document.value(...path, index);
    if (typeof element === "string") known.push(element.replaceAll("&{", "${"));
    else if (isUnknown(unknownElement)) {
      const arns = arnsIn(accountAndRegion, document, path);
      if (arns) known.push(...arns);
      else unknown.push(unknownElement);
    }
  }
  return { known: [...new Set(known)], unknown };
}

/** The strings of a list, if its expression determines each of them and some are known after apply. */
function symbolicTexts(
  accountAndRegion: AccountAndRegion,
  document: Resource,
  path: AttributePath,
): string[] | undefined {
  const value = document.value(...path);
  const hasUnknown =
    isUnknown(value) || listOf(value).some((_, index) => isUnknown(document.value(...path, index)));
  if (!hasUnknown) return undefined;
  const symbolic = document.symbolicValue(...path);
  if (symbolic?.kind !== "list") return undefined;
  const unknown = new Unknown(document.address, path.join("."), "is known after apply");
  const texts = withUnknowns(
    symbolic,
    (target, attribute) => identifierOf(target, attribute, accountAndRegion),
    unknown,
  );
  return Array.isArray(texts) && texts.every((text) => typeof text === "string")
    ? texts.map((text) => text.replaceAll("&{", "${"))
    : undefined;
}

/** The ARNs that an expression consists of; undefined if it contains anything else. */
function arnsIn(
  accountAndRegion: AccountAndRegion,
  document: Resource,
  path: AttributePath,
): string[] | undefined {
  const { references, unresolved } = document.referencesIn(...path);
  // Policies extend the ARN of a log group, such as `${arn}:*`.
  const areArns = references.every(
    ({ resource, attribute }) =>
      attribute === "arn" && resource.type !== "aws_cloudwatch_log_group",
  );
  return areArns && references.length > 0 && unresolved.length === 0
    ? references.map((reference) => arnOf(reference.resource, accountAndRegion))
    : undefined;
}

/** The limits of a statement; a statement that is undefined does not exist in that policy. */
interface StatementBounds {
  readonly certain?: Statement;
  readonly possible?: Statement;
  readonly unknown: readonly Unknown[];
}

/** The principals of a statement's blocks; `principals` is undefined if there are none. */
function principalsAt(
  accountAndRegion: AccountAndRegion,
  document: Resource,
  path: AttributePath,
  name: "principals" | "not_principals",
): { readonly principals: Principals | undefined; readonly unknown: readonly Unknown[] } {
  const blocks = document.blockPaths(...path, name);
  if (isUnknown(blocks)) return { principals: undefined, unknown: [blocks] };
  const byKind: Partial<Record<PrincipalKind, readonly string[]>> = {};
  const unknown: Unknown[] = [];
  let isEveryone = false;
  for (const block of blocks) {
    const type = document.text(...block, "type");
    const identifiers = listAt(accountAndRegion, document, [...block, "identifiers"]);
    unknown.push(...identifiers.unknown);
    if (isUnknown(type)) unknown.push(type);
    else if (type === "*") isEveryone = true;
    else {
      const kind = type as PrincipalKind; // AWS rejects any other type, and the check policy-document reports it
      byKind[kind] = [...(byKind[kind] ?? []), ...identifiers.known];
    }
  }
  const isEmpty = Object.keys(byKind).length === 0;
  return { principals: isEveryone ? "*" : isEmpty ? undefined : byKind, unknown };
}

function conditionsAt(
  accountAndRegion: AccountAndRegion,
  document: Resource,
  path: AttributePath,
): { readonly conditions: Statement["conditions"]; readonly unknown: readonly Unknown[] } {
  const blocks = document.blockPaths(...path, "condition");
  if (isUnknown(blocks)) return { conditions: {}, unknown: [blocks] };
  const conditions: Record<string, Record<string, readonly string[]>> = {};
  const unknown: Unknown[] = [];
  for (const block of blocks) {
    const [test, variable] = [document.text(...block, "test"), document.text(...block, "variable")];
    const values = listAt(accountAndRegion, document, [...block, "values"]);
    unknown.push(...values.unknown, ...[test, variable].filter(isUnknown));
    (conditions[String(test)] ??= {})[String(variable)] = values.known;
  }
  return { conditions, unknown };
}

function statementAt(
  accountAndRegion: AccountAndRegion,
  document: Resource,
  path: AttributePath,
): StatementBounds {
  const list = (name: string): ListValue => listAt(accountAndRegion, document, [...path, name]);
  const member = (name: string, { known }: ListValue): object =>
    known.length > 0 ? { [name]: known } : {};
  const effect = document.value(...path, "effect") === "Deny" ? "Deny" : "Allow";
  const [actions, notActions] = [list("actions"), list("not_actions")];
  const [resources, notResources] = [list("resources"), list("not_resources")];
  const principals = principalsAt(accountAndRegion, document, path, "principals");
  const notPrincipals = principalsAt(accountAndRegion, document, path, "not_principals");
  const conditions = conditionsAt(accountAndRegion, document, path);
  const sid = document.value(...path, "sid");
  const statement = {
    effect,
    conditions: conditions.conditions,
    ...(typeof sid === "string" && sid !== "" ? { sid } : {}),
    ...(principals.principals === undefined ? {} : { principals: principals.principals }),
    ...(notPrincipals.principals === undefined ? {} : { notPrincipals: notPrincipals.principals }),
    ...member("actions", actions),
    ...member("notActions", notActions),
    ...member("resources", resources),
    ...member("notResources", notResources),
  } as Statement; // a valid statement has each of these members or its opposite
  // A further element of these lists only extends the statement, so the known elements are certain.
  const extending = [...actions.unknown, ...resources.unknown, ...principals.unknown];
  // A further element of these lists limits the statement.
  const limiting = [
    ...notActions.unknown,
    ...notResources.unknown,
    ...notPrincipals.unknown,
    ...conditions.unknown,
  ];
  const unknown = [...extending, ...limiting];
  if (unknown.length === 0) return { certain: statement, possible: statement, unknown };
  const hasPrincipals =
    principals.principals !== undefined ||
    notPrincipals.principals !== undefined ||
    principals.unknown.length + notPrincipals.unknown.length > 0;
  const widest = {
    effect,
    conditions: {},
    resources: ["*"],
    ...(hasPrincipals ? { principals: "*" as const } : {}),
    ...(actions.unknown.length + notActions.unknown.length > 0
      ? { actions: ["*"] }
      : { ...member("actions", actions), ...member("notActions", notActions) }),
  } as Statement; // as above
  const isPartlyCertain =
    limiting.length === 0 &&
    actions.known.length + notActions.known.length > 0 &&
    resources.known.length + notResources.known.length > 0 &&
    (principals.unknown.length === 0 || principals.principals !== undefined);
  // `possible` has an Allow statement in its widest form, `certain` has a Deny statement in its widest form.
  return effect === "Allow"
    ? { ...(isPartlyCertain ? { certain: statement } : {}), possible: widest, unknown }
    : { certain: widest, unknown };
}
