import type { CheckResult } from "../checks/index.ts";
import { checkSessionPlan } from "./check-plan.ts";
import type { OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { type Outputs, visibleOutputs } from "./outputs.ts";
import {
  applyPlan,
  confirmPlan,
  createPlan,
  type PlannedChanges,
  rejectedPlan,
  type RejectedPlan,
  requireFingerprint,
} from "./plan-and-apply.ts";
import { suggest } from "./suggested-command.ts";
import { openSession, type Session } from "./terraform-workspace.ts";

/** Options of {@link apply}. */
export interface ApplyOptions extends InfrastructureOptions {
  /** Apply without a confirmation of the host. @default false */
  readonly yes?: boolean;
  /** Apply only if the plan has this fingerprint. @default any plan */
  readonly approved?: string;
  /** Apply even if the check fails. @default false */
  readonly unchecked?: boolean;
}

/** The result of {@link apply}. Only `applied` and `no-changes` mean that the infrastructure matches the config. */
export type ApplyResult = PlannedChanges &
  (
    | { readonly outcome: "applied" | "no-changes"; readonly outputs: Outputs }
    /** The host did not confirm the plan. Nothing was changed. */
    | { readonly outcome: "declined" }
    | RejectedPlan
    /** The check of the plan fails. Nothing was changed. */
    | { readonly outcome: "check-failed"; readonly check: CheckResult }
  );

export async function applyInfrastructure(
  options: ApplyOptions,
  host: OperationHost,
): Promise<ApplyResult> {
  const resolved = resolveOptions("apply", options);
  const { approved, unchecked = false, yes = false } = resolved;
  requireFingerprint(approved, suggest("plan", resolved, "--fingerprint"));
  const session = await openSession(resolved, host, "apply");
  try {
    if (hasDeletionProtection(session)) host.event?.({ type: "deletion-protected" });
    const planned = await createPlan(session);
    if (planned.hasChanges) {
      const { text, json } = await session.terraform.showJsonText(session.plan.path);
      const { hasColor } = host;
      const rejected = await rejectedPlan(session, text, { approved, hasColor });
      if (rejected) return { ...planned, ...rejected };
      if (!unchecked) host.event?.({ type: "step-started", step: "check" });
      const check = unchecked ? undefined : checkSessionPlan(json, session);
      if (check?.verdict === "fail") return { ...planned, outcome: "check-failed", check };
      if (!(await confirmPlan(session, host, planned, { kind: "apply", yes, check })))
        return { ...planned, outcome: "declined" };
      await applyPlan(session, host, planned, "apply");
    } else {
      host.event?.({ type: "no-changes" });
    }
    return {
      ...planned,
      outcome: planned.hasChanges ? "applied" : "no-changes",
      outputs: visibleOutputs(await session.outputs()),
    };
  } finally {
    await session.close();
  }
}

function hasDeletionProtection({ settings: { loadBalancer, production } }: Session): boolean {
  return loadBalancer !== false && (loadBalancer.deletionProtection ?? production ?? false);
}
