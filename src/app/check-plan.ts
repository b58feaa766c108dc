import { evaluateChecks, suppressionsIn, withLocations } from "../checks/engine/index.ts";
import type { CheckOptions, CheckResult } from "../checks/index.ts";
import type { ChecksOptions } from "../config/index.ts";
import { parsePlanJson } from "../plan/index.ts";
import { configLocator } from "./config-locator.ts";
import type { Session } from "./terraform-workspace.ts";

/** The check options of a config, with the current date. */
export function checkOptionsOf(
  { suppressions = [], isolated = false }: ChecksOptions = {},
  config: string,
): Required<Pick<CheckOptions, "suppressions" | "isolated" | "today">> {
  return {
    suppressions: suppressionsIn(suppressions, `${config}: checks.suppressions`),
    isolated,
    today: new Date().toISOString().slice(0, 10),
  };
}

/** Checks the plan of a session, given as the output of `terraform show -json`. */
export function checkSessionPlan(
  plan: unknown,
  { plan: planFile, settings, configFile }: Pick<Session, "plan" | "settings" | "configFile">,
): CheckResult {
  const locate = configLocator(configFile, settings.environment);
  return withLocations(
    evaluateChecks(
      parsePlanJson(JSON.stringify(plan), planFile.path),
      checkOptionsOf(settings.checks, configFile),
    ),
    ({ address }) => locate(address),
  );
}
