import { evaluateChecks, suppressionsIn, withLocations } from "../checks/engine/index.ts";
import type { CheckOptions, CheckResult } from "../checks/index.ts";
import type { ChecksOptions, Settings } from "../config/index.ts";
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

/** The services and jobs of configs whose foundations are checked. */
export function notCheckedIn(configs: readonly Settings[]): Pick<CheckResult, "notChecked"> {
  const notChecked = configs.flatMap(serviceNames);
  return notChecked.length === 0 ? {} : { notChecked };
}

/** Checks the plan of a session, given as the output of `terraform show -json`. */
export function checkSessionPlan(
  plan: unknown,
  { plan: planFile, settings, configFile }: Pick<Session, "plan" | "settings" | "configFile">,
): CheckResult {
  const locate = configLocator(configFile, settings.environment);
  const result = evaluateChecks(
    parsePlanJson(JSON.stringify(plan), planFile.path),
    checkOptionsOf(settings.checks, configFile),
  );
  return {
    ...withLocations(result, ({ address }) => locate(address)),
    ...notCheckedIn([settings]),
  };
}
