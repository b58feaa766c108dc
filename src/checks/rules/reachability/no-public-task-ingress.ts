import { brokenOf, openOf } from "../../shared/load-balancer-traffic.ts";
import { reach } from "../../../reachability/trace.ts";
import { type Check, unknownOutcome } from "../../engine/check.ts";

export const noPublicTaskIngressCheck: Check = {
  id: "no-public-task-ingress",
  question: "isolation",
  title: "nobody on the internet reaches a task but through a load balancer",
  severity: "warning",
  ids: [],
  explanation:
    "A task with a public address and a security group that lets everybody in stands on the internet by itself.",
  sources: ["AWS Security Hub, “Amazon ECS controls”, ECS.2"],
  *run({ network }) {
    for (const placement of network.workloads) {
      for (const task of network.tasksOf(placement)) {
        if (task.isPublic === false) {
          yield { answer: "pass", address: placement.name };
          continue;
        }
        const fates = reach(network, "internet", [
          {
            source: [[1, 1]],
            destination: [[task.address, task.address]],
            protocol: [[6, 6]],
            port: [[0, 65_535]],
          },
        ]);
        const arrived = fates.find((fate) => fate.outcome === "delivered");
        const open = openOf(fates);
        if (arrived) {
          const [first, last] = arrived.packets.port[0] ?? [0, 0];
          yield {
            answer: "fail",
            address: placement.name,
            says: `tasks in ${task.subnet.key} are reached from the internet by port ${first === last ? first : `${first}-${last}`}`,
            way: { from: "the internet", to: `a task in ${task.subnet.key}` },
            path: [...arrived.hops, arrived.lastHop],
            fix: "let the load balancer's security group in, and nobody else",
          };
        } else if (open) yield unknownOutcome(placement.name, open.lastHop.message);
        else yield { answer: "pass", address: placement.name, path: brokenOf(fates)?.hops ?? [] };
      }
    }
  },
};
