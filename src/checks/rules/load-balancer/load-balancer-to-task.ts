import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import {
  hopsOf,
  lossMessage,
  lostPacketsIn,
  targetFailureOf,
  tracesToTasks,
  unknownTraceIn,
} from "../../shared/load-balancer-traffic.ts";

export const loadBalancerToTaskCheck: Check = {
  id: "load-balancer-to-task",
  question: "traffic",
  title: "Load balancers can connect to their tasks on the traffic port and the health check port",
  severity: "error",
  ids: ["ALB-04", "ALB-10", "ALB-11", "NET-26", "SVC-10"],
  explanation:
    "The network interface of a load balancer in each subnet must connect to every task. Its security group must allow the egress, the security group of the task the ingress, and network ACLs both directions. ECS replaces an unhealthy target again and again.",
  sources: ["Elastic Load Balancing, “Troubleshoot your Application Load Balancers”"],
  *run(context) {
    for (const workload of context.network.workloads) {
      for (const { from, to, port, traces, task } of tracesToTasks(context, workload)) {
        const lostPackets = lostPacketsIn(traces);
        const connection = { from, to: `${to}:${String(port)}` };
        if (isUnknown(port)) yield unknownOutcome(workload.name, port, "ALB-11");
        else if (lostPackets)
          yield fail(workload.name, targetFailureOf(task, lostPackets), lossMessage(lostPackets), {
            connection,
            path: hopsOf(lostPackets),
            awsError: awsErrorOf("target-timeout"),
          });
        else {
          const undecided = unknownTraceIn(traces);
          yield undecided
            ? unknownOutcome(workload.name, undecided.lastHop.message, "ALB-11")
            : pass(workload.name);
        }
      }
    }
  },
};
