import { apiErrorIn, failureOf } from "../../failures/match-aws-error.ts";
import type { Diagnostic } from "../../terraform/events.ts";
import { finding } from "./failure-identification.ts";
import { ENDED } from "../control/stall-detector.ts";
import type { Finding } from "../result.ts";

/** An error of Terraform's as a finding: AWS's own code and words out of the provider's long sentence. */
export function terraformErrorOf({ summary, detail, address }: Diagnostic): Finding {
  const words = `${summary} ${detail}`;
  const error = apiErrorIn(words);
  const where = address === undefined ? {} : { where: address };
  if (error?.code === ENDED) {
    const id = failureOf(error.message) ?? "SVC-12";
    return finding(id, {
      step: "Terraform",
      message: `${error.message} (it would be tried until the timeout: nothing is to come that changes it)`,
      ...where,
    });
  }
  const said = error
    ? `${error.code}: ${error.message}`
    : [summary, detail].filter((part) => part !== "").join(": ");
  return finding(failureOf(words), { step: "Terraform", message: said, ...where });
}
