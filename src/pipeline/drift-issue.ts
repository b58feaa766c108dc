import { markdownCode } from "../shared/escape.ts";
import { isJson, jsonsOf, textOf } from "../plan/plan-json.ts";
import { hasEffect } from "./fingerprint/fingerprint.ts";
import { ACTIONS_BOT, type GitHub } from "./github.ts";
import { truncate, collapsed, MAX_TEXT_LENGTH } from "./markdown.ts";
import { isEmptyPlan, type PlanReport } from "./report.ts";
import { changeLines } from "./report-section.ts";

/** What differs between what the configuration says and what is there. */
export interface Drift extends PlanReport {
  /** Path of the pipeline's workflow: two configs of one name have an issue each. */
  readonly workflow: string;
  /** Addresses that somebody has changed behind Terraform's back. */
  readonly changedOutsideTerraform: readonly string[];
}

const markerOf = ({ workflow, name, environment }: Drift): string =>
  `<!-- berth:drift ${workflow} ${name} ${environment} -->`;

/** A plan's report, with what of it the plan has found to be other than the state says. */
export function driftOf(report: PlanReport, plan: unknown, workflow: string): Drift {
  const planned = new Set(report.changes.map(({ address }) => address));
  const changedOutsideTerraform = jsonsOf(isJson(plan) ? plan["resource_drift"] : undefined)
    .filter(({ change }) => hasEffect(change))
    .map(({ address }) => textOf(address) ?? "")
    .filter((address) => planned.has(address))
    .sort();
  return { ...report, changedOutsideTerraform, workflow };
}

function bodyOf(drift: Drift): string {
  const { changes, changedOutsideTerraform, text, fingerprint } = drift;
  const body = [
    markerOf(drift),
    "What is there is not what the configuration says. Terraform would do this about it:",
    "",
    ...changeLines(changes),
    ...(changedOutsideTerraform.length === 0
      ? []
      : [
          "Changed behind Terraform's back:",
          "",
          ...changedOutsideTerraform.map((value) => `- ${markdownCode(value)}`),
          "",
        ]),
    "Apply the configuration, or bring it to what is there. This issue is kept current, and closed when nothing differs.",
    "",
    ...(fingerprint === undefined ? [] : [`Fingerprint \`${fingerprint}\`.`, ""]),
    ...collapsed("The plan as Terraform shows it", text),
  ].join("\n");
  return truncate(body, MAX_TEXT_LENGTH);
}

/** Opens, updates or closes the one issue that tells of a drift. */
export async function updateDriftIssue(
  github: GitHub,
  drift: Drift,
  author: string = ACTIONS_BOT,
): Promise<{ readonly url?: string; readonly done: "opened" | "updated" | "closed" | "none" }> {
  const before = (await github.listOpenIssues(author)).find((openIssue) =>
    openIssue.body.startsWith(markerOf(drift)),
  );
  if (isEmptyPlan(drift)) {
    if (!before) return { done: "none" };
    await github.createComment(before.id, "Nothing differs any more.");
    return {
      url: (await github.updateIssue(before.id, { state: "closed" })).url,
      done: "closed",
    };
  }
  const body = bodyOf(drift);
  if (!before) {
    const title = `Drift in ${drift.name} (${drift.environment})`;
    return { url: (await github.createIssue(title, body)).url, done: "opened" };
  }
  return { url: (await github.updateIssue(before.id, { body })).url, done: "updated" };
}
