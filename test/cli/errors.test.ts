import { describe, expect, it } from "vitest";
import { problemsFromError } from "../../src/cli/errors.ts";

describe("unexpected errors", () => {
  it("are internal errors with a stack", () => {
    const { problems, exitCode } = problemsFromError(new TypeError("x is undefined"));
    expect(exitCode).toBe(1);
    expect(problems[0]?.code).toBe("BERTH-E0001");
    expect(problems[0]?.what).toMatch(/^internal error: TypeError: x is undefined\n +at /);
  });
});
