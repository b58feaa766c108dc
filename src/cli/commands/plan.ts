import { markdownOf } from "../../checks/report/markdown.ts";
import { reportOf } from "../../pipeline/report.ts";
import { sectionOf } from "../../pipeline/report-section.ts";
import { stepOutputFile, writeStepOutput } from "../github-actions-context.ts";
import { plan, read, summary } from "../plan-and-apply.ts";
import type { Host } from "../host/host.ts";
import { checkPlan, wordsFor } from "../check-plan.ts";
import { openSession, type ProjectFlags } from "../terraform-session.ts";

export interface PlanFlags extends ProjectFlags {
  readonly detailedExitcode?: boolean;
  readonly fingerprint?: boolean;
  readonly markdown?: boolean;
  /** Write the fingerprint into the file of the step's outputs; an empty one where the plan would do nothing. */
  readonly githubOutput?: boolean;
  /** False where the state may be read and not locked. */
  readonly lock: boolean;
}

/** Shows what apply would do, as Terraform shows it. */
export async function run(flags: PlanFlags, host: Host): Promise<number> {
  if (flags.githubOutput === true) stepOutputFile(process.env);
  const session = await openSession(flags, host, "plan");
  try {
    const planned = await plan(session, host, { lock: flags.lock });
    if (planned.exitCode === 1) return 1;
    const shownPlan = await read(session, host.hasColor && flags.markdown !== true);
    const { text, json } = shownPlan;
    const checked = await checkPlan(json, session);
    const report = reportOf(session.settings, shownPlan);
    const { fingerprint } = report;
    if (flags.githubOutput === true) writeStepOutput(process.env, "fingerprint", fingerprint ?? "");
    const shown =
      flags.markdown === true
        ? sectionOf(report, markdownOf(checked))
        : [
            text.trimEnd(),
            "",
            await wordsFor(checked, host),
            ...(flags.fingerprint === true
              ? [`fingerprint ${fingerprint ?? "none: the plan would do nothing"}`]
              : []),
          ].join("\n");
    host.result(shown, {
      check: checked,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      changed: planned.exitCode === 2,
      ...planned.counts,
      changes: planned.changes,
    });
    host.note(planned.exitCode === 2 ? summary(planned.counts) : "nothing to do");
    return flags.detailedExitcode === true ? planned.exitCode : 0;
  } finally {
    await session.close();
  }
}
