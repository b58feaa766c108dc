import type * as ec2 from "@aws-sdk/client-ec2";
import { type Cidr, cidr as parseCidr, contains, overlaps } from "../../../ip/index.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { defaultDhcpOptions } from "./dhcp-options.ts";
import { createDefaultAcl } from "./network-acls.ts";
import { createRouteTable, setLocalRoute } from "./route-tables.ts";
import { createDefaultSecurityGroup, deleteSecurityGroup } from "./security-groups.ts";
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
import { vpcDependents } from "./vpc-dependents.ts";
import {
  cidrsOf,
  type Vpc,
  vpcs,
  subnets,
  routeTables,
  securityGroups,
  networkAcls,
} from "./tables.ts";

export function describeVpc(context: Context, vpc: Vpc): ec2.Vpc {
  return {
    VpcId: vpc.id,
    CidrBlock: vpc.cidr,
    CidrBlockAssociationSet: [vpc, ...(vpc.secondaryCidrs ?? [])].map((block) => ({
      AssociationId: block.associationId,
      CidrBlock: block.cidr,
      CidrBlockState: { State: "associated" },
    })),
    DhcpOptionsId: vpc.dhcpOptionsId ?? defaultDhcpOptions(context),
    InstanceTenancy: vpc.tenancy,
    IsDefault: vpc.isDefault === true,
    OwnerId: context.account,
    State: "available",
    Tags: tagsOf(context, vpc.id),
  };
}

/** Creates a VPC with its main route table, default network ACL and default security group. */
export function createVpc(context: Context, cidr: string, options: Partial<Vpc> = {}): Vpc {
  const vpc: Vpc = {
    id: context.id("vpc"),
    cidr,
    associationId: context.id("vpc-cidr-assoc"),
    tenancy: "default",
    dnsSupport: true,
    dnsHostnames: false,
    networkAddressUsageMetrics: false,
    ...options,
  };
  context.in(vpcs).put(vpc.id, vpc);
  createRouteTable(context, vpc, { isMain: true });
  createDefaultAcl(context, vpc);
  createDefaultSecurityGroup(context, vpc);
  return vpc;
}

const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(parseCidr);

/** Ranges that no VPC block can be added from. Source: Amazon VPC User Guide, "IPv4 CIDR block association restrictions". */
const RESERVED_RANGES = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "198.19.0.0/16",
  "224.0.0.0/4",
].map(parseCidr);

/**
 * Checks a CIDR block that is added to a VPC.
 *
 * Source: Amazon VPC User Guide, "VPC CIDR blocks".
 */
function checkSecondaryCidr(context: Context, vpc: Vpc, added: Cidr & { text: string }): void {
  const rangeError = (problem: string): AwsError =>
    new AwsError("InvalidVpc.Range", `The CIDR '${added.text}' ${problem}`);
  if (added.prefix < 16 || added.prefix > 28) throw rangeError("is invalid.");
  const blocks = cidrsOf(vpc);
  if (blocks.length >= context.settings.quotas.cidrBlocksPerVpc) {
    throw new AwsError(
      "CidrLimitExceeded",
      `This network '${vpc.id}' has met its maximum number of allowed CIDRs: ${context.settings.quotas.cidrBlocksPerVpc}`,
    );
  }
  const isOtherPrivateRange = PRIVATE_RANGES.some(
    (range) =>
      overlaps(range, added) &&
      blocks.some((block) =>
        PRIVATE_RANGES.some((other) => other !== range && contains(other, parseCidr(block))),
      ),
  );
  if (isOtherPrivateRange || RESERVED_RANGES.some((range) => overlaps(range, added))) {
    throw rangeError(
      "is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a publicly-routable CIDR. For additional restrictions, see https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html",
    );
  }
  if (blocks.some((block) => overlaps(parseCidr(block), added)))
    throw rangeError("conflicts with one of the existing CIDR blocks of the VPC.");
  const conflictingRoute = context
    .in(routeTables)
    .filter((row) => row.vpcId === vpc.id)
    .flatMap((row) => row.routes)
    .find((route) => route.cidr !== undefined && contains(added, parseCidr(route.cidr)));
  if (conflictingRoute) {
    throw rangeError(
      `is the same as or larger than the destination ${conflictingRoute.cidr} of a route in the VPC.`,
    );
  }
}

const ATTRIBUTES = [
  "enableDnsSupport",
  "enableDnsHostnames",
  "enableNetworkAddressUsageMetrics",
] as const;

export const vpcOperations: Operations = {
  CreateVpc: operation<ec2.CreateVpcRequest, ec2.CreateVpcResult>()(
    ["CidrBlock", "InstanceTenancy", "TagSpecifications", "AmazonProvidedIpv6CidrBlock"],
    (context, input) => {
      if (input.AmazonProvidedIpv6CidrBlock === true) {
        throw notImplemented("IPv6 CIDR blocks of a VPC");
      }
      if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
      const parsed = parseCidrBlock(input.CidrBlock, "cidrBlock");
      const tenancy = input.InstanceTenancy ?? "default";
      if (tenancy !== "default" && tenancy !== "dedicated") {
        throw invalidValue(`Value (${tenancy}) for parameter instanceTenancy is invalid.`);
      }
      if (parsed.prefix < 16 || parsed.prefix > 28) {
        throw new AwsError("InvalidVpc.Range", `The CIDR '${parsed.text}' is invalid.`);
      }
      if (context.in(vpcs).all().length >= context.settings.quotas.vpcs)
        throw limitExceeded("Vpc", "VPCs");
      const vpc = createVpc(context, parsed.text, { tenancy });
      tagCreatedResource(context, vpc.id, "vpc", input.TagSpecifications);
      return { Vpc: describeVpc(context, vpc) };
    },
  ),

  DeleteVpc: operation<ec2.DeleteVpcRequest, object>()(["VpcId"], (context, input) => {
    const vpc = requireResource(context, vpcs, "vpc", input.VpcId);
    const isOfVpc = (row: { readonly vpcId: string }): boolean => row.vpcId === vpc.id;
    const contained = {
      tables: context.in(routeTables).filter(isOfVpc),
      acls: context.in(networkAcls).filter(isOfVpc),
      groups: context.in(securityGroups).filter(isOfVpc),
    };
    const hasDependencies =
      contained.tables.some((table) => !table.isMain) ||
      contained.acls.some((acl) => !acl.isDefault) ||
      contained.groups.some((group) => group.name !== "default") ||
      context.in(subnets).find(isOfVpc) !== undefined ||
      vpcDependents.some((hasDependent) => hasDependent(context, vpc.id));
    if (hasDependencies)
      throw dependencyViolation(`The vpc '${vpc.id}' has dependencies and cannot be deleted.`);
    for (const table of contained.tables) context.in(routeTables).delete(table.id);
    for (const acl of contained.acls) context.in(networkAcls).delete(acl.id);
    for (const group of contained.groups) deleteSecurityGroup(context, group.id);
    for (const { id } of [vpc, ...contained.tables, ...contained.acls, ...contained.groups])
      context.in(tags).delete(id);
    context.in(vpcs).delete(vpc.id);
    return {};
  }),

  AssociateVpcCidrBlock: operation<
    ec2.AssociateVpcCidrBlockRequest,
    ec2.AssociateVpcCidrBlockResult
  >()(["VpcId", "CidrBlock"], (context, input) => {
    const vpc = requireResource(context, vpcs, "vpc", input.VpcId);
    if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
    const parsed = parseCidrBlock(input.CidrBlock, "cidrBlock");
    checkSecondaryCidr(context, vpc, parsed);
    const secondary = { associationId: context.id("vpc-cidr-assoc"), cidr: parsed.text };
    context
      .in(vpcs)
      .put(vpc.id, { ...vpc, secondaryCidrs: [...(vpc.secondaryCidrs ?? []), secondary] });
    setLocalRoute(context, vpc.id, parsed.text, true);
    return {
      VpcId: vpc.id,
      CidrBlockAssociation: {
        AssociationId: secondary.associationId,
        CidrBlock: secondary.cidr,
        CidrBlockState: { State: "associating" },
      },
    };
  }),

  DisassociateVpcCidrBlock: operation<
    ec2.DisassociateVpcCidrBlockRequest,
    ec2.DisassociateVpcCidrBlockResult
  >()(["AssociationId"], (context, input) => {
    const id = input.AssociationId;
    for (const vpc of context.in(vpcs).all()) {
      if (vpc.associationId === id) {
        throw new AwsError(
          "OperationNotPermitted",
          `The vpc CIDR block with association ID ${id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
        );
      }
      const secondary = vpc.secondaryCidrs?.find((block) => block.associationId === id);
      if (secondary === undefined) continue;
      const block = parseCidr(secondary.cidr);
      if (
        context
          .in(subnets)
          .find((subnet) => subnet.vpcId === vpc.id && contains(block, parseCidr(subnet.cidr)))
      ) {
        throw dependencyViolation(
          `The vpc CIDR block with association ID ${id} has dependencies and cannot be disassociated.`,
        );
      }
      const { secondaryCidrs = [] } = vpc;
      context.in(vpcs).put(vpc.id, {
        ...vpc,
        secondaryCidrs: secondaryCidrs.filter((other) => other !== secondary),
      });
      setLocalRoute(context, vpc.id, secondary.cidr, false);
      return {
        VpcId: vpc.id,
        CidrBlockAssociation: {
          AssociationId: secondary.associationId,
          CidrBlock: secondary.cidr,
          CidrBlockState: { State: "disassociating" },
        },
      };
    }
    throw new AwsError(
      "InvalidVpcCidrBlockAssociationID.NotFound",
      `The vpc CIDR block association ID '${id}' does not exist`,
    );
  }),

  DescribeVpcs: operation<ec2.DescribeVpcsRequest, ec2.DescribeVpcsResult>()(
    ["VpcIds", "Filters", "MaxResults", "NextToken"],
    (context, input) => {
      const { items, next } = filterAndPaginate(
        context,
        requireResources(context, vpcs, "vpc", input.VpcIds),
        input,
        {
          "vpc-id": (vpc) => vpc.id,
          cidr: (vpc) => vpc.cidr,
          "cidr-block": (vpc) => vpc.cidr,
          "cidr-block-association.cidr-block": cidrsOf,
          "cidr-block-association.association-id": (vpc) => [
            vpc.associationId,
            ...(vpc.secondaryCidrs ?? []).map((block) => block.associationId),
          ],
          "cidr-block-association.state": () => "associated",
          state: () => "available",
          "is-default": (vpc) => String(vpc.isDefault === true),
          isDefault: (vpc) => String(vpc.isDefault === true),
          "dhcp-options-id": (vpc) => vpc.dhcpOptionsId ?? defaultDhcpOptions(context),
          "owner-id": () => context.account,
        },
      );
      return { Vpcs: items.map((vpc) => describeVpc(context, vpc)), NextToken: next };
    },
  ),

  DescribeVpcAttribute: operation<
    ec2.DescribeVpcAttributeRequest,
    ec2.DescribeVpcAttributeResult
  >()(["VpcId", "Attribute"], (context, input) => {
    const vpc = requireResource(context, vpcs, "vpc", input.VpcId);
    const attribute = ATTRIBUTES.find((name) => name === input.Attribute);
    if (attribute === undefined) {
      throw new AwsError(
        "InvalidParameterValue",
        `Value (${input.Attribute}) for parameter attribute is invalid.`,
      );
    }
    return {
      VpcId: vpc.id,
      ...{
        enableDnsSupport: { EnableDnsSupport: { Value: vpc.dnsSupport } },
        enableDnsHostnames: { EnableDnsHostnames: { Value: vpc.dnsHostnames } },
        enableNetworkAddressUsageMetrics: {
          EnableNetworkAddressUsageMetrics: { Value: vpc.networkAddressUsageMetrics },
        },
      }[attribute],
    };
  }),

  ModifyVpcAttribute: operation<ec2.ModifyVpcAttributeRequest, object>()(
    ["VpcId", "EnableDnsSupport", "EnableDnsHostnames", "EnableNetworkAddressUsageMetrics"],
    (context, input) => {
      const vpc = requireResource(context, vpcs, "vpc", input.VpcId);
      context.in(vpcs).put(vpc.id, {
        ...vpc,
        dnsSupport: input.EnableDnsSupport?.Value ?? vpc.dnsSupport,
        dnsHostnames: input.EnableDnsHostnames?.Value ?? vpc.dnsHostnames,
        networkAddressUsageMetrics:
          input.EnableNetworkAddressUsageMetrics?.Value ?? vpc.networkAddressUsageMetrics,
      });
      return {};
    },
  ),
};
