import { type PlanModel, type Resource, isUnknown, type Unknown } from "../plan/index.ts";
import { securityGroupsAt } from "./security-group-keys.ts";
import {
  mergeReferences,
  type PartiallyKnown,
  type Subnet,
  SUBNET_TYPES,
  subnetsIn,
  targetKey,
  VPC_TYPES,
} from "./subnets.ts";

/** A VPC endpoint. */
export interface VpcEndpoint {
  readonly resource: Resource;
  readonly vpc: string | undefined;
  readonly isGateway: boolean;
  /** Name of the service without region, such as "ecr.api"; undefined if it is unknown. */
  readonly service: string | undefined;
  readonly region: string | undefined;
  /** True if the service's public DNS name resolves to the endpoint. */
  readonly privateDnsEnabled: boolean | Unknown;
  readonly subnets: PartiallyKnown<Subnet>;
  readonly securityGroups: PartiallyKnown<string>;
}

/** The VPC endpoints that a plan manages. */
export function vpcEndpointsOf(plan: PlanModel): VpcEndpoint[] {
  return plan
    .resourcesOfType("aws_vpc_endpoint")
    .filter((resource) => resource.mode === "managed")
    .map((resource) => endpointOf(plan, resource));
}

function endpointOf(plan: PlanModel, resource: Resource): VpcEndpoint {
  const associations = (type: string): readonly Resource[] =>
    plan.referrersOf(resource, [type], ["aws_vpc_endpoint"], "vpc_endpoint_id");
  const vpc = targetKey(resource.referencesTo(VPC_TYPES, "vpc_id"));
  const name = resource.text("service_name");
  const [, region, service] =
    /^(?:com\.amazonaws|cn\.com\.amazonaws)\.([a-z0-9-]+)\.(.+)$/.exec(
      typeof name === "string" ? name : "",
    ) ?? [];
  // Terraform creates an endpoint without private DNS names if the attribute is not configured.
  // Source: Terraform Registry, `aws_vpc_endpoint`.
  const privateDns = resource.value("private_dns_enabled");
  const isState = plan.planJson.kind === "state";
  const securityGroups = [
    securityGroupsAt(resource, vpc, "security_group_ids"),
    ...associations("aws_vpc_endpoint_security_group_association").map((association) =>
      securityGroupsAt(association, vpc, "security_group_id"),
    ),
  ];
  return {
    resource,
    vpc,
    service,
    region,
    isGateway: (resource.value("vpc_endpoint_type") ?? "Gateway") === "Gateway",
    privateDnsEnabled:
      isUnknown(privateDns) && (isState || plan.isConfigured(resource, "private_dns_enabled"))
        ? privateDns
        : privateDns === true,
    subnets: subnetsIn(
      plan,
      mergeReferences([
        resource.referencesTo(SUBNET_TYPES, "subnet_ids"),
        ...associations("aws_vpc_endpoint_subnet_association").map((association) =>
          association.referencesTo(SUBNET_TYPES, "subnet_id"),
        ),
      ]),
    ),
    securityGroups: {
      items: securityGroups.flatMap((groups) => groups.items),
      unknown: securityGroups.flatMap((groups) => groups.unknown),
    },
  };
}
