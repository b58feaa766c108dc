import { styleText } from "node:util";
import type { CheckResult } from "../checks/engine/result.ts";
import type { CheckOptions } from "../checks/engine/evaluate.ts";
import type { Paint } from "../checks/report/text.ts";
import type { ChecksOptions } from "../config/options.ts";
import type { Host } from "./host/host.ts";
import type { Session } from "./terraform-session.ts";

/** How a config wants to be checked, today. */
export async function checksBy(
  { suppressions = [], isolated = false }: ChecksOptions = {},
  config: string,
): Promise<Required<Pick<CheckOptions, "suppressions" | "isolated" | "today">>> {
  const { suppressionsIn } = await import("../checks/engine/suppressions.ts");
  return {
    suppressions: suppressionsIn(suppressions, `${config}: checks.suppressions`),
    isolated,
    today: new Date().toISOString().slice(0, 10),
  };
}

/** Checks the plan of a session, as `terraform show -json` says it. */
export async function checkPlan(
  plan: unknown,
  { plan: planFile, settings, configFile }: Pick<Session, "plan" | "settings" | "configFile">,
): Promise<CheckResult> {
  const [{ evaluateChecks }, { parsePlanJson }] = await Promise.all([
    import("../checks/engine/evaluate.ts"),
    import("../plan/plan-json.ts"),
  ]);
  return evaluateChecks(
    parsePlanJson(JSON.stringify(plan), planFile.path),
    await checksBy(settings.checks, configFile),
  );
}

/** The result as text, coloured as the host likes it. */
export async function wordsFor(result: CheckResult, host: Host): Promise<string> {
  const { textOf } = await import("../checks/report/text.ts");
  const paint: Paint = (color, words) =>
    host.hasColor ? styleText(color, words, { validateStream: false }) : words;
  return textOf(result, paint);
}
