import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachSsmmessagesCheck: Check = reachabilityCheck({
  id: "reach-ssmmessages",
  question: "other",
  title: "Tasks with ECS Exec can connect to ssmmessages",
  step: "exec",
  severity: "warning",
  ids: [...COMMON_NETWORK_FAILURES, "NET-17"],
  explanation:
    "ECS Exec opens a channel from the task to ssmmessages. Without a connection the service runs, but ECS Exec fails.",
  sources: ["Amazon ECS Developer Guide, “Monitor Amazon ECS containers with ECS Exec”"],
});
