import { isUnknown } from "../../../plan/plan-model.ts";
import { reach } from "../../../reachability/trace.ts";
import { type Check, fail, unknownOutcome } from "../../engine/check.ts";
import { openOf } from "../../shared/load-balancer-traffic.ts";

export const internalListenerIngressCheck: Check = {
  id: "internal-listener-ingress",
  question: "traffic",
  title: "internal listeners let somebody in",
  severity: "error",
  ids: ["ALB-09"],
  explanation:
    "A security group without a rule in for the listener's port lets nobody in: neither the VPC, nor other networks.",
  sources: ["Elastic Load Balancing, “Security groups for your Application Load Balancer”"],
  *run(subject) {
    const { network } = subject;
    for (const balancer of network.loadBalancers) {
      const { type } = balancer;
      if (isUnknown(type)) yield unknownOutcome(balancer.resource.address, type, "ALB-09");
      if (balancer.isInternal !== true || type !== "application") continue;
      for (const { resource, port } of balancer.listeners) {
        const { address } = resource;
        const [at] = network.interfacesOf(balancer);
        if (isUnknown(port)) yield unknownOutcome(address, port, "ALB-09");
        if (isUnknown(port) || !at) continue;
        // Anybody at all: of the VPC, or of a network that it is joined to.
        const fates = reach(network, `subnet ${at.subnet.key}`, [
          {
            source: [[0, Number.MAX_SAFE_INTEGER]],
            destination: [[at.address, at.address]],
            protocol: [[6, 6]],
            port: [[port, port]],
          },
        ]);
        const somebody = fates.find((fate) => fate.outcome === "delivered");
        const open = openOf(fates);
        if (somebody) yield { answer: "pass", address, path: [...somebody.hops, somebody.lastHop] };
        else if (open) yield unknownOutcome(address, open.lastHop.message, "ALB-09");
        else
          yield fail(
            address,
            "ALB-09",
            `no security group of ${balancer.resource.address} lets anybody in by port ${port}`,
            {
              way: { from: "the VPC", to: `${balancer.resource.address}:${port}` },
              path: fates[0] ? [...fates[0].hops, fates[0].lastHop] : [],
              error: "clients time out",
            },
          );
      }
    }
  },
};
