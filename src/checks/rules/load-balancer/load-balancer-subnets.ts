import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { defaultVpcOf, sendersTo } from "../../../topology/index.ts";
import {
  type Check,
  fail,
  pass,
  unknownOutcome,
  type CheckContext,
  type CheckOutcome,
} from "../../engine/check.ts";

export const loadBalancerSubnetsCheck: Check = {
  id: "load-balancer-subnets",
  question: "traffic",
  title:
    "Load balancers have subnets in two or more availability zones, including the zones of their tasks",
  severity: "error",
  ids: ["ALB-05", "ALB-06", "ALB-18", "CIDR-03"],
  explanation:
    "An Application Load Balancer needs one subnet in each of at least two availability zones, with a CIDR block of /27 or larger. It does not send requests to targets in other availability zones.",
  sources: ["Elastic Load Balancing, “Subnets for your load balancer”"],
  *run(context) {
    yield* checkSubnets(context);
    yield* checkTaskZones(context);
  },
};

/** Subnets and zones of load balancers. */
function* checkSubnets({ network, plan }: CheckContext): Iterable<CheckOutcome> {
  for (const { resource, subnets, type } of network.loadBalancers) {
    const { address } = resource;
    if (isUnknown(type)) yield unknownOutcome(address, type, "ALB-05");
    if (type !== "application") continue;
    for (const unknownValue of subnets.unknown)
      yield unknownOutcome(address, unknownValue, "ALB-05");
    const zones = subnets.items.map((item) => item.availabilityZone);
    const knownZones = zones.filter((zone) => zone !== undefined);
    const small = subnets.items.find((item) => item.cidr !== undefined && item.cidr.prefix > 27);
    if (small)
      yield fail(address, "CIDR-03", `${small.key} is smaller than /27`, {
        awsError: awsErrorOf("load-balancer-subnet-size", { subnet: small.key }),
      });
    if (subnets.unknown.length > 0) continue;
    if (subnets.items.length < 2)
      yield fail(
        address,
        "ALB-05",
        `it has ${subnets.items.length === 1 ? "only one subnet" : "no subnets"}`,
        {
          awsError: awsErrorOf("load-balancer-in-one-zone"),
        },
      );
    else if (new Set(knownZones).size < knownZones.length)
      yield fail(
        address,
        knownZones.length === subnets.items.length && new Set(knownZones).size < 2
          ? "ALB-05"
          : "ALB-06",
        "two of its subnets are in the same availability zone",
        {
          awsError: awsErrorOf("load-balancer-subnets-in-one-zone"),
        },
      );
    // Each subnet of the default VPC is in another zone.
    else if (
      knownZones.length < zones.length &&
      subnets.items.some(({ vpc }) => vpc === undefined || vpc !== defaultVpcOf(plan)?.key)
    )
      yield unknownOutcome(address, "the availability zone of a subnet is unknown", "ALB-05");
    else yield pass(address);
  }
}

/** Zones of tasks, compared with those of their load balancers. */
function* checkTaskZones({ network }: CheckContext): Iterable<CheckOutcome> {
  for (const workload of network.workloads) {
    for (const group of workload.bindings.flatMap((binding) => binding.targetGroups)) {
      for (const { loadBalancer: balancer } of sendersTo(network.loadBalancers, group)) {
        const zones = new Set(balancer.subnets.items.map((item) => item.availabilityZone));
        if (zones.has(undefined) || isUnknown(balancer.isInternal)) continue;
        for (const { key, availabilityZone: zone } of workload.subnets.items) {
          if (zone === undefined)
            yield unknownOutcome(
              workload.name,
              `the availability zone of ${key} is unknown`,
              "ALB-18",
            );
          else if (!zones.has(zone))
            yield fail(
              workload.name,
              "ALB-18",
              `tasks in ${key} are in ${zone}, where ${balancer.resource.address} has no subnet`,
              {
                awsError: awsErrorOf("target-not-in-use"),
              },
            );
        }
      }
    }
  }
}
