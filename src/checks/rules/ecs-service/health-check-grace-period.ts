import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

/** Seconds that a small application needs to start. */
const START_SECONDS = 30;

export const healthCheckGracePeriodCheck: Check = {
  id: "health-check-grace-period",
  question: "traffic",
  title: "Health checks allow a task enough time to start",
  severity: "note",
  ids: ["ALB-13"],
  explanation:
    "Without a health check grace period, ECS stops a task that is still starting after the load balancer's first failed health checks, and repeats this for each new task.",
  sources: ["Amazon ECS Developer Guide, “Troubleshooting service load balancers in Amazon ECS”"],
  *run({ network }) {
    for (const { resource, name, bindings } of network.workloads) {
      if (!resource || bindings.length === 0) continue;
      const grace = resource.number("health_check_grace_period_seconds") ?? 0;
      for (const group of bindings.flatMap((binding) => binding.targetGroups)) {
        const [interval, count] = [
          group.number("health_check", 0, "interval") ?? 30,
          group.number("health_check", 0, "unhealthy_threshold") ?? 3,
        ];
        if (isUnknown(grace) || isUnknown(interval) || isUnknown(count))
          yield unknownOutcome(
            name,
            "the interval, threshold or grace period of the health check is unknown",
            "ALB-13",
          );
        else if (grace + interval * count < START_SECONDS)
          yield fail(
            name,
            "ALB-13",
            `ECS stops a task as unhealthy after ${grace + interval * count} seconds`,
            { awsError: awsErrorOf("load-balancer-health-check-failed") },
          );
        else yield pass(name);
      }
    }
  },
};
