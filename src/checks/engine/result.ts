import type { FailureId } from "../../failures/catalogue/index.ts";
import type { Question, Severity } from "./check.ts";

/** What is known of a question: proved and refuted are for every packet and request, not for some. */
export type Answer = "pass" | "fail" | "unknown" | "not-applicable";

/** One step of a path: where, and what happens there. */
export interface PathStep {
  readonly resource: string;
  readonly message: string;
}

/** What is wrong, where, and how to mend it. */
export interface CheckFinding {
  readonly check: string;
  readonly severity: Severity;
  /** Of the catalogue of failures; none for what is a matter of taste or safety. */
  readonly id?: FailureId;
  readonly title: string;
  readonly address: string;
  readonly message: string;
  readonly connection?: { readonly from: string; readonly to: string };
  /** Hop by hop; the last one stops it. */
  readonly path?: readonly PathStep[];
  /** What AWS will say. */
  readonly awsError?: string;
  readonly fix: string;
  readonly page: string;
  /** In how many more places the same is found. */
  readonly otherPlaces?: number;
}

/** A fact that would decide what is open. */
export interface MissingFact {
  readonly fact: string;
  readonly addresses: readonly string[];
  readonly checks: readonly string[];
  readonly ids: readonly FailureId[];
  /** True where a launch or its traffic hangs on it. */
  readonly isCritical: boolean;
}

/** The answers for one service. */
export interface ServiceAnswers {
  readonly address: string;
  readonly kind: "service" | "task set" | "schedule" | "probe";
  readonly subnets: readonly string[];
  readonly answers: Readonly<Record<Question, Answer>>;
}

/** What became of a check of a plan or state. */
export interface CheckResult {
  /** refuted where an error is found, unknown where a fact is missing that a launch hangs on. */
  readonly verdict: "pass" | "fail" | "unknown";
  readonly kind: "plan" | "state";
  /** How many resources were looked at. */
  readonly resources: number;
  readonly services: readonly ServiceAnswers[];
  readonly findings: readonly CheckFinding[];
  readonly missingFacts: readonly MissingFact[];
  readonly suppressed: readonly (CheckFinding & {
    readonly reason: string;
    readonly until: string;
  })[];
  /** How many checks have passed something, of how many. */
  readonly passed: number;
  readonly checks: number;
  /** Why it is unknown as a whole. */
  readonly unknownReason?: string;
}
