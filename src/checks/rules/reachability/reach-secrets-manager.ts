import type { Check } from "../../engine/check.ts";
import { COMMON_NETWORK_FAILURES, reachabilityCheck } from "../../shared/reachability-check.ts";

export const reachSecretsManagerCheck: Check = reachabilityCheck({
  id: "reach-secrets-manager",
  question: "secrets",
  title: "Tasks can connect to Secrets Manager",
  step: "secrets",
  ids: [...COMMON_NETWORK_FAILURES, "NET-14"],
  error: "secrets-manager-unreachable",
  explanation:
    "A task reads its secrets before it pulls an image, and it connects through its own network interface.",
  sources: [
    "Amazon ECS Developer Guide, “Troubleshooting Amazon ECS ResourceInitializationError errors”",
  ],
});
