import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { SUBNET_TYPES, VPC_TYPES, subnetOf, targetKey } from "../../../topology/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const routeTablesCheck: Check = {
  id: "route-tables",
  question: "start",
  title: "EC2 accepts the routes and the route table associations",
  severity: "error",
  ids: ["NET-39", "NET-40", "NET-42", "TF-07"],
  explanation:
    "A route table has one route for each destination, to a gateway of the same VPC. A subnet has one route table.",
  sources: ["Amazon VPC User Guide, “Route table concepts”"],
  *run({ network, plan }) {
    for (const [key, routes] of network.routeTables.routesByTable) {
      const routesByDestination = new Map<string, string>();
      for (const { resource: source, destination, targetAttribute, target } of routes) {
        if (isUnknown(destination)) {
          yield unknownOutcome(source.address, destination, "NET-39");
          continue;
        }
        const block = destination.kind === "cidr" ? destination.block : undefined;
        const existing = block === undefined ? undefined : routesByDestination.get(block);
        if (existing === undefined) yield pass(source.address);
        else
          yield fail(
            source.address,
            "NET-39",
            `${existing} in ${key} already has the destination ${block}`,
            {
              awsError: awsErrorOf("route-exists", { cidr: block }),
            },
          );
        if (block !== undefined) routesByDestination.set(block, source.address);
        if (
          targetAttribute === "gateway_id" &&
          target.references.some((reference) => reference.resource.type === "aws_nat_gateway")
        )
          yield fail(source.address, "NET-40", "it sets gateway_id to a NAT gateway", {
            severity: "warning",
          });
        const table = plan.resourceAt(key);
        const tableVpc = table ? targetKey(table.referencesTo(VPC_TYPES, "vpc_id")) : undefined;
        for (const { resource } of target.references) {
          const [subnet] =
            resource.type === "aws_nat_gateway"
              ? resource.referencesTo(SUBNET_TYPES, "subnet_id").references
              : [];
          const targetVpc =
            resource.type === "aws_internet_gateway"
              ? targetKey(resource.referencesTo(VPC_TYPES, "vpc_id"))
              : subnet
                ? subnetOf(plan, subnet.resource).vpc
                : undefined;
          if (tableVpc !== undefined && targetVpc !== undefined && tableVpc !== targetVpc)
            yield fail(
              source.address,
              "NET-42",
              `${resource.address} is in ${targetVpc}, but ${key} is in ${tableVpc}`,
            );
        }
      }
    }
    const associationsBySubnet = new Map<string, string>();
    for (const association of plan.resourcesOfType("aws_route_table_association")) {
      const subnet = targetKey(association.referencesTo(SUBNET_TYPES, "subnet_id"));
      if (subnet === undefined) {
        if (association.isSet("subnet_id"))
          yield unknownOutcome(
            association.address,
            association.referencesTo(SUBNET_TYPES, "subnet_id").unknown[0] ??
              "its subnet is one of several",
            "TF-07",
          );
        continue;
      }
      const existing = associationsBySubnet.get(subnet);
      if (existing === undefined) yield pass(association.address);
      else
        yield fail(
          association.address,
          "TF-07",
          `${existing} already associates ${subnet} with a route table`,
        );
      associationsBySubnet.set(subnet, association.address);
    }
  },
};
