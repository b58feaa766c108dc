import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachParameterStoreCheck: Check = reachabilityCheck({
  id: "reach-parameter-store",
  question: "secrets",
  title: "tasks reach Parameter Store",
  step: "parameters",
  ids: [...COMMON_NETWORK_FAILURES, "NET-15"],
  error:
    "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded",
  explanation:
    "Parameters are read before any image is pulled, through the task's network interface.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS interface VPC endpoints”"],
});
