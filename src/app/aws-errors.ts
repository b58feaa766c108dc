import { AwsCallError } from "../aws-client/index.ts";
import type { ErrorKind } from "../failures/index.ts";
import { UserError, UserErrors } from "../shared/index.ts";
import { commonError } from "./errors.ts";
import { isInterruption } from "./host.ts";
import type { CommandScope } from "./suggested-command.ts";

/** AWS's error codes for problems of credentials and permissions. Source: AWS API references, "Common Errors". */
const KINDS: Readonly<Record<string, ErrorKind>> = {
  AccessDenied: "access-denied",
  AccessDeniedException: "access-denied",
  ExpiredToken: "expired-credentials",
  ExpiredTokenException: "expired-credentials",
  IncompleteSignature: "invalid-credentials",
  InvalidClientTokenId: "invalid-credentials",
  InvalidSignatureException: "invalid-credentials",
  MissingAuthenticationTokenException: "invalid-credentials",
  NotImplemented: "not-implemented",
  RequestExpired: "expired-credentials",
  SignatureDoesNotMatch: "invalid-credentials",
  UnauthorizedOperation: "access-denied",
  UnrecognizedClientException: "invalid-credentials",
};

function kindOf({ kind, code }: AwsCallError): ErrorKind | undefined {
  switch (kind) {
    case "credentials":
      return "no-credentials";
    case "connection":
    case "response":
      return "unreachable";
    case "service":
      return Object.hasOwn(KINDS, code) ? KINDS[code] : undefined;
  }
}

/** The error for a call of AWS that failed. */
export function awsCallError(error: AwsCallError, scope: CommandScope): UserError {
  const { service, operation, code, message } = error;
  const what = `${service}:${operation}: ${error.kind === "service" ? `${code}: ` : ""}${message}`;
  const kind = kindOf(error);
  if (kind === undefined) return new UserError("BERTH-E9014", what);
  return commonError(kind, what, scope);
}

/** A change that was made, although what follows it fails. */
export interface CompletedChange {
  /** What was done and what is missing, such as "web has the desired count 3, but its tasks cannot be observed". */
  readonly what: string;
  /** How to do what is missing, after the error is fixed. @default nothing */
  readonly fix?: string | undefined;
}

/** Runs what follows a change. Its error states that the change was made. */
export async function afterChange<Result>(
  change: CompletedChange,
  scope: CommandScope,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw withCompletedChange(error, change, scope);
  }
}

/**
 * Runs what follows a change, and returns its error: a thrown error would replace the result of the change.
 *
 * @throws the error of an interruption
 */
export async function errorAfterChange(
  change: CompletedChange,
  scope: CommandScope,
  work: () => Promise<void>,
): Promise<Error | undefined> {
  try {
    await afterChange(change, scope, work);
    return undefined;
  } catch (error) {
    if (isInterruption(error) || !(error instanceof Error)) throw error;
    return error;
  }
}

/** Adds a completed change to the error of what follows it. An interruption and an internal error stay unchanged. */
export function withCompletedChange(
  error: unknown,
  change: CompletedChange,
  scope: CommandScope,
): unknown {
  if (isInterruption(error)) return error;
  if (error instanceof AwsCallError) return addChange(awsCallError(error, scope), change);
  if (error instanceof UserErrors)
    return new UserErrors(error.errors.map((each) => addChange(each, change)));
  return error instanceof UserError ? addChange(error, change) : error;
}

function addChange(error: UserError, change: CompletedChange): UserError {
  const { code, message, where, from, fix, exitCode } = error;
  const steps = [fix, change.fix].filter((step) => step !== undefined);
  return new UserError(code, `${change.what}: ${message}`, {
    ...(where === undefined ? {} : { where }),
    ...(from === undefined ? {} : { from }),
    ...(steps.length === 0 ? {} : { fix: steps.join("; then ") }),
    exitCode,
  });
}
