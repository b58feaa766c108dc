/** Why AWS does not place a task. */
export type PlacementCause =
  | "no-free-address"
  | "vcpu-quota"
  | "zone-without-fargate"
  /** EC2 rejects the network interface for another reason. */
  | "rejected";

/** Why a task cannot be placed: the message of AWS and the cause as a typed value. */
export interface Unplaced {
  readonly reason: string;
  readonly cause: PlacementCause;
}

/** Thrown if AWS does not place a task. */
export class PlacementFailure extends Error {
  readonly unplaced: Unplaced;

  constructor(cause: PlacementCause, reason: string) {
    super(reason);
    this.unplaced = { reason, cause };
  }
}
