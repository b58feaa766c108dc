import type { ImageStatuses } from "../../aws/index.ts";
import type { AwsErrorText, FailureId } from "../../failures/index.ts";
import {
  type PlanModel,
  type AttributePath,
  type Resource,
  type Unknown,
  isUnknown,
} from "../../plan/index.ts";
import type { Hop } from "../../reachability/index.ts";
import type { AccountAndRegion, PlanNetwork } from "../../topology/index.ts";

/** An error stops tasks from running or traffic from arriving, and fails the check of a plan. Warnings and notes do not. */
export type Severity = "error" | "warning" | "note";

/** What a check is about: a service's start, image, logs, secrets, traffic or isolation from the internet, or another subject. */
export type Question = "start" | "pull" | "logs" | "secrets" | "traffic" | "isolation" | "other";

/** Source and destination of packets, as text. */
export interface Connection {
  readonly from: string;
  readonly to: string;
}

/** The outcome of a check for one resource. */
export type CheckOutcome =
  | { readonly answer: "pass"; readonly address: string }
  | {
      readonly answer: "fail";
      readonly address: string;
      readonly id?: FailureId;
      /** The problem, in one sentence. */
      readonly message: string;
      /** The connection that fails or that should not be possible. */
      readonly connection?: Connection;
      readonly path?: readonly Hop[];
      /** The error that AWS returns; undefined if AWS returns none or if its text is not public. */
      readonly awsError?: AwsErrorText;
      /** The smallest change that corrects the problem. @default the fix of the failure */
      readonly fix?: string;
      /** @default the severity of the check */
      readonly severity?: Severity;
    }
  | {
      readonly answer: "unknown";
      readonly address: string;
      /** The failure that may occur. */
      readonly id?: FailureId;
      /** The fact that decides the outcome and that the plan does not contain. */
      readonly missingFact: string;
      /** The question that stays open. @default the question of the check */
      readonly question?: Question;
      /** A missing fact makes the verdict unknown only if this severity is error. @default the severity of the check */
      readonly severity?: Severity;
    };

/** The plan or state that the checks read. */
export interface CheckContext {
  readonly plan: PlanModel;
  readonly network: PlanNetwork;
  readonly accountAndRegion: AccountAndRegion;
  /** Facts about images, which a plan does not contain. */
  readonly images: ImageStatuses;
}

/** A check of a plan or state. */
export interface Check {
  /** In kebab-case: what the check verifies. */
  readonly id: string;
  readonly question: Question;
  /** What the check verifies, as a sentence without a full stop. */
  readonly title: string;
  readonly severity: Severity;
  /** The failures that the check finds. */
  readonly ids: readonly FailureId[];
  /** Why AWS requires it, in full sentences. */
  readonly explanation: string;
  /** Titles of the AWS or Terraform pages that document it: the guide, then the page in quotation marks. */
  readonly sources: readonly string[];
  run(context: CheckContext): Iterable<CheckOutcome>;
}

export const pass = (address: string): CheckOutcome => ({ answer: "pass", address });

export const fail = (
  address: string,
  id: FailureId,
  message: string,
  details: Omit<
    Extract<CheckOutcome, { readonly answer: "fail" }>,
    "answer" | "address" | "id" | "message"
  > = {},
): CheckOutcome => ({ answer: "fail", address, id, message, ...details });

/** The unknown value of an attribute that the configuration sets. An attribute that AWS sets is not a missing fact. */
export function unknownValueAt(
  resource: Resource,
  name: string,
  ...path: AttributePath
): Unknown | undefined {
  const value = resource.value(name, ...path);
  return isUnknown(value) && resource.isConfigured(name) ? value : undefined;
}

export const unknownOutcome = (
  address: string,
  missingFact: Unknown | string,
  id?: FailureId,
  severity?: Severity,
): CheckOutcome => ({
  answer: "unknown",
  address,
  missingFact: String(missingFact),
  ...(id === undefined ? {} : { id }),
  ...(severity === undefined ? {} : { severity }),
});
