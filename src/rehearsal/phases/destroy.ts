import { removeSeededImages } from "../../sandbox-seed/index.ts";
import { countOf } from "../../shared/index.ts";
import type { RunState } from "../run-state.ts";
import type { Stack } from "../terraform-copy/terraform-stack.ts";
import { WorkloadRun } from "../services/workload-run.ts";
import { runTerraform } from "./run-terraform.ts";

/** Failures of a destroy that the configuration requests, such as deletion protection. */
const INTENDED_FAILURES = new Set(["DEST-01", "DEST-02", "DEST-10", "DEST-17"]);

/**
 * Disables deletion protection, as a user does before a destroy. Without it the load balancer would block everything that it
 * uses. A latent risk (DEST-02) reports the protection.
 */
function disableDeletionProtection({ inspection, sandbox }: RunState): void {
  for (const { arn, account, region, hasDeletionProtection } of inspection.resources(
    "load-balancer",
  ))
    if (hasDeletionProtection)
      sandbox.invoke(
        "elasticloadbalancing",
        "ModifyLoadBalancerAttributes",
        {
          LoadBalancerArn: arn,
          Attributes: [{ Key: "deletion_protection.enabled", Value: "false" }],
        },
        { account, region },
      );
}

/**
 * Removes the images that were put into the repository of a foundation, which would block its destroy. Its services are destroyed
 * before: they read the images.
 */
function removeAssumedImages(run: RunState, { settings, workload }: Stack): void {
  if (settings !== undefined && workload === undefined)
    removeSeededImages(run.sandbox, settings, run.accountOf(settings));
}

/** Destroys all stacks, the last one first, and lists the resources that remain. */
export async function destroyStacks(run: RunState): Promise<void> {
  run.placeholder?.remove();
  // The service of the placeholder is DRAINING until the background work runs, and a cluster with a service cannot be deleted.
  run.runBackgroundWork();
  disableDeletionProtection(run);
  await run.runPhase("destroy", async () => {
    let destroyed = 0;
    const before = run.errors.length;
    for (const stack of run.initializedStacks.reverse()) {
      run.progress.phase("destroy", stack.name);
      removeAssumedImages(run, stack);
      const result = await runTerraform(run, stack, "destroy");
      destroyed += result.counts.destroyed;
      run.recordErrors("destroy", result, stack);
      if (stack.workload !== undefined) await new WorkloadRun(run, stack).removeRest();
    }
    run.runBackgroundWork();
    const { existingResources } = run;
    const remaining = run
      .resourcesInSandbox()
      .filter((resource) => !existingResources.has(resource));
    run.remainingResources = remaining;
    const errors = run.errors.slice(before);
    const isIntended =
      errors.length > 0 && errors.every(({ id }) => id !== undefined && INTENDED_FAILURES.has(id));
    const summary = [
      `${destroyed} destroyed`,
      remaining.length === 0
        ? "no resources left"
        : `${countOf(remaining.length, "resource")} left${isIntended ? ", as configured" : ""}`,
    ];
    return {
      outcome: remaining.length === 0 || isIntended ? "pass" : "fail",
      summary: summary.join(", "),
    };
  });
}
