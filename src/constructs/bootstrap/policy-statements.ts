import { partitionOf } from "../../aws/regions.ts";
import type { FoundationCall } from "./recorded-calls.generated.ts";
import type { FoundationScope } from "./foundation-scope.ts";
import { FOUNDATION_TAG } from "../synth/foundation-stack.ts";
import type { PolicyDocument } from "./oidc-trust.ts";

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** A statement of a policy that is attached to an identity. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string;
  readonly Condition?: Conditions;
}

export const policyDocument = (statements: readonly Statement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements.map((statement) => ({ ...statement })),
});

/** Kinds of resources that have no name to know them by: their tag says whose they are. */
const IDENTIFIED_BY_TAG =
  /^arn:[^:]*:(ec2:|kms:[^:]*:[^:]*:key\/|elasticloadbalancing:.*:targetgroup\/|servicediscovery:)/;

/** Actions that put tags: on what a request makes, the request says so. */
const TAGGING_ACTIONS = new Set(["ec2:CreateTags", "elasticloadbalancing:AddTags"]);

/** Actions by which tagged things come to be. */
const CREATE_ACTIONS = ["Create*", "Allocate*", "AuthorizeSecurityGroup*"];

/** An ARN of this foundation; undefined where it has no such thing. */
function fillTemplate(template: string, foundation: FoundationScope): string | undefined {
  const { name, region, account, logGroup, repository, parameter } = foundation;
  const values: Readonly<Record<string, string | undefined>> = {
    partition: partitionOf(region),
    region,
    account,
    name,
    // The target group's name is the start of the foundation's, and digits of Terraform's.
    start: name.slice(0, 6).replace(/-$/, ""),
    logGroup,
    repository,
    parameter: parameter.replace(/^\//, ""),
  };
  let isWhole = true;
  const filled = template.replace(/\{(\w+)\}/g, (_, key: string) => {
    isWhole &&= values[key] !== undefined;
    return values[key] ?? "";
  });
  return isWhole ? filled : undefined;
}

/**
 * CloudWatch Logs asks for a log group with and without its streams, and for a list of them with no name or with any.
 * Source: Service Authorization Reference, "Amazon CloudWatch Logs".
 */
function arnVariants(arn: string): string[] {
  if (/:log-group:[^:]+$/.test(arn)) return [arn, `${arn}:*`];
  return arn.endsWith(":log-group::log-stream:")
    ? [arn, arn.replace(":log-group::log-stream:", ":log-group:*")]
    : [arn];
}

/**
 * Why a resource may be touched: by its name (or because nothing narrower is possible), by the tag that it has, or by
 * the tag that it gets as it is made: with its creation, or where the service cannot say so, while it has none.
 */
type GrantBasis = "named" | "new" | "tagging" | "unclaimed" | "own";

/** Calls about things that may have no tag. */
const CALLS_ON_UNTAGGED_RESOURCES: readonly (readonly [action: RegExp, resource: RegExp])[] = [
  // A rule of AWS's own making. Its group must be tagged: both are asked for.
  [/^ec2:Revoke/, /:security-group-rule\/\*$/],
  // An association that has gone with its NAT gateway: Terraform asks to end it all the same.
  [/^ec2:DisassociateAddress$/, /:elastic-ip\/\*$/],
];

function grantBasisOf(call: FoundationCall): GrantBasis {
  const { action, resource, isNew } = call;
  if (
    CALLS_ON_UNTAGGED_RESOURCES.some(
      ([pattern, other]) => pattern.test(action) && other.test(resource),
    )
  )
    return "named";
  const isUnnamed = IDENTIFIED_BY_TAG.test(resource) || (resource === "*" && isNew);
  if (!isUnnamed) return "named";
  if (!isNew) return "own";
  if (TAGGING_ACTIONS.has(action)) return "tagging";
  return action.endsWith(":TagResource") ? "unclaimed" : "new";
}

/** What gets the foundation's tag, and carries nobody's yet: who could take over another's could delete it. */
export const untaggedResourceCondition = (name: string): Conditions => ({
  StringEquals: { [`aws:RequestTag/${FOUNDATION_TAG}`]: name },
  Null: { [`aws:ResourceTag/${FOUNDATION_TAG}`]: "true" },
});

function conditionFor(basis: GrantBasis, service: string, name: string): Conditions | undefined {
  switch (basis) {
    case "named":
      return undefined;
    case "own":
      return { StringEquals: { [`aws:ResourceTag/${FOUNDATION_TAG}`]: name } };
    case "new":
      return { StringEquals: { [`aws:RequestTag/${FOUNDATION_TAG}`]: name } };
    case "tagging":
      return {
        StringEquals: { [`aws:RequestTag/${FOUNDATION_TAG}`]: name },
        StringLike: { [`${service}:CreateAction`]: CREATE_ACTIONS },
      };
    case "unclaimed":
      return untaggedResourceCondition(name);
  }
}

/**
 * Grounds on which actions and resources may be crossed in one statement, since each of the resources is the
 * foundation's own. On the others they may not: a request brings any tag that it likes, also one about a group of
 * somebody else's.
 */
const COMBINABLE_BASES = new Set<GrantBasis>(["own", "tagging"]);

/** The service that an action is of. */
export const serviceOf = (action: string): string => action.split(":", 1)[0] ?? "";

const sid = (...words: string[]): string =>
  words
    .flatMap((word) => word.split(/[^A-Za-z0-9]+/))
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");

/** Statements that allow calls: by service and basis, each action with the very resources that it was recorded with. */
export function statementsFor(
  calls: readonly FoundationCall[],
  foundation: FoundationScope,
): Statement[] {
  const granted = new Map<string, { basis: GrantBasis; action: string; resources: Set<string> }>();
  for (const call of calls) {
    const resource = fillTemplate(call.resource, foundation);
    if (resource === undefined) continue;
    const [basis, { action }] = [grantBasisOf(call), call];
    const entry = granted.get(`${basis} ${action}`) ?? { basis, action, resources: new Set() };
    for (const spelling of arnVariants(resource)) entry.resources.add(spelling);
    granted.set(`${basis} ${action}`, entry);
  }
  const grouped = new Map<
    string,
    { basis: GrantBasis; actions: Set<string>; resources: Set<string> }
  >();
  for (const { basis, action, resources } of granted.values()) {
    const exact = COMBINABLE_BASES.has(basis) ? "" : [...resources].sort().join();
    const key = `${serviceOf(action)} ${basis} ${exact}`;
    const group = grouped.get(key) ?? { basis, actions: new Set(), resources: new Set() };
    group.actions.add(action);
    for (const resource of resources) group.resources.add(resource);
    grouped.set(key, group);
  }
  const counts = new Map<string, number>();
  return [...grouped.values()]
    .map(({ basis, actions, resources }) => ({
      basis,
      service: serviceOf([...actions][0] ?? ""),
      actions: [...actions].sort(),
      resources: [...resources].sort(),
    }))
    .sort((a, b) => (a.actions.join() < b.actions.join() ? -1 : 1))
    .map(({ basis, service, actions, resources }) => {
      const base = sid(service, basis);
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      const condition = conditionFor(basis, service, foundation.name);
      return {
        Sid: count === 1 ? base : `${base}${count}`,
        Effect: "Allow" as const,
        Action: actions,
        Resource: resources.includes("*") ? "*" : resources,
        ...(condition ? { Condition: condition } : {}),
      };
    });
}
