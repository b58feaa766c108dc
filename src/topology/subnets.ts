import { type Cidr, isCidr, parseCidr } from "../ip/index.ts";
import {
  type PlanModel,
  type ResolvedReferences,
  type Resource,
  isUnknown,
  type Unknown,
} from "../plan/index.ts";
import { defaultVpcOf, isInDefaultVpc } from "./default-vpc.ts";

export const SUBNET_TYPES: readonly string[] = ["aws_subnet", "aws_default_subnet"];
export const VPC_TYPES: readonly string[] = ["aws_vpc", "aws_default_vpc"];

/** A subnet of the plan, or a subnet of which the plan contains only the ID. */
export interface Subnet {
  /** Terraform's address, or the ID. */
  readonly key: string;
  readonly resource?: Resource;
  readonly cidr?: Cidr;
  /** Terraform's address or the ID of the VPC; undefined if it is unknown. */
  readonly vpc?: string;
  readonly availabilityZone?: string;
}

/** Items of which some may be unknown. */
export interface PartiallyKnown<T> {
  readonly items: readonly T[];
  readonly unknown: readonly Unknown[];
}

const subnetCache = new WeakMap<PlanModel, Map<string, Subnet>>();

/** The address or ID of the target of an attribute; undefined unless the attribute has exactly one known target. */
export function targetKey({
  references,
  externalIds,
  unknown,
}: ResolvedReferences): string | undefined {
  const keys = [...references.map((reference) => reference.resource.address), ...externalIds];
  return keys.length === 1 && unknown.length === 0 ? keys[0] : undefined;
}

/** The targets of several attributes together. */
export const mergeReferences = (parts: readonly ResolvedReferences[]): ResolvedReferences => ({
  references: parts.flatMap((part) => part.references),
  externalIds: parts.flatMap((part) => part.externalIds),
  unknown: parts.flatMap((part) => part.unknown),
});

export function subnetOf(plan: PlanModel, resource: Resource): Subnet {
  const subnets = subnetCache.get(plan) ?? new Map<string, Subnet>();
  subnetCache.set(plan, subnets);
  const cached = subnets.get(resource.address);
  if (cached) return cached;
  const defaultVpc =
    resource.type === "aws_default_subnet" && resource.mode === "managed"
      ? defaultVpcOf(plan)
      : undefined;
  const cidr = cidrOf(resource.value("cidr_block")) ?? cidrOf(defaultVpc?.cidr);
  const vpc = targetKey(resource.referencesTo(VPC_TYPES, "vpc_id")) ?? defaultVpc?.key;
  const availabilityZone = resource.value("availability_zone");
  const subnet = {
    key: resource.address,
    resource,
    ...(cidr === undefined ? {} : { cidr }),
    ...(vpc === undefined ? {} : { vpc }),
    ...(typeof availabilityZone === "string" ? { availabilityZone } : {}),
  };
  subnets.set(resource.address, subnet);
  return subnet;
}

/** A subnet of which the plan contains only the ID. */
function externalSubnet(plan: PlanModel, id: string): Subnet {
  const vpc = isInDefaultVpc(plan, id) ? defaultVpcOf(plan) : undefined;
  const cidr = cidrOf(vpc?.cidr);
  return {
    key: id,
    ...(vpc ? { vpc: vpc.key } : {}),
    ...(cidr ? { cidr } : {}),
  };
}

/** The subnets that an attribute refers to. */
export function subnetsIn(
  plan: PlanModel,
  { references, externalIds, unknown }: ResolvedReferences,
): PartiallyKnown<Subnet> {
  return {
    items: [
      ...references.map((reference) => subnetOf(plan, reference.resource)),
      ...externalIds.map((id) => externalSubnet(plan, id)),
    ],
    unknown,
  };
}

/** The DNS attributes of a VPC. */
interface VpcDns {
  readonly support: boolean | Unknown;
  readonly hostnames: boolean | Unknown;
}

const vpcDns = new WeakMap<Resource, VpcDns>();

/**
 * The DNS attributes of a VPC: whether it resolves names, and whether instances get public host names. Private DNS of
 * interface endpoints needs both. Source: Amazon VPC User Guide, "DNS attributes for your VPC".
 */
export function dnsOf(vpc: Resource): VpcDns {
  let dns = vpcDns.get(vpc);
  if (!dns) vpcDns.set(vpc, (dns = readDns(vpc)));
  return dns;
}

function readDns(vpc: Resource): VpcDns {
  const attribute = (name: string, defaultValue: boolean): boolean | Unknown => {
    const value = vpc.value(name) ?? defaultValue;
    if (isUnknown(value)) return vpc.isConfigured(name) ? value : defaultValue;
    return value === true;
  };
  return {
    support: attribute("enable_dns_support", true),
    hostnames: attribute("enable_dns_hostnames", false),
  };
}

function cidrOf(value: unknown): Cidr | undefined {
  if (typeof value !== "string") return undefined;
  const cidr = parseCidr(value);
  return isCidr(cidr) ? cidr : undefined;
}
