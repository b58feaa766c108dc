import type { RehearsedDeployment } from "../result.ts";
import type { RunState } from "../run-state.ts";
import { phaseResultOf, withRequests } from "./deploy.ts";
import type { ServiceRun } from "./update.ts";

/** Scales each service by one task, and back, while requests are sent. */
export async function scaleServices(run: RunState, services: readonly ServiceRun[]): Promise<void> {
  await run.runPhase("scale", async () => {
    for (const workload of services) {
      const { name, service } = workload;
      const base = { service: name, phase: "scale" as const, change: "scale" as const };
      run.progress.phase("scale", workload.stack.name);
      const count = await workload.count();
      if (count === undefined) continue;
      // Automatic scaling allows no other number.
      const { min = 0, max = Infinity } = service.scale ?? {};
      const other = count < max ? count + 1 : count - 1;
      if (other < min) continue;
      const findings = await withRequests(run, base, async () =>
        [await workload.scale(other), await workload.scale(count)].filter(
          (finding) => finding !== undefined,
        ),
      );
      const outcome: RehearsedDeployment["outcome"] = findings.length === 0 ? "pass" : "fail";
      run.deployments.push({ ...base, outcome, findings });
    }
    return phaseResultOf(run, "scale");
  });
}
