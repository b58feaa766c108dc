import { UserError, UserErrors } from "../errors.ts";
import { lockInfoIn, type StateLockInfo } from "../terraform/state-lock.ts";
import type { Outcome } from "../terraform/terraform.ts";
import { type Problem, unique } from "./host/host.ts";
import { type ScopeFlags, suggest, type SuggestedCommand } from "./suggest.ts";

type Suggest = (command: SuggestedCommand) => string;

/** What to do about errors that people meet often, by the words Terraform and AWS use. */
const HINTS: readonly (readonly [RegExp, (next: Suggest) => string])[] = [
  [
    /No valid credential sources|failed to refresh cached credentials/,
    () => "sign in (aws sso login, or AWS_PROFILE), or try it without an account: --sandbox",
  ],
  [/ExpiredToken|token.*expired/i, () => "the credentials have expired: sign in again"],
  [
    /AWS account ID not allowed/,
    () =>
      "the credentials are of another account than the config's: change the profile, or account in the config",
  ],
  [
    /UnauthorizedOperation|AccessDenied(?!.*KMS key)|not authorized to perform/,
    () => "the credentials may not do this: ask for the permission that the message names",
  ],
  [
    /deletion protection is enabled/,
    (next) =>
      `set loadBalancer.deletionProtection to false, then run ${next("apply")} and ${next("destroy")}`,
  ],
  [
    /RepositoryNotEmpty/,
    (next) =>
      `delete the images; or set repository.forceDelete to true, then run ${next("apply")} and ${next("destroy")}`,
  ],
  [
    /KMS key does not exist or is not allowed/,
    () => "let CloudWatch Logs use the key for this log group in the key's policy",
  ],
  [
    /VpcLimitExceeded|AddressLimitExceeded|LimitExceeded/,
    () => "an account quota is reached: delete what is not needed, or ask AWS for more",
  ],
  [
    /already exists|Duplicate/,
    () =>
      "something of that name is there already: choose another name, or import it with terraform import",
  ],
  [/NoSuchBucket/, () => "create the state bucket first; Berth does not create it"],
  [
    /NotImplemented.*Berth's sandbox/s,
    () => "the sandbox does not do this yet; against an account it may well work",
  ],
];

/** AWS's own code and words out of the provider's long sentence. */
function shorten(summary: string): string {
  const match = /^(.*?): operation error [^:]+: \w+,.*?api error (\S+): (.*)$/s.exec(summary);
  return match ? `${match[1]}: ${match[2]}: ${match[3]}` : summary;
}

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
    .filter((one) => one.severity === "error")
    .map(({ summary, detail, address }) => {
      const text = `${summary} ${detail}`;
      const path = address === undefined ? undefined : stepOf(address)?.configPath;
      const first = detail.split("\n\n")[0]?.replaceAll("\n", " ").trim() ?? "";
      const lock = lockInfoIn(detail);
      const fix = lock
        ? unlock(lock)
        : HINTS.find(([pattern]) => pattern.test(text))?.[1]((command) => suggest(command, flags));
      return {
        what: shorten(summary) + (first === "" || summary.includes(first) ? "" : `: ${first}`),
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
