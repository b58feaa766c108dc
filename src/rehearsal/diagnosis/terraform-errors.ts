import { apiErrorIn, failureOf } from "../../failures/index.ts";
import type { Diagnostic } from "../../terraform/index.ts";
import { createFinding } from "./failure-identification.ts";
import { STALLED_WAIT_CODE } from "../control/stall-detector.ts";
import type { Finding } from "../result.ts";

/**
 * An error of Terraform as a finding, with the error code and message of AWS out of the text of the provider.
 *
 * The code `RehearsalEndsWait` (STALLED_WAIT_CODE) is not from AWS: `StallDetector` ended a wait with it. The finding then
 * names the failure that the wait would end in.
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
    ...(error ? { isAwsError: true } : {}),
    ...location,
  });
}
