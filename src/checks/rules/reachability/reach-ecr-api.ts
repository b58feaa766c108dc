import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachEcrApiCheck: Check = reachabilityCheck({
  id: "reach-ecr-api",
  question: "pull",
  title: "tasks reach the registry's API to log in",
  step: "registry",
  ids: [...COMMON_NETWORK_FAILURES, "NET-09"],
  error:
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. … dial tcp: i/o timeout (<way>)",
  explanation:
    "Since platform version 1.4.0 a Fargate task logs in to Amazon ECR through its own network interface: by a NAT gateway, a public address, or the interface endpoint ecr.api.",
  sources: [
    "Amazon ECS Developer Guide, “Amazon ECS interface VPC endpoints”",
    "Amazon ECS Developer Guide, “Verifying Amazon ECS stopped task connectivity”",
  ],
});
