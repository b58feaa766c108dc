import { changesOf, outputsOf, type PlannedChange } from "./changes.ts";
import { fingerprintOf } from "./fingerprint.ts";

/** One environment's plan, as a pull request or an issue tells of it. */
export interface PlanReport {
  readonly name: string;
  readonly environment: string;
  readonly changes: readonly PlannedChange[];
  /** How many outputs change. */
  readonly outputs: number;
  readonly fingerprint: string;
  /** The plan as Terraform shows it, without secrets. */
  readonly text: string;
}

/** @param plan what `terraform show -json` says of it, and `text` what `terraform show` does */
export const reportOf = (
  { name, environment }: Pick<PlanReport, "name" | "environment">,
  plan: unknown,
  text: string,
): PlanReport => ({
  name,
  environment,
  changes: changesOf(plan),
  outputs: outputsOf(plan),
  fingerprint: fingerprintOf(plan),
  text,
});

/** True where Terraform would do nothing. */
export const isIdle = ({ changes, outputs }: PlanReport): boolean =>
  changes.length === 0 && outputs === 0;
