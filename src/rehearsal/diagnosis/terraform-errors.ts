import { apiErrorIn, failureOf } from "../../failures/index.ts";
import type { Diagnostic } from "../../terraform/index.ts";
import { createFinding } from "./failure-identification.ts";
import { STALLED_WAIT_CODE } from "../control/stall-detector.ts";
import type { Finding } from "../result.ts";

/**
 * An error of Terraform as a finding. If the text of the provider contains an error code and message of the sandbox, the
 * finding's message consists of these two.
 *
 * The code `RehearsalEndsWait` (STALLED_WAIT_CODE) means that `StallDetector` ended a wait. The finding then has the failure with
 * which the wait would have ended.
 */
export function terraformErrorOf({ summary, detail, address }: Diagnostic): Finding {
  const text = `${summary} ${detail}`;
  const error = apiErrorIn(text);
  const location = address === undefined ? {} : { address };
  if (error?.code === STALLED_WAIT_CODE) {
    const id = failureOf(error.message) ?? "SVC-12";
    return createFinding(id, {
      step: "Terraform",
      message: `${error.message} (Berth ended the wait: Terraform would repeat this call until its timeout)`,
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
