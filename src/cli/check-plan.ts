import type { CheckResult, CheckOptions } from "../checks/index.ts";
import type { ChecksOptions } from "../config/index.ts";
import type { Host } from "./host/host.ts";
import { paintFor } from "./host/paint.ts";
import type { Session } from "./terraform-workspace.ts";

/** The check options of a config, with the current date. */
export async function checkOptionsOf(
  { suppressions = [], isolated = false }: ChecksOptions = {},
  config: string,
): Promise<Required<Pick<CheckOptions, "suppressions" | "isolated" | "today">>> {
  const { suppressionsIn } = await import("../checks/engine/index.ts");
  return {
    suppressions: suppressionsIn(suppressions, `${config}: checks.suppressions`),
    isolated,
    today: new Date().toISOString().slice(0, 10),
  };
}

/** Checks the plan of a session, given as the output of `terraform show -json`. */
export async function checkPlan(
  plan: unknown,
  { plan: planFile, settings, configFile }: Pick<Session, "plan" | "settings" | "configFile">,
): Promise<CheckResult> {
  const [{ evaluateChecks }, { parsePlanJson }] = await Promise.all([
    import("../checks/engine/index.ts"),
    import("../plan/index.ts"),
  ]);
  return evaluateChecks(
    parsePlanJson(JSON.stringify(plan), planFile.path),
    await checkOptionsOf(settings.checks, configFile),
  );
}

/** The result as text, with colors if the host supports them. */
export async function checkReport(result: CheckResult, host: Host): Promise<string> {
  const { textOf } = await import("../checks/report/index.ts");
  return textOf(result, paintFor(host));
}
