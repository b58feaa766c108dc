import type { Check } from "../check.ts";
import { ANY_WAY, wayCheck } from "../ways.ts";

export const tasksReachTheLog: Check = wayCheck({
  id: "tasks-reach-the-log",
  question: "logs",
  title: "tasks reach CloudWatch Logs",
  step: "logs",
  ids: [...ANY_WAY, "NET-13"],
  error:
    "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. … signal: killed",
  why: "The awslogs driver opens its log stream before the container starts, through the task's network interface. Source: Amazon ECS Developer Guide, “Amazon ECS interface VPC endpoints”.",
});
