import { keyOf, subnetOf, SUBNETS, VPCS } from "../../../topology/subnets.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const internetGatewayOrderingCheck: Check = {
  id: "internet-gateway-ordering",
  question: "start",
  title: "Internet gateway is attached before NAT gateways and public load balancers are created",
  severity: "error",
  ids: ["NET-07", "ALB-08", "RACE-05"],
  explanation:
    "AWS creates a public NAT gateway or an internet-facing load balancer only in a VPC that has an internet gateway.",
  sources: ["Amazon EC2 API Reference, NatGateway"],
  *run({ network, plan }) {
    const gateways = plan
      .resourcesOfType("aws_internet_gateway")
      .filter((internetGateway) => internetGateway.mode === "managed");
    const attached = (vpc: string): typeof gateways => {
      const by = plan
        .resourcesOfType("aws_internet_gateway_attachment")
        .filter(
          (internetGatewayAttachment) =>
            keyOf(internetGatewayAttachment.referencesTo(VPCS, "vpc_id")) === vpc,
        );
      return [
        ...gateways.filter((gateway) => keyOf(gateway.referencesTo(VPCS, "vpc_id")) === vpc),
        ...by.flatMap((resource) =>
          resource
            .referencesTo(["aws_internet_gateway"], "internet_gateway_id")
            .references.map((reference) => reference.resource),
        ),
      ];
    };
    const needs = [
      ...plan
        .resourcesOfType("aws_nat_gateway")
        .filter((natGateway) => (natGateway.value("connectivity_type") ?? "public") === "public")
        .map((natGateway) => ({
          resource: natGateway,
          subnets: natGateway.referencesTo(SUBNETS, "subnet_id"),
          id: "NET-07" as const,
          awsError: "Gateway.NotAttached: Network vpc-… has no Internet gateway attached",
        })),
      ...network.loadBalancers
        .filter((balancer) => balancer.isInternal === false)
        .map(({ resource }) => ({
          resource,
          subnets: resource.referencesTo(SUBNETS, "subnets"),
          id: "ALB-08" as const,
          awsError: "InvalidSubnet: VPC vpc-… has no internet gateway",
        })),
    ];
    for (const { resource, subnets, id, awsError } of needs) {
      const [reference] = subnets.references;
      const vpc = reference ? subnetOf(plan, reference.resource).vpc : undefined;
      if (vpc === undefined || plan.resourceAt(vpc)?.mode !== "managed") {
        yield unknownOutcome(
          resource.address,
          subnets.unknown[0] ?? "its VPC is not in this plan",
          id,
        );
        continue;
      }
      const own = attached(vpc);
      if (own.length === 0)
        yield fail(resource.address, id, `${vpc} has no internet gateway`, { awsError });
      else if (
        resource.isNew &&
        own.some((otherResource) => otherResource.isNew) &&
        !own.some((otherResource) => resource.dependsOn(otherResource))
      )
        yield fail(
          resource.address,
          "RACE-05",
          `it does not wait for ${own[0]?.address ?? "the internet gateway"}`,
          { severity: "warning", awsError },
        );
      else yield pass(resource.address);
    }
  },
};
