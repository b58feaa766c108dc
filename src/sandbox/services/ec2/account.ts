import type * as ec2 from "@aws-sdk/client-ec2";
import { dnsSuffix, regionNames, zonesOf } from "../../../aws/index.ts";
import { cidr, formatAddress } from "../../../ip/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { associateSubnet } from "./network-acls.ts";
import { internetGateways, routeTables, subnets, type Vpc, vpcs } from "./tables.ts";
import { describeVpc, createVpc } from "./vpcs.ts";

/** Source: Amazon VPC User Guide, "Default VPCs". */
const DEFAULT_CIDR = "172.31.0.0/16";
const SUBNET_PREFIX = 20;

/** Creates the default VPC with an internet gateway and a public subnet in each zone, as in a new AWS account. */
function createDefaultVpc(context: Context): Vpc {
  const vpc = createVpc(context, DEFAULT_CIDR, { dnsHostnames: true, isDefault: true });
  const gateway = { id: context.id("igw"), vpcId: vpc.id };
  context.in(internetGateways).put(gateway.id, gateway);
  const mainRouteTable = context.in(routeTables).find((row) => row.vpcId === vpc.id && row.isMain);
  if (mainRouteTable) {
    context.in(routeTables).put(mainRouteTable.id, {
      ...mainRouteTable,
      routes: [
        ...mainRouteTable.routes,
        {
          cidr: "0.0.0.0/0",
          target: { kind: "gateway", id: gateway.id },
          origin: "CreateRoute",
        },
      ],
    });
  }
  const { base } = cidr(DEFAULT_CIDR);
  for (const [index, zone] of zonesOf(context.region).entries()) {
    const id = context.id("subnet");
    const subnet = context.in(subnets).put(id, {
      id,
      vpcId: vpc.id,
      cidr: `${formatAddress(base + index * 2 ** (32 - SUBNET_PREFIX))}/${SUBNET_PREFIX}`,
      zone,
      mapPublicIp: true,
      privateDnsHostnameType: "ip-name",
      dnsRecordA: false,
      isDefault: true,
    });
    associateSubnet(context, subnet);
  }
  return vpc;
}

export const accountOperations: Operations = {
  CreateDefaultVpc: operation<ec2.CreateDefaultVpcRequest, ec2.CreateDefaultVpcResult>()(
    [],
    (context) => {
      const existing = context.in(vpcs).find((row) => row.isDefault === true);
      if (existing)
        throw new AwsError(
          "DefaultVpcAlreadyExists",
          `A Default VPC already exists for this account in this region.`,
        );
      return { Vpc: describeVpc(context, createDefaultVpc(context)) };
    },
  ),

  DescribeAccountAttributes: operation<
    ec2.DescribeAccountAttributesRequest,
    ec2.DescribeAccountAttributesResult
  >()(["AttributeNames"], (context, input) => {
    const { addresses, securityGroupsPerInterface } = context.settings.quotas;
    const values: Readonly<Record<string, string>> = {
      "supported-platforms": "VPC",
      "default-vpc": context.in(vpcs).find((row) => row.isDefault === true)?.id ?? "none",
      "max-elastic-ips": String(addresses),
      "vpc-max-elastic-ips": String(addresses),
      "vpc-max-security-groups-per-interface": String(securityGroupsPerInterface),
    };
    return {
      AccountAttributes: Object.entries(values)
        .filter(
          ([name]) => input.AttributeNames?.some((attributeName) => attributeName === name) ?? true,
        )
        .map(([AttributeName, AttributeValue]) => ({
          AttributeName,
          AttributeValues: [{ AttributeValue }],
        })),
    };
  }),

  DescribeRegions: operation<ec2.DescribeRegionsRequest, ec2.DescribeRegionsResult>()(
    ["RegionNames", "AllRegions"],
    (context, input) => {
      const invalidRegionName = input.RegionNames?.find((name) => !regionNames.includes(name));
      if (invalidRegionName !== undefined)
        throw new AwsError(
          "InvalidParameterValue",
          `Invalid region provided: ${invalidRegionName}`,
        );
      return {
        Regions: regionNames
          .filter((name) => input.RegionNames?.includes(name) ?? true)
          .map((RegionName) => ({
            RegionName,
            Endpoint: `ec2.${RegionName}.${dnsSuffix(context.partition)}`,
            OptInStatus: "opt-in-not-required",
          })),
      };
    },
  ),

  // The sandbox has no EC2 instances.
  DescribeInstances: operation<ec2.DescribeInstancesRequest, ec2.DescribeInstancesResult>()(
    ["InstanceIds", "Filters", "MaxResults", "NextToken"],
    (_context, input) => {
      const [id] = input.InstanceIds ?? [];
      if (id !== undefined)
        throw new AwsError("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
      return { Reservations: [] };
    },
  ),
};
