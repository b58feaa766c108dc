import { markdownOf } from "../../checks/report/index.ts";
import { reportOf, sectionOf } from "../../pipeline/index.ts";
import { stepOutputFile, writeStepOutput } from "../github-actions-context.ts";
import { createPlan, readPlan, changeSummary } from "../plan-and-apply.ts";
import type { Host } from "../host/host.ts";
import { checkPlan, checkReport } from "../check-plan.ts";
import type { ProjectFlags } from "../project-folder.ts";
import { openSession } from "../terraform-workspace.ts";

export interface PlanFlags extends ProjectFlags {
  readonly detailedExitcode?: boolean;
  readonly fingerprint?: boolean;
  readonly markdown?: boolean;
  /** Set the step output `fingerprint`; it is empty if the plan has no changes. */
  readonly githubOutput?: boolean;
  /** False to read the state without a lock. */
  readonly lock: boolean;
}

/** Shows Terraform's plan and the result of the check. */
export async function run(flags: PlanFlags, host: Host): Promise<number> {
  if (flags.githubOutput === true) stepOutputFile(process.env);
  const session = await openSession(flags, host, "plan");
  try {
    const planResult = await createPlan(session, host, { lock: flags.lock });
    if (planResult.exitCode === 1) return 1;
    const shownPlan = await readPlan(session, host.hasColor && flags.markdown !== true);
    const { text, json } = shownPlan;
    const checkResult = await checkPlan(json, session);
    const report = reportOf(session.settings, shownPlan);
    const { fingerprint } = report;
    if (flags.githubOutput === true) writeStepOutput(process.env, "fingerprint", fingerprint ?? "");
    const rendered =
      flags.markdown === true
        ? sectionOf(report, markdownOf(checkResult))
        : [
            text.trimEnd(),
            "",
            await checkReport(checkResult, host),
            ...(flags.fingerprint === true
              ? [`fingerprint ${fingerprint ?? "none: the plan has no changes"}`]
              : []),
          ].join("\n");
    host.result(rendered, {
      check: checkResult,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      changed: planResult.exitCode === 2,
      ...planResult.counts,
      changes: planResult.changes,
    });
    host.note(planResult.exitCode === 2 ? changeSummary(planResult.counts) : "no changes");
    return flags.detailedExitcode === true ? planResult.exitCode : 0;
  } finally {
    await session.close();
  }
}
