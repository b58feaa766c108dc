import type { PlanModel } from "../plan/plan-model.ts";
import { isUnknown, type Unknown } from "../plan/unknown.ts";
import type { Resource } from "../plan/resource.ts";
import { groupsAt } from "./security-groups.ts";
import { keyOf, type PartiallyKnown, type Subnet, SUBNETS, subnetsIn, VPCS } from "./subnets.ts";

/** A VPC endpoint, as far as packets and names care. */
export interface Endpoint {
  readonly resource: Resource;
  readonly vpc: string | undefined;
  readonly isGateway: boolean;
  /** Such as ecr.api; undefined where the name is not known. */
  readonly service: string | undefined;
  readonly region: string | undefined;
  /** Whether the service's public name leads to it. */
  readonly capturesName: boolean | Unknown;
  readonly subnets: PartiallyKnown<Subnet>;
  readonly groups: PartiallyKnown<string>;
}

const flag = (value: unknown): boolean | Unknown => (isUnknown(value) ? value : value === true);

export function endpointsOf(plan: PlanModel): Endpoint[] {
  const added = (type: string, to: Resource): readonly Resource[] =>
    plan.referrersOf(to, [type], ["aws_vpc_endpoint"], "vpc_endpoint_id");
  return plan
    .resourcesOfType("aws_vpc_endpoint")
    .filter((vpcEndpoint) => vpcEndpoint.mode === "managed")
    .map((resource) => {
      const vpc = keyOf(resource.referencesTo(VPCS, "vpc_id"));
      const name = resource.text("service_name");
      const [, region, service] =
        /^(?:com\.amazonaws|cn\.com\.amazonaws)\.([a-z0-9-]+)\.(.+)$/.exec(
          typeof name === "string" ? name : "",
        ) ?? [];
      const own = resource.referencesTo(SUBNETS, "subnet_ids");
      const targets = [
        own,
        ...added("aws_vpc_endpoint_subnet_association", resource).map((otherResource) =>
          otherResource.referencesTo(SUBNETS, "subnet_id"),
        ),
      ];
      const groups = groupsAt(resource, vpc, "security_group_ids");
      const addedGroups = added("aws_vpc_endpoint_security_group_association", resource).map(
        (otherResource) => groupsAt(otherResource, vpc, "security_group_id"),
      );
      return {
        resource,
        vpc,
        service,
        region,
        isGateway: (resource.value("vpc_endpoint_type") ?? "Gateway") === "Gateway",
        capturesName: flag(resource.value("private_dns_enabled")),
        subnets: subnetsIn(plan, {
          references: targets.flatMap((target) => target.references),
          externalIds: targets.flatMap((target) => target.externalIds),
          unknown: targets.flatMap((target) => target.unknown),
        }),
        groups: {
          items: [...groups.items, ...addedGroups.flatMap((addedGroup) => addedGroup.items)],
          unknown: [...groups.unknown, ...addedGroups.flatMap((addedGroup) => addedGroup.unknown)],
        },
      };
    });
}
