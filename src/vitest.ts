/// <reference types="node" preserve="true" />
/**
 * A matcher for Vitest: `expect(await rehearse({ dir })).toLaunch()`, `expect(await check("infra")).toLaunch()`.
 *
 * @module
 * @example
 * import "berth-ecs/vitest";
 * import { rehearse } from "berth-ecs";
 * import { expect, it } from "vitest";
 *
 * it("launches", async () => {
 *   expect(await rehearse({ dir: "infrastructure" })).toLaunch();
 * }, 300_000);
 */
import { types } from "node:util";
import { expect } from "vitest";
import type { CheckResult } from "./checks/index.ts";
import { textOf as checkText } from "./checks/report/index.ts";
import { textOf as rehearsalText } from "./rehearsal/report/index.ts";
import type { Rehearsal } from "./rehearsal/index.ts";

interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

const isResult = (value: unknown): value is Rehearsal | CheckResult =>
  typeof value === "object" &&
  value !== null &&
  "verdict" in value &&
  ("missingFacts" in value || "phases" in value);

/** What a wrong argument of the matcher is, and what to write instead. */
function describe(value: unknown): string {
  if (types.isPromise(value)) return "a promise: write expect(await …)";
  if (typeof value === "string")
    return "a string: write expect(await check(…)) with this folder or file";
  if (typeof value !== "object" || value === null) return String(value);
  if ("check" in value) return "the result of plan(): pass its member check";
  if ("resource_changes" in value || "planned_values" in value)
    return "a plan: write expect(await checkPlan(…)) with it";
  return `an object with ${Object.keys(value).length === 0 ? "no keys" : `the keys ${Object.keys(value).slice(0, 5).join(", ")}`}`;
}

expect.extend({
  toLaunch(received: unknown): MatcherResult {
    if (!isResult(received))
      // A failed expectation would pass with .not.
      throw new TypeError(
        `toLaunch() requires the result of check(), checkPlan() or rehearse(); it received ${describe(received)}`,
      );
    const pass = received.verdict === "pass";
    return {
      pass,
      message: () => {
        const report = "missingFacts" in received ? checkText(received) : rehearsalText(received);
        return `expected the configuration ${pass ? "not " : ""}to launch\n\n${report}`;
      },
    };
  },
});

declare module "vitest" {
  // Vitest documents these type parameters in “Extending Matchers”.
  interface Matchers<T> {
    /**
     * Passes for the verdict `pass`. In a rehearsal every service runs, every request that was sent gets a response and every phase passes.
     * In a check of a plan no check fails and no critical fact is missing.
     */
    toLaunch(): T;
  }
}
