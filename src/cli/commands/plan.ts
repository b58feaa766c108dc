import { plan, summary } from "../change.ts";
import type { Host } from "../host/host.ts";
import { checkPlan, wordsFor } from "../verdict.ts";
import { openSession, type ProjectFlags } from "../session.ts";

export interface PlanFlags extends ProjectFlags {
  readonly detailedExitcode?: boolean;
}

/** Shows what apply would do, as Terraform shows it. */
export async function run(flags: PlanFlags, host: Host): Promise<number> {
  const session = await openSession(flags, host);
  try {
    const planned = await plan(session, host);
    if (planned.exitCode === 1) return 1;
    const [text, checked] = await Promise.all([
      session.terraform.showPlan(session.planFile, host.hasColor),
      checkPlan(session),
    ]);
    host.result(`${text.trimEnd()}\n\n${await wordsFor(checked, host)}`, {
      check: checked,
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
