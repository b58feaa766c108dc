import { isObject, type Json, jsonsOf, listOf, textOf } from "../plan/index.ts";
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
 * What Terraform would do with a resource, with the names of its plan output. `import` and `move` change only the state;
 * `read` reads a data source during the apply.
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

/** A resource that a plan would change. */
export interface PlannedChange {
  readonly address: string;
  readonly action: Action;
  /** Attributes that cannot change in place, as paths such as `cidr_block` or `ingress[0].from_port`. */
  readonly replacePaths: readonly string[];
  /** Why Terraform replaces the resource, if no attribute is the reason. */
  readonly replaceReason?: string;
  /** The previous address, if the resource moved. */
  readonly movedFrom?: string;
  /** Changed attributes with sensitive values. The values are not shown, and are not part of the fingerprint. */
  readonly sensitiveAttributes?: readonly string[];
}

/** Terraform's reasons for a replacement that no attribute causes. Source: Terraform docs, "JSON Output Format". */
const REPLACE_REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: "the resource is tainted: its creation failed",
  replace_by_request: "requested with -replace",
  replace_by_triggers: "a resource in replace_triggered_by changes",
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
  return isObject(change["importing"]) ? "import" : "move";
}

/** Attributes with a sensitive value that a change sets, changes or removes. An empty path means the whole resource. */
function sensitiveAttributesOf(change: Json): string[] {
  const sides = [beforeOf(change), afterOf(change)] as const;
  const paths = isUpdate(change)
    ? differencesOf(...sides).flatMap(({ path, before, after }) =>
        [before, after].flatMap((side) => sensitivePaths(side, path)),
      )
    : sides.flatMap((side) => sensitivePaths(side));
  return [...new Set(paths.map((path) => formatPath(pathKeys(path))))].sort();
}

/** The resources that a plan would change, sorted by address. */
export function changesOf(plan: unknown): PlannedChange[] {
  return jsonsOf(isObject(plan) ? plan["resource_changes"] : undefined)
    .flatMap((resource): PlannedChange[] => {
      const { change } = resource;
      const action = isObject(change) ? actionOf(resource, change) : undefined;
      if (!isObject(change) || action === undefined) return [];
      const replaceReason = REPLACE_REASONS[textOf(resource["action_reason"]) ?? ""];
      const movedFrom = textOf(resource["previous_address"]);
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
          ...(movedFrom === undefined ? {} : { movedFrom }),
          ...(sensitiveAttributes.length === 0 ? {} : { sensitiveAttributes }),
        },
      ];
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** The number of outputs that a plan would change. */
export const countChangedOutputs = (plan: unknown): number =>
  Object.values(
    isObject(plan) && isObject(plan["output_changes"]) ? plan["output_changes"] : {},
  ).filter(hasEffect).length;
