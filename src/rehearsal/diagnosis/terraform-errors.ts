import { apiErrorIn, failureOf } from "../../failures/index.ts";
import type { Diagnostic } from "../../terraform/index.ts";
import { createFinding } from "./failure-identification.ts";
import type { StallDetector } from "../control/stall-detector.ts";
import type { Finding } from "../result.ts";

/**
 * An error of Terraform as a finding. If the text of the provider contains an error code and message of the sandbox, the
 * finding's message consists of these two. The finding of a wait that the stall detector ended has the failure with which the wait
 * would have ended.
 */
export function terraformErrorOf(
  { summary, detail, address }: Diagnostic,
  stallDetector: Pick<StallDetector, "endedWait">,
): Finding {
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
  const message = error
    ? `${error.code}: ${error.message}`
    : [summary, detail].filter((part) => part !== "").join(": ");
  return createFinding(failureOf(text), {
    step: "Terraform",
    message,
    ...(error ? { isSandboxError: true } : {}),
    ...location,
  });
}
