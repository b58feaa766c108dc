import { partitionOf } from "../../aws/regions.ts";
import type { FoundationCall } from "./recorded-calls.generated.ts";
import type { FoundationScope } from "./foundation-scope.ts";
import { OWN_TAG } from "../synth/foundation-stack.ts";
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

export const document = (statements: readonly Statement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements.map((statement) => ({ ...statement })),
});

/** Kinds of resources that have no name to know them by: their tag says whose they are. */
const KNOWN_BY_TAG =
  /^arn:[^:]*:(ec2:|kms:[^:]*:[^:]*:key\/|elasticloadbalancing:.*:targetgroup\/|servicediscovery:)/;

/** Actions that put tags: on what a request makes, the request says so. */
const TAGGING = new Set(["ec2:CreateTags", "elasticloadbalancing:AddTags"]);

/** Actions by which tagged things come to be. */
const MAKING = ["Create*", "Allocate*", "AuthorizeSecurityGroup*"];

/** An ARN of this foundation; undefined where it has no such thing. */
function fill(template: string, foothold: FoundationScope): string | undefined {
  const { name, region, account, logGroup, repository, parameter } = foothold;
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
function spellings(arn: string): string[] {
  if (/:log-group:[^:]+$/.test(arn)) return [arn, `${arn}:*`];
  return arn.endsWith(":log-group::log-stream:")
    ? [arn, arn.replace(":log-group::log-stream:", ":log-group:*")]
    : [arn];
}

/**
 * Why a resource may be touched: by its name (or because nothing narrower is possible), by the tag that it has, or by
 * the tag that it gets as it is made: with its creation, or where the service cannot say so, while it has none.
 */
type Ground = "named" | "new" | "tagging" | "unclaimed" | "own";

/** Calls about things that may have no tag. */
const MAY_HAVE_NO_TAG: readonly (readonly [action: RegExp, resource: RegExp])[] = [
  // A rule of AWS's own making. Its group must be tagged: both are asked for.
  [/^ec2:Revoke/, /:security-group-rule\/\*$/],
  // An association that has gone with its NAT gateway: Terraform asks to end it all the same.
  [/^ec2:DisassociateAddress$/, /:elastic-ip\/\*$/],
];

function groundOf(call: FoundationCall): Ground {
  const { action, resource, isNew } = call;
  if (MAY_HAVE_NO_TAG.some(([pattern, other]) => pattern.test(action) && other.test(resource)))
    return "named";
  const isUnnamed = KNOWN_BY_TAG.test(resource) || (resource === "*" && isNew);
  if (!isUnnamed) return "named";
  if (!isNew) return "own";
  if (TAGGING.has(action)) return "tagging";
  return action.endsWith(":TagResource") ? "unclaimed" : "new";
}

/** What gets the foundation's tag, and carries nobody's yet: who could take over another's could delete it. */
export const unclaimed = (name: string): Conditions => ({
  StringEquals: { [`aws:RequestTag/${OWN_TAG}`]: name },
  Null: { [`aws:ResourceTag/${OWN_TAG}`]: "true" },
});

function conditionFor(ground: Ground, service: string, name: string): Conditions | undefined {
  switch (ground) {
    case "named":
      return undefined;
    case "own":
      return { StringEquals: { [`aws:ResourceTag/${OWN_TAG}`]: name } };
    case "new":
      return { StringEquals: { [`aws:RequestTag/${OWN_TAG}`]: name } };
    case "tagging":
      return {
        StringEquals: { [`aws:RequestTag/${OWN_TAG}`]: name },
        StringLike: { [`${service}:CreateAction`]: MAKING },
      };
    case "unclaimed":
      return unclaimed(name);
  }
}

/**
 * Grounds on which actions and resources may be crossed in one statement, since each of the resources is the
 * foundation's own. On the others they may not: a request brings any tag that it likes, also one about a group of
 * somebody else's.
 */
const COMBINABLE_BASES = new Set<Ground>(["own", "tagging"]);

/** The service that an action is of. */
export const serviceOf = (action: string): string => action.split(":", 1)[0] ?? "";

const sid = (...words: string[]): string =>
  words
    .flatMap((word) => word.split(/[^A-Za-z0-9]+/))
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");

/** Statements that allow calls: by service and ground, each action with the very resources that it was recorded with. */
export function statementsFor(
  calls: readonly FoundationCall[],
  foothold: FoundationScope,
): Statement[] {
  const asked = new Map<string, { ground: Ground; action: string; resources: Set<string> }>();
  for (const call of calls) {
    const resource = fill(call.resource, foothold);
    if (resource === undefined) continue;
    const [ground, { action }] = [groundOf(call), call];
    const entry = asked.get(`${ground} ${action}`) ?? { ground, action, resources: new Set() };
    for (const spelling of spellings(resource)) entry.resources.add(spelling);
    asked.set(`${ground} ${action}`, entry);
  }
  const grouped = new Map<
    string,
    { ground: Ground; actions: Set<string>; resources: Set<string> }
  >();
  for (const { ground, action, resources } of asked.values()) {
    const exact = COMBINABLE_BASES.has(ground) ? "" : [...resources].sort().join();
    const key = `${serviceOf(action)} ${ground} ${exact}`;
    const group = grouped.get(key) ?? { ground, actions: new Set(), resources: new Set() };
    group.actions.add(action);
    for (const resource of resources) group.resources.add(resource);
    grouped.set(key, group);
  }
  const counts = new Map<string, number>();
  return [...grouped.values()]
    .map(({ ground, actions, resources }) => ({
      ground,
      service: serviceOf([...actions][0] ?? ""),
      actions: [...actions].sort(),
      resources: [...resources].sort(),
    }))
    .sort((a, b) => (a.actions.join() < b.actions.join() ? -1 : 1))
    .map(({ ground, service, actions, resources }) => {
      const base = sid(service, ground);
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      const condition = conditionFor(ground, service, foothold.name);
      return {
        Sid: count === 1 ? base : `${base}${count}`,
        Effect: "Allow" as const,
        Action: actions,
        Resource: resources.includes("*") ? "*" : resources,
        ...(condition ? { Condition: condition } : {}),
      };
    });
}
