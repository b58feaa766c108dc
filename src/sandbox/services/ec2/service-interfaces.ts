import type { Context } from "../../core/operation.ts";
import { defaultVpcOf, ensureDefaultVpc } from "./default-vpc.ts";
import { createNetworkInterface, defaultSecurityGroupId } from "./network-interfaces.ts";
import { securityGroups, type Subnet, subnets } from "./tables.ts";

/** Where a service places the network interfaces of a resource. */
export interface Placement {
  readonly vpcId: string;
  readonly subnets: readonly Subnet[];
}

/** Why subnets or security groups do not fit. Each service has its own error for it. */
export type PlacementProblem =
  | { readonly kind: "no-subnets" }
  | { readonly kind: "subnet-not-found"; readonly id: string }
  | { readonly kind: "several-vpcs" }
  | { readonly kind: "group-not-found"; readonly id: string }
  | { readonly kind: "group-in-other-vpc"; readonly id: string; readonly vpcId: string };

/** The subnets with these IDs, which must be in one VPC. */
export function placementIn(
  context: Context,
  ids: readonly string[],
): Placement | PlacementProblem {
  const found: Subnet[] = [];
  for (const id of ids) {
    const subnet = context.in(subnets).get(id);
    if (subnet === undefined) return { kind: "subnet-not-found", id };
    found.push(subnet);
  }
  const [first] = found;
  if (first === undefined) return { kind: "no-subnets" };
  return found.every(({ vpcId }) => vpcId === first.vpcId)
    ? { vpcId: first.vpcId, subnets: found }
    : { kind: "several-vpcs" };
}

/** All subnets of the default VPC. Undefined if the customer has deleted the VPC or its subnets. */
export function placementInDefaultVpc(context: Context): Placement | undefined {
  ensureDefaultVpc(context);
  const vpcId = defaultVpcOf(context)?.id;
  const found = context.in(subnets).filter((subnet) => subnet.vpcId === vpcId);
  return vpcId === undefined || found.length === 0 ? undefined : { vpcId, subnets: found };
}

/** The first problem of security groups for a VPC. Undefined if they fit. */
export function groupProblem(
  context: Context,
  ids: readonly string[],
  vpcId: string,
): PlacementProblem | undefined {
  for (const id of ids) {
    const group = context.in(securityGroups).get(id);
    if (group === undefined) return { kind: "group-not-found", id };
    if (group.vpcId !== vpcId) return { kind: "group-in-other-vpc", id, vpcId: group.vpcId };
  }
  return undefined;
}

/** The security groups of a resource: those of the request, or the default group of the VPC. */
export const groupsOrDefault = (
  context: Context,
  ids: readonly string[] | undefined,
  vpcId: string,
): readonly string[] =>
  ids !== undefined && ids.length > 0 ? ids : [defaultSecurityGroupId(context, vpcId)];

/** Creates the network interface of a service's resource, to which host names resolve. */
export function createServiceInterface(
  context: Context,
  subnet: Subnet,
  options: {
    /** ARN of the resource. */
    readonly owner: string;
    readonly description: string;
    readonly groupIds: readonly string[];
    readonly hostNames: readonly string[];
  },
): void {
  createNetworkInterface(context, subnet, {
    type: "interface",
    requesterManaged: true,
    ...options,
  });
}
