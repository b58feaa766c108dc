import type { Check } from "../check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../reachability-check.ts";

export const tasksReachParameters: Check = reachabilityCheck({
  id: "tasks-reach-parameters",
  question: "secrets",
  title: "tasks reach Parameter Store",
  step: "parameters",
  ids: [...COMMON_NETWORK_FAILURES, "NET-15"],
  error:
    "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded",
  why: "Parameters are read before any image is pulled, through the task's network interface. Source: Amazon ECS Developer Guide, “Amazon ECS interface VPC endpoints”.",
});
