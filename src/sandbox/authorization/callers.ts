import { partitionOf } from "../../aws/regions.ts";
import type { Policy } from "../../iam/policy.ts";
import { AwsError } from "../protocol/errors.ts";
import { type AccountRegion, table, type TableKey, type Store } from "../core/store.ts";

/** AWS's documentation account. An access key id of 12 digits chooses another. */
export const DEFAULT_ACCOUNT = "111122223333";

/** Who makes a call. */
export interface Caller {
  readonly account: string;
  /** The user or role, as policies name it. */
  readonly arn: string;
  /** The role's session, as GetCallerIdentity and refusals name it. */
  readonly session?: string;
  readonly userId: string;
  /** True for the default user, the account's root in all but name. */
  readonly isUnlimited: boolean;
  /** Policies that were passed when the role was assumed. */
  readonly sessionPolicies: readonly Policy[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Keys that the sandbox has given out, by access key id. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
  readonly caller: Caller;
  readonly isActive: boolean;
  readonly created: Date;
  /** When a session ends. */
  readonly expires?: Date;
}

export const credentials: TableKey<Credentials> = table("sts/credentials", {
  scope: "world",
  exists: () => false,
});

/** The start of every access key id that the sandbox gives out, after AWS's own four letters. */
const SANDBOX_KEY_ID = /^A[KS]IABERTH/;

const USER = "berth";

/** Whoever holds any other key: a user who may do everything. */
export function defaultCaller(account: string, region: string): Caller {
  return {
    account,
    arn: `arn:${partitionOf(region)}:iam::${account}:user/${USER}`,
    userId: "AIDABERTHSANDBOX00000",
    isUnlimited: true,
    sessionPolicies: [],
    tags: {},
  };
}

export const DEFAULT_USER: string = USER;

/** Whom an access key stands for. Signatures are not verified: there are no secrets here. */
export function callerOf(store: Store, keyId: string, region: string, now: Date): Caller {
  if (!SANDBOX_KEY_ID.test(keyId))
    return defaultCaller(/^\d{12}$/.test(keyId) ? keyId : DEFAULT_ACCOUNT, region);
  const noAccount: AccountRegion = { account: "", region: "" };
  const credential = store.in(credentials, noAccount).get(keyId);
  if (!credential?.isActive) {
    throw new AwsError(
      "InvalidClientTokenId",
      "The security token included in the request is invalid.",
      403,
    );
  }
  if (credential.expires && credential.expires <= now) {
    throw new AwsError(
      "ExpiredToken",
      "The security token included in the request is expired",
      403,
    );
  }
  return credential.caller;
}
