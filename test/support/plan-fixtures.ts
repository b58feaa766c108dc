import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { type CheckOptions, evaluateChecks } from "../../src/checks/engine/evaluate.ts";
import { parsePlanJson } from "../../src/plan/plan-json.ts";
import type { SourceExpressions } from "../../src/plan/source-expressions.ts";

/** The plan, sources and state of one configuration that npm run fixtures has recorded. */
export interface RecordedConfiguration {
  readonly plan?: unknown;
  readonly sources?: SourceExpressions;
  readonly state?: unknown;
  /** Terraform's error, if there is no plan. */
  readonly refused?: string;
  /** The outcome of a rehearsal. */
  readonly outcome?: string;
}

/** The default account of the sandbox. */
const ACCOUNT = "111122223333";

/** The recorded configurations of a fixture file, by name. */
export function readFixture(name: string): Readonly<Record<string, RecordedConfiguration>> {
  const compressed = readFileSync(new URL(`../checks/fixtures/${name}.json.br`, import.meta.url));
  return JSON.parse(brotliDecompressSync(compressed).toString()) as Record<
    string,
    RecordedConfiguration
  >; // npm run fixtures wrote it
}

/** The check result of a recorded plan, with its sources if they are recorded. */
export const checkRecordedPlan = (
  { plan, sources }: RecordedConfiguration,
  options: CheckOptions = {},
): CheckResult =>
  evaluateChecks(parsePlanJson(JSON.stringify(plan), "a fixture"), {
    account: ACCOUNT,
    ...(sources === undefined ? {} : { sources }),
    ...options,
  });

/** The check result of a recorded state. */
export const checkRecordedState = (
  { state }: RecordedConfiguration,
  options: CheckOptions = {},
): CheckResult =>
  evaluateChecks(parsePlanJson(JSON.stringify(state), "a fixture"), {
    account: ACCOUNT,
    ...options,
  });
