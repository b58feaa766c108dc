import { parseArn } from "../aws/arn.ts";
import { type AccessRequest, type Decision, evaluate } from "./evaluate.ts";
import type { Policy } from "./policy.ts";

/** The policies that apply to a request. */
export interface ApplicablePolicies {
  /** The policies of the user or role, inline and attached. */
  readonly identity: readonly Policy[];
  /** The permissions boundary of the user or role. */
  readonly boundary?: Policy;
  /** The session policies that were passed to AssumeRole. */
  readonly session?: readonly Policy[];
  /** The policy of the VPC endpoint that the request passes. */
  readonly endpoint?: Policy;
  /** The policy of the resource. */
  readonly resource?: Policy;
  /**
   * The policy of the organization, if it limits the request: service control policies of the caller's account, and resource
   * control policies of the resource's account. The sandbox has no organization, and checks do not evaluate it (ADR 14).
   */
  readonly organization?: Policy;
  /**
   * True if the resource's policy must allow every request, also of the account's root user: KMS keys and roles.
   * @default false
   */
  readonly resourceDecides?: boolean;
  /** The account of the resource. @default the account of the caller */
  readonly resourceAccount?: string;
}

/** The type of a policy, in the words of AWS's messages. */
export type PolicyType =
  | "identity-based policy"
  | "resource-based policy"
  | "permissions boundary"
  | "session policy"
  | "service control policy"
  | "VPC endpoint policy";

/** The decision of all policies; `reason` is the end of AWS's error message. */
export type AuthorizationResult =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly reason: string;
      readonly isExplicit: boolean;
      /** The type of the policy that denies the request, or that does not allow it. */
      readonly policyType: PolicyType;
    };

/**
 * Decides whether the policies that apply to a request allow it.
 *
 * Within an account, a resource policy that allows the principal itself (a user, a session, or everyone) is sufficient:
 * implicit denies of the permissions boundary, session policies and identity policies do not limit it. If it allows the role
 * of a session, the permissions boundary and session policies limit it. If it allows the account, identity policies decide.
 *
 * Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic" and "Troubleshoot access denied
 * error messages".
 */
export function authorize(
  accessRequest: AccessRequest,
  grants: ApplicablePolicies,
): AuthorizationResult {
  const { principal } = accessRequest;
  const request: AccessRequest =
    grants.boundary && "arn" in principal
      ? { ...accessRequest, principal: { ...principal, hasBoundary: true } }
      : accessRequest;
  const decide = (policy: Policy): Decision => evaluate(policy, request);
  const decideOptional = (policy: Policy | undefined): readonly Decision[] =>
    policy ? [decide(policy)] : [];
  const decisions: readonly (readonly [PolicyType, readonly Decision[]])[] = [
    ["identity-based policy", grants.identity.map(decide)],
    ["resource-based policy", decideOptional(grants.resource)],
    ["permissions boundary", decideOptional(grants.boundary)],
    ["session policy", (grants.session ?? []).map(decide)],
    ["service control policy", decideOptional(grants.organization)],
    ["VPC endpoint policy", decideOptional(grants.endpoint)],
  ];
  const policyType = decisions.find(([, list]) =>
    list.some(({ effect }) => effect === "deny"),
  )?.[0];
  if (policyType !== undefined)
    return {
      allowed: false,
      reason: `with an explicit deny in ${policyType === "identity-based policy" ? "an" : "a"} ${policyType}`,
      isExplicit: true,
      policyType,
    };
  const implicitDeny = (type: PolicyType): AuthorizationResult => ({
    allowed: false,
    reason: `because no ${type} allows the ${request.action} action`,
    isExplicit: false,
    policyType: type,
  });
  const allows = (type: PolicyType): boolean =>
    decisions.some(
      ([name, list]) => name === type && list.some(({ effect }) => effect === "allow"),
    );
  if (grants.endpoint && !allows("VPC endpoint policy")) return implicitDeny("VPC endpoint policy");
  if (grants.organization && !allows("service control policy"))
    return implicitDeny("service control policy");

  const caller = "arn" in principal ? parseArn(principal.arn) : undefined;
  const isSameAccount = (grants.resourceAccount ?? caller?.account) === caller?.account;
  const resource = decisions.find(([type]) => type === "resource-based policy")?.[1][0];
  const isAllowedByResource = resource?.effect === "allow";
  if (isSameAccount && isAllowedByResource && resource.principalMatch === "principal")
    return { allowed: true };

  // The account's root user has all permissions in the account. Source: IAM User Guide, "AWS account root user".
  const isAllowedByIdentity = caller?.resource === "root" || allows("identity-based policy");
  if ((!isSameAccount || grants.resourceDecides === true) && !isAllowedByResource)
    return implicitDeny("resource-based policy");
  const isRoleAllowed = isSameAccount && isAllowedByResource && resource.principalMatch === "role";
  if (!isAllowedByIdentity && !isRoleAllowed) return implicitDeny("identity-based policy");
  if (grants.boundary && !allows("permissions boundary"))
    return implicitDeny("permissions boundary");
  if ((grants.session ?? []).length > 0 && !allows("session policy"))
    return implicitDeny("session policy");
  return { allowed: true };
}
