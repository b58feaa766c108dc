import { isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { sendersTo } from "../../../topology/load-balancers.ts";

export const loadBalancerSubnetsCheck: Check = {
  id: "load-balancer-subnets",
  question: "traffic",
  title:
    "load balancers stand in two zones at least, once in each, and in the zones of their tasks",
  severity: "error",
  ids: ["ALB-05", "ALB-06", "ALB-18", "CIDR-03"],
  explanation:
    "An Application Load Balancer needs subnets of two zones, one of each, of /27 or more; targets in other zones are not used.",
  sources: ["Elastic Load Balancing, “Subnets for your load balancer”"],
  *run({ network }) {
    for (const { resource, subnets, type } of network.loadBalancers) {
      const { address } = resource;
      if (isUnknown(type)) yield unknownOutcome(address, type, "ALB-05");
      if (type !== "application") continue;
      for (const lost of subnets.unknown) yield unknownOutcome(address, lost, "ALB-05");
      const zones = subnets.items.map((item) => item.zone);
      const known = zones.filter((zone) => zone !== undefined);
      const small = subnets.items.find(
        (item) => item.block !== undefined && item.block.prefix > 27,
      );
      if (small)
        yield fail(address, "CIDR-03", `${small.key} is smaller than /27`, {
          error: `InvalidSubnet: Not enough IP space available in ${small.key}. ELB requires at least 8 free IP addresses in each subnet.`,
        });
      if (subnets.unknown.length > 0) continue;
      if (subnets.items.length < 2)
        yield fail(
          address,
          "ALB-05",
          `it stands in ${subnets.items.length === 1 ? "one subnet" : "no subnet"}`,
          {
            error:
              "ValidationError: At least two subnets in two different Availability Zones must be specified",
          },
        );
      else if (new Set(known).size < known.length)
        yield fail(
          address,
          known.length === subnets.items.length && new Set(known).size < 2 ? "ALB-05" : "ALB-06",
          "two of its subnets are in one zone",
          {
            error:
              "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone",
          },
        );
      else if (known.length < zones.length)
        yield unknownOutcome(address, "the zone of a subnet is not known", "ALB-05");
      else yield pass(address);
    }
    for (const placement of network.workloads) {
      for (const group of placement.bindings.flatMap((binding) => binding.groups)) {
        for (const { balancer } of sendersTo(network.loadBalancers, group)) {
          const zones = new Set(balancer.subnets.items.map((item) => item.zone));
          if (zones.has(undefined) || isUnknown(balancer.isInternal)) continue;
          for (const { key, zone } of placement.subnets.items) {
            if (zone === undefined)
              yield unknownOutcome(placement.name, `the zone of ${key} is not known`, "ALB-18");
            else if (!zones.has(zone))
              yield fail(
                placement.name,
                "ALB-18",
                `tasks in ${key} are in ${zone}, where ${balancer.resource.address} does not stand`,
                {
                  error:
                    "Target.NotInUse: Target is in an Availability Zone that is not enabled for the load balancer",
                },
              );
          }
        }
      }
    }
  },
};
