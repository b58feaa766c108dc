import type { Quota } from "./quotas.ts";
import type { Apps } from "./workload-behavior.ts";

/** Settings of the sandbox that AWS does not have: address, time, consistency, quotas and the behavior of workloads. */
export interface SandboxSettings {
  /** The URL of the sandbox, for responses that name a host to connect to. */
  readonly url: string;
  /**
   * `instant`: background work of AWS is finished at the end of the call that causes it. When a client polls, the time
   * that it waits for has passed. `real`: background work takes about as long as on AWS, by the clock of the sandbox.
   */
  readonly pace: "instant" | "real";
  /**
   * `clock`: schedules and scheduled scaling actions that are due by the clock of the sandbox run. `manual`: they run only when they are
   * simulated.
   */
  readonly schedules: "clock" | "manual";
  /** `eventual`: other services see a change of IAM some seconds later, as on AWS. `strong`: they see it at once. */
  readonly iam: "strong" | "eventual";
  /** Whether a role that does not exist can be assumed. `assumable`: the role is assumed to exist in another stack. */
  readonly unknownRoles: "rejected" | "assumable";
  readonly quotas: Readonly<Record<Quota, number>>;
  /** Which images exist, and how the programs in them behave. */
  readonly apps: Apps;
}
