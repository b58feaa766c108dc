import { awsErrorsOf, failures, type FailureId, sourceTextOf } from "../../failures/index.ts";
import { checks, type Check } from "../../checks/engine/index.ts";
import { nearestSuggestion } from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";

const isFailure = (id: string): id is FailureId => id in failures;

const checkText = ({ id, title, severity, ids, explanation, sources }: Check): string =>
  [
    `${id}: ${title}`,
    "",
    explanation,
    "",
    `severity  ${severity}`,
    ...sources.map((source) => `source    ${source}`),
    ...ids.map((value) => `${value.padEnd(8)}  ${failures[value].title}`),
  ].join("\n");

function failureText(id: FailureId): string {
  const by = checks.filter((check) => check.ids.includes(id));
  return [
    `${id}: ${failures[id].title}`,
    "",
    `fix       ${failures[id].fix}`,
    `found by  ${by.length === 0 ? "berth rehearse only" : by.map((check) => check.id).join(", ")}`,
    ...awsErrorsOf(id).flatMap(({ text, source }) => [
      `AWS error ${text}`,
      `source    ${sourceTextOf(source)}`,
    ]),
  ].join("\n");
}

/** Suggests a similar ID. The list of all IDs is too long for an error message. */
function suggestionFor(id: string): string {
  const names = [...Object.keys(failures), ...checks.map((check) => check.id)];
  const suggestion = nearestSuggestion(/^[a-z]+-\d+$/i.test(id) ? id.toUpperCase() : id, names);
  return suggestion.length < 80
    ? suggestion
    : "use an ID from the output of berth check, or see docs/reference/checks.md";
}

export interface ExplainFlags {
  /** The ID of a check or a failure. */
  readonly id: string;
}

/** Explains a check or a failure. */
export async function run({ id }: ExplainFlags, host: Host): Promise<ExitCode> {
  const failure = id.toUpperCase();
  const check = checks.find((otherCheck) => otherCheck.id === id);
  if (isFailure(failure))
    host.result(failureText(failure), {
      id: failure,
      ...failures[failure],
      awsErrors: awsErrorsOf(failure).map(({ text, source }) => ({
        text,
        source: sourceTextOf(source),
      })),
    });
  else if (check) {
    const { title, severity, ids, explanation, sources } = check;
    host.result(checkText(check), { id, title, severity, ids, explanation, sources });
  } else {
    throw new UserError("BERTH-E6006", `there is no check or failure "${id}"`, {
      fix: suggestionFor(id),
      exitCode: 64,
    });
  }
  return 0;
}
