import type { SourceLocation } from "../../shared/index.ts";
import type { CheckFinding, CheckResult } from "./result.ts";

/** A result in which each finding has the location that a function returns, if it returns one. */
export function withLocations<Result extends CheckResult>(
  result: Result,
  locationOf: (finding: CheckFinding) => SourceLocation | undefined,
): Result {
  const located = <Finding extends CheckFinding>(finding: Finding): Finding => {
    const location = locationOf(finding);
    return location === undefined ? finding : { ...finding, location };
  };
  return {
    ...result,
    findings: result.findings.map(located),
    suppressed: result.suppressed.map(located),
  };
}
