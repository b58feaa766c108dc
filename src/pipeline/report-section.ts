import { markdownCode, markdownText } from "../shared/index.ts";
import type { Action, PlannedChange } from "./changes.ts";
import { collapsed } from "./markdown.ts";
import { isEmptyPlan, type PlanReport } from "./report.ts";

const ACTION_LABELS: readonly (readonly [Action, string])[] = [
  ["replace", "to replace"],
  ["delete", "to destroy"],
  ["create", "to create"],
  ["update", "to change"],
  ["forget", "to forget"],
  ["import", "to import"],
  ["move", "to move in the state"],
  ["read", "to read during the apply"],
];

function lineOf({ address, replacePaths, replaceReason, movedFrom }: PlannedChange): string {
  const attributes =
    replacePaths.length === 0
      ? []
      : [`${replacePaths.map(markdownCode).join(", ")} cannot change in place`];
  const reasons = [...attributes, ...(replaceReason === undefined ? [] : [replaceReason])].join(
    "; ",
  );
  const moved = movedFrom === undefined ? "" : ` (was ${markdownCode(movedFrom)})`;
  return `- ${markdownCode(address)}${moved}${reasons === "" ? "" : `: ${reasons}`}`;
}

/** The changed resources, grouped by action. The most dangerous actions come first. */
export function changeLines(changes: readonly PlannedChange[]): string[] {
  return ACTION_LABELS.flatMap(([action, label]) => {
    const matching = changes.filter((change) => change.action === action);
    return matching.length === 0
      ? []
      : [`**${matching.length} ${label}**`, "", ...matching.map(lineOf), ""];
  });
}

/** Changed attributes that a reviewer cannot see: their values are not in the plan's text, and not in its fingerprint. */
function sensitiveLines(changes: readonly PlannedChange[]): string[] {
  const hidden = changes.flatMap(({ address, sensitiveAttributes = [] }) => {
    const attributes = sensitiveAttributes.map((path) =>
      path === "" ? "all attributes" : markdownCode(path),
    );
    return attributes.length === 0 ? [] : [`- ${markdownCode(address)}: ${attributes.join(", ")}`];
  });
  return hidden.length === 0
    ? []
    : ["**Sensitive values, neither shown nor part of the fingerprint**", "", ...hidden, ""];
}

/**
 * The plan of an environment, as Markdown for a pull request and for a job's summary.
 *
 * @param check the result of the check, as Markdown
 */
export const sectionOf = (report: PlanReport, check: string): string =>
  planSection(report, [...fingerprintLines(report, "applies"), check]);

/**
 * The plan of a service or job, as Markdown.
 *
 * @param purpose an approval names the fingerprint that is deployed; a preview is the plan of a pull request, whose image does
 * not exist yet
 */
export const serviceSectionOf = (report: PlanReport, purpose: "approval" | "preview"): string =>
  planSection(
    report,
    purpose === "approval"
      ? fingerprintLines(report, "deploys")
      : ["After the merge, the service is planned again with the image of the commit.", ""],
  );

/**
 * The section of a service that cannot be planned, because its foundation must be applied first.
 *
 * @param name the foundation and the service, such as shop/web
 * @param reason what the foundation does not have yet
 */
export const pendingSectionOf = (name: string, reason: string): string =>
  [
    `## ${name}: not planned yet`,
    "",
    `${markdownText(reason)}. After the merge, the foundation is applied, and then the service is planned.`,
    "",
  ].join("\n");

const fingerprintLines = ({ fingerprint }: PlanReport, verb: "applies" | "deploys"): string[] =>
  fingerprint === undefined
    ? []
    : [`Fingerprint \`${fingerprint}\`. Berth ${verb} only a plan with this fingerprint.`, ""];

function planSection(report: PlanReport, details: readonly string[]): string {
  const { name, changes, outputs, text } = report;
  const isEmpty = isEmptyPlan(report);
  return [
    `## ${name}: ${isEmpty ? "no changes" : "plan"}`,
    "",
    ...changeLines(changes),
    ...(outputs === 0
      ? []
      : [`${outputs} ${outputs === 1 ? "output changes" : "outputs change"}`, ""]),
    ...sensitiveLines(changes),
    ...details,
    ...(isEmpty ? [] : collapsed("Terraform plan", text)),
  ].join("\n");
}
