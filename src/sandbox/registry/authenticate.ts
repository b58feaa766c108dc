import type { Store } from "../core/store.ts";
import { type AuthorizationToken, findToken } from "../services/ecr/authorization-token.ts";
import { RegistryError } from "./errors.ts";

const BASIC = /^Basic\s+([A-Za-z0-9+/=]+)$/i;

/**
 * Finds the token of a request: the password of the user AWS. Returns undefined if the request has no token that the sandbox
 * issued.
 *
 * @throws RegistryError if the token has expired
 */
export function authenticate(
  store: Store,
  authorization: string | undefined,
  now: Date,
): AuthorizationToken | undefined {
  const credentials = BASIC.exec(authorization ?? "")?.[1] ?? "";
  const [user, password = ""] = Buffer.from(credentials, "base64").toString().split(":");
  const token = user === "AWS" ? findToken(store, password) : undefined;
  if (token && token.expires <= now)
    // Source: microsoft/vscode#205489.
    throw new RegistryError(
      403,
      "DENIED",
      "Your authorization token has expired. Reauthenticate and try again.",
    );
  return token;
}
