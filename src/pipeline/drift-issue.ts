import { markdownCode } from "../shared/escape.ts";
import { isJson, jsonsOf, textOf } from "../plan/plan-json.ts";
import { acts } from "./fingerprint/fingerprint.ts";
import { ACTIONS_BOT, type GitHub } from "./github.ts";
import { cut, folded, ROOM } from "./markdown.ts";
import { isIdle, type PlanReport } from "./report.ts";
import { changeLines } from "./report-section.ts";

/** What differs between what the configuration says and what is there. */
export interface Drift extends PlanReport {
  /** Path of the pipeline's workflow: two configs of one name have an issue each. */
  readonly workflow: string;
  /** Addresses that somebody has changed behind Terraform's back. */
  readonly outside: readonly string[];
}

const markOf = ({ workflow, name, environment }: Drift): string =>
  `<!-- berth:drift ${workflow} ${name} ${environment} -->`;

/** A plan's report, with what of it the plan has found to be other than the state says. */
export function driftOf(report: PlanReport, plan: unknown, workflow: string): Drift {
  const planned = new Set(report.changes.map(({ address }) => address));
  const outside = jsonsOf(isJson(plan) ? plan["resource_drift"] : undefined)
    .filter(({ change }) => acts(change))
    .map(({ address }) => textOf(address) ?? "")
    .filter((address) => planned.has(address))
    .sort();
  return { ...report, outside, workflow };
}

function bodyOf(drift: Drift): string {
  const { changes, outside, text, fingerprint } = drift;
  const body = [
    markOf(drift),
    "What is there is not what the configuration says. Terraform would do this about it:",
    "",
    ...changeLines(changes),
    ...(outside.length === 0
      ? []
      : [
          "Changed behind Terraform's back:",
          "",
          ...outside.map((value) => `- ${markdownCode(value)}`),
          "",
        ]),
    "Apply the configuration, or bring it to what is there. This issue is kept current, and closed when nothing differs.",
    "",
    ...(fingerprint === undefined ? [] : [`Fingerprint \`${fingerprint}\`.`, ""]),
    ...folded("The plan as Terraform shows it", text),
  ].join("\n");
  return cut(body, ROOM);
}

/** Opens, updates or closes the one issue that tells of a drift. */
export async function tellDrift(
  github: GitHub,
  drift: Drift,
  author: string = ACTIONS_BOT,
): Promise<{ readonly url?: string; readonly done: "opened" | "updated" | "closed" | "none" }> {
  const before = (await github.openIssues(author)).find((openIssue) =>
    openIssue.body.startsWith(markOf(drift)),
  );
  if (isIdle(drift)) {
    if (!before) return { done: "none" };
    await github.comment(before.id, "Nothing differs any more.");
    return {
      url: (await github.editIssue(before.id, { state: "closed" })).url,
      done: "closed",
    };
  }
  const body = bodyOf(drift);
  if (!before) {
    const title = `Drift in ${drift.name} (${drift.environment})`;
    return { url: (await github.openIssue(title, body)).url, done: "opened" };
  }
  return { url: (await github.editIssue(before.id, { body })).url, done: "updated" };
}
