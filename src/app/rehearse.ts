import type { RehearsalResult, RehearseOptions } from "../rehearsal/index.ts";
import { rehearse } from "../rehearsal/runner.ts";
import { rejectUndefined } from "../shared/index.ts";
import { type OperationHost, resourceEventOf } from "./host.ts";
import { engineCache } from "./engine-cache.ts";
import { withRehearsalLocations } from "./rehearsal-locations.ts";

/** Rehearses a configuration, and reports its progress to the host. */
export async function rehearseConfiguration(
  options: RehearseOptions,
  host: OperationHost,
): Promise<RehearsalResult> {
  const { env = process.env, ...others } = options;
  rejectUndefined(others, "the options of rehearse()");
  const result = await rehearse(
    { engineCache: engineCache(env), ...options, env },
    {
      localCode: (code) => host.event?.({ type: "local-code", code }),
      phase: (phase, stack) =>
        host.event?.({ type: "phase-started", phase, ...(stack === undefined ? {} : { stack }) }),
      event: (event) => {
        if (event.type === "summary" && event.operation !== "apply")
          host.event?.({
            type: "changes-expected",
            resources: event.add + event.change + event.remove,
          });
        const resourceEvent = resourceEventOf(event);
        if (resourceEvent) host.event?.(resourceEvent);
      },
      passed: (phase) => host.event?.({ type: "phase-ended", phase }),
    },
  );
  return withRehearsalLocations(result, options);
}
