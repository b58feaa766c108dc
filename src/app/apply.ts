import type { CheckResult } from "../checks/index.ts";
import { fingerprintOf, isFingerprint } from "../pipeline/index.ts";
import { UserError } from "../shared/index.ts";
import { checkSessionPlan } from "./check-plan.ts";
import type { OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { type Outputs, visibleOutputs } from "./outputs.ts";
import { applyPlan, confirmPlan, createPlan, type PlannedChanges } from "./plan-and-apply.ts";
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
    /** The plan does not have the approved fingerprint. Nothing was changed. */
    | {
        readonly outcome: "not-approved";
        /** The plan's fingerprint; absent if the plan has none. */
        readonly fingerprint?: string;
        /** The plan as Terraform prints it. */
        readonly plan: string;
      }
    /** The check of the plan fails. Nothing was changed. */
    | { readonly outcome: "check-failed"; readonly check: CheckResult }
  );

export async function applyInfrastructure(
  options: ApplyOptions,
  host: OperationHost,
): Promise<ApplyResult> {
  const resolved = resolveOptions("apply", options);
  const { approved, unchecked = false, yes = false } = resolved;
  if (approved !== undefined && !isFingerprint(approved))
    throw new UserError("BERTH-E8008", `"${approved}" is not a fingerprint`, {
      fix: `pass the fingerprint that ${suggest("plan", resolved, "--fingerprint")} prints`,
      exitCode: 64,
    });
  const session = await openSession(resolved, host, "apply");
  try {
    if (hasDeletionProtection(session)) host.event?.({ type: "deletion-protected" });
    const planned = await createPlan(session);
    if (planned.hasChanges) {
      const { text, json } = await session.terraform.showJsonText(session.plan.path);
      const fingerprint =
        approved === undefined ? undefined : fingerprintOf(text, session.rootModule);
      if (fingerprint !== approved)
        return {
          ...planned,
          outcome: "not-approved",
          ...(fingerprint === undefined ? {} : { fingerprint }),
          plan: await session.terraform.showPlan(session.plan.path, host.hasColor === true),
        };
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
      outputs: visibleOutputs(await session.terraform.outputs()),
    };
  } finally {
    await session.close();
  }
}

function hasDeletionProtection({ settings: { loadBalancer, production } }: Session): boolean {
  return loadBalancer !== false && (loadBalancer.deletionProtection ?? production ?? false);
}
