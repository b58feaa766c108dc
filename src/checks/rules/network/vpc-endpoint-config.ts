import { awsErrorOf } from "../../../failures/index.ts";
import { isRegion } from "../../../aws/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { accountAndRegionAt, dnsOf } from "../../../topology/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const vpcEndpointConfigCheck: Check = {
  id: "vpc-endpoint-config",
  question: "start",
  title: "EC2 accepts the VPC endpoints",
  severity: "error",
  ids: ["NET-20", "NET-31", "NET-32", "NET-41"],
  explanation:
    "Private DNS needs both DNS attributes of the VPC, and only one endpoint of a service in a VPC can have it. An endpoint can have only one subnet in an availability zone, and its service must be in its region.",
  sources: ["AWS PrivateLink Guide, “Access an AWS service using an interface VPC endpoint”"],
  *run({ network, plan }) {
    const privateDnsServices = new Set<string>();
    for (const {
      resource,
      vpc,
      isGateway,
      service,
      region,
      privateDnsEnabled,
      subnets,
    } of network.endpoints) {
      const { address } = resource;
      const owner = vpc === undefined ? undefined : plan.resourceAt(vpc);
      const name = resource.text("service_name");
      const ownRegion = accountAndRegionAt(plan, resource).region;
      if (isUnknown(name)) yield unknownOutcome(address, name, "NET-41");
      else if (
        region !== undefined &&
        (!isRegion(region) ||
          (ownRegion !== undefined &&
            region !== ownRegion &&
            region !== resource.value("service_region") &&
            !resource.isConfigured("service_region")))
      )
        yield fail(
          address,
          "NET-41",
          `${String(name)} is not a service of ${ownRegion ?? "any region"}`,
        );
      else if (region !== undefined && ownRegion === undefined)
        yield unknownOutcome(address, "the region of its provider is unknown", "NET-41");
      else yield pass(address);
      if (isGateway) continue;
      if (privateDnsEnabled === true) {
        if (!owner) yield unknownOutcome(address, "this plan does not contain its VPC", "NET-20");
        else {
          const { support, hostnames } = dnsOf(owner);
          const unknownValue = [support, hostnames].find(isUnknown);
          if (support === true && hostnames === true) yield pass(address);
          else if (unknownValue && support !== false && hostnames !== false)
            yield unknownOutcome(address, unknownValue, "NET-20");
          else
            yield fail(
              address,
              "NET-20",
              `it has private DNS, but enable_dns_support or enable_dns_hostnames of ${owner.address} is not true`,
            );
          const key = `${owner.address}|${service ?? ""}`;
          if (service !== undefined && privateDnsServices.has(key))
            yield fail(
              address,
              "NET-32",
              `another endpoint in ${owner.address} has private DNS for ${service}`,
              {
                awsError: awsErrorOf("private-dns-conflict", { service, region }),
              },
            );
          privateDnsServices.add(key);
        }
      } else if (isUnknown(privateDnsEnabled))
        yield unknownOutcome(address, privateDnsEnabled, "NET-20");
      const zones = subnets.items.map((item) => item.availabilityZone);
      if (subnets.unknown[0]) yield unknownOutcome(address, subnets.unknown[0], "NET-31");
      else if (zones.some((zone, index) => zone !== undefined && zones.indexOf(zone) < index))
        yield fail(address, "NET-31", "two of its subnets are in the same availability zone", {
          awsError: awsErrorOf("endpoint-subnets-in-one-zone"),
        });
      else yield pass(address);
    }
  },
};
