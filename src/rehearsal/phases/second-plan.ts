import { join } from "node:path";
import { countOf } from "../../shared/index.ts";
import type { Difference } from "../result.ts";
import type { RunState } from "../run-state.ts";
import { differencesIn } from "../terraform-copy/plan-differences.ts";
import type { Stack } from "../terraform-copy/terraform-stack.ts";

/** The changes in a plan, with the addresses of results. */
export const differencesOf = ({ addressPrefix }: Stack, plan: unknown): Difference[] =>
  differencesIn(plan).map((difference) => ({
    ...difference,
    address: `${addressPrefix}${difference.address}`,
  }));

/** Plans the applied configuration again. The plan must have no changes. */
export async function planAgain(run: RunState): Promise<void> {
  await run.runPhase("plan", async () => {
    for (const stack of run.stacks) {
      const { result, plan } = await stack.plan(join(run.directory, "again.tfplan"), () => {});
      run.recordErrors("plan", result, stack);
      if (plan !== undefined) run.differences.push(...differencesOf(stack, plan));
    }
    const count = run.differences.length;
    return {
      outcome: count > 0 || run.errors.length > 0 ? "fail" : "pass",
      summary: count === 0 ? "no changes" : countOf(count, "difference"),
    };
  });
}
