import { isJson, type Json, jsonsOf, listOf, textOf } from "../plan/plan-json.ts";
import {
  hasEffect,
  afterOf,
  beforeOf,
  changesState,
  isRead,
  isUpdate,
} from "./fingerprint/fingerprint.ts";
import { differencesOf, formatPath, sensitivePaths, pathKeys } from "./fingerprint/values.ts";

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
  readonly replacePaths: readonly string[];
  /** Why it is replaced, where no attribute asks for it. */
  readonly replaceReason?: string;
  /** Where it was before, where it has moved. */
  readonly movedFrom?: string;
  /** Changed attributes whose values are sensitive: they are neither shown nor in the fingerprint. */
  readonly sensitiveAttributes?: readonly string[];
}

/** Terraform's reasons for a replacement that no attribute asks for. Source: Terraform docs, "JSON Output Format". */
const REPLACE_REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: "it is tainted: its creation failed half-way",
  replace_by_request: "it was asked for by -replace",
  replace_by_triggers: "replace_triggered_by names something that changes",
};

function actionOf(resource: Json, change: Json): Action | undefined {
  const actions = listOf(change["actions"]);
  if (hasEffect(change)) {
    if (actions.includes("create")) return actions.length > 1 ? "replace" : "create";
    if (actions.includes("delete")) return "delete";
    return actions.includes("forget") ? "forget" : "update";
  }
  if (isRead(change)) return "read";
  if (!changesState(resource, change)) return undefined;
  return isJson(change["importing"]) ? "import" : "move";
}

/** Attributes with a secret that a change sets, changes or removes; an empty text stands for the resource as a whole. */
function sensitiveAttributesOf(change: Json): string[] {
  const sides = [beforeOf(change), afterOf(change)] as const;
  const paths = isUpdate(change)
    ? differencesOf(...sides).flatMap(({ path, before, after }) =>
        [before, after].flatMap((side) => sensitivePaths(side, path)),
      )
    : sides.flatMap((side) => sensitivePaths(side));
  return [...new Set(paths.map((path) => formatPath(pathKeys(path))))].sort();
}

/** What a plan would do, resource by resource, in the order of the addresses. */
export function changesOf(plan: unknown): PlannedChange[] {
  return jsonsOf(isJson(plan) ? plan["resource_changes"] : undefined)
    .flatMap((resource): PlannedChange[] => {
      const { change } = resource;
      const action = isJson(change) ? actionOf(resource, change) : undefined;
      if (!isJson(change) || action === undefined) return [];
      const replaceReason = REPLACE_REASONS[textOf(resource["action_reason"]) ?? ""];
      const moved = textOf(resource["previous_address"]);
      const sensitiveAttributes = hasEffect(change) ? sensitiveAttributesOf(change) : [];
      return [
        {
          address: textOf(resource["address"]) ?? "",
          action,
          replacePaths:
            action === "replace"
              ? listOf(change["replace_paths"]).map((path) => formatPath(listOf(path)))
              : [],
          ...(action === "replace" && replaceReason !== undefined ? { replaceReason } : {}),
          ...(moved === undefined ? {} : { movedFrom: moved }),
          ...(sensitiveAttributes.length === 0 ? {} : { sensitiveAttributes }),
        },
      ];
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** How many outputs a plan would change. */
export const countChangedOutputs = (plan: unknown): number =>
  Object.values(
    isJson(plan) && isJson(plan["output_changes"]) ? plan["output_changes"] : {},
  ).filter(hasEffect).length;
