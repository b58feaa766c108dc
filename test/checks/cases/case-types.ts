import type { ImageStatuses } from "../../../src/aws/images.ts";
import type { FailureId } from "../../../src/failures/catalogue/index.ts";
import { type Json, isObject } from "../../../src/plan/plan-json.ts";

/** A text of the base configuration, and its replacement. */
export type Edit = readonly [text: string, replacement: string];

/** The base configuration with edits, and the outcome of the checks. `npm run fixtures -- cases` records its plan. */
export interface Case {
  /** How tasks reach AWS: the folder that is merged with `base`. @default "endpoints" */
  readonly network?: "nat";
  readonly edits: readonly Edit[];
  readonly images?: ImageStatuses;
  /** Failures that the checks find, and that they do not find in the base configuration. */
  readonly failures?: readonly FailureId[];
  /** Checks that fail without a failure of the catalogue. */
  readonly failedChecks?: readonly string[];
  /** Checks with a missing fact. */
  readonly unknownChecks?: readonly string[];
}

/** Cases by their name. */
export type Cases = Readonly<Record<string, Case>>;

/** The recorded plan of a case, with a change that no edit of the configuration makes. */
export interface DerivedCase {
  /** The name of the recorded case. */
  readonly base: string;
  readonly change: (plan: Json) => Json;
  /** Failures that the checks find, and that they do not find in the base. */
  readonly failures?: readonly FailureId[];
  /** Checks that pass for every resource. */
  readonly passedChecks?: readonly string[];
  /** Checks that fail, and that do not fail for the base. */
  readonly failedChecks?: readonly string[];
  /** Checks with a missing fact, and without one for the base. */
  readonly unknownChecks?: readonly string[];
}

/** A recorded case that passes checks for every resource. */
export const passingCase = (base: string, ...passedChecks: readonly string[]): DerivedCase => ({
  base,
  change: (plan) => plan,
  passedChecks,
});

/** Derived cases by their name. */
export type DerivedCases = Readonly<Record<string, DerivedCase>>;

/**
 * The plan of a derived case.
 *
 * @throws TypeError if the fixtures have no plan of its base
 */
export function derivedPlan(
  { base, change }: DerivedCase,
  recordings: Readonly<Record<string, { readonly plan?: unknown }>>,
): Json {
  const plan = recordings[base]?.plan;
  if (!isObject(plan)) throw new TypeError(`the fixtures have no plan of the case "${base}"`);
  return change(plan);
}
