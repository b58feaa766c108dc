import { isIPv6 } from "node:net";
import type { Filter, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { type Cidr, isCidr, parseCidr } from "../../../ip/index.ts";
import { matches } from "../../../iam/index.ts";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, page } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { addTags } from "../../core/tags.ts";
import { ec2TagRules } from "./tag-rules.ts";

/** Error codes and messages: Amazon EC2 API Reference, "Error codes for the Amazon EC2 API". */
const NOT_FOUND: Readonly<Record<string, readonly [code: string, messageTemplate: string]>> = {
  vpc: ["InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"],
  subnet: ["InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"],
  rtb: ["InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"],
  rtbassoc: ["InvalidAssociationID.NotFound", "The association ID '{}' does not exist"],
  igw: ["InvalidInternetGatewayID.NotFound", "The internetGateway ID '{}' does not exist"],
  sg: ["InvalidGroup.NotFound", "The security group '{}' does not exist"],
  sgr: ["InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '{}' does not exist"],
  vpce: ["InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist"],
  nat: ["NatGatewayNotFound", "NAT gateway {} was not found"],
  eipalloc: ["InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"],
  eipassoc: ["InvalidAssociationID.NotFound", "The association ID '{}' does not exist"],
  eni: ["InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{}' does not exist"],
  acl: ["InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist"],
  aclassoc: ["InvalidAssociationID.NotFound", "The association ID '{}' does not exist"],
  dopt: ["InvalidDhcpOptionID.NotFound", "The dhcpOption ID '{}' does not exist"],
  pcx: [
    "InvalidVpcPeeringConnectionID.NotFound",
    "The vpcPeeringConnection ID '{}' does not exist",
  ],
  eigw: ["InvalidGatewayID.NotFound", "The gateway ID '{}' does not exist"],
  fl: ["InvalidFlowLogId.NotFound", "These flow log ids in the input list are not found: [{}]"],
  pl: ["InvalidPrefixListID.NotFound", "The prefix list ID '{}' does not exist"],
};

/** The prefixes of EC2 resource IDs: the part before the hyphen. */
export type IdPrefix =
  | "vpc"
  | "subnet"
  | "rtb"
  | "rtbassoc"
  | "igw"
  | "sg"
  | "sgr"
  | "vpce"
  | "nat"
  | "eipalloc"
  | "eipassoc"
  | "eni"
  | "acl"
  | "aclassoc"
  | "dopt"
  | "pcx"
  | "eigw"
  | "fl"
  | "pl";

/**
 * The resource with an ID.
 *
 * @throws AwsError the NotFound error that EC2 has for IDs with this prefix
 */
export function requireResource<Row>(
  context: Context,
  key: TableKey<Row>,
  idPrefix: IdPrefix,
  id: string,
): Row {
  const row = context.in(key).get(id);
  if (row !== undefined) return row;
  const [code, messageTemplate] = NOT_FOUND[idPrefix] ?? [
    "InvalidParameterValue",
    "{} does not exist",
  ];
  throw new AwsError(code, messageTemplate.replace("{}", id));
}

/**
 * The resources with these IDs, or all resources if the list of IDs is empty or missing.
 *
 * @throws AwsError the NotFound error of the first ID without a resource
 */
export function requireResources<Row>(
  context: Context,
  key: TableKey<Row>,
  idPrefix: IdPrefix,
  ids: readonly string[] | undefined,
): Row[] {
  if (ids === undefined || ids.length === 0) return context.in(key).all();
  return ids.map((id) => requireResource(context, key, idPrefix, id));
}

export function dependencyViolation(message: string): AwsError {
  return new AwsError("DependencyViolation", message);
}

export function invalidValue(message: string): AwsError {
  return new AwsError("InvalidParameterValue", message);
}

/** The error for an exceeded quota. Codes: Amazon EC2 API Reference, "Error codes for the Amazon EC2 API". */
export function limitExceeded(codePrefix: string, resources: string): AwsError {
  return new AwsError(
    `${codePrefix}LimitExceeded`,
    `The maximum number of ${resources} has been reached.`,
  );
}

/** The error for a missing parameter. */
export function missingParameter(parameter: string): AwsError {
  return new AwsError("MissingParameter", `The request must contain the parameter ${parameter}`);
}

/** Tags of EC2 resources, by resource ID. */
export const tags: TableKey<Readonly<Record<string, string>>> = table("ec2/tags", {
  exists: () => false,
  mayBeEmpty: true,
});

/** Stores the tags from the TagSpecifications of a create call. */
export function tagCreatedResource(
  context: Context,
  id: string,
  type: string,
  specifications: readonly TagSpecification[] | undefined,
): void {
  const newTags = (specifications ?? []).flatMap(({ ResourceType, Tags = [] }) => {
    if (ResourceType !== type) {
      throw invalidValue(
        `'${ResourceType}' is not a valid taggable resource type for this operation.`,
      );
    }
    return Tags.map(({ Key = "", Value = "" }) => [Key, Value] as const);
  });
  putTags(context, id, "Create", Object.fromEntries(newTags));
}

/** Adds tags to a resource. */
export function putTags(
  context: Context,
  id: string,
  operation: string,
  added: Readonly<Record<string, string>>,
): void {
  const merged = addTags(ec2TagRules, operation, context.in(tags).get(id), added);
  if (Object.keys(merged).length > 0) context.in(tags).put(id, merged);
}

export function tagsOf(context: Context, id: string): Tag[] {
  return Object.entries(context.in(tags).get(id) ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

/** Parses a CIDR block into its canonical form: EC2 sets the host bits to zero. Source: Amazon EC2 API Reference, CreateVpc. */
export function parseCidrBlock(text: string, parameter: string): Cidr & { readonly text: string } {
  const parsed = parseCidr(text);
  if (isCidr(parsed)) return { ...parsed, text };
  if (parsed.hint !== undefined) return parseCidrBlock(parsed.hint, parameter);
  throw invalidValue(
    `Value (${text}) for parameter ${parameter} is invalid. This is not a valid CIDR block.`,
  );
}

/**
 * The canonical form of an IPv6 CIDR block: shortened, in lower case and with the host bits set to zero.
 *
 * @throws AwsError InvalidParameterValue if the text is not an IPv6 CIDR block
 */
export function parseIpv6CidrBlock(text: string, parameter: string): string {
  const [, address = "", prefixText = ""] = /^([^/%]+)\/(\d{1,3})$/.exec(text) ?? [];
  const prefix = Number(prefixText);
  if (!isIPv6(address) || prefix > 128) {
    throw invalidValue(
      `Value (${text}) for parameter ${parameter} is invalid. This is not a valid IPv6 CIDR block.`,
    );
  }
  const groups = groupsOfIpv6(address).map((group, index) => {
    const bits = Math.min(16, Math.max(0, prefix - index * 16));
    return (group & (0xffff << (16 - bits)) & 0xffff).toString(16);
  });
  return `${shortenIpv6(groups.join(":"))}/${prefix}`;
}

/** Shortens an IPv6 address as RFC 5952 describes. URL serializes hosts in this form. */
const shortenIpv6 = (address: string): string =>
  new URL(`http://[${address}]`).hostname.slice(1, -1);

function groupsOfIpv6(address: string): number[] {
  const [start = "", end] = shortenIpv6(address).split("::");
  const parse = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  if (end === undefined) return parse(start);
  const [left, right] = [parse(start), parse(end)];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** The values of a resource for each documented filter name. */
export type FilterValues<Row> = Readonly<
  Record<string, (row: Row) => string | readonly string[] | undefined>
>;

/**
 * The resources that match every filter. Filter values can contain the wildcards * and ?. An unknown filter is rejected.
 *
 * Source: Amazon EC2 User Guide, "Filter resources".
 */
export function applyFilters<Row>(
  context: Context,
  rows: readonly Row[],
  filters: readonly Filter[] | undefined,
  supportedFilters: FilterValues<Row>,
  idOf: (row: Row) => string,
): Row[] {
  let remaining = [...rows];
  for (const { Name: name = "", Values: values = [] } of filters ?? []) {
    const tagKey = /^tag:(.+)$/s.exec(name)?.[1];
    const read = (row: Row): readonly string[] => {
      const tagsOfRow = context.in(tags).get(idOf(row)) ?? {};
      if (tagKey !== undefined) return [ownProperty(tagsOfRow, tagKey) ?? []].flat();
      if (name === "tag-key") return Object.keys(tagsOfRow);
      const value = ownProperty(supportedFilters, name)?.(row);
      return value === undefined ? [] : typeof value === "string" ? [value] : value;
    };
    if (
      tagKey === undefined &&
      name !== "tag-key" &&
      ownProperty(supportedFilters, name) === undefined
    ) {
      throw invalidValue(`The filter '${name}' is invalid`);
    }
    remaining = remaining.filter((row) =>
      read(row).some((value) => values.some((pattern) => matches(pattern, value))),
    );
  }
  return remaining;
}

/** Parameters that every Describe operation of EC2 has. */
interface DescribeInput {
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** One page of the resources that match the filters. */
export function filterAndPaginate<Row extends { readonly id: string }>(
  context: Context,
  rows: readonly Row[],
  input: DescribeInput,
  supportedFilters: FilterValues<Row>,
): { readonly items: readonly Row[]; readonly next: string | undefined } {
  const matching = applyFilters(context, rows, input.Filters, supportedFilters, (row) => row.id);
  return page(matching, input.MaxResults, input.NextToken);
}
