import { UserError, UserErrors } from "../errors.ts";
import type { Diagnostic } from "../terraform/events.ts";
import { type Problem, unique } from "./host/host.ts";

/** What to do about errors that people meet often, by the words Terraform and AWS use. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /No valid credential sources|failed to refresh cached credentials/,
    "sign in (aws sso login, or AWS_PROFILE), or try it without an account: --sandbox",
  ],
  [/ExpiredToken|token.*expired/i, "the credentials have expired: sign in again"],
  [
    /AWS account ID not allowed/,
    "the credentials are of another account than the config's: change the profile, or account in the config",
  ],
  [
    /UnauthorizedOperation|AccessDenied(?!.*KMS key)|not authorized to perform/,
    "the credentials may not do this: ask for the permission that the message names",
  ],
  [
    /Error acquiring the state lock/,
    "another run holds the lock; wait for it, or terraform force-unlock if it has died",
  ],
  [
    /deletion protection is enabled/,
    "set loadBalancer.deletionProtection to false, berth apply, then berth destroy",
  ],
  [
    /RepositoryNotEmpty/,
    "delete the images, or set repository.forceDelete to true, berth apply, then berth destroy",
  ],
  [
    /KMS key does not exist or is not allowed/,
    "let CloudWatch Logs use the key for this log group in the key's policy",
  ],
  [
    /VpcLimitExceeded|AddressLimitExceeded|LimitExceeded/,
    "an account quota is reached: delete what is not needed, or ask AWS for more",
  ],
  [
    /already exists|Duplicate/,
    "something of that name is there already: choose another name, or import it with terraform import",
  ],
  [/NoSuchBucket/, "create the state bucket first; Berth does not create it"],
  [
    /NotImplemented.*Berth's sandbox/s,
    "the sandbox does not do this yet; against an account it may well work",
  ],
];

/** AWS's own code and words out of the provider's long sentence. */
function shorten(summary: string): string {
  const match = /^(.*?): operation error [^:]+: \w+,.*?api error (\S+): (.*)$/s.exec(summary);
  return match ? `${match[1]}: ${match[2]}: ${match[3]}` : summary;
}

export type StepOf = (address: string) => { readonly configPath: string } | undefined;

/** Terraform's diagnostics as problems: each with its address, the config that made it, and the next step. */
export function fromDiagnostics(
  diagnostics: readonly Diagnostic[],
  configFile: string,
  stepOf: StepOf,
): Problem[] {
  return unique(diagnostics)
    .filter((one) => one.severity === "error")
    .map(({ summary, detail, address }) => {
      const text = `${summary} ${detail}`;
      const path = address === undefined ? undefined : stepOf(address)?.configPath;
      const first = detail.split("\n\n")[0]?.replaceAll("\n", " ").trim() ?? "";
      return {
        what: shorten(summary) + (first === "" || summary.includes(first) ? "" : `: ${first}`),
        ...(address === undefined ? {} : { where: address }),
        ...(path === undefined ? {} : { from: `${path} in ${configFile}` }),
        fix:
          HINTS.find(([pattern]) => pattern.test(text))?.[1] ??
          "what was done is kept: run berth plan to see what is left",
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

function fromUserError({ message, code, where, fix }: UserError): Problem {
  return {
    what: message,
    code,
    ...(where === undefined ? {} : { where }),
    ...(fix === undefined ? {} : { fix }),
  };
}
