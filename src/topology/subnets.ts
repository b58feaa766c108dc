import { type Cidr, isCidr, parseCidr } from "../ip/cidr.ts";
import type { PlanModel } from "../plan/plan-model.ts";
import { isUnknown, type Unknown } from "../plan/unknown.ts";
import type { Resource, ResolvedReferences } from "../plan/resource.ts";

export const SUBNETS: readonly string[] = ["aws_subnet", "aws_default_subnet"];
export const VPCS: readonly string[] = ["aws_vpc", "aws_default_vpc"];

/** A subnet of the plan, or one that only its id is known of. */
export interface Subnet {
  readonly key: string;
  readonly resource?: Resource;
  readonly block?: Cidr;
  /** Key of the VPC; undefined where it is not known. */
  readonly vpc?: string;
  readonly zone?: string;
}

const known = new WeakMap<PlanModel, Map<string, Subnet>>();

const blockOf = (value: unknown): Cidr | undefined => {
  if (typeof value !== "string") return undefined;
  const parsed = parseCidr(value);
  return isCidr(parsed) ? parsed : undefined;
};

const knownText = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

/** The key of what an attribute points at, where it is one thing. */
export function keyOf({
  references,
  externalIds,
  unknown,
}: ResolvedReferences): string | undefined {
  const keys = [...references.map((hit) => hit.resource.address), ...externalIds];
  return keys.length === 1 && unknown.length === 0 ? keys[0] : undefined;
}

export function subnetOf(plan: PlanModel, resource: Resource): Subnet {
  const subnets = known.get(plan) ?? new Map<string, Subnet>();
  known.set(plan, subnets);
  const before = subnets.get(resource.address);
  if (before) return before;
  const block = blockOf(resource.value("cidr_block"));
  const vpc = keyOf(resource.referencesTo(VPCS, "vpc_id"));
  const zone = knownText(resource.value("availability_zone"));
  const subnet = {
    key: resource.address,
    resource,
    ...(block === undefined ? {} : { block }),
    ...(vpc === undefined ? {} : { vpc }),
    ...(zone === undefined ? {} : { zone }),
  };
  subnets.set(resource.address, subnet);
  return subnet;
}

/** Subnets, as far as they are known. */
export interface PartiallyKnown<T> {
  readonly items: readonly T[];
  readonly unknown: readonly Unknown[];
}

export function subnetsIn(
  plan: PlanModel,
  { references, externalIds, unknown }: ResolvedReferences,
): PartiallyKnown<Subnet> {
  return {
    items: [
      ...references.map((hit) => subnetOf(plan, hit.resource)),
      ...externalIds.map((id) => ({ key: id })),
    ],
    unknown,
  };
}

/** Whether a VPC resolves names, and gives names to hosts. */
export function dnsOf(vpc: Resource): {
  readonly support: boolean | Unknown;
  readonly hostnames: boolean | Unknown;
} {
  const flag = (name: string, byDefault: boolean): boolean | Unknown => {
    const value = vpc.value(name) ?? byDefault;
    if (isUnknown(value)) return vpc.isConfigured(name) ? value : byDefault;
    return value === true;
  };
  return {
    support: flag("enable_dns_support", true),
    hostnames: flag("enable_dns_hostnames", false),
  };
}
