import { UserError } from "../../shared/index.ts";
import { fingerprintOf, isFingerprint } from "../../pipeline/index.ts";
import { applyPlan, createPlan } from "../plan-and-apply.ts";
import type { Host } from "../host/host.ts";
import { renderOutputs, visibleOutputs } from "../outputs.ts";
import { suggest } from "../suggested-command.ts";
import { checkPlan, checkReport } from "../check-plan.ts";
import type { ProjectFlags } from "../project-folder.ts";
import { openSession, type Session } from "../terraform-workspace.ts";

export interface ApplyFlags extends ProjectFlags {
  readonly yes?: boolean;
  /** The fingerprint that the plan must have. */
  readonly approved?: string;
  /** Apply even if the check fails. */
  readonly unchecked?: boolean;
}

/** Shows the plan, requests confirmation, and creates or changes the infrastructure. */
export async function run(flags: ApplyFlags, host: Host): Promise<number> {
  checkApproved(flags);
  const session = await openSession(flags, host, "apply");
  try {
    const { loadBalancer, production } = session.settings;
    const isProtected =
      loadBalancer !== false && (loadBalancer.deletionProtection ?? production ?? false);
    if (isProtected)
      host.note(
        "deletion protection is enabled: destroy fails until loadBalancer.deletionProtection is false",
      );
    const planResult = await createPlan(session, host);
    if (planResult.exitCode === 1) return 1;
    if (planResult.exitCode === 2) {
      const { text: planText, json } = await session.terraform.showJsonText(session.plan.path);
      if (
        flags.approved !== undefined &&
        !(await isApproved(flags.approved, planText, session, host))
      )
        return 4;
      if (flags.unchecked !== true && (await isCheckFailed(json, session, host))) return 3;
      const code = await applyPlan(session, host, planResult, {
        verb: "apply",
        yes: flags.yes === true,
      });
      if (code !== 0) return code;
    } else {
      host.note("no changes: the infrastructure matches the config");
    }
    const outputs = visibleOutputs(await session.terraform.outputs());
    host.result(renderOutputs(outputs), { ...planResult.counts, outputs });
    return 0;
  } finally {
    await session.close();
  }
}

function checkApproved({ approved, ...flags }: ApplyFlags): void {
  if (approved === undefined || isFingerprint(approved)) return;
  throw new UserError("BERTH-E8002", `"${approved}" is not a fingerprint`, {
    fix: `pass the fingerprint that ${suggest("plan", flags, "--fingerprint")} prints`,
    exitCode: 64,
  });
}

/** Reports a problem if the plan is not the approved one. Nothing has been changed at this point. */
async function isApproved(
  approved: string,
  planText: string,
  session: Session,
  host: Host,
): Promise<boolean> {
  const fingerprint = fingerprintOf(planText, session.rootModule);
  if (fingerprint === approved) return true;
  host.show(await session.terraform.showPlan(session.plan.path, host.hasColor));
  host.problems([
    {
      what: `the plan differs from the approved plan; nothing was changed: approved ${approved}, now ${fingerprint ?? "none"}`,
      code: "BERTH-E8002",
      fix: "review the plan above, then approve it: pass its fingerprint to apply --approved, or open a new pull request",
    },
  ]);
  return false;
}

/** Reports a problem if the check fails. Nothing has been changed at this point. */
async function isCheckFailed(json: unknown, session: Session, host: Host): Promise<boolean> {
  const result = await checkPlan(json, session);
  if (result.verdict !== "fail") return false;
  host.show(await checkReport(result, host));
  host.problems([
    {
      what: "the check of this plan fails; nothing was changed",
      fix: "fix the findings above, or pass --unchecked to apply anyway",
    },
  ]);
  return true;
}
