import { isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, unknownOutcome } from "../../engine/check.ts";
import { brokenOf, openOf, toTaskId, toTasks } from "../../shared/load-balancer-traffic.ts";

export const loadBalancerToTaskCheck: Check = {
  id: "load-balancer-to-task",
  question: "traffic",
  title: "load balancers reach their tasks on the traffic port and the health check's",
  severity: "error",
  ids: ["ALB-04", "ALB-10", "ALB-11", "NET-26", "SVC-10"],
  why: "A load balancer's interface in each of its subnets must reach every task: its security group out, the task's in, and network ACLs both ways. A target that is not reached is unhealthy, and ECS replaces the task for ever. Source: Elastic Load Balancing, “Troubleshoot your Application Load Balancers”.",
  *judge(subject) {
    for (const placement of subject.world.placements) {
      for (const { from, to, port, fates, group, task } of toTasks(subject, placement)) {
        const broken = brokenOf(fates);
        const connection = { from, to: `${to}:${String(port)}` };
        if (isUnknown(port)) yield unknownOutcome(placement.name, port, "ALB-11");
        else if (broken) {
          const { by, hops, isAnswer } = broken;
          yield fail(
            placement.name,
            toTaskId(task, broken),
            `${isAnswer === true ? "the answer is lost: " : ""}${by.origin.at} ${by.says}`,
            {
              way: connection,
              path: [...hops, by],
              error: `(service …) (port ${port}) is unhealthy in (target-group ${group.address}) due to (reason Request timed out)`,
            },
          );
        } else {
          const open = openOf(fates);
          if (open) yield unknownOutcome(placement.name, open.by.says, "ALB-11");
          else
            yield {
              answer: "pass",
              address: placement.name,
              path: fates[0] ? [...fates[0].hops, fates[0].by] : [],
            };
        }
      }
    }
  },
};
