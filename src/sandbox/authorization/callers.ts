import { partitionOf } from "../../aws/regions.ts";
import type { Policy } from "../../iam/index.ts";
import type { Store } from "../core/store.ts";
import { DEFAULT_ACCOUNT } from "../default-account.ts";
import { AwsError } from "../protocol/errors.ts";
import { loadedServices } from "../services/loader.ts";

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

/**
 * The caller of an access key. Signatures are not verified, because the sandbox has no real secrets.
 *
 * @throws AwsError if the sandbox has issued the key and it is no longer valid
 */
export function callerOf(store: Store, keyId: string, region: string, now: Date): Caller {
  if (!SANDBOX_KEY_ID.test(keyId))
    return defaultCaller(/^\d{12}$/.test(keyId) ? keyId : DEFAULT_ACCOUNT, region);
  for (const { callerOf: callerOfKey } of loadedServices()) {
    const caller = callerOfKey?.(store, keyId, now);
    if (caller !== undefined) return caller;
  }
  throw new AwsError(
    "InvalidClientTokenId",
    "The security token included in the request is invalid.",
    403,
  );
}
