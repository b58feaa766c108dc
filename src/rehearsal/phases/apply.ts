import { countOf } from "../../shared/index.ts";
import { isOutcomeOf, keyPolicyRaces } from "../diagnosis/races.ts";
import { terraformErrorOf } from "../diagnosis/terraform-errors.ts";
import type { RunState } from "../run-state.ts";
import { edgesOf } from "../terraform-copy/graph.ts";
import type { StackRunResult } from "../terraform-copy/run-tally.ts";
import type { Stack } from "../terraform-copy/terraform-stack.ts";
import { runTerraform } from "./run-terraform.ts";

/**
 * Applies the stacks of foundations and folders, up to the first that fails. Services and jobs are deployed later.
 *
 * @returns whether the phase passed
 */
export async function applyStacks(run: RunState, name: "apply" | "change"): Promise<boolean> {
  const { outcome } = await run.runPhase(name, async () => {
    const counts = { added: 0, changed: 0, destroyed: 0 };
    const before = run.errors.length;
    for (const stack of run.stacks.filter(({ workload }) => workload === undefined)) {
      run.progress.phase(name, stack.name);
      await stack.init();
      const result = await applyStack(run, stack);
      counts.added += result.counts.added;
      counts.changed += result.counts.changed;
      counts.destroyed += result.counts.destroyed;
      run.recordErrors(name, result, stack);
      if (run.errors.length > before) break;
    }
    run.outages = run.outageMonitor?.outages() ?? [];
    const errorCount = run.errors.length - before;
    const raceCount = run.races.length;
    const parts = [
      `${counts.added} created`,
      ...(counts.changed > 0 ? [`${counts.changed} changed`] : []),
      ...(counts.destroyed > 0 ? [`${counts.destroyed} destroyed`] : []),
      ...(errorCount > 0 ? [countOf(errorCount, "error")] : []),
      ...(raceCount > 0 ? [countOf(raceCount, "race")] : []),
      ...(run.outageMonitor ? [run.outageMonitor.summary()] : []),
    ];
    return {
      outcome: errorCount + raceCount + run.outages.length > 0 ? "fail" : "pass",
      summary: parts.join(", "),
    };
  });
  return outcome === "pass";
}

/** Applies a stack. If a race made it fail, applies it again, as a user would. The verdict must not depend on luck. */
async function applyStack(run: RunState, stack: Stack): Promise<StackRunResult> {
  const result = await runTerraform(run, stack, "apply");
  // The old configuration of a change was applied long ago.
  const isOld = run.options.from !== undefined && run.currentPhase === "apply";
  if (!run.hasKeyWithDefaultPolicy || isOld) return result;
  const races = keyPolicyRaces(edgesOf(await stack.graph()));
  const known = new Set(run.races.map(({ message }) => message));
  run.races.push(...races.filter(({ message }) => !known.has(message)));
  const isRace =
    result.problems.length > 0 &&
    result.problems.every((problem) =>
      isOutcomeOf(races, terraformErrorOf(problem, run.stallDetector)),
    );
  return isRace ? runTerraform(run, stack, "apply") : result;
}
