import type { Check } from "../check.ts";
import { ANY_WAY, wayCheck } from "../ways.ts";

export const tasksReachSecrets: Check = wayCheck({
  id: "tasks-reach-secrets",
  question: "secrets",
  title: "tasks reach Secrets Manager",
  step: "secrets",
  ids: [...ANY_WAY, "NET-14"],
  error:
    "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. …",
  why: "Secrets are read before any image is pulled, through the task's network interface. Source: Amazon ECS Developer Guide, “Troubleshooting Amazon ECS ResourceInitializationError errors”.",
});
