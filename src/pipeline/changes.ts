import { isJson, type Json, jsonsOf, listOf, textOf } from "../plan/plan-json.ts";
import {
  acts,
  afterOf,
  beforeOf,
  changesState,
  isRead,
  isUpdate,
} from "./fingerprint/fingerprint.ts";
import { differencesOf, pathText, sensitivePaths, stepsOfPath } from "./fingerprint/values.ts";

/**
 * What Terraform would do to a resource, in its own words. `import` and `move` change the state alone; `read` reads a
 * data source during the apply.
 */
export type Action =
  | "create"
  | "update"
  | "replace"
  | "delete"
  | "forget"
  | "import"
  | "move"
  | "read";

/** One resource that a plan would change. */
export interface PlannedChange {
  readonly address: string;
  readonly action: Action;
  /** Attributes that cannot change in place, as paths such as `cidr_block` or `ingress[0].from_port`. */
  readonly because: readonly string[];
  /** Why it is replaced, where no attribute asks for it. */
  readonly reason?: string;
  /** Where it was before, where it has moved. */
  readonly movedFrom?: string;
  /** Changed attributes whose values are sensitive: they are neither shown nor in the fingerprint. */
  readonly sensitive?: readonly string[];
}

/** Terraform's reasons for a replacement that no attribute asks for. Source: Terraform docs, "JSON Output Format". */
const REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: "it is tainted: its creation failed half-way",
  replace_by_request: "it was asked for by -replace",
  replace_by_triggers: "replace_triggered_by names something that changes",
};

function actionOf(resource: Json, change: Json): Action | undefined {
  const actions = listOf(change["actions"]);
  if (acts(change)) {
    if (actions.includes("create")) return actions.length > 1 ? "replace" : "create";
    if (actions.includes("delete")) return "delete";
    return actions.includes("forget") ? "forget" : "update";
  }
  if (isRead(change)) return "read";
  if (!changesState(resource, change)) return undefined;
  return isJson(change["importing"]) ? "import" : "move";
}

/** Attributes with a secret that a change sets, changes or removes; an empty text stands for the resource as a whole. */
function sensitiveIn(change: Json): string[] {
  const sides = [beforeOf(change), afterOf(change)] as const;
  const paths = isUpdate(change)
    ? differencesOf(...sides).flatMap(({ path, before, after }) =>
        [before, after].flatMap((side) => sensitivePaths(side, path)),
      )
    : sides.flatMap((side) => sensitivePaths(side));
  return [...new Set(paths.map((path) => pathText(stepsOfPath(path))))].sort();
}

/** What a plan would do, resource by resource, in the order of the addresses. */
export function changesOf(plan: unknown): PlannedChange[] {
  return jsonsOf(isJson(plan) ? plan["resource_changes"] : undefined)
    .flatMap((resource): PlannedChange[] => {
      const { change } = resource;
      const action = isJson(change) ? actionOf(resource, change) : undefined;
      if (!isJson(change) || action === undefined) return [];
      const reason = REASONS[textOf(resource["action_reason"]) ?? ""];
      const moved = textOf(resource["previous_address"]);
      const sensitive = acts(change) ? sensitiveIn(change) : [];
      return [
        {
          address: textOf(resource["address"]) ?? "",
          action,
          because:
            action === "replace"
              ? listOf(change["replace_paths"]).map((path) => pathText(listOf(path)))
              : [],
          ...(action === "replace" && reason !== undefined ? { reason } : {}),
          ...(moved === undefined ? {} : { movedFrom: moved }),
          ...(sensitive.length === 0 ? {} : { sensitive }),
        },
      ];
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** How many outputs a plan would change. */
export const outputsOf = (plan: unknown): number =>
  Object.values(
    isJson(plan) && isJson(plan["output_changes"]) ? plan["output_changes"] : {},
  ).filter(acts).length;
