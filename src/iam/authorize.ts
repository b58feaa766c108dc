import { parseArn } from "../aws/arn.ts";
import { type AccessRequest, evaluate } from "./evaluate.ts";
import type { Policy } from "./policy.ts";

/** Every policy that has a say in a request. */
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
   * True for resources that nobody may use without their own policy's leave, the account's root included: KMS keys and
   * roles. @default false
   */
  readonly resourceDecides?: boolean;
  /** The account of the resource. @default the caller's own */
  readonly resourceAccount?: string;
}

/** What the policies say together; `because` is the end of AWS's own sentence. */
export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly because: string; readonly isExplicit: boolean };

/**
 * Decides a request by all the policies that apply to it.
 *
 * Source: IAM User Guide, "Policy evaluation logic" and "Troubleshoot access denied error messages".
 */
export function authorize(request: AccessRequest, grants: Grants): Verdict {
  const kinds: readonly (readonly [string, readonly Policy[] | undefined])[] = [
    ["an identity-based policy", grants.identity],
    ["a resource-based policy", grants.resource && [grants.resource]],
    ["a permissions boundary", grants.boundary && [grants.boundary]],
    ["a session policy", grants.session],
    ["a VPC endpoint policy", grants.endpoint && [grants.endpoint]],
  ];
  const denied = kinds.find(([, policies]) =>
    policies?.some((policy) => evaluate(policy, request).effect === "deny"),
  );
  if (denied) {
    return { allowed: false, because: `with an explicit deny in ${denied[0]}`, isExplicit: true };
  }
  const no = (kind: string): Verdict => ({
    allowed: false,
    because: `because no ${kind} allows the ${request.action} action`,
    isExplicit: false,
  });
  const allows = (policies: readonly Policy[]): boolean =>
    policies.some((policy) => evaluate(policy, request).effect === "allow");
  if (grants.endpoint && !allows([grants.endpoint])) return no("VPC endpoint policy");

  const own = "arn" in request.principal ? parseArn(request.principal.arn)?.account : undefined;
  const isOwn = (grants.resourceAccount ?? own) === own;
  const resource = grants.resource ? evaluate(grants.resource, request) : undefined;
  const byResource = resource?.effect === "allow";
  const direct = byResource && resource.delegates !== true;
  const byIdentity = allows(grants.identity);

  if (!isOwn || grants.resourceDecides === true) {
    if (!byResource) return no("resource-based policy");
    if (!byIdentity && !(isOwn && direct)) return no("identity-based policy");
  } else if (!byIdentity && !direct) {
    return no("identity-based policy");
  }
  if (grants.boundary && !allows([grants.boundary])) return no("permissions boundary");
  if (grants.session && grants.session.length > 0 && !allows(grants.session))
    return no("session policy");
  return { allowed: true };
}
