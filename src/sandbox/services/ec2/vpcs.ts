import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { defaultDhcpOptions } from "./dhcp-options.ts";
import { createDefaultAcl } from "./network-acls.ts";
import { createRouteTable } from "./route-tables.ts";
import { createDefaultGroup, deleteGroup } from "./security-groups.ts";
import {
  block,
  dependencyViolation,
  listed,
  invalidValue,
  limitExceeded,
  missing,
  need,
  needAll,
  tagNew,
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

/** A VPC with what each begins with: a main route table, a default network ACL, a default security group. */
export function makeVpc(context: Context, cidr: string, more: Partial<Vpc> = {}): Vpc {
  const vpc: Vpc = {
    id: context.id("vpc"),
    cidr,
    associationId: context.id("vpc-cidr-assoc"),
    tenancy: "default",
    dnsSupport: true,
    dnsHostnames: false,
    networkAddressUsageMetrics: false,
    ...more,
  };
  context.in(vpcs).put(vpc.id, vpc);
  createRouteTable(context, vpc, { isMain: true });
  createDefaultAcl(context, vpc.id);
  createDefaultGroup(context, vpc.id);
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
        throw notImplemented("IPv6 in a VPC");
      }
      if (input.CidrBlock === undefined) throw missing("cidrBlock");
      const parsed = block(input.CidrBlock, "cidrBlock");
      const tenancy = input.InstanceTenancy ?? "default";
      if (tenancy !== "default" && tenancy !== "dedicated") {
        throw invalidValue(`Value (${tenancy}) for parameter instanceTenancy is invalid.`);
      }
      if (parsed.prefix < 16 || parsed.prefix > 28) {
        throw new AwsError("InvalidVpc.Range", `The CIDR '${parsed.text}' is invalid.`);
      }
      if (context.in(vpcs).all().length >= context.settings.quotas.vpcs)
        throw limitExceeded("Vpc", "VPCs");
      const vpc = makeVpc(context, parsed.text, { tenancy });
      tagNew(context, vpc.id, "vpc", input.TagSpecifications);
      return { Vpc: describeVpc(context, vpc) };
    },
  ),

  DeleteVpc: operation<ec2.DeleteVpcRequest, object>()(["VpcId"], (context, input) => {
    const vpc = need(context, vpcs, "vpc", input.VpcId);
    const isOfVpc = (row: { readonly vpcId: string }): boolean => row.vpcId === vpc.id;
    const own = {
      tables: context.in(routeTables).filter(isOfVpc),
      acls: context.in(networkAcls).filter(isOfVpc),
      groups: context.in(securityGroups).filter(isOfVpc),
    };
    const isHeld =
      own.tables.some((table) => !table.isMain) ||
      own.acls.some((acl) => !acl.isDefault) ||
      own.groups.some((group) => group.name !== "default") ||
      context.in(subnets).find(isOfVpc) !== undefined ||
      vpcDependents.some((holds) => holds(context, vpc.id));
    if (isHeld)
      throw dependencyViolation(`The vpc '${vpc.id}' has dependencies and cannot be deleted.`);
    for (const table of own.tables) context.in(routeTables).delete(table.id);
    for (const acl of own.acls) context.in(networkAcls).delete(acl.id);
    for (const group of own.groups) deleteGroup(context, group.id);
    for (const { id } of [vpc, ...own.tables, ...own.acls, ...own.groups])
      context.in(tags).delete(id);
    context.in(vpcs).delete(vpc.id);
    return {};
  }),

  DescribeVpcs: operation<ec2.DescribeVpcsRequest, ec2.DescribeVpcsResult>()(
    ["VpcIds", "Filters", "MaxResults", "NextToken"],
    (context, input) => {
      const { items, next } = listed(context, needAll(context, vpcs, "vpc", input.VpcIds), input, {
        "vpc-id": (vpc) => vpc.id,
        cidr: (vpc) => vpc.cidr,
        "cidr-block": (vpc) => vpc.cidr,
        "cidr-block-association.cidr-block": (vpc) => vpc.cidr,
        state: () => "available",
        "is-default": (vpc) => String(vpc.isDefault === true),
        isDefault: (vpc) => String(vpc.isDefault === true),
        "dhcp-options-id": (vpc) => vpc.dhcpOptionsId ?? defaultDhcpOptions(context),
        "owner-id": () => context.account,
      });
      return { Vpcs: items.map((vpc) => describeVpc(context, vpc)), NextToken: next };
    },
  ),

  DescribeVpcAttribute: operation<
    ec2.DescribeVpcAttributeRequest,
    ec2.DescribeVpcAttributeResult
  >()(["VpcId", "Attribute"], (context, input) => {
    const vpc = need(context, vpcs, "vpc", input.VpcId);
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
      const vpc = need(context, vpcs, "vpc", input.VpcId);
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
