import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const healthCheckGracePeriodCases: Cases = {
  "health checks before it starts": failureCase(
    "ALB-13",
    ["  health_check_grace_period_seconds = 60\n", ""],
    ["interval = 30", "interval = 5\n    timeout = 2\n    unhealthy_threshold = 2"],
  ),
  "times that are not known": unknownCase(
    ["health-check-grace-period"],
    ["interval = 30", `interval = length(${UNKNOWN_VALUE})`],
  ),
};
