import { workflowFile } from "../config/index.ts";
import { type Drift, driftOf, isEmptyPlan, reportOf } from "../pipeline/index.ts";
import type { OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { createPlan, readPlan } from "./plan-and-apply.ts";
import { openSession } from "./terraform-workspace.ts";

/** The differences between the config and the account. */
export interface DriftResult {
  readonly hasDrift: boolean;
  /** The changes that would end the drift. */
  readonly drift: Drift;
}

export async function detectDrift(
  options: InfrastructureOptions,
  host: OperationHost,
): Promise<DriftResult> {
  const session = await openSession(resolveOptions("drift", options), host, "drift");
  try {
    // Drift detection changes nothing and must not block an apply: it takes no lock.
    await createPlan(session, { lock: false });
    const { settings } = session;
    const shownPlan = await readPlan(session, false);
    const report = reportOf(settings, shownPlan);
    const drift = driftOf(report, shownPlan.json, workflowFile(settings.pipeline));
    return { hasDrift: !isEmptyPlan(drift), drift };
  } finally {
    await session.close();
  }
}
