import { ANY_REGISTRY } from "../../../topology/network-interfaces.ts";
import { openOf } from "../../shared/load-balancer-traffic.ts";
import { reach } from "../../../reachability/trace.ts";
import { type Check, unknownOutcome } from "../../engine/check.ts";

export const noInternetEgressCheck: Check = {
  id: "no-internet-egress",
  question: "isolation",
  title: "tasks that work through endpoints have no way to the internet",
  severity: "warning",
  ids: [],
  explanation:
    "Who gives tasks endpoints and no NAT gateway wants them off the internet; a way that is left over undoes it. A NAT gateway or a public address of their own asks for the way, and is no fault.",
  sources: ["Amazon VPC User Guide, “Internet access”"],
  *run({ network }) {
    for (const placement of network.workloads) {
      const isByEndpoints = (vpc: string | undefined): boolean =>
        vpc !== undefined &&
        ["ecr.api", "ecr.dkr"].every((service) =>
          network.endpoints.some(
            (endpoint) => endpoint.vpc === vpc && endpoint.service === service,
          ),
        );
      for (const task of network.tasksOf(placement)) {
        if (!isByEndpoints(task.subnet.vpc)) continue;
        const host = network.interfaces.host(ANY_REGISTRY);
        const fates = reach(network, task.name, [
          {
            source: [[task.address, task.address]],
            destination: [[host.address, host.address]],
            protocol: [[6, 6]],
            port: [[443, 443]],
          },
        ]);
        const arrived = fates.find((fate) => fate.outcome === "delivered");
        const open = openOf(fates);
        if (arrived)
          yield {
            answer: "fail",
            address: placement.name,
            says: `tasks in ${task.subnet.key} reach the internet, and have endpoints for what they need`,
            way: { from: `a task in ${task.subnet.key}`, to: "the internet:443" },
            path: [...arrived.hops, arrived.lastHop],
            fix: "take the default route away, or narrow the tasks' egress to the endpoints and the prefix list of S3",
            severity: "note",
          };
        else if (open) yield unknownOutcome(placement.name, open.lastHop.message);
        else
          yield {
            answer: "pass",
            address: placement.name,
            path: fates[0] ? [...fates[0].hops, fates[0].lastHop] : [],
          };
      }
    }
  },
};
