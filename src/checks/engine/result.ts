import type { FailureId } from "../../failures/index.ts";
import type { SourceLocation } from "../../shared/index.ts";
import type { Connection, Question, Severity } from "./check.ts";

/** The answer to a question. `pass` and `fail` are for every packet and request, not for samples. */
export type Answer = "pass" | "fail" | "unknown" | "not-applicable";

/** One hop of a path: the resource, and its effect on the packets. */
export interface PathStep {
  readonly resource: string;
  readonly message: string;
}

/** A problem, its location and its fix. */
export interface CheckFinding {
  /** The id of the check. */
  readonly check: string;
  readonly severity: Severity;
  /** The failure in the catalogue; undefined for a finding that is not a failure, such as a path to the internet. */
  readonly id?: FailureId;
  readonly title: string;
  /** Terraform's address of the resource. */
  readonly address: string;
  /** The line of the source files that declares the resource, or the option of the config; absent if it is unknown. */
  readonly location?: SourceLocation;
  readonly message: string;
  readonly connection?: Connection;
  /** The hops of the connection. The last hop of a failing connection drops the packets. */
  readonly path?: readonly PathStep[];
  /** The error that AWS returns. */
  readonly awsError?: string;
  /** Where the text of `awsError` is public: an AWS page, or an issue on GitHub. */
  readonly awsErrorSource?: string;
  readonly fix: string;
  /** The page about the check. */
  readonly page: string;
  /** The number of other places with the same problem. */
  readonly otherPlaces?: number;
}

/** A fact that decides outcomes and that the plan or state does not contain. */
export interface MissingFact {
  readonly fact: string;
  readonly addresses: readonly string[];
  readonly checks: readonly string[];
  readonly ids: readonly FailureId[];
  /** True if the verdict depends on the fact: it decides whether tasks run or traffic arrives. */
  readonly isCritical: boolean;
}

/** The questions with an answer for each service. */
export type ServiceQuestion = Exclude<Question, "other">;

/** The answers for one service. */
export interface ServiceAnswers {
  readonly address: string;
  readonly kind: "service" | "task set" | "schedule" | "probe";
  readonly subnets: readonly string[];
  readonly answers: Readonly<Record<ServiceQuestion, Answer>>;
}

/** The result of all checks of a plan or state. */
export interface CheckResult {
  /** `fail` for a finding with severity error, `unknown` for a critical missing fact. */
  readonly verdict: "pass" | "fail" | "unknown";
  readonly kind: "plan" | "state";
  /** The number of resources. */
  readonly resources: number;
  readonly services: readonly ServiceAnswers[];
  readonly findings: readonly CheckFinding[];
  readonly missingFacts: readonly MissingFact[];
  readonly suppressed: readonly (CheckFinding & {
    readonly reason: string;
    readonly until: string;
  })[];
  /** The number of checks that passed for at least one resource. */
  readonly passed: number;
  /** The number of checks. */
  readonly checks: number;
  /** Why the whole verdict is unknown. */
  readonly unknownReason?: string;
  /**
   * Names of services and jobs of Berth configs that were not checked: jobs without a schedule, whose tasks nothing in the plan
   * starts. `berth plan` and `berth apply` check the plan of the foundation, and name all services and jobs. Absent if there are none.
   */
  readonly notChecked?: readonly string[];
}
