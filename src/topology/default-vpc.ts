import { type PlanModel, type Resource, listOf } from "../plan/index.ts";

/**
 * The default VPC of an account, which a plan uses and does not create: an `aws_default_vpc`, or a data source. It is assumed to be
 * as AWS creates it: with a public subnet in each availability zone, and a route to its internet gateway.
 *
 * Source: Amazon VPC User Guide, "Default VPCs".
 */
export interface DefaultVpc {
  /** Terraform's address; {@link UNNAMED} if the plan has only its subnets. */
  readonly key: string;
  readonly cidr: string;
}

const UNNAMED = "the default VPC";
/** Source: Amazon VPC User Guide, "Default VPCs". */
const CIDR = "172.31.0.0/16";

const cache = new WeakMap<PlanModel, DefaultVpc | null>();

/** The default VPC of a plan; undefined if the plan uses none, or several, such as those of two regions. */
export function defaultVpcOf(plan: PlanModel): DefaultVpc | undefined {
  let found = cache.get(plan);
  if (found === undefined) {
    found = findDefaultVpc(plan) ?? null;
    cache.set(plan, found);
  }
  return found ?? undefined;
}

function findDefaultVpc(plan: PlanModel): DefaultVpc | undefined {
  const candidates = [
    ...plan.resourcesOfType("aws_default_vpc"),
    ...plan
      .resourcesOfType("aws_vpc")
      .filter((resource) => resource.mode === "data" && resource.value("default") === true),
  ];
  const [vpc, ...others] = candidates;
  if (others.length > 0) return undefined;
  const subnets = plan.resourcesOfType("aws_default_subnet");
  if (!vpc)
    return subnets.length > 0 &&
      new Set(subnets.map((subnet) => plan.providerOf(subnet))).size === 1
      ? { key: UNNAMED, cidr: CIDR }
      : undefined;
  const cidr = vpc.value("cidr_block");
  return { key: vpc.address, cidr: typeof cidr === "string" ? cidr : CIDR };
}

/** Whether a subnet that is not in the plan is one of the default VPC: a data source lists it by the ID of the VPC. */
export function isInDefaultVpc(plan: PlanModel, subnetId: string): boolean {
  const vpc = defaultVpcOf(plan);
  const id = vpc && plan.resourceAt(vpc.key)?.value("id");
  return (
    typeof id === "string" &&
    plan
      .resourcesOfType("aws_subnets")
      .some((list) => listOf(list.value("ids")).includes(subnetId) && isOfVpc(list, id))
  );
}

const isOfVpc = (list: Resource, vpcId: string): boolean =>
  listOf(list.value("filter")).some((_, index) => {
    const values = listOf(list.value("filter", index, "values"));
    return (
      list.value("filter", index, "name") === "vpc-id" && values.length === 1 && values[0] === vpcId
    );
  });
