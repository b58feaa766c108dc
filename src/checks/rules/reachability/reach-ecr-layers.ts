import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachEcrLayersCheck: Check = reachabilityCheck({
  id: "reach-ecr-layers",
  question: "pull",
  title: "tasks reach the bucket that holds image layers",
  step: "layers",
  ids: [...COMMON_NETWORK_FAILURES, "NET-11", "NET-12", "NET-25", "NET-28"],
  error:
    "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: Get https://<way>/…: dial tcp: i/o timeout",
  explanation:
    "Amazon ECR keeps layers in Amazon S3. Without a way to the internet the layers need the S3 gateway endpoint in the route table of each task subnet, a rule out to its prefix list, and an endpoint policy that allows the layer bucket.",
  sources: [
    "Amazon ECR User Guide, “Amazon ECR interface VPC endpoints”, create the Amazon S3 gateway endpoint",
  ],
});
