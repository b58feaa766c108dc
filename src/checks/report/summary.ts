import { countOf } from "../../shared/index.ts";
import type { ServiceQuestion } from "../engine/result.ts";
import type { CheckFinding, CheckResult } from "../engine/result.ts";

/** The label of a question's answer: what its checks verify about a service. */
export const questionLabels: readonly (readonly [ServiceQuestion, string])[] = [
  ["start", "starts"],
  ["pull", "pulls its image"],
  ["logs", "writes its logs"],
  ["secrets", "reads its secrets"],
  ["traffic", "receives its traffic"],
  ["isolation", "is isolated from the internet"],
];

/**
 * The verdict in one line, with what was not checked, and the numbers of findings and missing facts.
 *
 * @example verdictLine(result); // fail (a plan of 41 resources; 2 errors)
 * @example verdictLine(result); // pass; web, nightly not checked (a plan of 41 resources)
 */
export function verdictLine({
  verdict,
  findings,
  missingFacts,
  resources,
  kind,
  unknownReason,
  notChecked = [],
}: CheckResult): string {
  const numberOf = (severity: CheckFinding["severity"]): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const criticalFacts = missingFacts.filter((fact) => fact.isCritical).length;
  const counts = (["error", "warning", "note"] as const)
    .filter((severity) => numberOf(severity) > 0)
    .map((severity) => countOf(numberOf(severity), severity));
  if (criticalFacts > 0) counts.push(`${countOf(criticalFacts, "fact")} missing`);
  // Next to another verdict the reason is a note, see noteOf.
  const reason = unknownReason === undefined || verdict !== "unknown" ? "" : `: ${unknownReason}`;
  const numbers = counts.length > 0 ? `; ${counts.join(", ")}` : "";
  const omitted = notChecked.length > 0 ? `; ${notChecked.join(", ")} not checked` : "";
  return `${verdict}${reason}${omitted} (a ${kind} of ${countOf(resources, "resource")}${numbers})`;
}

/** What the check could not answer although its verdict is fail, such as that there is no ECS service; undefined if nothing. */
export const noteOf = ({ verdict, unknownReason }: CheckResult): string | undefined =>
  verdict === "unknown" ? undefined : unknownReason;
