import { markdownCode } from "../escape.ts";
import type { Action, PlannedChange } from "./changes.ts";
import { folded } from "./markdown.ts";
import { isIdle, type PlanReport } from "./report.ts";

const WORDS: readonly (readonly [Action, string])[] = [
  ["replace", "to replace"],
  ["delete", "to destroy"],
  ["create", "to create"],
  ["update", "to change"],
  ["forget", "to forget"],
];

/** The line by which an apply finds what was approved. It stands first, and `comment` alone moves it. */
const approval = (environment: string, fingerprint: string): string =>
  `<!-- berth:plan ${environment} ${fingerprint} -->`;

const APPROVAL = /^<!-- berth:plan (\S+) (berth\d+-[0-9a-f]{64}) -->$/;

/** A section without its first line, where that is an approval. */
export function takeApproval(section: string): { readonly line?: string; readonly rest: string } {
  const [first = ""] = section.split("\n", 1);
  return APPROVAL.test(first)
    ? { line: first, rest: section.slice(first.length + 1) }
    : { rest: section };
}

/** The fingerprint that the head of a comment holds for an environment. What comes further down is only text. */
export function fingerprintIn(comment: string, environment: string): string | undefined {
  const lines = comment.split("\n").slice(1);
  const end = lines.findIndex((line) => !APPROVAL.test(line));
  return lines
    .slice(0, Math.max(end, 0))
    .map((line) => APPROVAL.exec(line))
    .find((match) => match?.[1] === environment)?.[2];
}

function lineOf({ address, because, reason, movedFrom }: PlannedChange): string {
  const attributes =
    because.length === 0 ? [] : [`${because.map(markdownCode).join(", ")} cannot change in place`];
  const reasons = [...attributes, ...(reason === undefined ? [] : [reason])].join("; ");
  const moved = movedFrom === undefined ? "" : ` (was ${markdownCode(movedFrom)})`;
  return `- ${markdownCode(address)}${moved}${reasons === "" ? "" : `: ${reasons}`}`;
}

/** The resources by what would be done to them, the dangerous first. */
export function changeLines(changes: readonly PlannedChange[]): string[] {
  return WORDS.flatMap(([action, words]) => {
    const met = changes.filter((one) => one.action === action);
    return met.length === 0 ? [] : [`**${met.length} ${words}**`, "", ...met.map(lineOf), ""];
  });
}

/**
 * One environment's plan, as Markdown for a pull request and for a job's summary. The line that an apply looks for
 * comes first, so that a comment which must be cut keeps it.
 *
 * @param check the check's verdict, as Markdown
 */
export function sectionOf(report: PlanReport, check: string): string {
  const { name, environment, changes, outputs, fingerprint, text } = report;
  const idle = isIdle(report);
  return [
    approval(environment, fingerprint),
    `## ${name}: ${idle ? "nothing to do" : "plan"}`,
    "",
    ...changeLines(changes),
    ...(outputs === 0
      ? []
      : [`${outputs} ${outputs === 1 ? "output changes" : "outputs change"}`, ""]),
    `Fingerprint \`${fingerprint}\`: what is applied must have it.`,
    "",
    check,
    ...(idle ? [] : folded("The plan as Terraform shows it", text)),
  ].join("\n");
}
