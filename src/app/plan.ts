import type { CheckResult } from "../checks/index.ts";
import { type PlanReport, reportOf } from "../pipeline/index.ts";
import { checkSessionPlan } from "./check-plan.ts";
import type { OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { createPlan, type PlannedChanges, readPlan } from "./plan-and-apply.ts";
import { openSession } from "./terraform-workspace.ts";

/** Options of {@link plan}. */
export interface PlanOptions extends InfrastructureOptions {
  /** Whether to lock the state while it is read. @default true */
  readonly lock?: boolean;
}

/** The changes that {@link apply} would make, and whether the tasks would start. */
export interface PlanResult extends PlannedChanges {
  /** The result of the check of the plan. */
  readonly check: CheckResult;
  /** The plan as Terraform prints it, and its fingerprint. */
  readonly report: PlanReport;
}

export async function planInfrastructure(
  options: PlanOptions,
  host: OperationHost,
): Promise<PlanResult> {
  const { lock = true } = options;
  const session = await openSession(resolveOptions("plan", options), host, "plan");
  try {
    const planned = await createPlan(session, { lock });
    host.event?.({ type: "step-started", step: "check" });
    const shownPlan = await readPlan(session, host.hasColor === true);
    return {
      ...planned,
      check: checkSessionPlan(shownPlan.json, session),
      report: reportOf(session.settings, shownPlan),
    };
  } finally {
    await session.close();
  }
}
