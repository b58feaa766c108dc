import type { Filter, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { type Cidr, isCidr, parseCidr } from "../../../ip/cidr.ts";
import { matches } from "../../../iam/match.ts";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, page } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/store.ts";

/** Error codes and messages: Amazon EC2 API Reference, "Error codes for the Amazon EC2 API". */
const NOT_FOUND: Readonly<Record<string, readonly [code: string, words: string]>> = {
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

/** The kinds of id that the sandbox gives: the part before the hyphen. */
export type Kind =
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

/** The row with an id, or AWS's error for an id of its kind that is not there. */
export function need<Row>(context: Context, key: TableKey<Row>, kind: Kind, id: string): Row {
  const row = context.in(key).get(id);
  if (row !== undefined) return row;
  const [code, words] = NOT_FOUND[kind] ?? ["InvalidParameterValue", "{} does not exist"];
  throw new AwsError(code, words.replace("{}", id));
}

/** The rows with these ids, all of them or an error; every row where no ids are given. */
export function needAll<Row>(
  context: Context,
  key: TableKey<Row>,
  kind: Kind,
  ids: readonly string[] | undefined,
): Row[] {
  if (ids === undefined || ids.length === 0) return context.in(key).all();
  return ids.map((id) => need(context, key, kind, id));
}

export function dependencyViolation(message: string): AwsError {
  return new AwsError("DependencyViolation", message);
}

export function invalidValue(message: string): AwsError {
  return new AwsError("InvalidParameterValue", message);
}

/** A quota of the account is used up. Codes: Amazon EC2 API Reference, "Error codes for the Amazon EC2 API". */
export function limitExceeded(noun: string, words: string): AwsError {
  return new AwsError(`${noun}LimitExceeded`, `The maximum number of ${words} has been reached.`);
}

/** Exactly one of several parameters. */
export function missing(parameter: string): AwsError {
  return new AwsError("MissingParameter", `The request must contain the parameter ${parameter}`);
}

/** Tags of any resource, by its id. */
export const tags: TableKey<Readonly<Record<string, string>>> = table("ec2/tags", {
  exists: () => false,
  mayBeEmpty: true,
});

/** Remembers the tags that a create call brings for a resource. */
export function tagNew(
  context: Context,
  id: string,
  type: string,
  specifications: readonly TagSpecification[] | undefined,
): void {
  const given = (specifications ?? []).flatMap(({ ResourceType, Tags = [] }) => {
    if (ResourceType !== type) {
      throw invalidValue(
        `'${ResourceType}' is not a valid taggable resource type for this operation.`,
      );
    }
    return Tags.map(({ Key = "", Value = "" }) => [Key, Value] as const);
  });
  addTags(context, id, Object.fromEntries(given));
}

export function addTags(
  context: Context,
  id: string,
  added: Readonly<Record<string, string>>,
): void {
  for (const key of Object.keys(added)) {
    if (/^aws:/i.test(key)) {
      throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use");
    }
  }
  const merged = { ...context.in(tags).get(id), ...added };
  if (Object.keys(merged).length > 50) {
    throw new AwsError(
      "TagLimitExceeded",
      "The maximum number of Tags for a resource has been reached.",
    );
  }
  if (Object.keys(merged).length > 0) context.in(tags).put(id, merged);
}

export function tagsOf(context: Context, id: string): Tag[] {
  return Object.entries(context.in(tags).get(id) ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

/** The block that a text says, in its canonical form: EC2 clears host bits and says so. Source: Amazon EC2 API Reference, CreateVpc. */
export function block(text: string, parameter: string): Cidr & { readonly text: string } {
  const parsed = parseCidr(text);
  if (isCidr(parsed)) return { ...parsed, text };
  if (parsed.hint !== undefined) return block(parsed.hint, parameter);
  throw invalidValue(
    `Value (${text}) for parameter ${parameter} is invalid. This is not a valid CIDR block.`,
  );
}

/** What a filter may ask of a row: the documented filter name, and the row's values for it. */
export type Filters<Row> = Readonly<
  Record<string, (row: Row) => string | readonly string[] | undefined>
>;

/**
 * The rows that pass every filter. Values may hold * and ?. A filter that is not listed is refused.
 *
 * Source: Amazon EC2 User Guide, "Filter resources".
 */
export function filtered<Row>(
  context: Context,
  rows: readonly Row[],
  filters: readonly Filter[] | undefined,
  known: Filters<Row>,
  idOf: (row: Row) => string,
): Row[] {
  let left = [...rows];
  for (const { Name: name = "", Values: values = [] } of filters ?? []) {
    const tagKey = /^tag:(.+)$/s.exec(name)?.[1];
    const read = (row: Row): readonly string[] => {
      const tagsOfRow = context.in(tags).get(idOf(row)) ?? {};
      if (tagKey !== undefined) return [ownProperty(tagsOfRow, tagKey) ?? []].flat();
      if (name === "tag-key") return Object.keys(tagsOfRow);
      const found = ownProperty(known, name)?.(row);
      return found === undefined ? [] : typeof found === "string" ? [found] : found;
    };
    if (tagKey === undefined && name !== "tag-key" && ownProperty(known, name) === undefined) {
      throw invalidValue(`The filter '${name}' is invalid`);
    }
    left = left.filter((row) =>
      read(row).some((have) => values.some((want) => matches(want, have))),
    );
  }
  return left;
}

/** What every Describe operation of EC2 may be asked for. */
interface Asked {
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** One page of the rows that pass the filters. */
export function listed<Row extends { readonly id: string }>(
  context: Context,
  rows: readonly Row[],
  asked: Asked,
  known: Filters<Row>,
): { readonly items: readonly Row[]; readonly next: string | undefined } {
  const passing = filtered(context, rows, asked.Filters, known, (row) => row.id);
  return page(passing, asked.MaxResults, asked.NextToken);
}
