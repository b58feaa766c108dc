import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { sendersTo, type Workload } from "../../../topology/index.ts";
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  pass,
  unknownOutcome,
} from "../../engine/check.ts";
import {
  forwardingRules,
  hopsOf,
  lossMessage,
  lostPacketsIn,
  targetFailureOf,
  type TargetTrace,
  tracesFromClients,
  tracesToTasks,
  unknownTraceIn,
} from "../../shared/load-balancer-traffic.ts";

const CLIENT_ADDRESSES =
  "whether the security groups of the tasks allow the addresses of clients, which preserve_client_ip keeps";

export const loadBalancerToTaskCheck: Check = {
  id: "load-balancer-to-task",
  question: "traffic",
  title: "Load balancers can connect to their tasks on the traffic port and the health check port",
  severity: "error",
  ids: ["ALB-04", "ALB-10", "ALB-11", "NET-26", "SVC-10"],
  explanation:
    "The network interface of a load balancer in each subnet must connect to every task. Its security group must allow the egress, the security group of the task the ingress, and network ACLs both directions. ECS replaces an unhealthy target again and again.",
  sources: [
    "Elastic Load Balancing, “Troubleshoot your Application Load Balancers”",
    "Elastic Load Balancing, “Update the security groups for your Network Load Balancer”",
    "Elastic Load Balancing, “Edit target group attributes for your Network Load Balancer”",
  ],
  *run(context) {
    for (const workload of context.network.workloads) {
      yield* outcomesOutside(context, workload);
      for (const connectionTrace of tracesToTasks(context, workload)) {
        const { from, to, port, traces, task } = connectionTrace;
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
          const undecided =
            unknownTraceIn(traces)?.lastHop.message ??
            (acceptsClients(context, connectionTrace) ? undefined : CLIENT_ADDRESSES);
          yield undecided === undefined
            ? pass(workload.name)
            : unknownOutcome(workload.name, undecided, "ALB-11");
        }
      }
    }
  },
};

/**
 * Whether the security groups of a task allow the requests of any client. With preserve_client_ip, packets have the address of the
 * client: a rule must allow every address, or refer to a security group of the load balancer.
 */
function acceptsClients(context: CheckContext, trace: TargetTrace): boolean {
  const { group, port, task, networkInterface } = trace;
  const preserves = group.flag("preserve_client_ip");
  // AWS chooses a value that is not configured: false for targets with TCP or TLS and an IP address.
  const mayPreserve = isUnknown(preserves)
    ? group.isConfigured("preserve_client_ip")
    : preserves === true;
  if (!mayPreserve || isUnknown(port)) return true;
  return (
    context.network.allowsMembersOf(networkInterface, task, port) ||
    tracesFromClients(context, trace).every(({ outcome }) => outcome === "delivered")
  );
}

/** The connections of a load balancer that another root module creates. */
function* outcomesOutside(
  { network, plan }: CheckContext,
  { bindings, name }: Workload,
): Iterable<CheckOutcome> {
  for (const group of bindings.flatMap(({ targetGroups }) => targetGroups)) {
    const [rule] = forwardingRules(plan, group);
    if (rule && sendersTo(network.loadBalancers, group).length === 0)
      yield unknownOutcome(
        name,
        `whether the load balancer of ${rule.address}, which is not in this plan, can connect to the tasks`,
        "ALB-11",
      );
  }
}
