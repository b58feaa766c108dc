import { workflowFile } from "../../config/pipeline.ts";
import { driftOf, updateDriftIssue } from "../../pipeline/drift-issue.ts";
import { isEmptyPlan, reportOf } from "../../pipeline/report.ts";
import { gitHubFrom } from "../github-actions-context.ts";
import { plan, read } from "../plan-and-apply.ts";
import type { Host } from "../host/host.ts";
import { openSession, type ProjectFlags } from "../terraform-session.ts";

export interface DriftFlags extends ProjectFlags {
  readonly issue?: boolean;
  readonly repository?: string;
  readonly author: string;
}

/** Says what is there and not as the config says: what somebody has changed, and what was never applied. */
export async function run(flags: DriftFlags, host: Host): Promise<number> {
  const github = flags.issue === true ? gitHubFrom(process.env, flags) : undefined;
  const session = await openSession(flags, host, "drift");
  try {
    // Nothing is changed: the lock is left to those who do.
    const planned = await plan(session, host, { lock: false });
    if (planned.exitCode === 1) return 1;
    const { settings } = session;
    const shown = await read(session, false);
    const { text } = shown;
    const report = reportOf(settings, shown);
    const drift = driftOf(report, shown.json, workflowFile(settings.pipeline));
    const drifts = !isEmptyPlan(drift);
    const told = github && (await updateDriftIssue(github, drift, flags.author));
    if (told?.url !== undefined) host.note(`issue ${told.done}: ${told.url}`);
    const { text: _, ...data } = drift;
    host.result(drifts ? text : "no drift: everything is as the config says", {
      drifts,
      ...data,
      ...(told ? { issue: told } : {}),
    });
    return drifts ? 2 : 0;
  } finally {
    await session.close();
  }
}
