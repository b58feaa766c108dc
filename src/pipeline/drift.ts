import { isJson, jsonsOf, textOf } from "../plan/shown.ts";
import type { PlannedChange } from "./changes.ts";
import { acts } from "./fingerprint.ts";
import { ACTIONS_BOT, type GitHub } from "./github.ts";
import { changeLines, fenced } from "./section.ts";

/** What differs between what the configuration says and what is there. */
export interface Drift {
  readonly name: string;
  readonly environment: string;
  /** What Terraform would do about it. */
  readonly changes: readonly PlannedChange[];
  readonly outputs: number;
  /** Addresses that somebody has changed behind Terraform's back. */
  readonly outside: readonly string[];
  readonly fingerprint: string;
  /** The plan as Terraform shows it, without secrets. */
  readonly text: string;
}

/** Characters of the plan in an issue; GitHub takes 65,536 in all. */
const ROOM = 50_000;

const markOf = ({ name, environment }: Drift): string =>
  `<!-- berth:drift ${name} ${environment} -->`;

/** Addresses that a plan has found to be other than the state says, and that it would change. */
export function changedOutside(plan: unknown, changes: readonly PlannedChange[]): string[] {
  const planned = new Set(changes.map(({ address }) => address));
  return jsonsOf(isJson(plan) ? plan["resource_drift"] : undefined)
    .filter(({ change }) => acts(change))
    .map(({ address }) => textOf(address) ?? "")
    .filter((address) => planned.has(address))
    .sort();
}

export const isDrift = ({ changes, outputs }: Pick<Drift, "changes" | "outputs">): boolean =>
  changes.length > 0 || outputs > 0;

function bodyOf(drift: Drift): string {
  const { changes, outside, text, fingerprint } = drift;
  const shown = text.length > ROOM ? `${text.slice(0, ROOM)}\n… cut: the run has all of it` : text;
  return [
    markOf(drift),
    "What is there is not what the configuration says. Terraform would do this about it:",
    "",
    ...changeLines(changes),
    ...(outside.length === 0
      ? []
      : ["Changed behind Terraform's back:", "", ...outside.map((one) => `- \`${one}\``), ""]),
    "Apply the configuration, or bring it to what is there. This issue is kept current, and closed when nothing differs.",
    "",
    `Fingerprint \`${fingerprint}\`.`,
    "",
    "<details><summary>The plan as Terraform shows it</summary>",
    "",
    ...fenced(shown, "text"),
    "",
    "</details>",
    "",
  ].join("\n");
}

/** Opens, updates or closes the one issue that tells of a drift. */
export async function tellDrift(
  github: GitHub,
  drift: Drift,
  author: string = ACTIONS_BOT,
): Promise<{ readonly url?: string; readonly done: "opened" | "updated" | "closed" | "none" }> {
  const before = (await github.openIssues(author)).find((one) =>
    one.body.startsWith(markOf(drift)),
  );
  if (!isDrift(drift)) {
    if (!before) return { done: "none" };
    await github.comment(before.number, "Nothing differs any more.");
    return {
      url: (await github.editIssue(before.number, { state: "closed" })).url,
      done: "closed",
    };
  }
  const body = bodyOf(drift);
  if (!before) {
    const title = `Drift in ${drift.name} (${drift.environment})`;
    return { url: (await github.openIssue(title, body)).url, done: "opened" };
  }
  return { url: (await github.editIssue(before.number, { body })).url, done: "updated" };
}
