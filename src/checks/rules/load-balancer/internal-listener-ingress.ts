import { isUnknown } from "../../../plan/index.ts";
import { ANY, TCP, tracePackets } from "../../../reachability/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { hopsOf, unknownTraceIn } from "../../shared/load-balancer-traffic.ts";

export const internalListenerIngressCheck: Check = {
  id: "internal-listener-ingress",
  question: "traffic",
  title: "Internal listeners accept connections",
  severity: "error",
  ids: ["ALB-09"],
  explanation:
    "A security group without an ingress rule for the port of the listener denies every connection, from the VPC and from other networks.",
  sources: ["Elastic Load Balancing, “Security groups for your Application Load Balancer”"],
  *run(context) {
    const { network } = context;
    for (const balancer of network.loadBalancers) {
      const { type } = balancer;
      if (isUnknown(type)) yield unknownOutcome(balancer.resource.address, type, "ALB-09");
      if (balancer.isInternal !== true || type !== "application") continue;
      for (const { resource, port } of balancer.listeners) {
        const { address } = resource;
        const [networkInterface] = network.interfacesOf(balancer);
        if (isUnknown(port)) yield unknownOutcome(address, port, "ALB-09");
        if (isUnknown(port) || !networkInterface) continue;
        // Any address: in the VPC, or in a network that is connected to it.
        const traces = tracePackets(network, `subnet ${networkInterface.subnet.key}`, [
          {
            source: ANY,
            destination: [[networkInterface.address, networkInterface.address]],
            protocol: TCP,
            port: [[port, port]],
          },
        ]);
        const delivered = traces.find((trace) => trace.outcome === "delivered");
        const undecided = unknownTraceIn(traces);
        if (delivered) yield pass(address);
        else if (undecided) yield unknownOutcome(address, undecided.lastHop.message, "ALB-09");
        else
          yield fail(
            address,
            "ALB-09",
            `no security group of ${balancer.resource.address} allows ingress on port ${port}`,
            {
              connection: { from: "the VPC", to: `${balancer.resource.address}:${port}` },
              path: hopsOf(traces[0]),
            },
          );
      }
    }
  },
};
