import { awsErrorOf } from "../../../failures/index.ts";
import { append, type Resource } from "../../../plan/index.ts";
import {
  defaultVpcOf,
  SUBNET_TYPES,
  VPC_TYPES,
  subnetsIn,
  targetKey,
} from "../../../topology/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const internetGatewayOrderingCheck: Check = {
  id: "internet-gateway-ordering",
  question: "start",
  title: "Internet gateway is attached before NAT gateways and public load balancers are created",
  severity: "error",
  ids: ["NET-07", "ALB-08", "RACE-05"],
  explanation:
    "AWS creates a public NAT gateway or an internet-facing load balancer only in a VPC with an internet gateway.",
  sources: ["Amazon EC2 API Reference, NatGateway"],
  *run({ network, plan }) {
    const gateways = plan
      .resourcesOfType("aws_internet_gateway")
      .filter(({ mode }) => mode === "managed");
    const gatewaysByVpc = new Map<string | undefined, Resource[]>();
    for (const gateway of gateways)
      append(gatewaysByVpc, targetKey(gateway.referencesTo(VPC_TYPES, "vpc_id")), gateway);
    for (const attachment of plan.resourcesOfType("aws_internet_gateway_attachment")) {
      const vpc = targetKey(attachment.referencesTo(VPC_TYPES, "vpc_id"));
      for (const { resource } of attachment.referencesTo(
        ["aws_internet_gateway"],
        "internet_gateway_id",
      ).references)
        append(gatewaysByVpc, vpc, resource);
    }
    const unattributed = [
      ...gateways,
      ...plan.resourcesOfType("aws_internet_gateway_attachment"),
    ].find(
      (candidate) =>
        candidate.isConfigured("vpc_id") &&
        targetKey(candidate.referencesTo(VPC_TYPES, "vpc_id")) === undefined,
    );
    const dependents = [
      ...plan
        .resourcesOfType("aws_nat_gateway")
        .filter((gateway) => (gateway.value("connectivity_type") ?? "public") === "public")
        .map((gateway) => ({
          resource: gateway,
          subnets: subnetsIn(plan, gateway.referencesTo(SUBNET_TYPES, "subnet_id")),
          id: "NET-07" as const,
          awsError: awsErrorOf("no-internet-gateway"),
        })),
      ...network.loadBalancers
        .filter((balancer) => balancer.isInternal === false)
        .map(({ resource, subnets }) => ({
          resource,
          subnets,
          id: "ALB-08" as const,
          awsError: awsErrorOf("vpc-without-internet-gateway"),
        })),
    ];
    for (const { resource, subnets, id, awsError } of dependents) {
      const [subnet] = subnets.items;
      const vpc = subnet?.vpc;
      if (vpc !== undefined && vpc === defaultVpcOf(plan)?.key) {
        yield pass(resource.address);
        continue;
      }
      if (vpc === undefined || plan.resourceAt(vpc)?.mode !== "managed") {
        yield unknownOutcome(
          resource.address,
          subnets.unknown[0] ?? "this plan does not contain its VPC",
          id,
        );
        continue;
      }
      const vpcGateways = gatewaysByVpc.get(vpc) ?? [];
      if (vpcGateways.length === 0 && unattributed)
        yield unknownOutcome(resource.address, `the VPC of ${unattributed.address} is unknown`, id);
      else if (vpcGateways.length === 0)
        yield fail(resource.address, id, `${vpc} has no internet gateway`, { awsError });
      else if (
        resource.isNew &&
        vpcGateways.some((gateway) => gateway.isNew) &&
        !vpcGateways.some((gateway) => resource.dependsOn(gateway))
      )
        yield fail(
          resource.address,
          "RACE-05",
          `it has no dependency on ${vpcGateways[0]?.address ?? "the internet gateway"}`,
          { severity: "warning", awsError },
        );
      else yield pass(resource.address);
    }
  },
};
