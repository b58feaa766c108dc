import { targetKey, subnetOf, SUBNET_TYPES, VPC_TYPES } from "../../../topology/subnets.ts";
import { isUnknown } from "../../../plan/unknown.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const routeTablesCheck: Check = {
  id: "route-tables",
  question: "start",
  title: "routes, associations and gateways are such that EC2 takes them, and in order",
  severity: "error",
  ids: ["NET-07", "NET-39", "NET-40", "NET-42", "ALB-08", "TF-07", "RACE-05"],
  explanation:
    "A route table has one route to a destination and a subnet one table; NAT gateways, addresses and public load balancers need the internet gateway to be attached before. Source: Amazon VPC User Guide, “Route table concepts”, and Amazon EC2 API Reference, NatGateway.",
  *run({ network, plan }) {
    for (const [key, routes] of network.routeTables.routesByTable) {
      const seen = new Map<string, string>();
      for (const { resource: from, destination, targetAttribute, target } of routes) {
        if (isUnknown(destination)) {
          yield unknownOutcome(from.address, destination, "NET-39");
          continue;
        }
        const block = destination.kind === "cidr" ? destination.block : undefined;
        const before = block === undefined ? undefined : seen.get(block);
        if (before === undefined) yield pass(from.address);
        else
          yield fail(from.address, "NET-39", `${before} in ${key} leads to ${block} already`, {
            error: `RouteAlreadyExists: The route identified by ${block} already exists.`,
          });
        if (block !== undefined) seen.set(block, from.address);
        if (
          targetAttribute === "gateway_id" &&
          target.references.some((hit) => hit.resource.type === "aws_nat_gateway")
        )
          yield fail(from.address, "NET-40", "it names a NAT gateway by gateway_id", {
            severity: "warning",
          });
        const table = plan.resourceAt(key);
        const home = table ? targetKey(table.referencesTo(VPC_TYPES, "vpc_id")) : undefined;
        for (const { resource } of target.references) {
          const [subnet] =
            resource.type === "aws_nat_gateway"
              ? resource.referencesTo(SUBNET_TYPES, "subnet_id").references
              : [];
          const other =
            resource.type === "aws_internet_gateway"
              ? targetKey(resource.referencesTo(VPC_TYPES, "vpc_id"))
              : subnet
                ? subnetOf(plan, subnet.resource).vpc
                : undefined;
          if (home !== undefined && other !== undefined && home !== other)
            yield fail(
              from.address,
              "NET-42",
              `${resource.address} is of ${other}, and ${key} of ${home}`,
              {
                error:
                  "InvalidParameterValue: route table and gateway belong to different networks",
              },
            );
        }
      }
    }
    const associated = new Map<string, string>();
    for (const routeTableAssociation of plan.resourcesOfType("aws_route_table_association")) {
      const subnet = targetKey(routeTableAssociation.referencesTo(SUBNET_TYPES, "subnet_id"));
      if (subnet === undefined) {
        if (routeTableAssociation.isSet("subnet_id"))
          yield unknownOutcome(
            routeTableAssociation.address,
            routeTableAssociation.referencesTo(SUBNET_TYPES, "subnet_id").unknown[0] ??
              "it may be for one of several subnets",
            "TF-07",
          );
        continue;
      }
      const before = associated.get(subnet);
      if (before === undefined) yield pass(routeTableAssociation.address);
      else
        yield fail(
          routeTableAssociation.address,
          "TF-07",
          `${before} gives ${subnet} a route table already`,
          {
            error:
              "Resource.AlreadyAssociated: the specified association for route table … conflicts with an existing association",
          },
        );
      associated.set(subnet, routeTableAssociation.address);
    }
    const gateways = plan
      .resourcesOfType("aws_internet_gateway")
      .filter((internetGateway) => internetGateway.mode === "managed");
    const attached = (vpc: string): typeof gateways => {
      const by = plan
        .resourcesOfType("aws_internet_gateway_attachment")
        .filter(
          (internetGatewayAttachment) =>
            targetKey(internetGatewayAttachment.referencesTo(VPC_TYPES, "vpc_id")) === vpc,
        );
      return [
        ...gateways.filter(
          (gateway) => targetKey(gateway.referencesTo(VPC_TYPES, "vpc_id")) === vpc,
        ),
        ...by.flatMap((resource) =>
          resource
            .referencesTo(["aws_internet_gateway"], "internet_gateway_id")
            .references.map((hit) => hit.resource),
        ),
      ];
    };
    const needs = [
      ...plan
        .resourcesOfType("aws_nat_gateway")
        .filter((natGateway) => (natGateway.value("connectivity_type") ?? "public") === "public")
        .map((natGateway) => ({
          resource: natGateway,
          subnets: natGateway.referencesTo(SUBNET_TYPES, "subnet_id"),
          id: "NET-07" as const,
          error: "Gateway.NotAttached: Network vpc-… has no Internet gateway attached",
        })),
      ...network.loadBalancers
        .filter((balancer) => balancer.isInternal === false)
        .map(({ resource }) => ({
          resource,
          subnets: resource.referencesTo(SUBNET_TYPES, "subnets"),
          id: "ALB-08" as const,
          error: "InvalidSubnet: VPC vpc-… has no internet gateway",
        })),
    ];
    for (const { resource, subnets, id, error } of needs) {
      const [hit] = subnets.references;
      const vpc = hit ? subnetOf(plan, hit.resource).vpc : undefined;
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
        yield fail(resource.address, id, `${vpc} has no internet gateway`, { error });
      else if (
        resource.isNew &&
        own.some((otherResource) => otherResource.isNew) &&
        !own.some((otherResource) => resource.dependsOn(otherResource))
      )
        yield fail(
          resource.address,
          "RACE-05",
          `it does not wait for ${own[0]?.address ?? "the internet gateway"}`,
          { severity: "warning", error },
        );
      else yield pass(resource.address);
    }
  },
};
