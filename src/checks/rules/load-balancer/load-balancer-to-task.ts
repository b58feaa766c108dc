import { isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, unknownOutcome } from "../../engine/check.ts";
import { brokenOf, openOf, toTaskId, toTasks } from "../../shared/load-balancer-traffic.ts";

export const loadBalancerToTaskCheck: Check = {
  id: "load-balancer-to-task",
  question: "traffic",
  title: "load balancers reach their tasks on the traffic port and the health check's",
  severity: "error",
  ids: ["ALB-04", "ALB-10", "ALB-11", "NET-26", "SVC-10"],
  explanation:
    "A load balancer's interface in each of its subnets must reach every task: its security group out, the task's in, and network ACLs both ways. A target that is not reached is unhealthy, and ECS replaces the task for ever.",
  sources: ["Elastic Load Balancing, “Troubleshoot your Application Load Balancers”"],
  *run(subject) {
    for (const placement of subject.network.workloads) {
      for (const { from, to, port, fates, group, task } of toTasks(subject, placement)) {
        const broken = brokenOf(fates);
        const connection = { from, to: `${to}:${String(port)}` };
        if (isUnknown(port)) yield unknownOutcome(placement.name, port, "ALB-11");
        else if (broken) {
          const { lastHop, hops, isResponse } = broken;
          yield fail(
            placement.name,
            toTaskId(task, broken),
            `${isResponse === true ? "the answer is lost: " : ""}${lastHop.origin.address} ${lastHop.message}`,
            {
              way: connection,
              path: [...hops, lastHop],
              error: `(service …) (port ${port}) is unhealthy in (target-group ${group.address}) due to (reason Request timed out)`,
            },
          );
        } else {
          const open = openOf(fates);
          if (open) yield unknownOutcome(placement.name, open.lastHop.message, "ALB-11");
          else
            yield {
              answer: "pass",
              address: placement.name,
              path: fates[0] ? [...fates[0].hops, fates[0].lastHop] : [],
            };
        }
      }
    }
  },
};
