import { keyOf, subnetOf, SUBNETS, VPCS } from "../../../topology/subnets.ts";
import { isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const routeTablesCheck: Check = {
  id: "route-tables",
  question: "start",
  title: "EC2 accepts the routes and the route table associations",
  severity: "error",
  ids: ["NET-39", "NET-40", "NET-42", "TF-07"],
  explanation:
    "A route table has one route for each destination, to a gateway of its own VPC. A subnet has one route table.",
  sources: ["Amazon VPC User Guide, “Route table concepts”"],
  *run({ network, plan }) {
    for (const [key, routes] of network.routeTables.byTable) {
      const seen = new Map<string, string>();
      for (const { from, destination, by, target } of routes) {
        if (isUnknown(destination)) {
          yield unknownOutcome(from.address, destination, "NET-39");
          continue;
        }
        const block = destination.kind === "cidr" ? destination.block : undefined;
        const before = block === undefined ? undefined : seen.get(block);
        if (before === undefined) yield pass(from.address);
        else
          yield fail(from.address, "NET-39", `${before} in ${key} leads to ${block} already`, {
            awsError: `RouteAlreadyExists: The route identified by ${block} already exists.`,
          });
        if (block !== undefined) seen.set(block, from.address);
        if (
          by === "gateway_id" &&
          target.references.some((reference) => reference.resource.type === "aws_nat_gateway")
        )
          yield fail(from.address, "NET-40", "it names a NAT gateway by gateway_id", {
            severity: "warning",
          });
        const table = plan.resourceAt(key);
        const home = table ? keyOf(table.referencesTo(VPCS, "vpc_id")) : undefined;
        for (const { resource } of target.references) {
          const [subnet] =
            resource.type === "aws_nat_gateway"
              ? resource.referencesTo(SUBNETS, "subnet_id").references
              : [];
          const other =
            resource.type === "aws_internet_gateway"
              ? keyOf(resource.referencesTo(VPCS, "vpc_id"))
              : subnet
                ? subnetOf(plan, subnet.resource).vpc
                : undefined;
          if (home !== undefined && other !== undefined && home !== other)
            yield fail(
              from.address,
              "NET-42",
              `${resource.address} is of ${other}, and ${key} of ${home}`,
              {
                awsError:
                  "InvalidParameterValue: route table and gateway belong to different networks",
              },
            );
        }
      }
    }
    const associated = new Map<string, string>();
    for (const routeTableAssociation of plan.resourcesOfType("aws_route_table_association")) {
      const subnet = keyOf(routeTableAssociation.referencesTo(SUBNETS, "subnet_id"));
      if (subnet === undefined) {
        if (routeTableAssociation.isSet("subnet_id"))
          yield unknownOutcome(
            routeTableAssociation.address,
            routeTableAssociation.referencesTo(SUBNETS, "subnet_id").unknown[0] ??
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
            awsError:
              "Resource.AlreadyAssociated: the specified association for route table … conflicts with an existing association",
          },
        );
      associated.set(subnet, routeTableAssociation.address);
    }
  },
};
