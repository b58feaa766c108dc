import { markdownOf } from "../../checks/words.ts";
import { reportOf } from "../../pipeline/report.ts";
import { sectionOf } from "../../pipeline/section.ts";
import { plan, read, summary } from "../change.ts";
import type { Host } from "../host/host.ts";
import { checkPlan, wordsFor } from "../verdict.ts";
import { openSession, type ProjectFlags } from "../session.ts";

export interface PlanFlags extends ProjectFlags {
  readonly detailedExitcode?: boolean;
  readonly fingerprint?: boolean;
  readonly markdown?: boolean;
  /** False where the state may be read and not locked. */
  readonly lock: boolean;
}

/** Shows what apply would do, as Terraform shows it. */
export async function run(flags: PlanFlags, host: Host): Promise<number> {
  const session = await openSession(flags, host, "plan");
  try {
    const planned = await plan(session, host, { lock: flags.lock });
    if (planned.exitCode === 1) return 1;
    const { text, json } = await read(session, host.hasColor && flags.markdown !== true);
    const checked = await checkPlan(json, session);
    const report = reportOf(session.settings, json, text);
    const { fingerprint } = report;
    const shown =
      flags.markdown === true
        ? sectionOf(report, markdownOf(checked))
        : [
            text.trimEnd(),
            "",
            await wordsFor(checked, host),
            ...(flags.fingerprint === true ? [`fingerprint ${fingerprint}`] : []),
          ].join("\n");
    host.result(shown, {
      check: checked,
      fingerprint,
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
