import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachImageRegistryCheck: Check = reachabilityCheck({
  id: "reach-image-registry",
  question: "pull",
  title: "tasks reach the registry that holds their image",
  step: "image",
  ids: [...COMMON_NETWORK_FAILURES, "NET-10", "NET-33", "NET-34"],
  error:
    "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref: failed to do request: Head https://<way>/v2/…: dial tcp: i/o timeout",
  explanation:
    "The manifest comes from <account>.dkr.ecr.<region>.amazonaws.com, or from a public registry that no VPC endpoint leads to; endpoints are of their region.",
  sources: ["Amazon ECR User Guide, “Amazon ECR interface VPC endpoints”"],
});
