import { awsManagedPolicy } from "../aws/managed-policies.ts";
import {
  type Policy,
  parsePolicy,
  PolicySyntaxError,
  type PrincipalKind,
  type Principals,
  type Statement,
} from "../iam/policy.ts";
import type { PlanModel } from "../plan/plan-model.ts";
import { isUnknown, Unknown } from "../plan/unknown.ts";
import type { AttributePath, Resource } from "../plan/resource.ts";
import { isJson, listOf, textOf } from "../plan/plan-json.ts";

/** A policy as it is for sure, and as it may be: what is not known allows nothing here, and everything there. */
export interface PolicyBounds {
  readonly certain: Policy;
  readonly possible: Policy;
  readonly unknown: readonly Unknown[];
}

const VERSION = "2012-10-17";
const NOTHING: Policy = { version: VERSION, statements: [] };
const ALL: Statement = {
  effect: "Allow",
  actions: ["*"],
  resources: ["*"],
  principals: "*",
  conditions: {},
};

const certain = (policy: Policy): PolicyBounds => ({
  certain: policy,
  possible: policy,
  unknown: [],
});
const open = (why: Unknown, isTrust = false): PolicyBounds => ({
  certain: NOTHING,
  possible: {
    version: VERSION,
    statements: [
      isTrust ? ALL : { effect: "Allow", actions: ["*"], resources: ["*"], conditions: {} },
    ],
  },
  unknown: [why],
});

/** The account and region that a plan is for, as far as it says. */
export interface AccountAndRegion {
  readonly account: string | undefined;
  readonly region: string | undefined;
}

const homes = new WeakMap<PlanModel, AccountAndRegion>();

export function accountAndRegionOf(plan: PlanModel): AccountAndRegion {
  const known = homes.get(plan);
  if (known) return known;
  const found = findHome(plan);
  homes.set(plan, found);
  return found;
}

function findHome(plan: PlanModel): AccountAndRegion {
  let [account, region]: (string | undefined)[] = [];
  const said = plan.resourcesOfType("aws_region").find((resource) => resource.mode === "data");
  const caller = plan.resourcesOfType("aws_caller_identity")[0]?.value("account_id");
  if (typeof caller === "string") account = caller;
  if (said) region = said.text("region")?.toString() ?? said.text("name")?.toString();
  for (const resource of plan.resources) {
    if (account !== undefined && region !== undefined) break;
    const arn = resource.values["arn"];
    const [, , , where, who] = typeof arn === "string" ? arn.split(":") : [];
    if (resource.mode === "managed" && (who ?? "") !== "" && who !== "aws") account ??= who;
    const zone = resource.values["availability_zone"];
    if ((where ?? "") !== "") region ??= where;
    else if (typeof zone === "string") region ??= zone.replace(/[a-z]$/, "");
  }
  const own = plan.planJson.providers["aws"];
  const configured =
    isJson(own) && isJson(own["expressions"]) ? own["expressions"]["region"] : undefined;
  region ??= isJson(configured) ? textOf(configured["constant_value"]) : undefined;
  const first = plan.resources.find((resource) => resource.type.startsWith("aws_"));
  account ??= first ? plan.accountOf(first) : undefined;
  return { account: account ?? plan.account, region };
}

const ARNS: Readonly<Record<string, (name: string) => string>> = {
  aws_secretsmanager_secret: (name) => `secretsmanager:<region>:<account>:secret:${name}-??????`,
  aws_ssm_parameter: (name) => `ssm:<region>:<account>:parameter/${name.replace(/^\//, "")}`,
  aws_ecr_repository: (name) => `ecr:<region>:<account>:repository/${name}`,
  aws_cloudwatch_log_group: (name) => `logs:<region>:<account>:log-group:${name}`,
  aws_iam_role: (name) => `iam::<account>:role/${name}`,
  aws_s3_bucket: (name) => `s3:::${name}`,
};

/** A resource's ARN; where it is known after apply, what it will be as far as its name says, else one of its own. */
export function arnOf(resource: Resource, { account, region }: AccountAndRegion): string {
  const known = resource.value("arn");
  if (typeof known === "string" && known !== "") return known;
  const name = resource.value(resource.type === "aws_s3_bucket" ? "bucket" : "name");
  const form = ARNS[resource.type];
  const text =
    form && typeof name === "string"
      ? `arn:aws:${form(name)}`
      : `arn:aws:berth:<region>:<account>:${resource.address}`;
  return text
    .replace("<region>", region ?? "<region>")
    .replace("<account>", account ?? "<account>");
}

/** Reads a policy's text where it is known, the document it is made from where it is not. */
export function policyAt(
  plan: PlanModel,
  home: AccountAndRegion,
  from: Resource,
  ...path: AttributePath
): PolicyBounds | undefined {
  const text = from.text(...path);
  if (text === undefined || text === "") return undefined;
  if (!isUnknown(text)) return parsed(text, from, path);
  const { references } = from.referencesIn(...path);
  const documents = references.filter(
    (reference) => reference.resource.type === "aws_iam_policy_document",
  );
  const [document] = documents;
  if (document && documents.length === 1 && references.length === 1)
    return ofDocument(home, document.resource, text);
  return open(text, path.includes("assume_role_policy"));
}

function parsed(text: string, from: Resource, path: AttributePath): PolicyBounds {
  try {
    return certain(parsePolicy(text));
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    return open(new Unknown(from.address, path.join("."), `cannot be read: ${error.message}`));
  }
}

function ofDocument(home: AccountAndRegion, document: Resource, why: Unknown): PolicyBounds {
  const shown = document.value("json");
  if (typeof shown === "string") return parsed(shown, document, ["json"]);
  const blocks = document.blockPaths("statement");
  if (
    isUnknown(blocks) ||
    document.isSet("source_policy_documents") ||
    document.isSet("override_policy_documents")
  )
    return open(why);
  const written = document.value("version");
  if (isUnknown(written) && document.isConfigured("version")) return open(why);
  const version = typeof written === "string" ? written : VERSION;
  const both = blocks.map((path) => statementAt(home, document, path));
  return {
    certain: { version, statements: both.flatMap((side) => side.certain ?? []) },
    possible: { version, statements: both.flatMap((side) => side.possible ?? []) },
    unknown: both.flatMap((side) => side.unknown),
  };
}

interface Part {
  readonly known: readonly string[];
  readonly unknown: readonly Unknown[];
}

/**
 * Texts of a document's list; what is known after apply is the ARN of what it refers to. The data source writes policy
 * variables as &{…}. Source: Terraform Registry, `aws_iam_policy_document`.
 */
function texts(home: AccountAndRegion, from: Resource, path: AttributePath): Part {
  const value = from.value(...path);
  if (value === undefined) return { known: [], unknown: [] };
  const parts = isUnknown(value) ? [undefined] : listOf(value);
  const known: string[] = [];
  const unknown: Unknown[] = [];
  for (const [index, entry] of parts.entries()) {
    const at = isUnknown(value) ? value : from.value(...path, index);
    if (typeof entry === "string") known.push(entry.replaceAll("&{", "${"));
    else if (isUnknown(at)) {
      const { references, unresolved } = from.referencesIn(...path);
      const own = references.filter(
        (reference) =>
          reference.attribute === "arn" && reference.resource.type !== "aws_cloudwatch_log_group",
      );
      if (unresolved.length === 0 && own.length > 0 && own.length === references.length)
        known.push(...own.map((reference) => arnOf(reference.resource, home)));
      else unknown.push(at);
    }
  }
  return { known: [...new Set(known)], unknown };
}

interface Side {
  readonly certain?: Statement;
  readonly possible?: Statement;
  readonly unknown: readonly Unknown[];
}

/** The principals of a statement's blocks; undefined where there are none. */
function principalsAt(
  home: AccountAndRegion,
  from: Resource,
  path: AttributePath,
  name: "principals" | "not_principals",
): { readonly named: Principals | undefined; readonly unknown: readonly Unknown[] } {
  const blocks = from.blockPaths(...path, name);
  if (isUnknown(blocks)) return { named: undefined, unknown: [blocks] };
  const named: Partial<Record<PrincipalKind, readonly string[]>> = {};
  const unknown: Unknown[] = [];
  let isEverybody = false;
  for (const block of blocks) {
    const kind = from.text(...block, "type");
    const names = texts(home, from, [...block, "identifiers"]);
    unknown.push(...names.unknown);
    if (isUnknown(kind)) unknown.push(kind);
    else if (kind === "*") isEverybody = true;
    else {
      const known = kind as PrincipalKind; // AWS rejects any other, and policy-document reports it
      named[known] = [...(named[known] ?? []), ...names.known];
    }
  }
  return { named: isEverybody ? "*" : Object.keys(named).length > 0 ? named : undefined, unknown };
}

function statementAt(home: AccountAndRegion, from: Resource, path: AttributePath): Side {
  const effect = from.value(...path, "effect") === "Deny" ? "Deny" : "Allow";
  const part = (name: string): Part => texts(home, from, [...path, name]);
  const [actions, notActions] = [part("actions"), part("not_actions")];
  const [resources, notResources] = [part("resources"), part("not_resources")];
  const principals = principalsAt(home, from, path, "principals");
  const notPrincipals = principalsAt(home, from, path, "not_principals");
  const sid = from.value(...path, "sid");
  const conditions: Record<string, Record<string, readonly string[]>> = {};
  const lostConditions: Unknown[] = [];
  const tests = from.blockPaths(...path, "condition");
  if (isUnknown(tests)) lostConditions.push(tests);
  else
    for (const otherTest of tests) {
      const [test, variable] = [
        from.text(...otherTest, "test"),
        from.text(...otherTest, "variable"),
      ];
      const values = texts(home, from, [...otherTest, "values"]);
      lostConditions.push(...values.unknown, ...[test, variable].filter(isUnknown));
      (conditions[String(test)] ??= {})[String(variable)] = values.known;
    }
  const list = (name: string, { known }: Part): object =>
    known.length > 0 ? { [name]: known } : {};
  const statement = {
    effect,
    conditions,
    ...(typeof sid === "string" && sid !== "" ? { sid } : {}),
    ...(principals.named === undefined ? {} : { principals: principals.named }),
    ...(notPrincipals.named === undefined ? {} : { notPrincipals: notPrincipals.named }),
    ...list("actions", actions),
    ...list("notActions", notActions),
    ...list("resources", resources),
    ...list("notResources", notResources),
  } as Statement; // the optional members are there where they say something
  // Lists that only widen a statement: what is known of them holds whatever the rest is.
  const widening = [...actions.unknown, ...resources.unknown, ...principals.unknown];
  const narrowing = [
    ...notActions.unknown,
    ...notResources.unknown,
    ...notPrincipals.unknown,
    ...lostConditions,
  ];
  const unknown = [...widening, ...narrowing];
  if (unknown.length === 0) return { certain: statement, possible: statement, unknown };
  const isResourcePolicy =
    principals.named !== undefined ||
    notPrincipals.named !== undefined ||
    principals.unknown.length + notPrincipals.unknown.length > 0;
  const wide = {
    effect,
    conditions: {},
    resources: ["*"],
    ...(isResourcePolicy ? { principals: "*" as const } : {}),
    ...(actions.unknown.length + notActions.unknown.length > 0
      ? { actions: ["*"] }
      : { ...list("actions", actions), ...list("notActions", notActions) }),
  } as Statement; // the same
  // What is not known is taken against the request for sure, and for it where it is a matter of what may be.
  const isSure =
    narrowing.length === 0 &&
    actions.known.length + notActions.known.length > 0 &&
    resources.known.length + notResources.known.length > 0 &&
    (principals.unknown.length === 0 || principals.named !== undefined);
  return effect === "Allow"
    ? { ...(isSure ? { certain: statement } : {}), possible: wide, unknown }
    : { certain: wide, unknown };
}

const organizations = new WeakMap<PlanModel, PolicyBounds | undefined>();

/** Policies of an organization that limit what IAM policies allow. Declarative policies do not. */
const LIMITING: ReadonlySet<unknown> = new Set([
  undefined, // the provider's default is SERVICE_CONTROL_POLICY
  "SERVICE_CONTROL_POLICY",
  "RESOURCE_CONTROL_POLICY",
]);

/** True where an attachment is to another account than the plan's. An attachment to a root or a unit may be to its account. */
function isForOthers(attachment: Resource, { account }: AccountAndRegion): boolean {
  const target = attachment.value("target_id");
  return (
    typeof target === "string" &&
    /^\d{12}$/.test(target) &&
    account !== undefined &&
    target !== account
  );
}

/**
 * Service and resource control policies of the plan that may apply to its account. Berth does not evaluate them: they allow
 * nothing for sure, and possibly everything (ADR 14). A plan without any says nothing of the organization.
 *
 * Source: AWS Organizations User Guide, "Service control policies (SCPs)" and "Resource control policies (RCPs)".
 */
function organizationOf(plan: PlanModel, home: AccountAndRegion): PolicyBounds | undefined {
  if (organizations.has(plan)) return organizations.get(plan);
  const policies = plan
    .resourcesOfType("aws_organizations_policy")
    .filter((policy) => policy.mode === "managed" && LIMITING.has(policy.value("type")));
  const unknown = policies.flatMap((policy) => {
    const attachments = plan.referrersOf(
      policy,
      ["aws_organizations_policy_attachment"],
      ["aws_organizations_policy"],
      "policy_id",
    );
    const isElsewhere =
      attachments.length > 0 && attachments.every((attachment) => isForOthers(attachment, home));
    return isElsewhere
      ? []
      : [
          new Unknown(
            policy.address,
            "content",
            "may limit the account's permissions, and policies of the organization are not evaluated",
          ),
        ];
  });
  const [first] = unknown;
  const bounds = first && { ...open(first), unknown };
  organizations.set(plan, bounds);
  return bounds;
}

/** Policies of a role, inline and attached. */
export interface RolePolicies {
  readonly certain: readonly Policy[];
  readonly possible: readonly Policy[];
  readonly unknown: readonly Unknown[];
  readonly boundary: PolicyBounds | undefined;
  /** Policies of the organization that may limit the role; undefined where the plan has none. */
  readonly organization: PolicyBounds | undefined;
}

export const ROLES: readonly string[] = ["aws_iam_role"];

const strays = new WeakMap<PlanModel, Map<string, readonly Resource[]>>();

/** Policies whose role no reference leads to. */
function nameless(plan: PlanModel, type: string): readonly Resource[] {
  const known = strays.get(plan) ?? new Map<string, readonly Resource[]>();
  strays.set(plan, known);
  const before = known.get(type);
  if (before) return before;
  const found = plan
    .resourcesOfType(type)
    .filter((resource) => resource.referencesTo(ROLES, "role").references.length === 0);
  known.set(type, found);
  return found;
}

export function policiesOf(plan: PlanModel, home: AccountAndRegion, role: Resource): RolePolicies {
  const bounds: PolicyBounds[] = [];
  const add = (otherBounds: PolicyBounds | undefined): void => {
    if (otherBounds) bounds.push(otherBounds);
  };
  const name = role.value("name");
  /** By reference or by name; where it is not known whose one is, it may be this one's. */
  const given = function* (type: string): Iterable<Resource> {
    yield* plan.referrersOf(role, [type], ROLES, "role");
    for (const resource of nameless(plan, type)) {
      const whose = resource.value("role");
      if (isUnknown(whose)) add(open(whose));
      else if (whose === name) yield resource;
    }
  };
  const attached = (resource: Resource, ...path: AttributePath): PolicyBounds | undefined => {
    const arn = resource.text(...path);
    if (arn === "") return undefined;
    if (typeof arn === "string" && awsManagedPolicy(arn) !== undefined)
      return certain(parsePolicy(awsManagedPolicy(arn) ?? ""));
    const [reference] = resource.referencesTo(["aws_iam_policy"], ...path).references;
    if (reference) return policyAt(plan, home, reference.resource, "policy");
    return arn === undefined
      ? undefined
      : open(isUnknown(arn) ? arn : new Unknown(arn, "policy", "is not in this plan"));
  };
  for (const resource of given("aws_iam_role_policy"))
    add(policyAt(plan, home, resource, "policy"));
  for (const resource of given("aws_iam_role_policy_attachment"))
    add(attached(resource, "policy_arn"));
  for (const resource of plan.referrersOf(role, ["aws_iam_policy_attachment"], ROLES, "roles"))
    add(attached(resource, "policy_arn"));
  const arns = role.blockPaths("managed_policy_arns");
  if (isUnknown(arns)) {
    if (plan.isConfigured(role, "managed_policy_arns")) add(open(arns));
  } else if (plan.planJson.kind === "state" || plan.isConfigured(role, "managed_policy_arns"))
    for (const path of arns) add(attached(role, ...path));
  const inline = role.blockPaths("inline_policy");
  if (
    !isUnknown(inline) &&
    (plan.planJson.kind === "state" || plan.isConfigured(role, "inline_policy"))
  )
    for (const path of inline) add(policyAt(plan, home, role, ...path, "policy"));
  const limit = attached(role, "permissions_boundary");
  return {
    certain: bounds.map((bound) => bound.certain),
    possible: bounds.map((bound) => bound.possible),
    unknown: bounds.flatMap((bound) => bound.unknown),
    boundary: limit,
    organization: organizationOf(plan, home),
  };
}
