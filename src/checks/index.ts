import { rejectUndefined } from "../shared/reject-undefined.ts";
import type { CheckResult } from "./engine/result.ts";
import type { CheckOptions } from "./engine/evaluate.ts";

export type { Question, Severity } from "./engine/check.ts";
export type {
  Answer,
  CheckFinding,
  CheckResult,
  MissingFact,
  PathStep,
  ServiceAnswers,
} from "./engine/result.ts";
export type { CheckOptions, Suppression } from "./engine/evaluate.ts";

/**
 * Proves, refutes or leaves open that what a plan or a state describes will launch. Nothing is applied, and no account
 * is asked.
 *
 * @param shown what `terraform show -json` has printed, as text or parsed
 * @throws UserError BERTH-E7001 where it is neither a plan nor a state, BERTH-E7002 for a suppression without a reason or an
 * expiry date; UserErrors, BERTH-E1005, for options that are present but undefined
 * @example
 * const { verdict, findings } = await check(readFileSync("plan.json", "utf8"));
 */
export async function check(shown: unknown, options: CheckOptions = {}): Promise<CheckResult> {
  const [{ evaluateChecks }, { parsePlanJson }, { suppressionsIn }] = await Promise.all([
    import("./engine/evaluate.ts"),
    import("../plan/plan-json.ts"),
    import("./engine/suppressions.ts"),
  ]);
  rejectUndefined(options, "the options of check()");
  const suppressions = suppressionsIn(options.suppressions ?? [], "the options of check()");
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const text = typeof shown === "string" ? shown : JSON.stringify(shown);
  return evaluateChecks(parsePlanJson(text, "the plan or state"), {
    ...options,
    suppressions,
    today,
  });
}
