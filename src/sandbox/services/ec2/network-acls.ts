import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import {
  type AclEntry,
  type NetworkAcl,
  networkAcls,
  type Subnet,
  type Vpc,
  vpcs,
} from "./tables.ts";
import {
  parseCidrBlock,
  parseIpv6CidrBlock,
  dependencyViolation,
  filterAndPaginate,
  invalidValue,
  limitExceeded,
  missingParameter,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";

/** The number of the last rule of every network ACL, which denies all traffic and cannot be changed. */
const LAST_RULE_NUMBER = 32767;

/** An entry for all IPv4 traffic in one direction. */
const entryForAllTraffic = (
  number: number,
  direction: "ingress" | "egress",
  action: "allow" | "deny",
): AclEntry => ({
  number,
  isEgress: direction === "egress",
  protocol: "-1",
  allows: action === "allow",
  addresses: { cidr4: "0.0.0.0/0" },
});

/** Creates the default network ACL of a VPC. It allows all traffic. */
export function createDefaultAcl(context: Context, vpc: Vpc): void {
  const row: NetworkAcl = {
    id: context.id("acl"),
    vpcId: vpc.id,
    isDefault: true,
    ...(vpc.isDefault === true ? { ofDefaultVpc: true } : {}),
    entries: (["egress", "ingress"] as const).flatMap((direction) => [
      entryForAllTraffic(100, direction, "allow"),
      entryForAllTraffic(LAST_RULE_NUMBER, direction, "deny"),
    ]),
    associations: [],
  };
  context.in(networkAcls).put(row.id, row);
}

/** Associates a new subnet with the default network ACL of its VPC. */
export function associateSubnet(context: Context, subnet: Subnet): void {
  const row = context
    .in(networkAcls)
    .find((networkAcl) => networkAcl.vpcId === subnet.vpcId && networkAcl.isDefault);
  if (!row) throw invalidValue(`VPC ${subnet.vpcId} has no default network ACL`);
  context.in(networkAcls).put(row.id, {
    ...row,
    associations: [...row.associations, { id: context.id("aclassoc"), subnetId: subnet.id }],
  });
}

const describe = (context: Context, row: NetworkAcl): ec2.NetworkAcl => ({
  NetworkAclId: row.id,
  VpcId: row.vpcId,
  OwnerId: context.account,
  IsDefault: row.isDefault,
  Associations: row.associations.map(({ id, subnetId }) => ({
    NetworkAclAssociationId: id,
    NetworkAclId: row.id,
    SubnetId: subnetId,
  })),
  Entries: row.entries.map((aclEntry) => ({
    RuleNumber: aclEntry.number,
    Egress: aclEntry.isEgress,
    Protocol: aclEntry.protocol,
    RuleAction: aclEntry.allows ? "allow" : "deny",
    ...("cidr4" in aclEntry.addresses
      ? { CidrBlock: aclEntry.addresses.cidr4 }
      : { Ipv6CidrBlock: aclEntry.addresses.cidr6 }),
    ...(aclEntry.from === undefined ? {} : { PortRange: { From: aclEntry.from, To: aclEntry.to } }),
    ...(aclEntry.icmp === undefined
      ? {}
      : { IcmpTypeCode: { Type: aclEntry.icmp.type, Code: aclEntry.icmp.code } }),
  })),
  Tags: tagsOf(context, row.id),
});

const ENTRY_PARAMETERS = [
  "NetworkAclId",
  "RuleNumber",
  "Egress",
  "Protocol",
  "RuleAction",
  "CidrBlock",
  "Ipv6CidrBlock",
  "PortRange",
  "IcmpTypeCode",
] as const;

/** Protocol numbers of ICMP for IPv4 and for IPv6. */
const ICMP_PROTOCOLS: ReadonlySet<string> = new Set(["1", "58", "icmp", "icmpv6"]);

/** Validates an entry. Source: Amazon EC2 API Reference, CreateNetworkAclEntry. */
function entryFromInput(input: ec2.CreateNetworkAclEntryRequest): AclEntry {
  const { RuleNumber: number = 0, Protocol: protocol = "", IcmpTypeCode: icmp } = input;
  if (number < 1 || number >= LAST_RULE_NUMBER) {
    throw invalidValue(
      `Value (${number}) for parameter ruleNumber is invalid. Rule numbers must be between 1 and ${LAST_RULE_NUMBER - 1}.`,
    );
  }
  if ((input.CidrBlock === undefined) === (input.Ipv6CidrBlock === undefined)) {
    if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
    throw new AwsError(
      "InvalidParameterCombination",
      "The parameter cidrBlock cannot be used with the parameter ipv6CidrBlock",
    );
  }
  const isIcmp = ICMP_PROTOCOLS.has(protocol);
  if (isIcmp && (icmp?.Type === undefined || icmp.Code === undefined))
    throw missingParameter("icmpTypeCode");
  const { From: from, To: to } = input.PortRange ?? {};
  return {
    number,
    isEgress: input.Egress === true,
    protocol,
    allows: input.RuleAction === "allow",
    addresses:
      input.CidrBlock === undefined
        ? { cidr6: parseIpv6CidrBlock(input.Ipv6CidrBlock ?? "", "ipv6CidrBlock") }
        : { cidr4: parseCidrBlock(input.CidrBlock, "cidrBlock").text },
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(isIcmp && icmp?.Type !== undefined && icmp.Code !== undefined
      ? { icmp: { type: icmp.Type, code: icmp.Code } }
      : {}),
  };
}

const isSamePlace = (a: AclEntry, b: AclEntry): boolean =>
  a.number === b.number && a.isEgress === b.isEgress;

const entryNotFound = (number: number): AwsError =>
  new AwsError(
    "InvalidNetworkAclEntry.NotFound",
    `The network acl entry identified by ${number} does not exist.`,
  );

function putEntries(context: Context, row: NetworkAcl, entries: readonly AclEntry[]): void {
  context
    .in(networkAcls)
    .put(row.id, { ...row, entries: entries.toSorted((a, b) => a.number - b.number) });
}

export const networkAclOperations: Operations = {
  CreateNetworkAcl: operation<ec2.CreateNetworkAclRequest, ec2.CreateNetworkAclResult>()(
    ["VpcId", "TagSpecifications"],
    (context, input) => {
      const vpc = requireResource(context, vpcs, "vpc", input.VpcId);
      const count = context
        .in(networkAcls)
        .filter((networkAcl) => networkAcl.vpcId === vpc.id).length;
      if (count >= context.settings.quotas.networkAclsPerVpc)
        throw limitExceeded("NetworkAcl", "network ACLs");
      const row: NetworkAcl = {
        id: context.id("acl"),
        vpcId: vpc.id,
        isDefault: false,
        entries: [
          entryForAllTraffic(LAST_RULE_NUMBER, "egress", "deny"),
          entryForAllTraffic(LAST_RULE_NUMBER, "ingress", "deny"),
        ],
        associations: [],
      };
      context.in(networkAcls).put(row.id, row);
      tagCreatedResource(context, row.id, "network-acl", input.TagSpecifications);
      return { NetworkAcl: describe(context, row) };
    },
  ),

  DeleteNetworkAcl: operation<ec2.DeleteNetworkAclRequest, object>()(
    ["NetworkAclId"],
    (context, input) => {
      const row = requireResource(context, networkAcls, "acl", input.NetworkAclId);
      if (row.isDefault) throw invalidValue(`cannot delete default network ACL ${row.id}`);
      if (row.associations.length > 0) {
        throw dependencyViolation(
          `The networkAcl '${row.id}' has dependencies and cannot be deleted.`,
        );
      }
      context.in(networkAcls).delete(row.id);
      context.in(tags).delete(row.id);
      return {};
    },
  ),

  CreateNetworkAclEntry: operation<ec2.CreateNetworkAclEntryRequest, object>()(
    ENTRY_PARAMETERS,
    (context, input) => {
      const row = requireResource(context, networkAcls, "acl", input.NetworkAclId);
      const created = entryFromInput(input);
      if (row.entries.some((other) => isSamePlace(other, created))) {
        throw new AwsError(
          "NetworkAclEntryAlreadyExists",
          `The network acl entry identified by ${created.number} already exists.`,
        );
      }
      // The quota does not count the last entry, which denies all traffic.
      const count = row.entries.filter((other) => other.isEgress === created.isEgress).length - 1;
      if (count >= context.settings.quotas.rulesPerNetworkAcl)
        throw limitExceeded("NetworkAclEntry", "network ACL entries");
      putEntries(context, row, [...row.entries, created]);
      return {};
    },
  ),

  ReplaceNetworkAclEntry: operation<ec2.ReplaceNetworkAclEntryRequest, object>()(
    ENTRY_PARAMETERS,
    (context, input) => {
      const row = requireResource(context, networkAcls, "acl", input.NetworkAclId);
      const changed = entryFromInput(input);
      const otherEntries = row.entries.filter((other) => !isSamePlace(other, changed));
      if (otherEntries.length === row.entries.length) throw entryNotFound(changed.number);
      putEntries(context, row, [...otherEntries, changed]);
      return {};
    },
  ),

  DeleteNetworkAclEntry: operation<ec2.DeleteNetworkAclEntryRequest, object>()(
    ["NetworkAclId", "RuleNumber", "Egress"],
    (context, input) => {
      const row = requireResource(context, networkAcls, "acl", input.NetworkAclId);
      const entries = row.entries.filter(
        (aclEntry) => aclEntry.number !== input.RuleNumber || aclEntry.isEgress !== input.Egress,
      );
      if (entries.length === row.entries.length || input.RuleNumber === LAST_RULE_NUMBER) {
        throw entryNotFound(input.RuleNumber);
      }
      context.in(networkAcls).put(row.id, { ...row, entries });
      return {};
    },
  ),

  ReplaceNetworkAclAssociation: operation<
    ec2.ReplaceNetworkAclAssociationRequest,
    ec2.ReplaceNetworkAclAssociationResult
  >()(["AssociationId", "NetworkAclId"], (context, input) => {
    const target = requireResource(context, networkAcls, "acl", input.NetworkAclId);
    const currentAcl = context
      .in(networkAcls)
      .find((networkAcl) =>
        networkAcl.associations.some((association) => association.id === input.AssociationId),
      );
    const association = currentAcl?.associations.find(
      (otherAssociation) => otherAssociation.id === input.AssociationId,
    );
    if (!currentAcl || !association) {
      throw new AwsError(
        "InvalidAssociationID.NotFound",
        `The association ID '${input.AssociationId}' does not exist`,
      );
    }
    context.in(networkAcls).put(currentAcl.id, {
      ...currentAcl,
      associations: currentAcl.associations.filter(
        (otherAssociation) => otherAssociation !== association,
      ),
    });
    const newAssociation = { id: context.id("aclassoc"), subnetId: association.subnetId };
    const targetAcl = requireResource(context, networkAcls, "acl", target.id);
    context.in(networkAcls).put(targetAcl.id, {
      ...targetAcl,
      associations: [...targetAcl.associations, newAssociation],
    });
    return { NewAssociationId: newAssociation.id };
  }),

  DescribeNetworkAcls: operation<ec2.DescribeNetworkAclsRequest, ec2.DescribeNetworkAclsResult>()(
    ["NetworkAclIds", "Filters", "MaxResults", "NextToken"],
    (context, input) => {
      const { items, next } = filterAndPaginate(
        context,
        requireResources(context, networkAcls, "acl", input.NetworkAclIds),
        input,
        {
          "network-acl-id": (row) => row.id,
          "vpc-id": (row) => row.vpcId,
          default: (row) => String(row.isDefault),
          "association.subnet-id": (row) =>
            row.associations.map((association) => association.subnetId),
          "association.association-id": (row) =>
            row.associations.map((association) => association.id),
          "association.network-acl-id": (row) => row.id,
          "entry.cidr": (row) =>
            row.entries.flatMap(({ addresses }) => ("cidr4" in addresses ? addresses.cidr4 : [])),
          "entry.ipv6-cidr": (row) =>
            row.entries.flatMap(({ addresses }) => ("cidr6" in addresses ? addresses.cidr6 : [])),
          "entry.egress": (row) => row.entries.map((aclEntry) => String(aclEntry.isEgress)),
          "entry.protocol": (row) => row.entries.map((aclEntry) => aclEntry.protocol),
          "entry.rule-action": (row) =>
            row.entries.map((aclEntry) => (aclEntry.allows ? "allow" : "deny")),
          "entry.rule-number": (row) => row.entries.map((aclEntry) => String(aclEntry.number)),
          "owner-id": () => context.account,
        },
      );
      return { NetworkAcls: items.map((row) => describe(context, row)), NextToken: next };
    },
  ),
};
