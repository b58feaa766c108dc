import { isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

/** Seconds in which a small program is up. */
const START = 30;

export const healthCheckGracePeriodCheck: Check = {
  id: "health-check-grace-period",
  question: "traffic",
  title: "health checks leave a task the time to start",
  severity: "note",
  ids: ["ALB-13"],
  explanation:
    "Without a grace period a load balancer's first failed checks end a task that is still starting, again and again.",
  sources: ["Amazon ECS Developer Guide, “Troubleshooting service load balancers in Amazon ECS”"],
  *run({ network }) {
    for (const { resource, name, bindings } of network.workloads) {
      if (!resource || bindings.length === 0) continue;
      const grace = resource.number("health_check_grace_period_seconds") ?? 0;
      for (const group of bindings.flatMap((binding) => binding.groups)) {
        const [interval, count] = [
          group.number("health_check", 0, "interval") ?? 30,
          group.number("health_check", 0, "unhealthy_threshold") ?? 3,
        ];
        if (isUnknown(grace) || isUnknown(interval) || isUnknown(count))
          yield unknownOutcome(name, "the health check's times are not known", "ALB-13");
        else if (grace + interval * count < START)
          yield fail(
            name,
            "ALB-13",
            `a task has ${grace + interval * count} seconds until it is ended as unhealthy`,
            { error: "Task failed ELB health checks in (target-group …)" },
          );
        else yield pass(name);
      }
    }
  },
};
