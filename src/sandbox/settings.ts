import type { Quota } from "./quotas.ts";
import type { Apps } from "./workload-behavior.ts";

/** How the sandbox behaves where AWS leaves room, or where a person wants to see more than the end. */
export interface SandboxSettings {
  /**
   * `instant`: what AWS does in the background is done by the end of the call that causes it, and each time a client
   * looks again, the time has passed that it waits for. `real`: it takes about as long as on AWS, by the sandbox's clock.
   */
  readonly pace: "instant" | "real";
  /** `eventual`: a change of IAM is seen by other services some seconds later, as on AWS. */
  readonly iam: "strong" | "eventual";
  /** Whether a role that does not exist can be assumed: `given` takes it as made elsewhere. */
  readonly unknownRoles: "rejected" | "assumable";
  readonly quotas: Readonly<Record<Quota, number>>;
  /** What images there are and how the programs in them behave. */
  readonly apps: Apps;
}
