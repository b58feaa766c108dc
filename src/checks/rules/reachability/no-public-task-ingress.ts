import { TCP, MAX_PORT, tracePackets } from "../../../reachability/index.ts";
import { hopsOf, unknownTraceIn } from "../../shared/load-balancer-traffic.ts";
import { type Check, pass, unknownOutcome } from "../../engine/check.ts";

export const noPublicTaskIngressCheck: Check = {
  id: "no-public-task-ingress",
  question: "isolation",
  title: "Clients on the internet cannot connect to a task without a load balancer",
  severity: "warning",
  ids: [],
  explanation:
    "A task with a public IP address and a security group that allows every address accepts connections from the internet.",
  sources: ["AWS Security Hub, “Amazon ECS controls”, ECS.2"],
  *run({ network }) {
    for (const workload of network.workloads) {
      for (const task of network.tasksOf(workload)) {
        if (task.hasPublicIp === false) {
          yield pass(workload.name);
          continue;
        }
        const traces = tracePackets(network, "internet", [
          {
            source: [[1, 1]],
            destination: [[task.address, task.address]],
            protocol: TCP,
            port: [[0, MAX_PORT]],
          },
        ]);
        const delivered = traces.find((trace) => trace.outcome === "delivered");
        const undecided = unknownTraceIn(traces);
        if (delivered) {
          const [first, last] = delivered.packets.port[0] ?? [0, 0];
          yield {
            answer: "fail",
            address: workload.name,
            message: `clients on the internet can connect to tasks in ${task.subnet.key} on port ${first === last ? first : `${first}-${last}`}`,
            connection: { from: "the internet", to: `a task in ${task.subnet.key}` },
            path: hopsOf(delivered),
            fix: "Allow ingress only from the security group of the load balancer",
          };
        } else if (undecided) yield unknownOutcome(workload.name, undecided.lastHop.message);
        else yield pass(workload.name);
      }
    }
  },
};
