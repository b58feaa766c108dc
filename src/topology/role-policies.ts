import { awsManagedPolicy } from "../aws/index.ts";
import { type Policy, parsePolicy } from "../iam/index.ts";
import {
  type PlanModel,
  type AttributePath,
  type Resource,
  isUnknown,
  Unknown,
} from "../plan/index.ts";
import type { AccountAndRegion } from "./account-and-region.ts";
import { knownPolicy, policyAt, type PolicyBounds, unknownPolicy } from "./iam-policies.ts";

/** The policies of a role, inline and attached. */
export interface RolePolicies {
  readonly certain: readonly Policy[];
  readonly possible: readonly Policy[];
  readonly unknown: readonly Unknown[];
  /** The permissions boundary. */
  readonly boundary: PolicyBounds | undefined;
  /** Policies of the organization that may limit the role; undefined if the plan has none. */
  readonly organization: PolicyBounds | undefined;
}

export const ROLE_TYPES: readonly string[] = ["aws_iam_role"];

/** The policies of a role in the plan. */
export function policiesOf(
  plan: PlanModel,
  accountAndRegion: AccountAndRegion,
  role: Resource,
): RolePolicies {
  const attached = (resource: Resource, ...path: AttributePath): PolicyBounds | undefined =>
    attachedPolicy(plan, accountAndRegion, resource, path);
  const isState = plan.planJson.kind === "state";
  const bounds: (PolicyBounds | undefined)[] = [
    ...ofRole(plan, role, "aws_iam_role_policy", (resource) =>
      policyAt(plan, accountAndRegion, resource, "policy"),
    ),
    ...ofRole(plan, role, "aws_iam_role_policy_attachment", (resource) =>
      attached(resource, "policy_arn"),
    ),
    ...plan
      .referrersOf(role, ["aws_iam_policy_attachment"], ROLE_TYPES, "roles")
      .map((resource) => attached(resource, "policy_arn")),
  ];
  const arns = role.blockPaths("managed_policy_arns");
  const hasArns = plan.isConfigured(role, "managed_policy_arns");
  if (isUnknown(arns)) bounds.push(hasArns ? unknownPolicy(arns) : undefined);
  else if (isState || hasArns) bounds.push(...arns.map((path) => attached(role, ...path)));
  const inline = role.blockPaths("inline_policy");
  if (!isUnknown(inline) && (isState || plan.isConfigured(role, "inline_policy")))
    bounds.push(...inline.map((path) => policyAt(plan, accountAndRegion, role, ...path, "policy")));
  const policies = bounds.filter((policy) => policy !== undefined);
  return {
    certain: policies.map((policy) => policy.certain),
    possible: policies.map((policy) => policy.possible),
    unknown: policies.flatMap((policy) => policy.unknown),
    boundary: attached(role, "permissions_boundary"),
    organization: organizationOf(plan, accountAndRegion),
  };
}

/**
 * The policies of a type whose attribute `role` is the role: by reference or by name. A policy whose role is unknown may
 * belong to the role.
 */
function ofRole(
  plan: PlanModel,
  role: Resource,
  type: string,
  policyOf: (resource: Resource) => PolicyBounds | undefined,
): (PolicyBounds | undefined)[] {
  const name = role.value("name");
  return [
    ...plan.referrersOf(role, [type], ROLE_TYPES, "role").map(policyOf),
    ...withoutReference(plan, type).map((resource) => {
      const roleName = resource.value("role");
      if (isUnknown(roleName)) return unknownPolicy(roleName);
      return roleName === name ? policyOf(resource) : undefined;
    }),
  ];
}

const withoutReferenceCache = new WeakMap<PlanModel, Map<string, readonly Resource[]>>();

/** Policies whose attribute `role` does not refer to a role of the plan. */
function withoutReference(plan: PlanModel, type: string): readonly Resource[] {
  const byType = withoutReferenceCache.get(plan) ?? new Map<string, readonly Resource[]>();
  withoutReferenceCache.set(plan, byType);
  const cached = byType.get(type);
  if (cached) return cached;
  const resources = plan
    .resourcesOfType(type)
    .filter((resource) => resource.referencesTo(ROLE_TYPES, "role").references.length === 0);
  byType.set(type, resources);
  return resources;
}

function attachedPolicy(
  plan: PlanModel,
  accountAndRegion: AccountAndRegion,
  resource: Resource,
  path: AttributePath,
): PolicyBounds | undefined {
  const arn = resource.text(...path);
  if (arn === "") return undefined;
  const managedPolicy = typeof arn === "string" ? awsManagedPolicy(arn) : undefined;
  if (managedPolicy !== undefined) return knownPolicy(parsePolicy(managedPolicy.document));
  const [reference] = resource.referencesTo(["aws_iam_policy"], ...path).references;
  if (reference) return policyAt(plan, accountAndRegion, reference.resource, "policy");
  if (arn === undefined) return undefined;
  return unknownPolicy(isUnknown(arn) ? arn : new Unknown(arn, "policy", "is not in this plan"));
}

const organizationCache = new WeakMap<PlanModel, PolicyBounds | undefined>();

/** Types of organization policies that limit the permissions of accounts. Declarative policies do not. */
const LIMITING_TYPES: ReadonlySet<unknown> = new Set([
  undefined, // the provider's default is SERVICE_CONTROL_POLICY
  "SERVICE_CONTROL_POLICY",
  "RESOURCE_CONTROL_POLICY",
]);

/** True for an attachment to another account. The account of the plan may be in an attached root or organizational unit. */
function isForOtherAccount(attachment: Resource, { account }: AccountAndRegion): boolean {
  const target = attachment.value("target_id");
  return (
    typeof target === "string" &&
    /^\d{12}$/.test(target) &&
    account !== undefined &&
    target !== account
  );
}

/**
 * The service control policies and resource control policies of the plan that may apply to its account. Berth does not
 * evaluate them: they may allow nothing, or everything (ADR 14). A plan that contains none does not determine the
 * policies of the organization.
 *
 * Source: AWS Organizations User Guide, "Service control policies (SCPs)" and "Resource control policies (RCPs)".
 */
function organizationOf(
  plan: PlanModel,
  accountAndRegion: AccountAndRegion,
): PolicyBounds | undefined {
  if (organizationCache.has(plan)) return organizationCache.get(plan);
  const policies = plan
    .resourcesOfType("aws_organizations_policy")
    .filter((policy) => policy.mode === "managed" && LIMITING_TYPES.has(policy.value("type")));
  const unknown = policies.flatMap((policy) => {
    const attachments = plan.referrersOf(
      policy,
      ["aws_organizations_policy_attachment"],
      ["aws_organizations_policy"],
      "policy_id",
    );
    const isForOthers =
      attachments.length > 0 &&
      attachments.every((attachment) => isForOtherAccount(attachment, accountAndRegion));
    return isForOthers
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
  const bounds = first && { ...unknownPolicy(first), unknown };
  organizationCache.set(plan, bounds);
  return bounds;
}
