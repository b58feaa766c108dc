import { isIPv6 } from "node:net";
import type * as wafv2 from "@aws-sdk/client-wafv2";
import { isCidr, parseCidr } from "../../../ip/index.ts";
import { partsOfArn } from "../../authorization/request-members.ts";
import type { Context, Operations } from "../../core/operation.ts";
import type { Input } from "../../core/service.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError } from "../../protocol/errors.ts";
import { ResourceType, type StoredResource } from "../../resource-store/resource-type.ts";

/** What the kinds of resources of AWS WAF have in common. */
interface WafMembers {
  readonly Id?: string | undefined;
  readonly ARN?: string | undefined;
  readonly Name?: string | undefined;
  readonly Description?: string | undefined;
  readonly Rules?: readonly wafv2.Rule[] | undefined;
  readonly IPAddressVersion?: wafv2.IPAddressVersion | undefined;
  /** Changes with each update. A request must have the current one. */
  readonly lockToken?: string;
}
type WafResource = StoredResource<WafMembers>;

export const nonexistent = (): AwsError =>
  new AwsError(
    "WAFNonexistentItemException",
    "AWS WAF couldn’t perform the operation because your resource doesn’t exist.",
  );
const associated = (): AwsError =>
  new AwsError(
    "WAFAssociatedItemException",
    "AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource.",
  );
const invalid = (message: string): AwsError =>
  new AwsError("WAFInvalidParameterException", message);

/** The names of a kind in operations, in ARNs and in responses. */
interface Kind {
  readonly structure: "WebACL" | "IPSet" | "RegexPatternSet" | "RuleGroup";
  readonly path: string;
  readonly list: string;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "*");

/** The ID of a resource is the end of its ARN: scope, kind, name and ID. Source: AWS WAF Developer Guide, "Web ACL ARN format". */
const typeOf = ({ structure, path }: Kind): ResourceType<WafMembers> =>
  new ResourceType<WafMembers>({
    service: "wafv2",
    table: `wafv2/${path}`,
    structure,
    identifier: "Id",
    identify: (input) =>
      typeof input["ARN"] === "string"
        ? partsOfArn(input["ARN"]).name
        : `${input["Scope"] === "CLOUDFRONT" ? "global" : "regional"}/${path}/${text(input["Name"])}/${text(input["Id"])}`,
    arn: (context, id) => context.arn("wafv2", id),
    notFound: nonexistent,
    describe: (_context, { id, arn }) => ({ Id: id.split("/").at(-1), ARN: arn }),
  });

const KINDS = [
  { structure: "WebACL", path: "webacl", list: "WebACLs" },
  { structure: "IPSet", path: "ipset", list: "IPSets" },
  { structure: "RegexPatternSet", path: "regexpatternset", list: "RegexPatternSets" },
  { structure: "RuleGroup", path: "rulegroup", list: "RuleGroups" },
] as const satisfies readonly Kind[];

const kindsWithTypes = KINDS.map((kind) => ({ kind, type: typeOf(kind) }));

export const types: readonly ResourceType<WafMembers>[] = kindsWithTypes.map(({ type }) => type);

/** The web ACL of each protected resource, by the ARN of the resource. */
export const associations: TableKey<{ readonly webAclArn: string }> = table("wafv2/association", {
  exists: () => false,
});

/** A resource of any kind by its ARN. */
export const findByArn = (context: Context, arn: string): WafResource | undefined =>
  types.map((type) => type.find(context, partsOfArn(arn).name)).find((found) => found?.arn === arn);

export const findWebAcl = (context: Context, arn: string): WafResource | undefined => {
  const found = types[0]?.find(context, partsOfArn(arn).name);
  return found?.arn === arn ? found : undefined;
};

export const describeWebAcl = (context: Context, webAcl: WafResource): object =>
  types[0]?.describe(context, webAcl) ?? {};

/** The ARNs of AWS WAF in rules, at any depth. */
function arnsIn(value: unknown): string[] {
  if (typeof value === "string") return /^arn:[^:]+:wafv2:/.test(value) ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(arnsIn) : [];
}

/** The number of members that a request sets. */
const sizeOf = (value: object | undefined): number =>
  Object.values(value ?? {}).filter((member) => member !== undefined).length;

/** The error for a union with no member or with several. */
const requireOne = (field: string, parameter: string, value: object | undefined): void => {
  if (sizeOf(value) !== 1)
    throw invalid(
      `Error reason: You have used none or multiple values for a field that requires exactly one value., field: ${field}, parameter: ${parameter}`,
    );
};

/** The statements in a statement, at any depth. */
function statementsIn(statement: wafv2.Statement): readonly wafv2.Statement[] {
  const { AndStatement, OrStatement, NotStatement, RateBasedStatement, ManagedRuleGroupStatement } =
    statement;
  const nested = [
    ...(AndStatement?.Statements ?? []),
    ...(OrStatement?.Statements ?? []),
    NotStatement?.Statement,
    RateBasedStatement?.ScopeDownStatement,
    ManagedRuleGroupStatement?.ScopeDownStatement,
  ].filter((found) => found !== undefined);
  return [statement, ...nested.flatMap(statementsIn)];
}

/** Source: AWS WAFV2 API Reference, FieldToMatch. No public source of the text for this field is known. */
function checkFieldToMatch(statement: wafv2.Statement): void {
  const { ByteMatchStatement, RegexMatchStatement, RegexPatternSetReferenceStatement } = statement;
  const { SizeConstraintStatement, SqliMatchStatement, XssMatchStatement } = statement;
  for (const part of [
    ByteMatchStatement,
    RegexMatchStatement,
    RegexPatternSetReferenceStatement,
    SizeConstraintStatement,
    SqliMatchStatement,
    XssMatchStatement,
  ])
    if (part) requireOne("FIELD_TO_MATCH", "FieldToMatch", part.FieldToMatch);
}

const EVALUATION_WINDOWS: readonly number[] = [60, 120, 300, 600];

/** Source: AWS WAFV2 API Reference, RateBasedStatement. No public source of the texts is known. */
function checkRate({
  AggregateKeyType: type,
  CustomKeys,
  EvaluationWindowSec: window = 300,
  ForwardedIPConfig,
  ScopeDownStatement,
}: wafv2.RateBasedStatement): void {
  if (!EVALUATION_WINDOWS.includes(window))
    throw invalid(
      `Error reason: The evaluation window must be one of ${EVALUATION_WINDOWS.join(", ")}., field: EVALUATION_WINDOW_SEC, parameter: ${window}`,
    );
  const isComplete =
    (type !== "FORWARDED_IP" || ForwardedIPConfig !== undefined) &&
    (type !== "CUSTOM_KEYS" || (CustomKeys ?? []).length > 0) &&
    (type !== "CONSTANT" || ScopeDownStatement !== undefined);
  if (!isComplete)
    throw invalid(
      `Error reason: A required field is missing from the parameter., field: RATE_BASED_STATEMENT, parameter: ${type}`,
    );
}

/** The keys of response bodies that actions refer to. */
const responseBodyKeysOf = (actions: readonly unknown[]): string[] =>
  actions.flatMap((action) => {
    const response = (action as wafv2.RuleAction | undefined)?.Block?.CustomResponse; // a default action has the same member
    return response?.CustomResponseBodyKey ?? [];
  });

/**
 * Checks that a rule has one statement, and the kind of action that fits: an override for a rule group, else an action.
 *
 * Sources: AWS WAFV2 API Reference, Rule; of the texts, hashicorp/terraform-provider-aws#29321 (rule), aws/aws-cdk#16627
 * (statement), umotif-public/terraform-aws-waf-webaclv2#88 (action).
 */
function checkRule({ Action, OverrideAction, Statement = {} }: wafv2.Rule): void {
  for (const statement of statementsIn(Statement)) {
    requireOne("STATEMENT", "Statement", statement);
    checkFieldToMatch(statement);
    if (statement.RateBasedStatement) checkRate(statement.RateBasedStatement);
  }
  const isGroup =
    Statement.ManagedRuleGroupStatement !== undefined ||
    Statement.RuleGroupReferenceStatement !== undefined;
  const expected = isGroup ? OverrideAction : Action;
  requireOne("RULE", "Rule", expected === undefined ? {} : { Action, OverrideAction });
  requireOne("RULE_ACTION", "RuleAction", expected);
}

/**
 * Checks the addresses of an IP set.
 *
 * Sources: AWS WAFV2 API Reference, CreateIPSet: Addresses; of the text, aws-samples/dcv-web-portal#10 (/0) and
 * aws/aws-cdk#20003 (an address that is not the first of its block).
 */
function checkAddresses(version: unknown, addresses: readonly string[]): void {
  for (const address of addresses) {
    const [host = "", length = ""] = address.split("/");
    const isBlock =
      version === "IPV4"
        ? isCidr(parseCidr(address))
        : address === `${host}/${length}` && isIPv6(host) && /^\d{1,3}$/.test(length);
    if (!isBlock || Number(length) < 1 || Number(length) > 128)
      throw invalid(
        `Error reason: The parameter contains formatting that is not valid., field: IP_ADDRESS, parameter: ${address}`,
      );
  }
}

/** Checks a request: scope, rules and the resources that rules refer to. Source: AWS WAFV2 API Reference, CreateWebACL. */
function check(context: Context, input: Input): void {
  if (input["Scope"] === "CLOUDFRONT" && context.region !== "us-east-1")
    throw invalid(
      "Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT",
    );
  checkAddresses(input["IPAddressVersion"], (input["Addresses"] ?? []) as readonly string[]); // decoded against the model
  if (input["DefaultAction"] !== undefined)
    requireOne("DEFAULT_ACTION", "DefaultAction", input["DefaultAction"] as wafv2.DefaultAction); // decoded against the model
  const rules = (input["Rules"] ?? []) as readonly wafv2.Rule[]; // decoded against the model
  for (const rule of rules) checkRule(rule);
  // Source: AWS WAFV2 API Reference, CustomResponse. No public source of the text is known.
  const bodies = (input["CustomResponseBodies"] ?? {}) as Readonly<Record<string, unknown>>; // decoded against the model
  for (const key of responseBodyKeysOf([
    input["DefaultAction"],
    ...rules.map(({ Action }) => Action),
  ]))
    if (!Object.hasOwn(bodies, key))
      throw invalid(
        `Error reason: The custom response body key doesn't exist., field: CUSTOM_RESPONSE_BODY_KEY, parameter: ${key}`,
      );
  for (const [name, values] of [
    ["Priority", rules.map(({ Priority }) => Priority)],
    ["Name", rules.map((rule) => rule.Name)],
  ] as const)
    if (new Set<unknown>(values).size < values.length)
      throw invalid(`Error reason: ${name} must be unique., field: RULE, parameter: ${name}`);
  for (const arn of arnsIn(rules))
    if (partsOfArn(arn).account === context.account && !findByArn(context, arn))
      throw nonexistent();
}

function checkLock({ members }: WafResource, input: Input): void {
  if (input["LockToken"] !== members.lockToken)
    throw new AwsError(
      "WAFOptimisticLockException",
      "AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.",
    );
}

function checkUnused(context: Context, { arn }: WafResource): void {
  const isAssociated = context.in(associations).find(({ webAclArn }) => webAclArn === arn);
  const isReferenced = types.some((type) =>
    type.in(context).find(({ members }) => arnsIn(members.Rules).includes(arn)),
  );
  if (isAssociated || isReferenced) throw associated();
}

/** The short description of a resource in lists. */
const summary = ({ id, arn, members }: WafResource): object => ({
  Id: id.split("/").at(-1),
  Name: members.Name,
  ARN: arn,
  Description: members.Description ?? "",
  LockToken: members.lockToken,
});

interface WafRequest {
  readonly Name: string;
  readonly Scope: string;
  readonly Id: string;
  readonly LockToken: string;
  readonly ARN: string;
  readonly Description: string;
}
interface ListRequest {
  readonly Scope: string;
  readonly NextMarker: string;
  readonly Limit: number;
}

const IDENTIFYING = ["Scope", "Id"] as const;

const operationsOf = ({ kind, type }: (typeof kindsWithTypes)[number]): Operations => {
  const { structure, list } = kind;
  return {
    ...type.create<WafRequest>(`Create${structure}`, {
      supports: ["Scope"],
      id: (context, input) => `${scopeOf(input)}/${kind.path}/${input.Name}/${context.uuid()}`,
      values: (context, input) => {
        check(context, input);
        const isTaken = type
          .in(context)
          .find(({ id }) => id.startsWith(`${scopeOf(input)}/${kind.path}/${input.Name}/`));
        if (isTaken)
          throw new AwsError(
            "WAFDuplicateItemException",
            "AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.",
          );
        return { lockToken: context.uuid() };
      },
      respond: (_context, resource) => ({ Summary: summary(resource) }),
    }),
    ...type.read<WafRequest>(`Get${structure}`, {
      supports:
        structure === "WebACL" || structure === "RuleGroup"
          ? ["Name", "Scope", "ARN"]
          : ["Name", "Scope"],
      respond: (context, resource) => ({
        [structure]: type.describe(context, resource),
        LockToken: resource.members.lockToken,
      }),
    }),
    ...type.change<WafRequest>(`Update${structure}`, {
      supports: [...IDENTIFYING, "LockToken"],
      values: (context, input, resource) => {
        checkLock(resource, input);
        check(context, { ...input, IPAddressVersion: resource.members.IPAddressVersion });
        // A member that an update omits is removed. Source: AWS WAFV2 API Reference, UpdateWebACL.
        return { lockToken: context.uuid(), Description: input.Description ?? "" };
      },
      replaces: true,
      respond: (_context, { members }) => ({ NextLockToken: members.lockToken }),
    }),
    ...type.delete<WafRequest>(`Delete${structure}`, {
      supports: ["Name", ...IDENTIFYING, "LockToken"],
      check: (context, input, resource) => {
        checkLock(resource, input);
        checkUnused(context, resource);
      },
    }),
    ...type.list<ListRequest>(`List${list}`, {
      supports: ["Scope"],
      result: list,
      page: { token: "NextMarker", size: "Limit", defaultSize: 100 },
      isOfAll: true,
      selects: ({ id }, input) => id.startsWith(`${scopeOf(input)}/`),
      entry: (_context, resource) => summary(resource),
    }),
  };
};

const scopeOf = ({ Scope }: { readonly Scope: string }): string =>
  Scope === "CLOUDFRONT" ? "global" : "regional";

export const resourceOperations: Operations = Object.assign(
  {},
  ...kindsWithTypes.map(operationsOf),
);
