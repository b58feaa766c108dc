import type { AwsCallError } from "../aws-client/index.ts";
import type { ErrorKind } from "../failures/index.ts";
import { UserError } from "../shared/index.ts";
import { commonError } from "./errors.ts";
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
