import type { RejectedPlan } from "../app/index.ts";
import type { Problem } from "./host/host.ts";

/**
 * The problem of a plan that does not have the approved fingerprint.
 *
 * @param command the command that applies the plan, without its options
 */
export const notApprovedProblem = (
  { fingerprint = "none" }: Pick<RejectedPlan, "fingerprint">,
  { approved, command }: { readonly approved: string | undefined; readonly command: string },
): Problem => ({
  what: `the plan differs from the approved plan; nothing was changed: approved ${approved}, now ${fingerprint}`,
  code: "BERTH-E8002",
  fix: `review the plan above, then approve it: pass its fingerprint to ${command} --approved, or open a new pull request`,
});
