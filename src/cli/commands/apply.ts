import { UserError } from "../../shared/errors.ts";
import { fingerprintOf, isFingerprint } from "../../pipeline/fingerprint/fingerprint.ts";
import { carryOut, plan } from "../plan-and-apply.ts";
import type { Host } from "../host/host.ts";
import { renderOutputs, visibleOutputs } from "../outputs.ts";
import { suggest } from "../suggested-command.ts";
import { checkPlan, wordsFor } from "../check-plan.ts";
import { openSession, type ProjectFlags, type Session } from "../terraform-session.ts";

export interface ApplyFlags extends ProjectFlags {
  readonly yes?: boolean;
  /** The fingerprint that the plan must have. */
  readonly approved?: string;
  /** Go on where the check refutes the launch. */
  readonly unchecked?: boolean;
}

/** Creates or changes what the config says, after showing it and being told to. */
export async function run(flags: ApplyFlags, host: Host): Promise<number> {
  checkApproved(flags);
  const session = await openSession(flags, host, "apply");
  try {
    const { loadBalancer, production } = session.settings;
    const isProtected =
      loadBalancer !== false && (loadBalancer.deletionProtection ?? production ?? false);
    if (isProtected)
      host.note(
        "deletion protection is on: destroy will be refused until loadBalancer.deletionProtection is false",
      );
    const planned = await plan(session, host);
    if (planned.exitCode === 1) return 1;
    if (planned.exitCode === 2) {
      const { text, json } = await session.terraform.showJsonText(session.plan.path);
      if (flags.approved !== undefined && !(await isApproved(flags.approved, text, session, host)))
        return 4;
      if (flags.unchecked !== true && (await isRefuted(json, session, host))) return 3;
      const code = await carryOut(session, host, planned, {
        verb: "apply",
        yes: flags.yes === true,
      });
      if (code !== 0) return code;
    } else {
      host.note("nothing to do: everything is as the config says");
    }
    const outputs = visibleOutputs(await session.terraform.outputs());
    host.result(renderOutputs(outputs), { ...planned.counts, outputs });
    return 0;
  } finally {
    await session.close();
  }
}

function checkApproved({ approved, ...flags }: ApplyFlags): void {
  if (approved === undefined || isFingerprint(approved)) return;
  throw new UserError("BERTH-E8002", `"${approved}" is not a fingerprint`, {
    fix: `give what ${suggest("plan", flags, "--fingerprint")} prints`,
    exitCode: 64,
  });
}

/** Stops before anything is changed where the plan is another than the approved one. */
async function isApproved(
  approved: string,
  shown: string,
  session: Session,
  host: Host,
): Promise<boolean> {
  const fingerprint = fingerprintOf(shown, session.rootModule);
  if (fingerprint === approved) return true;
  host.show(await session.terraform.showPlan(session.plan.path, host.hasColor));
  host.problems([
    {
      what: `this is not the plan that was approved, and nothing was changed: approved ${approved}, now ${fingerprint ?? "none"}`,
      code: "BERTH-E8002",
      fix: "read what it would do now, and approve that: apply --approved with its fingerprint, or a new pull request",
    },
  ]);
  return false;
}

/** Stops before anything is changed where the check says that it will not launch. */
async function isRefuted(json: unknown, session: Session, host: Host): Promise<boolean> {
  const result = await checkPlan(json, session);
  if (result.verdict !== "fail") return false;
  host.show(await wordsFor(result, host));
  host.problems([
    {
      what: "the check refutes this plan, and nothing was changed",
      fix: "mend what it shows, or pass --unchecked to apply all the same",
    },
  ]);
  return true;
}
