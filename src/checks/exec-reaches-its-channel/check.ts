import type { Check } from "../check.ts";
import { ANY_WAY, wayCheck } from "../ways.ts";

export const execReachesItsChannel: Check = wayCheck({
  id: "exec-reaches-its-channel",
  question: "other",
  title: "tasks with ECS Exec reach ssmmessages",
  step: "exec",
  severity: "warning",
  ids: [...ANY_WAY, "NET-17"],
  error: "TargetNotConnectedException: The execute command failed due to an internal error",
  why: "ECS Exec opens a channel from the task to ssmmessages; without a way the service runs, and exec does not. Source: Amazon ECS Developer Guide, “Monitor Amazon ECS containers with ECS Exec”.",
});
