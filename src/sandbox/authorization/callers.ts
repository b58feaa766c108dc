import { partitionOf } from "../../aws/index.ts";
import type { Policy } from "../../iam/index.ts";
import { DEFAULT_ACCOUNT } from "../default-account.ts";
import { AwsError } from "../protocol/errors.ts";
import { type AccountRegion, table, type TableKey, type Store } from "../core/store.ts";

/** Who makes a call. */
export interface Caller {
  readonly account: string;
  /** ARN of the user or role, as in policies. */
  readonly arn: string;
  /** ARN of the role session, as in GetCallerIdentity and in error messages. */
  readonly session?: string;
  readonly userId: string;
  /** True for the default user, which has full access. */
  readonly isUnlimited: boolean;
  /** Session policies that were passed when the role was assumed. */
  readonly sessionPolicies: readonly Policy[];
  readonly tags: Readonly<Record<string, string>>;
}

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

/** Pattern of access key IDs that the sandbox issues: the four letters of AWS, then BERTH. */
const SANDBOX_KEY_ID = /^A[KS]IABERTH/;

const USER = "berth";

/** The caller for any other access key: a user with full access. */
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

/** The caller of an access key. Signatures are not verified, because the sandbox has no real secrets. */
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
