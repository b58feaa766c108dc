import { countOf } from "../../shared/index.ts";
import type { RunState } from "../run-state.ts";
import { runTerraform } from "./run-terraform.ts";

/**
 * Applies all stacks, up to the first that fails.
 *
 * @returns whether the phase passed
 */
export async function applyStacks(run: RunState, name: "apply" | "change"): Promise<boolean> {
  const { outcome } = await run.runPhase(name, async () => {
    const counts = { added: 0, changed: 0, destroyed: 0 };
    const before = run.errors.length;
    for (const stack of run.stacks) {
      run.progress.phase(name, stack.name);
      await stack.init();
      const result = await runTerraform(run, stack, "apply");
      counts.added += result.counts.added;
      counts.changed += result.counts.changed;
      counts.destroyed += result.counts.destroyed;
      run.recordErrors(name, result);
      if (run.errors.length > before) break;
    }
    run.outages = run.outageMonitor?.outages() ?? [];
    const errorCount = run.errors.length - before;
    const parts = [
      `${counts.added} created`,
      ...(counts.changed > 0 ? [`${counts.changed} changed`] : []),
      ...(counts.destroyed > 0 ? [`${counts.destroyed} destroyed`] : []),
      ...(errorCount > 0 ? [countOf(errorCount, "error")] : []),
      ...(run.outageMonitor ? [run.outageMonitor.summary()] : []),
    ];
    return {
      outcome: errorCount + run.outages.length > 0 ? "fail" : "pass",
      summary: parts.join(", "),
    };
  });
  return outcome === "pass";
}
