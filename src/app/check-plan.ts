import { evaluateChecks, suppressionsIn, withLocations } from "../checks/engine/index.ts";
import type { CheckOptions, CheckResult } from "../checks/index.ts";
import type { ChecksOptions } from "../config/index.ts";
import { parsePlanJson } from "../plan/index.ts";
import { configLocator } from "./config-locator.ts";
import { serviceNames } from "./service-target.ts";
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

/** Checks the plan of a foundation, given as the output of `terraform show -json`. Its services and jobs have other plans. */
export function checkSessionPlan(
  plan: unknown,
  { plan: planFile, settings, configFile }: Pick<Session, "plan" | "settings" | "configFile">,
): CheckResult {
  const locate = configLocator(configFile, settings.environment);
  const result = evaluateChecks(
    parsePlanJson(JSON.stringify(plan), planFile.path),
    checkOptionsOf(settings.checks, configFile),
  );
  const notChecked = serviceNames(settings);
  return {
    ...withLocations(result, ({ address }) => locate(address)),
    ...(notChecked.length === 0 ? {} : { notChecked }),
  };
}
