import { fileSystemProblem, UserError, UserErrors } from "../shared/index.ts";
import type { Problem } from "./host/host.ts";

/** Converts a thrown value into problems and an exit code. */
export function problemsFromError(error: unknown): {
  readonly problems: Problem[];
  readonly exitCode: number;
} {
  if (error instanceof UserErrors) {
    return {
      problems: error.errors.map(problemFromUserError),
      exitCode: error.errors[0]?.exitCode ?? 1,
    };
  }
  if (error instanceof UserError)
    return { problems: [problemFromUserError(error)], exitCode: error.exitCode };
  const problem = fileSystemProblem(error);
  if (problem !== undefined)
    return {
      problems: [
        {
          what: `cannot access ${problem.path}: ${problem.cause}`,
          code: "BERTH-E6016",
          fix: problem.fix,
        },
      ],
      exitCode: 1,
    };
  // The stack is needed in a bug report.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    problems: [
      {
        what: `internal error: ${stack}`,
        code: "BERTH-E0001",
        fix: "report this error to the Berth project",
      },
    ],
    exitCode: 1,
  };
}

export const problemFromUserError = ({ message, code, where, from, fix }: UserError): Problem => ({
  what: message,
  code,
  ...(where === undefined ? {} : { where }),
  ...(from === undefined ? {} : { from }),
  ...(fix === undefined ? {} : { fix }),
});

/** A result in the JSON output: the problems of an error take the place of the error. */
export type DataOf<Result> = Result extends unknown
  ? {
      readonly [Key in keyof Result]: Result[Key] extends Error | undefined
        ? readonly Problem[]
        : Result[Key];
    }
  : never;

/** Replaces each error of a result by its problems. */
export const dataOf = <Result extends object>(result: Result): DataOf<Result> =>
  Object.fromEntries(
    Object.entries(result).map(([key, value]: [string, unknown]) => [
      key,
      value instanceof Error ? problemsFromError(value).problems : value,
    ]),
  ) as DataOf<Result>; // the keys stay
