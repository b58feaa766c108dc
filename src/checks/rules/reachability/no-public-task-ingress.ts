import { brokenOf, openOf } from "../../shared/load-balancer-traffic.ts";
import { tracePackets } from "../../../reachability/trace.ts";
import { MAX_PORT, TCP } from "../../../reachability/packet-set.ts";
import { type Check, unknownOutcome } from "../../engine/check.ts";

export const noPublicTaskIngressCheck: Check = {
  id: "no-public-task-ingress",
  question: "isolation",
  title: "nobody on the internet reaches a task but through a load balancer",
  severity: "warning",
  ids: [],
  explanation:
    "A task with a public address and a security group that lets everybody in stands on the internet by itself. Source: AWS Security Hub, “Amazon ECS controls”, ECS.2.",
  *run({ network }) {
    for (const placement of network.workloads) {
      for (const task of network.tasksOf(placement)) {
        if (task.hasPublicIp === false) {
          yield { answer: "pass", address: placement.name };
          continue;
        }
        const fates = tracePackets(network, "internet", [
          {
            source: [[1, 1]],
            destination: [[task.address, task.address]],
            protocol: TCP,
            port: [[0, MAX_PORT]],
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
