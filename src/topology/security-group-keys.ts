import type { AttributePath, Reference, Resource } from "../plan/index.ts";
import type { PartiallyKnown } from "./subnets.ts";

/** Types of security groups, for references. */
export const SECURITY_GROUP_TYPES: readonly string[] = [
  "aws_security_group",
  "aws_default_security_group",
  "aws_vpc.default_security_group_id",
];

const DEFAULT_SUFFIX = "#default";

/** The key of a VPC's default security group, whether Terraform manages it or not. */
export const defaultGroupKey = (vpc: string): string => `${vpc}${DEFAULT_SUFFIX}`;

/** The VPC whose default security group has the key; undefined for any other security group. */
export const vpcOfDefaultGroup = (key: string): string | undefined =>
  key.endsWith(DEFAULT_SUFFIX) ? key.slice(0, -DEFAULT_SUFFIX.length) : undefined;

/** A security group for messages: its address or ID, or the VPC whose default security group it is. */
export function formatSecurityGroup(key: string): string {
  const vpc = vpcOfDefaultGroup(key);
  return vpc === undefined ? key : `${vpc}'s default security group`;
}

/** The key of the security group that an attribute refers to. */
export const securityGroupKey = ({ resource, attribute }: Reference): string =>
  attribute === "default_security_group_id" ? defaultGroupKey(resource.address) : resource.address;

/** Keys of the security groups of an attribute. AWS uses the default security group of the VPC if none is given. */
export function securityGroupsAt(
  resource: Resource,
  vpc: string | undefined,
  ...path: AttributePath
): PartiallyKnown<string> {
  const { references, externalIds, unknown } = resource.referencesTo(SECURITY_GROUP_TYPES, ...path);
  const items = [...references.map(securityGroupKey), ...externalIds];
  // Terraform plans an attribute that is not configured as known after apply.
  const isConfigured = resource.isConfigured(String(path[0]));
  if (items.length === 0 && vpc !== undefined && (unknown.length === 0 || !isConfigured))
    return { items: [defaultGroupKey(vpc)], unknown: [] };
  return { items, unknown };
}
