import type { Context } from "../../core/operation.ts";
import { roles, users } from "./tables.ts";

/** The user of access keys that the sandbox does not know. */
const DEFAULT_USER = "berth";

/**
 * Whether a principal of the kind AWS exists. Users and roles of other accounts are assumed to exist.
 *
 * @param name "*", an account ID, an ARN, or the unique ID of a user or role
 */
export function principalExists(context: Context, name: string): boolean {
  if (name === "*" || /^\d{12}$/.test(name)) return true;
  if (/^A[A-Z0-9]{15,}$/.test(name))
    return [...context.inEveryAccount(roles), ...context.inEveryAccount(users)].some(
      ({ id }) => id === name,
    );
  const match =
    /^arn:([^:]+):(?:iam|sts)::(\d{12}):(root|user|role|assumed-role|federated-user)\/?(.*)$/.exec(
      name,
    );
  if (!match) return false;
  const [, partition, account, kind = "", path = ""] = match;
  if (partition !== context.partition) return false;
  if (account !== context.account) return true;
  const last = path.split("/").pop() ?? "";
  if (kind === "role") return context.in(roles).get(last)?.arn === name;
  if (kind === "user") return context.in(users).get(last)?.arn === name || path === DEFAULT_USER;
  return true;
}
