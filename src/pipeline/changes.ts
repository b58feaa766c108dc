import { isJson, jsonsOf, listOf, textOf } from "../plan/shown.ts";
import { acts } from "./fingerprint.ts";

/** What Terraform would do to a resource, in its own words. */
export type Action = "create" | "update" | "replace" | "delete" | "forget";

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
}

/** Terraform's reasons for a replacement that no attribute asks for. Source: Terraform docs, "JSON Output Format". */
const REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: "it is tainted: its creation failed half-way",
  replace_by_request: "it was asked for by -replace",
  replace_by_triggers: "replace_triggered_by names something that changes",
};

function actionOf(actions: readonly string[]): Action {
  if (actions.includes("create")) return actions.length > 1 ? "replace" : "create";
  if (actions.includes("delete")) return "delete";
  return actions.includes("forget") ? "forget" : "update";
}

const pathText = (path: unknown): string =>
  listOf(path).reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");

/** What a plan would do, resource by resource, in the order of the addresses. */
export function changesOf(plan: unknown): PlannedChange[] {
  return jsonsOf(isJson(plan) ? plan["resource_changes"] : undefined)
    .flatMap((one): PlannedChange[] => {
      const { change } = one;
      if (!acts(change)) return [];
      const action = actionOf(listOf(change["actions"]).filter((item) => typeof item === "string"));
      const reason = REASONS[textOf(one["action_reason"]) ?? ""];
      const moved = textOf(one["previous_address"]);
      return [
        {
          address: textOf(one["address"]) ?? "",
          action,
          because: action === "replace" ? listOf(change["replace_paths"]).map(pathText) : [],
          ...(action === "replace" && reason !== undefined ? { reason } : {}),
          ...(moved === undefined ? {} : { movedFrom: moved }),
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
