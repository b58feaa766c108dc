import type { RehearsedDeployment } from "../result.ts";
import type { RunState } from "../run-state.ts";
import { phaseResultOf, withRequests } from "./deploy.ts";
import type { ServiceRun } from "./update.ts";

/**
 * Adds a task to each service, and removes it again, while requests are sent. The summary names services whose automatic scaling allows
 * only one number of tasks: they are not scaled.
 */
export async function scaleServices(run: RunState, services: readonly ServiceRun[]): Promise<void> {
  await run.runPhase("scale", async () => {
    const fixed: string[] = [];
    for (const workload of services) {
      const { name, service } = workload;
      const base = { service: name, phase: "scale" as const, change: "scale" as const };
      run.progress.phase("scale", workload.stack.name);
      const count = await workload.count();
      if (count === undefined) {
        const reason = "the service does not exist";
        run.deployments.push({ ...base, outcome: "unknown", findings: [], reason });
        continue;
      }
      const { min = 0, max = Infinity } = service.scale ?? {};
      const other = count < max ? count + 1 : count - 1;
      if (other < min) {
        fixed.push(name);
        continue;
      }
      const findings = await withRequests(run, base, async () =>
        [await workload.scale(other), await workload.scale(count)].filter(
          (finding) => finding !== undefined,
        ),
      );
      const outcome: RehearsedDeployment["outcome"] = findings.length === 0 ? "pass" : "fail";
      run.deployments.push({ ...base, outcome, findings });
    }
    const phase = phaseResultOf(run, "scale");
    return fixed.length === 0
      ? phase
      : {
          ...phase,
          summary: `${phase.summary}; ${fixed.join(", ")} not scaled: scale.min equals scale.max`,
        };
  });
}
