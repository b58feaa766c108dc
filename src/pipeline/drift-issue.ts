import { markdownCode } from "../shared/index.ts";
import { isObject, jsonsOf, textOf } from "../plan/index.ts";
import { hasEffect } from "./fingerprint/fingerprint.ts";
import { ACTIONS_BOT, type GitHub } from "./github.ts";
import { truncate, collapsed, MAX_TEXT_LENGTH } from "./markdown.ts";
import { isEmptyPlan, type PlanReport } from "./report.ts";
import { changeLines } from "./report-section.ts";

/** The differences between the configuration and the account. */
export interface Drift extends PlanReport {
  /** Path of the pipeline's workflow. Two configs with the same name have separate issues. */
  readonly workflow: string;
  /** Addresses of resources that were changed outside of Terraform. */
  readonly changedOutsideTerraform: readonly string[];
}

const markerOf = ({ workflow, name, environment }: Drift): string =>
  `<!-- berth:drift ${workflow} ${name} ${environment} -->`;

/** A plan's report, with the resources whose attributes differ from the state. */
export function driftOf(report: PlanReport, plan: unknown, workflow: string): Drift {
  const planned = new Set(report.changes.map(({ address }) => address));
  const changedOutsideTerraform = jsonsOf(isObject(plan) ? plan["resource_drift"] : undefined)
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
    "The account differs from the configuration. Terraform would make these changes:",
    "",
    ...changeLines(changes),
    ...(changedOutsideTerraform.length === 0
      ? []
      : [
          "Changed outside of Terraform:",
          "",
          ...changedOutsideTerraform.map((value) => `- ${markdownCode(value)}`),
          "",
        ]),
    "To end the drift, apply the configuration, or change the configuration to match the account. Berth updates this issue, and closes it when there is no drift.",
    "",
    ...(fingerprint === undefined ? [] : [`Fingerprint \`${fingerprint}\`.`, ""]),
    ...collapsed("Terraform plan", text),
  ].join("\n");
  return truncate(body, MAX_TEXT_LENGTH);
}

/** Creates, updates or closes the issue that reports the drift of an environment. */
export async function updateDriftIssue(
  github: GitHub,
  drift: Drift,
  author: string = ACTIONS_BOT,
): Promise<{ readonly url?: string; readonly done: "opened" | "updated" | "closed" | "none" }> {
  const existing = (await github.listOpenIssues(author)).find((openIssue) =>
    openIssue.body.startsWith(markerOf(drift)),
  );
  if (isEmptyPlan(drift)) {
    if (!existing) return { done: "none" };
    await github.createComment(existing.id, "No drift: the account matches the configuration.");
    return {
      url: (await github.updateIssue(existing.id, { state: "closed" })).url,
      done: "closed",
    };
  }
  const body = bodyOf(drift);
  if (!existing) {
    const title = `Drift in ${drift.name} (${drift.environment})`;
    return { url: (await github.createIssue(title, body)).url, done: "opened" };
  }
  return { url: (await github.updateIssue(existing.id, { body })).url, done: "updated" };
}
