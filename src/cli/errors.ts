import { type ErrorKind, errorKindOf, shortSummary } from "../failures/index.ts";
import { UserError, UserErrors } from "../shared/index.ts";
import { lockInfoIn, type StateLockInfo, type Outcome } from "../terraform/index.ts";
import { type Problem, unique } from "./host/host.ts";
import { type ScopeFlags, suggest, type SuggestedCommand } from "./suggested-command.ts";

type Suggest = (command: SuggestedCommand) => string;

/** Fixes for common kinds of errors. */
const FIXES: Readonly<Record<ErrorKind, (next: Suggest) => string>> = {
  "no-credentials": () =>
    "sign in (aws sso login, or AWS_PROFILE), or use --sandbox, which needs no account",
  "expired-credentials": () => "sign in again: the credentials have expired",
  "wrong-account": () =>
    "change the profile, or account in the config: the credentials belong to another account",
  "access-denied": () =>
    "add the permission in the message to the IAM principal of your credentials",
  "deletion-protection": (next) =>
    `set loadBalancer.deletionProtection to false, then run ${next("apply")} and ${next("destroy")}`,
  "repository-not-empty": (next) =>
    `delete the images; or set repository.forceDelete to true, then run ${next("apply")} and ${next("destroy")}`,
  "kms-key-denied": () =>
    "allow CloudWatch Logs to use the key for this log group in the key policy",
  "quota-reached": () =>
    "delete resources that are not needed, or request a higher quota from AWS: an account quota is exceeded",
  "already-exists": () => "choose another name, or import the resource with terraform import",
  "bucket-not-found": (next) => `run ${next("bootstrap")}, which creates the state bucket`,
  "not-implemented": () =>
    "remove the resource, or use an AWS account: the sandbox does not support this call",
};

export type StepOf = (address: string) => { readonly configPath: string } | undefined;

/** What the problems of a run refer to. */
export interface ProblemContext {
  readonly configFile: string;
  readonly stepOf: StepOf;
  readonly flags: ScopeFlags;
  /** The fix for a locked state. */
  readonly unlock: (lock: StateLockInfo) => string;
}

/** Converts Terraform's error diagnostics into problems, each with its address, config path and fix. */
export function problemsFromDiagnostics(
  { diagnostics }: Pick<Outcome, "diagnostics">,
  { configFile, stepOf, flags, unlock }: ProblemContext,
): Problem[] {
  return unique(diagnostics)
    .filter((diagnostic) => diagnostic.severity === "error")
    .map(({ summary, detail, address }) => {
      const path = address === undefined ? undefined : stepOf(address)?.configPath;
      const first = detail.split("\n\n")[0]?.replaceAll("\n", " ").trim() ?? "";
      const lock = lockInfoIn(detail);
      const kind = errorKindOf(`${summary} ${detail}`);
      const knownFix = kind && FIXES[kind]((command) => suggest(command, flags));
      const fix = lock ? unlock(lock) : knownFix;
      // oxlint-disable-next-line berth/text-decisions -- avoids printing the same text twice
      const isRepeated = first === "" || summary.includes(first);
      return {
        what: shortSummary(summary) + (isRepeated ? "" : `: ${first}`),
        ...(address === undefined ? {} : { where: address }),
        ...(path === undefined ? {} : { from: `${path} in ${configFile}` }),
        ...(fix === undefined ? {} : { fix }),
      };
    });
}

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
  // The stack is needed in a bug report.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    problems: [{ what: `internal error: ${stack}`, fix: "report this error to the Berth project" }],
    exitCode: 1,
  };
}

export function problemFromUserError({ message, code, where, fix }: UserError): Problem {
  return {
    what: message,
    code,
    ...(where === undefined ? {} : { where }),
    ...(fix === undefined ? {} : { fix }),
  };
}
