import type { CheckFinding } from "../engine/result.ts";

/** The id of the failure, or of the check for a finding without a failure. */
export const ruleIdOf = ({ id, check }: CheckFinding): string => id ?? check;

/** A finding with its fix in one line. */
export const findingText = ({ address, message, fix }: CheckFinding): string =>
  `${address}: ${message}${fix === "" ? "" : `. Fix: ${fix}`}`;
