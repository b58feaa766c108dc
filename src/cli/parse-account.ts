import { UserError } from "../shared/index.ts";

/**
 * The account ID of --account.
 *
 * @throws UserError BERTH-E6001 if it is not an account ID
 */
export function parseAccount(account: string | undefined): string | undefined {
  if (account === undefined || /^\d{12}$/.test(account)) return account;
  throw new UserError("BERTH-E6001", `invalid --account ${account}`, {
    fix: "pass 12 digits",
    exitCode: 64,
  });
}
