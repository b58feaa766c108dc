import { isFingerprint } from "../pipeline/index.ts";
import { UserError } from "../shared/index.ts";

/**
 * Reads the fingerprint of each environment from the values of --approve.
 *
 * @throws UserError if an environment occurs twice, or if its value is not a fingerprint
 */
export function approvalsFrom(flags: readonly string[]): ReadonlyMap<string, string> {
  const usage = (what: string): UserError =>
    new UserError("BERTH-E6001", what, {
      fix: "pass --approve <environment>=<fingerprint> once for each environment",
      exitCode: 64,
    });
  const approvals = new Map<string, string>();
  const seen = new Set<string>();
  for (const flag of flags) {
    const [, environment, fingerprint] = /^([a-z][a-z0-9-]*)=(.*)$/s.exec(flag) ?? [];
    if (environment === undefined || fingerprint === undefined)
      throw usage(`--approve ${flag} contains no environment`);
    if (seen.has(environment)) throw usage(`--approve is set twice for ${environment}`);
    seen.add(environment);
    if (fingerprint === "") continue; // the plan failed or has no changes
    if (!isFingerprint(fingerprint)) throw usage(`--approve ${flag} contains no fingerprint`);
    approvals.set(environment, fingerprint);
  }
  return approvals;
}
