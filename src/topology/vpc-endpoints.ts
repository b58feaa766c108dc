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
    privateDnsEnabled: privateDnsOf(plan, resource),
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

/**
 * Whether tasks resolve the service to the endpoint. Terraform creates an endpoint without private DNS names if the
 * attribute is not configured. With private DNS names for inbound resolver endpoints only, the names in the VPC still
 * resolve to public addresses. Sources: Terraform Registry, `aws_vpc_endpoint`; AWS PrivateLink Guide, "Interface
 * endpoints for Amazon S3".
 */
function privateDnsOf(plan: PlanModel, resource: Resource): boolean | Unknown {
  const isSet = (value: unknown, attribute: string): value is Unknown =>
    isUnknown(value) && (plan.planJson.kind === "state" || plan.isConfigured(resource, attribute));
  const enabled = resource.value("private_dns_enabled");
  if (isSet(enabled, "private_dns_enabled")) return enabled;
  if (enabled !== true) return false;
  const onlyInbound = resource.value(
    "dns_options",
    0,
    "private_dns_only_for_inbound_resolver_endpoint",
  );
  return isSet(onlyInbound, "dns_options") ? onlyInbound : onlyInbound !== true;
}
