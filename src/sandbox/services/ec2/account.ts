import type * as ec2 from "@aws-sdk/client-ec2";
import { dnsSuffix, partitionOf, regionNames } from "../../../aws/regions.ts";
import { AwsError } from "../../protocol/errors.ts";
import { operation, type Operations } from "../../core/operation.ts";
import { createDefaultVpc, defaultVpcOf } from "./default-vpc.ts";
import { describeVpc } from "./vpcs.ts";

/** Regions that an account must enable. Each is enabled here. Source: AWS Account Management Reference Guide, "Enable or disable AWS Regions in your account". */
const OPT_IN: ReadonlySet<string> = new Set([
  "af-south-1",
  "ap-east-1",
  "ap-south-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ap-southeast-5",
  "ap-southeast-7",
  "ca-west-1",
  "eu-central-2",
  "eu-south-1",
  "eu-south-2",
  "il-central-1",
  "me-central-1",
  "me-south-1",
  "mx-central-1",
]);

export const accountOperations: Operations = {
  CreateDefaultVpc: operation<ec2.CreateDefaultVpcRequest, ec2.CreateDefaultVpcResult>()(
    [],
    (context) => {
      if (defaultVpcOf(context))
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
      "default-vpc": defaultVpcOf(context)?.id ?? "none",
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
          .filter((name) => partitionOf(name) === context.partition)
          .filter((name) => input.RegionNames?.includes(name) ?? true)
          .map((RegionName) => ({
            RegionName,
            Endpoint: `ec2.${RegionName}.${dnsSuffix(context.partition)}`,
            OptInStatus: OPT_IN.has(RegionName) ? "opted-in" : "opt-in-not-required",
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
