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
import { expect } from "vitest";
import type { CheckResult } from "./checks/index.ts";
import { textOf as checkText } from "./checks/report/index.ts";
import { textOf as rehearsalText } from "./rehearsal/report/index.ts";
import type { Rehearsal } from "./rehearsal/index.ts";

interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

expect.extend({
  toLaunch(received: Rehearsal | CheckResult): MatcherResult {
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
     * Passes for the verdict `pass`. In a rehearsal every service runs, every request gets a response and every phase passes.
     * In a check of a plan no check fails and no critical fact is missing.
     */
    toLaunch(): T;
  }
}
