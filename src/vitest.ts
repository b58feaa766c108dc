/**
 * A matcher for Vitest: `expect(await rehearse({ dir })).toLaunch()`, `expect(await check(plan)).toLaunch()`.
 *
 * @module
 * @example
 * import "berth/vitest";
 * import { rehearse } from "berth";
 * import { expect, it } from "vitest";
 *
 * it("pass", async () => {
 *   expect(await rehearse({ dir: "infrastructure" })).toLaunch();
 * }, 300_000);
 */
import { expect } from "vitest";
import type { CheckResult } from "./checks/engine/result.ts";
import { textOf as wordsOfCheck } from "./checks/report/text.ts";
import type { Rehearsal } from "./rehearsal/result.ts";
import { textOf } from "./rehearsal/report/text.ts";

interface Outcome {
  readonly pass: boolean;
  message(): string;
}

expect.extend({
  toLaunch(received: Rehearsal | CheckResult): Outcome {
    const isCheck = "missingFacts" in received;
    const pass = received.verdict === "pass";
    return {
      pass,
      message: () =>
        `expected it ${pass ? "not " : ""}to launch\n\n${isCheck ? wordsOfCheck(received) : textOf(received)}`,
    };
  },
});

declare module "vitest" {
  // Vitest's own type parameters, by its documentation on extending matchers.
  interface Matchers<T> {
    /** Whether everything pass: every service runs, every request is answered, every phase passes; of a check, everything is proved. */
    toLaunch(): T;
  }
}
