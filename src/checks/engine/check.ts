import type { ImageWords } from "../../aws/images.ts";
import type { FailureId } from "../../failures/catalogue/index.ts";
import type { PlanNetwork } from "../../topology/plan-network.ts";
import type { Hop } from "../../reachability/network.ts";
import {
  type PlanModel,
  isUnknown,
  type AttributePath,
  type Resource,
  type Unknown,
} from "../../plan/plan-model.ts";
import type { AccountAndRegion } from "../../topology/iam-policies.ts";

/** How bad it is where a check fails: an error keeps tasks from running or traffic from arriving. */
export type Severity = "error" | "warning" | "note";

/** What people ask before they apply. */
export type Question = "start" | "pull" | "logs" | "secrets" | "traffic" | "isolation" | "other";

/** What a check finds of one resource. Where it has nothing to say of one, there is none. */
export type CheckOutcome =
  | { readonly answer: "pass"; readonly address: string; readonly path?: readonly Hop[] }
  | {
      readonly answer: "fail";
      readonly address: string;
      readonly id?: FailureId;
      /** What is wrong, in one sentence. */
      readonly says: string;
      /** From whom to whom, where it is a matter of packets. */
      readonly way?: { readonly from: string; readonly to: string };
      readonly path?: readonly Hop[];
      /** What AWS will say; absent where AWS says nothing. */
      readonly error?: string;
      /** The smallest change that mends it, where it is not the failure's own. */
      readonly fix?: string;
      readonly severity?: Severity;
    }
  | {
      readonly answer: "unknown";
      readonly address: string;
      /** Which failure it would be. */
      readonly id?: FailureId;
      /** The fact that would decide it. */
      readonly fact: string;
      /** An error's fact leaves the verdict unknown. @default the check's */
      readonly severity?: Severity;
    };

/** What is looked at. */
export interface CheckContext {
  readonly plan: PlanModel;
  readonly network: PlanNetwork;
  readonly accountAndRegion: AccountAndRegion;
  /** What is said of images: no plan knows what a registry holds. */
  readonly images: ImageWords;
}

/** A wish about infrastructure, and how to see whether it is fulfilled. */
export interface Check {
  /** In kebab-case, what is wished for. */
  readonly id: string;
  /** The question that it belongs to. */
  readonly question: Question;
  readonly title: string;
  readonly severity: Severity;
  /** Failures that it finds. */
  readonly ids: readonly FailureId[];
  /** Why it matters, with the title of the AWS or Terraform page that says so. */
  readonly explanation: string;
  run(subject: CheckContext): Iterable<CheckOutcome>;
}

export const pass = (address: string): CheckOutcome => ({ answer: "pass", address });

export const fail = (
  address: string,
  id: FailureId,
  message: string,
  rest: Omit<
    Extract<CheckOutcome, { readonly answer: "fail" }>,
    "answer" | "address" | "id" | "says"
  > = {},
): CheckOutcome => ({ answer: "fail", address, id, says: message, ...rest });

/** What is not known of what the configuration writes. What it leaves to AWS is not known either, and decides nothing. */
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
  fact: Unknown | string,
  id?: FailureId,
  severity?: Severity,
): CheckOutcome => ({
  answer: "unknown",
  address,
  fact: String(fact),
  ...(id === undefined ? {} : { id }),
  ...(severity === undefined ? {} : { severity }),
});
