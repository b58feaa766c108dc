import { locationText } from "../../shared/index.ts";
import type { CheckFinding } from "../engine/result.ts";

/** The id of the failure, or of the check for a finding without a failure. */
export const ruleIdOf = ({ id, check }: CheckFinding): string => id ?? check;

/** A finding with its fix in one line. */
export const findingText = ({ address, message, fix }: CheckFinding): string =>
  `${address}: ${message}${fix === "" ? "" : `. Fix: ${fix}`}`;

/** A finding with its location and its fix in one line. */
export const locatedText = (finding: CheckFinding): string =>
  `${finding.location === undefined ? "" : `${locationText(finding.location)}: `}${findingText(finding)}`;
