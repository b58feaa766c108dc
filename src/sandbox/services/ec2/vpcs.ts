import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { defaultDhcpOptions } from "./dhcp-options.ts";
import { createDefaultAcl } from "./network-acls.ts";
import { createRouteTable } from "./route-tables.ts";
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
import { type Vpc, vpcs, subnets, routeTables, securityGroups, networkAcls } from "./tables.ts";

export function describeVpc(context: Context, vpc: Vpc): ec2.Vpc {
  return {
    VpcId: vpc.id,
    CidrBlock: vpc.cidr,
    CidrBlockAssociationSet: [
      {
        AssociationId: vpc.associationId,
        CidrBlock: vpc.cidr,
        CidrBlockState: { State: "associated" },
      },
    ],
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
  createDefaultAcl(context, vpc.id);
  createDefaultSecurityGroup(context, vpc.id);
  return vpc;
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
          "cidr-block-association.cidr-block": (vpc) => vpc.cidr,
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
