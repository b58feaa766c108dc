import { partitionOf } from "../../aws/index.ts";
import type { RecordedCall } from "./recorded-call.ts";
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
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Conditions;
}

/** A policy document with the given statements. */
export const policyDocument = (statements: readonly Statement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements.map((statement) => ({ ...statement })),
});

/** ARNs of resources that have no name chosen by Berth. A tag identifies the foundation that they belong to. */
const IDENTIFIED_BY_TAG =
  /^arn:[^:]*:(ec2:|kms:[^:]*:[^:]*:key\/|elasticloadbalancing:.*:targetgroup\/|servicediscovery:)/;

/** Actions that add tags. For a resource that is being created, the request has the context key `CreateAction`. */
const TAGGING_ACTIONS = new Set(["ec2:CreateTags", "elasticloadbalancing:AddTags"]);

/** Patterns of the actions that create tagged resources. */
const CREATE_ACTIONS = ["Create*", "Allocate*", "AuthorizeSecurityGroup*"];

/** ARNs of an ARN template filled with the foundation's names; empty if the foundation has no such resource. */
function fillTemplate(template: string, foundation: FoundationScope): readonly string[] {
  const { name, region, account, logGroup, repository, parameter, services } = foundation;
  const values: Readonly<Record<string, readonly string[]>> = {
    partition: [partitionOf(region)],
    region: [region],
    account: [account],
    name: [name],
    // The target group's name is the start of the foundation's name, followed by digits from Terraform.
    start: [name.slice(0, 6).replace(/-$/, "")],
    logGroup: [logGroup],
    repository: repository === undefined ? [] : [repository],
    imageRepository: [foundation.imageRepositoryArn],
    parameter: [parameter.replace(/^\//, "")],
    service: services,
    secret: foundation.secretArns,
  };
  const [, start = "", key = "", end = ""] = /^(.*?)\{(\w+)\}(.*)$/.exec(template) ?? [];
  if (key === "") return [template];
  // After a slash, the foundation's path precedes the name of a service. Without a path, as in shop-web, a wildcard would include
  // services of a foundation whose name starts with the same letters.
  const filled = key === "service" && start.endsWith("/") ? ["*"] : (values[key] ?? []);
  return filled.flatMap((value) => fillTemplate(`${start}${value}${end}`, foundation));
}

/**
 * The forms of an ARN that a service can use for one resource. CloudWatch Logs uses the ARN of a log group with and without
 * its streams, and lists log groups with an empty name or with any name.
 *
 * Source: Service Authorization Reference, "Amazon CloudWatch Logs".
 */
function arnVariants(arn: string): string[] {
  if (/:log-group:[^:]+$/.test(arn)) return [arn, `${arn}:*`];
  return arn.endsWith(":log-group::log-stream:")
    ? [arn, arn.replace(":log-group::log-stream:", ":log-group:*")]
    : [arn];
}

/**
 * How a statement limits its resources to the foundation: by name (or not at all, if the service allows nothing narrower), by
 * the existing tag (own), by the tag in the request that creates the resource (new, tagging), or by the tag in a request for
 * a resource that has no tag yet (unclaimed).
 */
type GrantBasis = "named" | "new" | "tagging" | "unclaimed" | "own";

/** Calls for resources that can be without a tag. */
const CALLS_ON_UNTAGGED_RESOURCES: readonly (readonly [action: RegExp, resource: RegExp])[] = [
  // A rule that AWS created. The call also requires access to the rule's security group, which has a tag.
  [/^ec2:Revoke/, /:security-group-rule\/\*$/],
  // An association that was deleted with its NAT gateway. Terraform still requests to remove it.
  [/^ec2:DisassociateAddress$/, /:elastic-ip\/\*$/],
];

function grantBasisOf(call: RecordedCall): GrantBasis {
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

/**
 * Condition for adding the foundation's tag to a resource without this tag. A role that could tag resources of another
 * foundation could then delete them.
 */
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
 * Bases for which all actions and resources can be combined in one statement, because each resource belongs to the foundation.
 * With the other bases this is unsafe: a caller chooses the tags in a request, also for resources of others.
 */
const COMBINABLE_BASES = new Set<GrantBasis>(["own", "tagging"]);

/** The service prefix of an action. */
export const serviceOf = (action: string): string => action.split(":", 1)[0] ?? "";

const sid = (...parts: string[]): string =>
  parts
    .flatMap((part) => part.split(/[^A-Za-z0-9]+/))
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join("");

/** Statements that allow the calls, grouped by service and basis. Each action keeps the resources it was recorded with. */
export function statementsFor(
  calls: readonly RecordedCall[],
  foundation: FoundationScope,
): Statement[] {
  const granted = new Map<string, { basis: GrantBasis; action: string; resources: Set<string> }>();
  for (const call of calls) {
    const [basis, { action }] = [grantBasisOf(call), call];
    for (const resource of fillTemplate(call.resource, foundation).flatMap(arnVariants)) {
      const entry = granted.get(`${basis} ${action}`) ?? { basis, action, resources: new Set() };
      entry.resources.add(resource);
      granted.set(`${basis} ${action}`, entry);
    }
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
