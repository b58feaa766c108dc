import type { Caller } from "../../authorization/callers.ts";
import type { AccountRegion, Store } from "../../core/store.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError } from "../../protocol/errors.ts";

/** Access keys that the sandbox has issued, by access key ID. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
  readonly caller: Caller;
  readonly isActive: boolean;
  readonly created: Date;
  /** Expiry of a session. */
  readonly expires?: Date;
}

export const credentials: TableKey<Credentials> = table("sts/credentials", {
  scope: "world",
  exists: () => false,
});

/**
 * The caller of an active access key; undefined if there is no such key.
 *
 * @throws AwsError ExpiredToken
 */
export function callerOfKey(store: Store, keyId: string, now: Date): Caller | undefined {
  const noAccount: AccountRegion = { account: "", region: "" };
  const credential = store.in(credentials, noAccount).get(keyId);
  if (!credential?.isActive) return undefined;
  if (credential.expires && credential.expires <= now) {
    throw new AwsError(
      "ExpiredToken",
      "The security token included in the request is expired",
      403,
    );
  }
  return credential.caller;
}
