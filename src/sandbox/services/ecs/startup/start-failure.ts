import type { PolicyType } from "../../../../iam/authorize.ts";
import type { Hop, StoppedHop, Trace } from "../../../network/trace.ts";
import type { StartStep } from "../tables.ts";

/** An image of ECR. */
interface EcrImage {
  readonly account: string;
  readonly repository: string;
}

/** Why a task does not start, for code to decide by. */
export type FailureCause =
  /** A packet to the host is lost: `stopped` says where. */
  | { readonly kind: "unreachable"; readonly host: string }
  | { readonly kind: "role-not-assumable" }
  | { readonly kind: "access-denied"; readonly action: string; readonly by: PolicyType }
  /** KMS does not decrypt a secret: the role may not use the key, or the key is not enabled. */
  | { readonly kind: "kms-denied" }
  | { readonly kind: "env-files-denied" }
  /** The policy of the S3 endpoint does not allow layers. */
  | { readonly kind: "layers-denied" }
  | { readonly kind: "secret-not-found" }
  /** A secret without the version that is asked for. */
  | { readonly kind: "secret-version-not-found"; readonly by: "stage" | "version-id" }
  | { readonly kind: "secret-not-readable" }
  /** A secret that is not JSON, or lacks the key. */
  | { readonly kind: "secret-json-key" }
  | { readonly kind: "log-group-not-found" }
  | { readonly kind: "registry-login-required" }
  | { readonly kind: "image-not-found"; readonly image?: EcrImage }
  | { readonly kind: "image-denied"; readonly image: EcrImage; readonly by: PolicyType }
  | { readonly kind: "platform-mismatch" }
  | { readonly kind: "disk-full" };

/** Why a task does not start, as AWS says it, and what the sandbox knows beside. */
export interface Failure {
  /** The stopped reason. */
  readonly reason: string;
  readonly cause: FailureCause;
  readonly code: "TaskFailedToStart";
  /** The step at which it broke. */
  readonly step: StartStep;
  /** Seconds until AWS gives up. A refusal is quick; a packet that is lost is waited for. */
  readonly seconds: number;
  /** Where the packet went, where one was lost. */
  readonly hops?: readonly Hop[];
  readonly stopped?: StoppedHop;
}

export class TaskStartError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.reason);
    this.failure = failure;
  }
}

/** Seconds that a lost packet costs: 4 min 49 s were measured in public for a sealed security group. */
const CONNECTION_TIMEOUT_SECONDS = 289;
const REJECTION_SECONDS = 5;

export const connectionFailure = (
  step: StartStep,
  reason: string,
  trace: Trace,
  host: string,
): TaskStartError =>
  new TaskStartError({
    step,
    reason,
    cause: { kind: "unreachable", host },
    code: "TaskFailedToStart",
    seconds: CONNECTION_TIMEOUT_SECONDS,
    hops: trace.hops,
    ...(trace.stopped ? { stopped: trace.stopped } : {}),
  });

export const startFailure = (
  step: StartStep,
  cause: FailureCause,
  reason: string,
): TaskStartError =>
  new TaskStartError({
    step,
    cause,
    reason,
    code: "TaskFailedToStart",
    seconds: REJECTION_SECONDS,
  });

/** The start of the stopped reason when secrets or the registry's credentials cannot be read. */
export const SECRETS_ERROR =
  "ResourceInitializationError: unable to pull secrets or registry auth:";
