import { workflowFile } from "../../config/index.ts";
import { driftOf, updateDriftIssue, isEmptyPlan, reportOf } from "../../pipeline/index.ts";
import { gitHubFrom } from "../github-actions-context.ts";
import { createPlan, readPlan } from "../plan-and-apply.ts";
import type { Host } from "../host/host.ts";
import type { ProjectFlags } from "../project-folder.ts";
import { openSession } from "../terraform-workspace.ts";

export interface DriftFlags extends ProjectFlags {
  readonly issue?: boolean;
  readonly repository?: string;
  readonly author: string;
}

/** Detects drift: changes made outside of Terraform, and config changes that were never applied. */
export async function run(flags: DriftFlags, host: Host): Promise<number> {
  const github = flags.issue === true ? gitHubFrom(process.env, flags) : undefined;
  const session = await openSession(flags, host, "drift");
  try {
    // Drift detection changes nothing and must not block an apply: it takes no lock.
    const planResult = await createPlan(session, host, { lock: false });
    if (planResult.exitCode === 1) return 1;
    const { settings } = session;
    const plan = await readPlan(session, false);
    const report = reportOf(settings, plan);
    const drift = driftOf(report, plan.json, workflowFile(settings.pipeline));
    const hasDrift = !isEmptyPlan(drift);
    const issue = github && (await updateDriftIssue(github, drift, flags.author));
    if (issue?.url !== undefined) host.note(`issue ${issue.done}: ${issue.url}`);
    const { text: _, ...data } = drift;
    host.result(hasDrift ? plan.text : "no drift: the infrastructure matches the config", {
      drifts: hasDrift,
      ...data,
      ...(issue ? { issue } : {}),
    });
    return hasDrift ? 2 : 0;
  } finally {
    await session.close();
  }
}
