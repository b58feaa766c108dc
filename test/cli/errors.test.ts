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

describe("errors of the file system", () => {
  /** An error as Node.js creates it. */
  const systemError = (code: string): Error =>
    Object.assign(new Error(`${code}: text, open 'plan.json'`), { code, path: "plan.json" });

  it.for([
    ["EACCES", "permission denied", "change the permissions of the path"],
    [
      "EROFS",
      "the file system is read-only",
      "choose a path on another file system, or make this one writable",
    ],
    ["ENOSPC", "no space is left on the disk", "free space on the disk"],
  ] as const)("are explained: %s", ([code, cause, fix]) => {
    expect(problemsFromError(systemError(code))).toEqual({
      problems: [
        {
          what: `cannot access plan.json: ${cause}`,
          code: "BERTH-E6016",
          fix,
        },
      ],
      exitCode: 1,
    });
  });

  it("are internal errors if Berth itself may be the cause", () => {
    expect(problemsFromError(systemError("ENOENT")).problems[0]?.code).toBe("BERTH-E0001");
  });
});
