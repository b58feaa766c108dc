import { describe, expect, it } from "vitest";
import { problemsFromDiagnostics, problemsFromError } from "../../src/cli/errors.ts";

const context = {
  configFile: "berth.config.ts",
  stepOf: () => undefined,
  flags: { config: "berth.config.ts", env: "prod" },
  unlock: () => "",
};

describe("problems of Terraform", () => {
  it("suggest berth bootstrap if the state bucket does not exist", () => {
    const [problem] = problemsFromDiagnostics(
      {
        diagnostics: [
          {
            severity: "error",
            summary: "Error refreshing state",
            detail: "NoSuchBucket: The specified bucket does not exist",
          },
        ],
      },
      context,
    );
    expect(problem?.fix).toBe("run berth bootstrap --env prod, which creates the state bucket");
  });
});

describe("unexpected errors", () => {
  it("are internal errors with a stack", () => {
    const { problems, exitCode } = problemsFromError(new TypeError("x is undefined"));
    expect(exitCode).toBe(1);
    expect(problems[0]?.what).toMatch(/^internal error: TypeError: x is undefined\n +at /);
  });
});
