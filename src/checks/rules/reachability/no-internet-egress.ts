import { TCP, HTTPS_PORT, tracePackets } from "../../../reachability/index.ts";
import { ANY_REGISTRY } from "../../../topology/index.ts";
import { hopsOf, unknownTraceIn } from "../../shared/load-balancer-traffic.ts";
import { type Check, pass, unknownOutcome } from "../../engine/check.ts";

export const noInternetEgressCheck: Check = {
  id: "no-internet-egress",
  question: "isolation",
  title: "Tasks with VPC endpoints cannot connect to the internet",
  severity: "warning",
  ids: [],
  explanation:
    "Tasks that use VPC endpoints and no NAT gateway are usually meant to be isolated from the internet. A remaining path to the internet removes the isolation. A NAT gateway or a public IP address is a deliberate path, and the check reports only a note.",
  sources: ["Amazon VPC User Guide, “Internet access”"],
  *run({ network }) {
    for (const workload of network.workloads) {
      const hasEcrEndpoints = (vpc: string | undefined): boolean =>
        vpc !== undefined &&
        ["ecr.api", "ecr.dkr"].every((service) =>
          network.endpointsIn(vpc).some((endpoint) => endpoint.service === service),
        );
      for (const task of network.tasksOf(workload)) {
        if (!hasEcrEndpoints(task.subnet.vpc)) continue;
        const host = network.interfaces.host(ANY_REGISTRY);
        const traces = tracePackets(network, task.name, [
          {
            source: [[task.address, task.address]],
            destination: [[host.address, host.address]],
            protocol: TCP,
            port: HTTPS_PORT,
          },
        ]);
        const delivered = traces.find((trace) => trace.outcome === "delivered");
        const undecided = unknownTraceIn(traces);
        if (delivered)
          yield {
            answer: "fail",
            address: workload.name,
            message: `tasks in ${task.subnet.key} can connect to the internet, although VPC endpoints exist for Amazon ECR`,
            connection: { from: `a task in ${task.subnet.key}`, to: "the internet:443" },
            path: hopsOf(delivered),
            fix: "Remove the default route, or restrict the egress rules of the tasks to the VPC endpoints and the prefix list of S3",
            severity: "note",
          };
        else if (undecided) yield unknownOutcome(workload.name, undecided.lastHop.message);
        else yield pass(workload.name);
      }
    }
  },
};
