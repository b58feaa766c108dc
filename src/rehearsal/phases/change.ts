import { OutageMonitor } from "../probes/outage-monitor.ts";
import type { RunState } from "../run-state.ts";
import type { Stack } from "../terraform-copy/terraform-stack.ts";
import { applyStacks } from "./apply.ts";
import { startWorkloads } from "./traffic.ts";

/**
 * Applies the new configuration to the resources of the old one, and monitors outages after each call.
 *
 * @param stacks the stacks of the new configuration
 * @param seed creates the resources that the new configuration expects to exist
 */
export async function applyChange(
  run: RunState,
  stacks: Stack[],
  seed: (stacks: readonly Stack[]) => void,
): Promise<void> {
  await run.indexAddresses();
  await startWorkloads(run);
  run.stacks = stacks;
  seed(stacks);
  run.outageMonitor = new OutageMonitor(run.inspection, run.addressIndex);
  await applyStacks(run, "change");
  run.outageMonitor = undefined;
}
