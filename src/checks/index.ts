import { rejectUndefined } from "../shared/index.ts";
import type { CheckOptions } from "./engine/evaluate.ts";
import type { CheckResult } from "./engine/result.ts";

export type { Question, Severity } from "./engine/check.ts";
export type { CheckOptions, Suppression } from "./engine/evaluate.ts";
export type {
  Answer,
  CheckFinding,
  CheckResult,
  MissingFact,
  PathStep,
  ServiceAnswers,
} from "./engine/result.ts";

/**
 * Checks whether the ECS services of a plan or a state can start, pull their image, write their logs, read their secrets and
 * receive their traffic. It applies nothing, runs no Terraform and sends no request to AWS. `check()` also reads files and folders.
 *
 * @param shown the output of `terraform show -json`, as text or parsed. Text keeps numbers that JavaScript rounds
 * @param name the name of the plan or state in errors. @default the plan or state
 * @throws UserError BERTH-E7001 if it is neither a plan nor a state, BERTH-E7002 for a suppression without a reason or an
 * expiry date; UserErrors, BERTH-E1005, for options that are present but undefined
 * @example
 * const { verdict, findings } = await checkPlan(execFileSync("terraform", ["show", "-json", "saved.tfplan"], { encoding: "utf8" }));
 */
export async function checkPlan(
  shown: string | object,
  options: CheckOptions = {},
  name = "the plan or state",
): Promise<CheckResult> {
  const [{ evaluateChecks }, { parsePlanJson }, { suppressionsIn }] = await Promise.all([
    import("./engine/evaluate.ts"),
    import("../plan/index.ts"),
    import("./engine/suppressions.ts"),
  ]);
  rejectUndefined(options, "the options of checkPlan()");
  const suppressions = suppressionsIn(options.suppressions ?? [], "the options of checkPlan()");
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const text = typeof shown === "string" ? shown : JSON.stringify(shown);
  return evaluateChecks(parsePlanJson(text, name), { ...options, suppressions, today });
}
