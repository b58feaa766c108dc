import { changesOf, countChangedOutputs, type PlannedChange } from "./changes.ts";
import { fingerprintOf } from "./fingerprint/fingerprint.ts";

/** One environment's plan, as a pull request or an issue tells of it. */
export interface PlanReport {
  readonly name: string;
  readonly environment: string;
  readonly changes: readonly PlannedChange[];
  /** How many outputs change. */
  readonly outputs: number;
  /** Undefined where the plan would do nothing. */
  readonly fingerprint: string | undefined;
  /** The plan as Terraform shows it, without secrets. */
  readonly text: string;
}

/** A plan in the forms in which Terraform shows it. */
export interface PlanOutput {
  /** What `terraform show` prints, for people. */
  readonly text: string;
  /** What `terraform show -json` prints. */
  readonly jsonText: string;
  /** The same, parsed: large numbers are rounded. */
  readonly json: unknown;
  /** The root module that was planned, in Terraform's JSON syntax. */
  readonly rootModule: string;
}

/** @throws UserError BERTH-E8005 where the plan failed or is not complete */
export const reportOf = (
  { name, environment }: Pick<PlanReport, "name" | "environment">,
  { text, jsonText, json, rootModule }: PlanOutput,
): PlanReport => ({
  name,
  environment,
  changes: changesOf(json),
  outputs: countChangedOutputs(json),
  fingerprint: fingerprintOf(jsonText, rootModule),
  text,
});

/** True where Terraform would do nothing. */
export const isEmptyPlan = ({ fingerprint }: PlanReport): boolean => fingerprint === undefined;
