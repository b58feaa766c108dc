import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { type AclEntry, type NetworkAcl, networkAcls, type Subnet, vpcs } from "./tables.ts";
import {
  parseCidrBlock,
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
  cidr: "0.0.0.0/0",
});

/** Creates the default network ACL of a VPC. It allows all traffic. */
export function createDefaultAcl(context: Context, vpcId: string): void {
  const row: NetworkAcl = {
    id: context.id("acl"),
    vpcId,
    isDefault: true,
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
    CidrBlock: aclEntry.cidr,
    ...(aclEntry.from === undefined ? {} : { PortRange: { From: aclEntry.from, To: aclEntry.to } }),
  })),
  Tags: tagsOf(context, row.id),
});

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
    ["NetworkAclId", "RuleNumber", "Egress", "Protocol", "RuleAction", "CidrBlock", "PortRange"],
    (context, input) => {
      const row = requireResource(context, networkAcls, "acl", input.NetworkAclId);
      if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
      const { text: cidr } = parseCidrBlock(input.CidrBlock, "cidrBlock");
      const isDuplicate = (aclEntry: AclEntry): boolean =>
        aclEntry.number === input.RuleNumber && aclEntry.isEgress === input.Egress;
      if (row.entries.some(isDuplicate)) {
        throw new AwsError(
          "NetworkAclEntryAlreadyExists",
          `The network acl entry identified by ${input.RuleNumber} already exists.`,
        );
      }
      // The quota does not count the last entry, which denies all traffic.
      const count = row.entries.filter((aclEntry) => aclEntry.isEgress === input.Egress).length - 1;
      if (count >= context.settings.quotas.rulesPerNetworkAcl)
        throw limitExceeded("NetworkAclEntry", "network ACL entries");
      const { From: from, To: to } = input.PortRange ?? {};
      const created: AclEntry = {
        number: input.RuleNumber,
        isEgress: input.Egress,
        protocol: input.Protocol,
        allows: input.RuleAction === "allow",
        cidr,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      };
      context.in(networkAcls).put(row.id, {
        ...row,
        entries: [...row.entries, created].sort((a, b) => a.number - b.number),
      });
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
        throw new AwsError(
          "InvalidNetworkAclEntry.NotFound",
          `The network acl entry identified by ${input.RuleNumber} does not exist.`,
        );
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
          "entry.cidr": (row) => row.entries.map((aclEntry) => aclEntry.cidr),
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
