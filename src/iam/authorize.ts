import { parseArn } from "../aws/arn.ts";
import { type AccessRequest, type Decision, evaluate } from "./evaluate.ts";
import type { Policy } from "./policy.ts";

/** Every policy that applies to a request. */
export interface Grants {
  /** Of the user or role: inline and attached. */
  readonly identity: readonly Policy[];
  readonly boundary?: Policy;
  /** Passed when the role was assumed. */
  readonly session?: readonly Policy[];
  /** Of the VPC endpoint that the request came through. */
  readonly endpoint?: Policy;
  readonly resource?: Policy;
  /**
   * Of the organization, where it limits the request: service control policies of the caller's account and resource control
   * policies of the resource's. The sandbox has no organization; the prover has one that it does not know (ADR 14).
   */
  readonly organization?: Policy;
  /**
   * True for resources that are used only if their own policy allows it, by the account's root user too: KMS keys and roles.
   * @default false
   */
  readonly resourceDecides?: boolean;
  /** The account of the resource. @default the caller's own */
  readonly resourceAccount?: string;
}

/** The type of a policy, as AWS's messages name it. */
export type PolicyType =
  | "identity-based policy"
  | "resource-based policy"
  | "permissions boundary"
  | "session policy"
  | "service control policy"
  | "VPC endpoint policy";

/** What the policies decide together; `because` is the end of AWS's own sentence. */
export type Verdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly because: string;
      readonly isExplicit: boolean;
      /** The type of the policy that denies, or that does not allow. */
      readonly by: PolicyType;
    };

/**
 * Decides a request by all the policies that apply to it.
 *
 * Within an account, a resource's policy that allows the very principal (a user, a session, or everybody) is enough: boundary,
 * session and identity policies that are silent do not limit it. One that allows the role of a session is limited by boundary
 * and session policies, and one that allows the account leaves the decision to the identity's policies.
 *
 * Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic" and "Troubleshoot access denied
 * error messages".
 */
export function authorize(asked: AccessRequest, grants: Grants): Verdict {
  const { principal } = asked;
  const request: AccessRequest =
    grants.boundary && "arn" in principal
      ? { ...asked, principal: { ...principal, hasBoundary: true } }
      : asked;
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
  const by = decisions.find(([, list]) => list.some(({ effect }) => effect === "deny"))?.[0];
  if (by !== undefined)
    return {
      allowed: false,
      because: `with an explicit deny in ${by === "identity-based policy" ? "an" : "a"} ${by}`,
      isExplicit: true,
      by,
    };
  const no = (type: PolicyType): Verdict => ({
    allowed: false,
    because: `because no ${type} allows the ${request.action} action`,
    isExplicit: false,
    by: type,
  });
  const allows = (type: PolicyType): boolean =>
    decisions.some(
      ([name, list]) => name === type && list.some(({ effect }) => effect === "allow"),
    );
  if (grants.endpoint && !allows("VPC endpoint policy")) return no("VPC endpoint policy");
  if (grants.organization && !allows("service control policy")) return no("service control policy");

  const caller = "arn" in principal ? parseArn(principal.arn) : undefined;
  const isSameAccount = (grants.resourceAccount ?? caller?.account) === caller?.account;
  const resource = decisions.find(([type]) => type === "resource-based policy")?.[1][0];
  const byResource = resource?.effect === "allow";
  if (isSameAccount && byResource && resource.naming === "principal") return { allowed: true };

  // The account's root user has all permissions in the account. Source: IAM User Guide, "AWS account root user".
  const byIdentity = caller?.resource === "root" || allows("identity-based policy");
  if ((!isSameAccount || grants.resourceDecides === true) && !byResource)
    return no("resource-based policy");
  const isRoleAllowed = isSameAccount && byResource && resource.naming === "role";
  if (!byIdentity && !isRoleAllowed) return no("identity-based policy");
  if (grants.boundary && !allows("permissions boundary")) return no("permissions boundary");
  if ((grants.session ?? []).length > 0 && !allows("session policy")) return no("session policy");
  return { allowed: true };
}
