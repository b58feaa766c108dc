import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachParameterStoreCheck: Check = reachabilityCheck({
  id: "reach-parameter-store",
  question: "secrets",
  title: "Tasks can connect to Systems Manager Parameter Store",
  step: "parameters",
  ids: [...COMMON_NETWORK_FAILURES, "NET-15"],
  error: "parameter-store-unreachable",
  explanation:
    "A task reads its parameters before it pulls an image, and it connects through its own network interface.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS interface VPC endpoints”"],
});
