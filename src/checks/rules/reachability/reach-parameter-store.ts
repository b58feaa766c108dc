import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachParameterStoreCheck: Check = reachabilityCheck({
  id: "reach-parameter-store",
  question: "secrets",
  title: "Tasks can connect to Systems Manager Parameter Store",
  step: "parameters",
  ids: [...COMMON_NETWORK_FAILURES, "NET-15"],
  awsError:
    "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded",
  explanation:
    "A task reads its parameters before it pulls an image, and it connects through its own network interface.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS interface VPC endpoints”"],
});
