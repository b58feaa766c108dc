import { awsErrorOf } from "../../../failures/index.ts";
import { zonesWithoutFargate } from "../../../aws/index.ts";
import { listOf } from "../../../plan/index.ts";
import { defaultVpcOf, type Workload } from "../../../topology/index.ts";
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  pass,
  unknownOutcome,
} from "../../engine/check.ts";

export const ecsServiceNetworkingCheck: Check = {
  id: "ecs-service-networking",
  question: "start",
  title: "Subnets and security groups of a service are valid",
  severity: "error",
  ids: ["SVC-07", "SVC-08", "SVC-09"],
  explanation:
    "ECS accepts 1 to 16 subnets and up to 5 security groups, all in one VPC. Fargate does not exist in every availability zone.",
  sources: ["Amazon ECS API Reference, CreateService"],
  *run(context) {
    for (const workload of context.network.workloads)
      if (workload.resource) yield* checkNetworking(context, workload);
  },
};

function* checkNetworking(
  { plan }: CheckContext,
  { name, subnets, securityGroups: groups, resource }: Workload,
): Iterable<CheckOutcome> {
  for (const unknownValue of [...subnets.unknown, ...groups.unknown])
    yield unknownOutcome(name, unknownValue, "SVC-07");
  if (
    subnets.items.length === 0 &&
    subnets.unknown.length === 0 &&
    resource?.isSet("network_configuration") === true
  )
    yield fail(name, "SVC-09", "it has no subnets");
  if (subnets.items.length > 16 || groups.items.length > 5)
    yield fail(
      name,
      "SVC-09",
      `it has ${subnets.items.length} subnets and ${groups.items.length} security groups; the quotas are 16 and 5`,
    );
  for (const { key, availabilityZone: zone, resource: subnet } of subnets.items) {
    const id = subnet?.value("availability_zone_id");
    const zones = plan.resourcesOfType("aws_availability_zones")[0];
    const index = listOf(zones?.value("names")).indexOf(zone);
    const zoneId = typeof id === "string" ? id : listOf(zones?.value("zone_ids"))[index];
    if (typeof zoneId === "string" && zonesWithoutFargate.has(zoneId))
      yield fail(name, "SVC-08", `${key} is in ${zoneId}, which does not have Fargate`, {
        awsError: awsErrorOf("zone-without-fargate"),
      });
  }
  const vpcs = new Set(subnets.items.map((item) => item.vpc).filter((vpc) => vpc !== undefined));
  for (const key of groups.items) {
    const group = plan.resourceAt(key);
    const [vpc] = group?.referencesTo(["aws_vpc", "aws_default_vpc"], "vpc_id").references ?? [];
    if (vpc && vpcs.size > 0 && !vpcs.has(vpc.resource.address))
      yield fail(
        name,
        "SVC-07",
        `${key} is in ${vpc.resource.address}, but the subnets are in ${[...vpcs].join(", ")}`,
        {
          awsError: awsErrorOf("security-group-in-other-vpc", { "security-group": key }),
        },
      );
    else if (vpc) yield pass(name);
  }
  const defaultVpc = defaultVpcOf(plan)?.key;
  if (defaultVpc !== undefined && vpcs.has(defaultVpc))
    yield {
      answer: "fail",
      address: name,
      message: `its subnets are in the default VPC of the account, which is assumed to be as AWS creates it: with an internet gateway, and a route to it from every subnet`,
      fix: "Create a VPC, so that the result does not depend on the account",
      severity: "note",
    };
  if (vpcs.size > 1) yield fail(name, "SVC-07", `its subnets are in ${[...vpcs].join(" and ")}`);
}
