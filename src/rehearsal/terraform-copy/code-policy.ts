/** Which code of a configuration may run in addition to the AWS provider. */
export interface CodePolicy {
  /** Sources of providers that run for real, with access to real systems. */
  readonly allowedProviders: readonly string[];
  /** Whether provisioners run, and blocks that act on this machine or on the network. */
  readonly runsLocalCode: boolean;
}

/** Why a block is skipped: its provider may access real systems, or it is local code that must not run. */
export type SkipReason = "provider" | "local-code";
