import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachImageRegistryCheck: Check = reachabilityCheck({
  id: "reach-image-registry",
  question: "pull",
  title: "Tasks can connect to the registry of their image",
  step: "image",
  ids: [...COMMON_NETWORK_FAILURES, "NET-10", "NET-33", "NET-34"],
  error: "registry-unreachable",
  explanation:
    "A task pulls the image manifest from <account>.dkr.ecr.<region>.amazonaws.com or from a public registry. A VPC endpoint serves only repositories in its region, and no VPC endpoint exists for a public registry.",
  sources: ["Amazon ECR User Guide, “Amazon ECR interface VPC endpoints”"],
});
