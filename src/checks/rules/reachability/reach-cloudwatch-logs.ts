import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachCloudwatchLogsCheck: Check = reachabilityCheck({
  id: "reach-cloudwatch-logs",
  question: "logs",
  title: "Tasks can connect to CloudWatch Logs",
  step: "logs",
  ids: [...COMMON_NETWORK_FAILURES, "NET-13"],
  error: "cloudwatch-logs-unreachable",
  explanation:
    "The awslogs log driver creates its log stream before the container starts, and it connects through the task's network interface.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS interface VPC endpoints”"],
});
