import { parseArn } from "../../../aws/index.ts";
import { type ApplicablePolicies, type Policy, parsePolicy } from "../../../iam/index.ts";
import type { Context } from "../../core/operation.ts";
import { type Role, roles, type User, users } from "./tables.ts";
import { documentOf, isPropagated } from "./shared.ts";
import type { Caller } from "../../authorization/callers.ts";

/** The role as other services see it: with eventual consistency, in its state of some seconds ago. */
export function visibleRole(context: Context, arn: string): Role | undefined {
  const parsed = parseArn(arn);
  if (parsed?.service !== "iam" || !parsed.resource.startsWith("role/")) return undefined;
  const row = context
    .at({ account: parsed.account })
    .in(roles)
    .get(parsed.resource.split("/").pop() ?? "");
  if (row?.arn !== arn) return undefined;
  return isPropagated(context, row) || row.before === undefined ? row : { ...row, ...row.before };
}

function policiesOf(context: Context, owner: Pick<Role | User, "inline" | "attached">): Policy[] {
  const managed = owner.attached.flatMap((arn) => documentOf(context, arn) ?? []);
  return [...Object.values(owner.inline), ...managed].map(parsePolicy);
}

type Identity = Pick<ApplicablePolicies, "identity" | "boundary">;

/** The identity-based policies and the permissions boundary of a role or user. */
export function identityGrants(
  context: Context,
  owner: Pick<Role | User, "arn" | "inline" | "attached" | "boundary">,
): Identity {
  const ownerContext = context.at({ account: parseArn(owner.arn)?.account ?? context.account });
  const boundary =
    owner.boundary === undefined ? undefined : documentOf(ownerContext, owner.boundary);
  return {
    identity: policiesOf(ownerContext, owner),
    ...(boundary === undefined ? {} : { boundary: parsePolicy(boundary) }),
  };
}

/** The policies of a caller. A deleted role or user has no permissions. */
export function callerGrants(context: Context, caller: Caller): Identity {
  const name = caller.arn.split("/").pop() ?? "";
  const ownerContext = context.at({ account: caller.account });
  const owner = caller.arn.includes(":role/")
    ? visibleRole(ownerContext, caller.arn)
    : ownerContext.in(users).get(name);
  return owner ? identityGrants(ownerContext, owner) : { identity: [] };
}
