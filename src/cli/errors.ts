import { type ErrorKind, errorKindOf, shortSummary } from "../failures/match-aws-error.ts";
import { UserError, UserErrors } from "../shared/errors.ts";
import { lockInfoIn, type StateLockInfo } from "../terraform/state-lock.ts";
import type { Outcome } from "../terraform/terraform.ts";
import { type Problem, unique } from "./host/host.ts";
import { type ScopeFlags, suggest, type SuggestedCommand } from "./suggested-command.ts";

type Suggest = (command: SuggestedCommand) => string;

/** What to do about errors that people meet often. */
const HINTS: Readonly<Record<ErrorKind, (next: Suggest) => string>> = {
  "no-credentials": () =>
    "sign in (aws sso login, or AWS_PROFILE), or try it without an account: --sandbox",
  "expired-credentials": () => "the credentials have expired: sign in again",
  "wrong-account": () =>
    "the credentials are of another account than the config's: change the profile, or account in the config",
  "access-denied": () =>
    "the credentials may not do this: ask for the permission that the message names",
  "deletion-protection": (next) =>
    `set loadBalancer.deletionProtection to false, then run ${next("apply")} and ${next("destroy")}`,
  "repository-not-empty": (next) =>
    `delete the images; or set repository.forceDelete to true, then run ${next("apply")} and ${next("destroy")}`,
  "kms-key-denied": () => "let CloudWatch Logs use the key for this log group in the key's policy",
  "quota-reached": () =>
    "an account quota is reached: delete what is not needed, or ask AWS for more",
  "already-exists": () =>
    "something of that name is there already: choose another name, or import it with terraform import",
  "bucket-not-found": (next) => `run ${next("bootstrap")}, which creates the state bucket`,
  "not-implemented": () => "the sandbox does not do this yet; against an account it may well work",
};

export type StepOf = (address: string) => { readonly configPath: string } | undefined;

/** What the problems of a run are told with. */
export interface ProblemContext {
  readonly configFile: string;
  readonly stepOf: StepOf;
  readonly flags: ScopeFlags;
  /** What to do about a lock that is on the state. */
  readonly unlock: (lock: StateLockInfo) => string;
}

/** Terraform's diagnostics as problems: each with its address, the config that made it, and the next step. */
export function fromDiagnostics(
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
      const hint = kind && HINTS[kind]((command) => suggest(command, flags));
      const fix = lock ? unlock(lock) : hint;
      // oxlint-disable-next-line berth/text-decisions -- a text is not printed twice
      const isRepeated = first === "" || summary.includes(first);
      return {
        what: shortSummary(summary) + (isRepeated ? "" : `: ${first}`),
        ...(address === undefined ? {} : { where: address }),
        ...(path === undefined ? {} : { from: `${path} in ${configFile}` }),
        ...(fix === undefined ? {} : { fix }),
      };
    });
}

/** Any thrown thing as problems, and the exit code that goes with it. */
export function fromThrown(error: unknown): {
  readonly problems: Problem[];
  readonly exitCode: number;
} {
  if (error instanceof UserErrors) {
    return { problems: error.errors.map(fromUserError), exitCode: error.errors[0]?.exitCode ?? 1 };
  }
  if (error instanceof UserError)
    return { problems: [fromUserError(error)], exitCode: error.exitCode };
  // A fault of ours keeps its stack: it is what a report of it needs.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    problems: [{ what: `a fault in Berth itself: ${stack}`, fix: "please report it" }],
    exitCode: 1,
  };
}

export function fromUserError({ message, code, where, fix }: UserError): Problem {
  return {
    what: message,
    code,
    ...(where === undefined ? {} : { where }),
    ...(fix === undefined ? {} : { fix }),
  };
}
