import { existsSync } from "node:fs";
import { join } from "node:path";
import { apiErrorIn, failureOf, requiredVariableIn } from "../../failures/index.ts";
import { locationPath, type SourceLocation } from "../../shared/index.ts";
import type { Diagnostic } from "../../terraform/index.ts";
import { createFinding } from "./failure-identification.ts";
import type { StallDetector } from "../control/stall-detector.ts";
import type { Finding } from "../result.ts";

/** How to correct the error of Terraform for a variable without a value. */
export const requiredVariableFix = (variable: string): string =>
  `pass --var ${variable}=<value>, or --var-file <file>`;

/**
 * The line of a problem in the files of the user; undefined if it is in none of them, such as in a file that Berth adds to the copy.
 *
 * @param folder the original folder of the root module
 */
export function locationOf({ location }: Diagnostic, folder: string): SourceLocation | undefined {
  const file = location && join(folder, location.file);
  return location && file !== undefined && existsSync(file)
    ? { file: locationPath(file), line: location.line }
    : undefined;
}

/**
 * An error of Terraform as a finding. If the text of the provider contains an error code and message of the sandbox, the
 * finding's message consists of these two. The finding of a wait that the stall detector ended has the failure with which the wait
 * would have ended.
 *
 * @param folder the original folder of the root module, for the line of an error in its configuration
 */
export function terraformErrorOf(
  diagnostic: Diagnostic,
  stallDetector: Pick<StallDetector, "endedWait">,
  folder?: string,
): Finding {
  const { summary, detail, address } = diagnostic;
  const text = `${summary} ${detail}`;
  const error = apiErrorIn(text);
  const location = address === undefined ? {} : { address };
  const wait = error && stallDetector.endedWait(error.code);
  if (wait) {
    return createFinding(wait.failure ?? failureOf(wait.message), {
      step: "Terraform",
      message: `${wait.message} (Berth ended the wait: Terraform would repeat this call until its timeout)`,
      ...location,
    });
  }
  const source = folder === undefined ? undefined : locationOf(diagnostic, folder);
  const variable = requiredVariableIn(detail);
  const message = error
    ? `${error.code}: ${error.message}`
    : [summary, detail].filter((part) => part !== "").join(": ");
  const finding = createFinding(failureOf(text), {
    step: "Terraform",
    message,
    ...(error ? { isSandboxError: true } : {}),
    ...location,
    ...(source ? { location: source } : {}),
  });
  return variable === undefined ? finding : { ...finding, fix: requiredVariableFix(variable) };
}
