import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachCloudwatchLogsCheck: Check = reachabilityCheck({
  id: "reach-cloudwatch-logs",
  question: "logs",
  title: "Tasks can connect to CloudWatch Logs",
  step: "logs",
  ids: [...COMMON_NETWORK_FAILURES, "NET-13"],
  awsError:
    "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. … signal: killed",
  explanation:
    "The awslogs log driver creates its log stream before the container starts, and it connects through the task's network interface.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS interface VPC endpoints”"],
});
