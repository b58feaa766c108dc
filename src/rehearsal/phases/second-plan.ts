import { join } from "node:path";
import { countOf } from "../../shared/index.ts";
import type { RunState } from "../run-state.ts";
import { differencesIn } from "../terraform-copy/plan-differences.ts";

/** Plans the applied configuration again. The plan must have no changes. */
export async function planAgain(run: RunState): Promise<void> {
  await run.runPhase("plan", async () => {
    for (const stack of run.stacks) {
      const { result, plan } = await stack.plan(join(run.directory, "again.tfplan"), () => {});
      run.recordErrors("plan", result);
      if (plan !== undefined) run.differences.push(...differencesIn(plan));
    }
    const count = run.differences.length;
    return {
      outcome: count > 0 || run.errors.length > 0 ? "fail" : "pass",
      summary: count === 0 ? "no changes" : countOf(count, "difference"),
    };
  });
}
