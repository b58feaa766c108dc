import { failureOf } from "../aws/failures.ts";
import type { Diagnostic } from "../terraform/events.ts";
import { finding } from "./identify.ts";
import { ENDED } from "./patience.ts";
import type { Finding } from "./verdicts.ts";

/** An error of Terraform's as a finding: AWS's own code and words out of the provider's long sentence. */
export function refusalOf({ summary, detail, address }: Diagnostic): Finding {
  const words = `${summary} ${detail}`;
  const [, code = "", message = ""] =
    /RequestID: [\w-]*, (?:api error )?([\w.]+): (.*)$/s.exec(words) ?? [];
  const where = address === undefined ? {} : { where: address };
  if (code === ENDED) {
    const id = failureOf(message) ?? "SVC-12";
    return finding(id, {
      step: "Terraform",
      says: `${message.trim()} (it would be tried until the timeout: nothing is to come that changes it)`,
      ...where,
    });
  }
  const said =
    code === ""
      ? [summary, detail].filter((part) => part !== "").join(": ")
      : `${code}: ${message.trim()}`;
  return finding(failureOf(words), { step: "Terraform", says: said, ...where });
}
