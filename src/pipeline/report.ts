import { changesOf, countChangedOutputs, type PlannedChange } from "./changes.ts";
import { fingerprintOf } from "./fingerprint/fingerprint.ts";

/** The plan of an environment, as a pull request or an issue reports it. */
export interface PlanReport {
  readonly name: string;
  readonly environment: string;
  readonly changes: readonly PlannedChange[];
  /** The number of outputs that change. */
  readonly outputs: number;
  /** Undefined if the plan has no changes. */
  readonly fingerprint: string | undefined;
  /** The output of `terraform show`. Terraform masks sensitive values. */
  readonly text: string;
}

/** A plan in the formats that Terraform prints. */
export interface PlanOutput {
  /** The output of `terraform show`. */
  readonly text: string;
  /** The output of `terraform show -json`. */
  readonly jsonText: string;
  /** The same output, parsed. Large numbers are rounded. */
  readonly json: unknown;
  /** The root module that was planned, in Terraform's JSON syntax. */
  readonly rootModule: string;
}

/**
 * The report of a plan.
 *
 * @throws UserError BERTH-E8005 if the plan failed or is not complete
 */
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

/** True if the plan has no changes. */
export const isEmptyPlan = ({ fingerprint }: PlanReport): boolean => fingerprint === undefined;
