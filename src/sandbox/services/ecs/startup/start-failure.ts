import type { PolicyType } from "../../../../iam/index.ts";
import type { Hop, StoppedHop, Trace } from "../../ec2/network/trace.ts";

/** A repository of Amazon ECR. */
interface EcrImage {
  readonly account: string;
  readonly repository: string;
}

/** Cause of a failed task start, as a typed value. */
export type FailureCause =
  /** A packet to the host is dropped at the hop `stopped`. */
  | { readonly kind: "unreachable"; readonly host: string }
  | { readonly kind: "role-not-assumable" }
  | { readonly kind: "access-denied"; readonly action: string; readonly by: PolicyType }
  /** KMS does not decrypt a secret: the role has no permission for the key, or the key is not enabled. */
  | { readonly kind: "kms-denied" }
  | { readonly kind: "env-files-denied" }
  /** The policy of the S3 endpoint does not allow the download of image layers. */
  | { readonly kind: "layers-denied" }
  | { readonly kind: "secret-not-found" }
  /** valueFrom is not the ARN of a secret, alone or with JSON key, version stage and version ID. */
  | { readonly kind: "secret-arn-format" }
  /** The secret does not have the requested version. */
  | { readonly kind: "secret-version-not-found"; readonly by: "stage" | "version-id" }
  | { readonly kind: "secret-not-readable" }
  /** The secret is not JSON or has no such key. */
  | { readonly kind: "secret-json-key" }
  | { readonly kind: "log-group-not-found" }
  | { readonly kind: "registry-login-required" }
  | { readonly kind: "image-not-found"; readonly image?: EcrImage }
  | { readonly kind: "image-denied"; readonly image: EcrImage; readonly by: PolicyType }
  /** The first pull through a pull-through cache rule: nothing allows the task to import the image. */
  | { readonly kind: "image-import-denied"; readonly by: PolicyType }
  | { readonly kind: "platform-mismatch" }
  | { readonly kind: "disk-full" };

/** A startup step of a task. The order is not significant. */
export type StartStep = "role" | "secrets" | "registry" | "logs" | "image" | "volumes";

/** A failed task start: the message of AWS and details of the sandbox. */
export interface Failure {
  /** The stopped reason of the task. */
  readonly reason: string;
  readonly cause: FailureCause;
  readonly code: "TaskFailedToStart";
  /** The failed step. */
  readonly step: StartStep;
  /** Seconds until AWS stops the task. A rejected request fails fast; a dropped packet causes a timeout. */
  readonly seconds: number;
  /** The path of the packet, if it was dropped. */
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

/** Seconds until a connection without response fails: 4 min 49 s are published for a security group without rules. */
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

/** Prefix of the stopped reason if secrets or registry credentials cannot be read. */
export const SECRETS_ERROR =
  "ResourceInitializationError: unable to pull secrets or registry auth:";
