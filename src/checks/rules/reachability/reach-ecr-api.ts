import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachEcrApiCheck: Check = reachabilityCheck({
  id: "reach-ecr-api",
  question: "pull",
  title: "Tasks can connect to the Amazon ECR API",
  step: "registry",
  ids: [...COMMON_NETWORK_FAILURES, "NET-09"],
  error: "ecr-api-unreachable",
  explanation:
    "A Fargate task on platform version 1.4.0 or later logs in to Amazon ECR through its own network interface. It needs a NAT gateway, a public IP address or the interface endpoint ecr.api.",
  sources: [
    "Amazon ECS Developer Guide, “Amazon ECS interface VPC endpoints”",
    "Amazon ECS Developer Guide, “Verifying Amazon ECS stopped task connectivity”",
  ],
});
