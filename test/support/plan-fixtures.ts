import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { type CheckOptions, evaluateChecks } from "../../src/checks/engine/evaluate.ts";
import { parsePlanJson } from "../../src/plan/plan-json.ts";
import type { SourceExpressions } from "../../src/plan/source-expressions.ts";

/** What npm run fixtures has kept of one configuration. */
export interface Recorded {
  readonly plan?: unknown;
  readonly sources?: SourceExpressions;
  readonly state?: unknown;
  /** What Terraform said where it planned nothing. */
  readonly refused?: string;
  /** What a rehearsal came to. */
  readonly outcome?: string;
}

/** The account that the sandbox is, where nothing says another. */
const ACCOUNT = "111122223333";

export function recorded(name: string): Readonly<Record<string, Recorded>> {
  const packed = readFileSync(new URL(`../checks/fixtures/${name}.json.br`, import.meta.url));
  return JSON.parse(brotliDecompressSync(packed).toString()) as Record<string, Recorded>; // npm run fixtures wrote it
}

/** What the prover says of a plan, with its sources where they were kept. */
export const ofPlan = ({ plan, sources }: Recorded, options: CheckOptions = {}): CheckResult =>
  evaluateChecks(parsePlanJson(JSON.stringify(plan), "a fixture"), {
    account: ACCOUNT,
    ...(sources === undefined ? {} : { sources }),
    ...options,
  });

export const ofState = ({ state }: Recorded, options: CheckOptions = {}): CheckResult =>
  evaluateChecks(parsePlanJson(JSON.stringify(state), "a fixture"), {
    account: ACCOUNT,
    ...options,
  });
