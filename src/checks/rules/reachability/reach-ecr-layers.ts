import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachEcrLayersCheck: Check = reachabilityCheck({
  id: "reach-ecr-layers",
  question: "pull",
  title: "Tasks can connect to Amazon S3 to pull image layers",
  step: "layers",
  ids: [...COMMON_NETWORK_FAILURES, "NET-11", "NET-12", "NET-25", "NET-28"],
  explanation:
    "Amazon ECR stores image layers in Amazon S3. A task without a path to the internet needs an S3 gateway endpoint in the route table of its subnet, an egress rule to the prefix list of S3, and an endpoint policy that allows the layer bucket.",
  sources: [
    "Amazon ECR User Guide, “Amazon ECR interface VPC endpoints”, create the Amazon S3 gateway endpoint",
  ],
});
