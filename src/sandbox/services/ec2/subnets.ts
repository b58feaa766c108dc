import type * as ec2 from "@aws-sdk/client-ec2";
import { zonesOf } from "../../../aws/regions.ts";
import { cidr, contains, overlaps } from "../../../ip/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { associateSubnet } from "./network-acls.ts";
import { countFreeAddresses } from "./network-interfaces.ts";
import {
  parseCidrBlock,
  dependencyViolation,
  applyFilters,
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
import {
  cidrsOf,
  networkInterfaces,
  vpcs,
  type Subnet,
  subnets,
  routeTables,
  networkAcls,
} from "./tables.ts";

/** Zone letters in the order of the zone IDs, for regions in which that is not the alphabetical order: us-east-1e is usually use1-az3. */
const ZONE_LETTERS: Readonly<Record<string, string>> = { "us-east-1": "abecdf" };

/** The ID of a zone, such as use1-az1. AWS maps letters to zones differently in each account, the sandbox does not. */
export function zoneId(zone: string): string {
  const [, area = "", direction = "", number = ""] =
    /^([a-z]+(?:-gov)?)-([a-z]+)-(\d)/.exec(zone) ?? [];
  const shortDirection = direction.replace(/north|south|east|west|central/g, (word) =>
    word.slice(0, 1),
  );
  const order = ZONE_LETTERS[zone.slice(0, -1)] ?? "abcdefgh";
  return `${area.replace("-", "")}${shortDirection}${number}-az${order.indexOf(zone.slice(-1)) + 1}`;
}

function describe(context: Context, subnet: Subnet): ec2.Subnet {
  return {
    SubnetId: subnet.id,
    SubnetArn: context.arn("ec2", `subnet/${subnet.id}`),
    VpcId: subnet.vpcId,
    CidrBlock: subnet.cidr,
    AvailabilityZone: subnet.zone,
    AvailabilityZoneId: zoneId(subnet.zone),
    AvailableIpAddressCount: countFreeAddresses(context, subnet),
    AssignIpv6AddressOnCreation: false,
    DefaultForAz: subnet.isDefault === true,
    EnableDns64: false,
    Ipv6Native: false,
    Ipv6CidrBlockAssociationSet: [],
    MapCustomerOwnedIpOnLaunch: false,
    MapPublicIpOnLaunch: subnet.mapPublicIp,
    OwnerId: context.account,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: subnet.privateDnsHostnameType,
      EnableResourceNameDnsARecord: subnet.dnsRecordA,
      EnableResourceNameDnsAAAARecord: false,
    },
    State: "available",
    Tags: tagsOf(context, subnet.id),
  };
}

export const subnetOperations: Operations = {
  CreateSubnet: operation<ec2.CreateSubnetRequest, ec2.CreateSubnetResult>()(
    ["VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "TagSpecifications"],
    (context, input) => {
      const vpc = requireResource(context, vpcs, "vpc", input.VpcId);
      if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
      const parsed = parseCidrBlock(input.CidrBlock, "cidrBlock");
      const outOfRange = new AwsError(
        "InvalidSubnet.Range",
        `The CIDR '${parsed.text}' is invalid.`,
      );
      if (parsed.prefix < 16 || parsed.prefix > 28) throw outOfRange;
      if (!cidrsOf(vpc).some((block) => contains(cidr(block), parsed))) throw outOfRange;
      const subnetsInVpc = context
        .in(subnets)
        .filter((otherSubnet) => otherSubnet.vpcId === vpc.id);
      if (subnetsInVpc.length >= context.settings.quotas.subnetsPerVpc)
        throw limitExceeded("Subnet", "subnets");
      if (subnetsInVpc.some((other) => overlaps(cidr(other.cidr), parsed))) {
        throw new AwsError(
          "InvalidSubnet.Conflict",
          `The CIDR '${parsed.text}' conflicts with another subnet`,
        );
      }
      const zones = zonesOf(context.region);
      const zone =
        input.AvailabilityZone ??
        zones.find(
          (name) =>
            input.AvailabilityZoneId === undefined || zoneId(name) === input.AvailabilityZoneId,
        );
      if (zone === undefined || !zones.includes(zone)) {
        throw invalidValue(
          `Value (${input.AvailabilityZone ?? input.AvailabilityZoneId}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.join(", ")}.`,
        );
      }
      const subnet: Subnet = {
        id: context.id("subnet"),
        vpcId: vpc.id,
        cidr: parsed.text,
        zone,
        mapPublicIp: false,
        privateDnsHostnameType: "ip-name",
        dnsRecordA: false,
      };
      context.in(subnets).put(subnet.id, subnet);
      associateSubnet(context, subnet);
      tagCreatedResource(context, subnet.id, "subnet", input.TagSpecifications);
      return { Subnet: describe(context, subnet) };
    },
  ),

  DeleteSubnet: operation<ec2.DeleteSubnetRequest, object>()(["SubnetId"], (context, input) => {
    const subnet = requireResource(context, subnets, "subnet", input.SubnetId);
    if (
      context
        .in(networkInterfaces)
        .find((networkInterface) => networkInterface.subnetId === subnet.id)
    ) {
      throw dependencyViolation(
        `The subnet '${subnet.id}' has dependencies and cannot be deleted.`,
      );
    }
    for (const routeTable of context.in(routeTables).filter((row) => row.vpcId === subnet.vpcId)) {
      const associations = routeTable.associations.filter(
        (association) => association.subnetId !== subnet.id,
      );
      if (associations.length < routeTable.associations.length)
        context.in(routeTables).put(routeTable.id, { ...routeTable, associations });
    }
    for (const networkAcl of context.in(networkAcls).filter((row) => row.vpcId === subnet.vpcId)) {
      context.in(networkAcls).put(networkAcl.id, {
        ...networkAcl,
        associations: networkAcl.associations.filter(
          (association) => association.subnetId !== subnet.id,
        ),
      });
    }
    context.in(subnets).delete(subnet.id);
    context.in(tags).delete(subnet.id);
    return {};
  }),

  DescribeSubnets: operation<ec2.DescribeSubnetsRequest, ec2.DescribeSubnetsResult>()(
    ["SubnetIds", "Filters", "MaxResults", "NextToken"],
    (context, input) => {
      const { items, next } = filterAndPaginate(
        context,
        requireResources(context, subnets, "subnet", input.SubnetIds),
        input,
        {
          "subnet-id": (subnet) => subnet.id,
          "vpc-id": (subnet) => subnet.vpcId,
          cidr: (subnet) => subnet.cidr,
          "cidr-block": (subnet) => subnet.cidr,
          cidrBlock: (subnet) => subnet.cidr,
          "availability-zone": (subnet) => subnet.zone,
          availabilityZone: (subnet) => subnet.zone,
          "availability-zone-id": (subnet) => zoneId(subnet.zone),
          "default-for-az": (subnet) => String(subnet.isDefault === true),
          defaultForAz: (subnet) => String(subnet.isDefault === true),
          "map-public-ip-on-launch": (subnet) => String(subnet.mapPublicIp),
          "owner-id": () => context.account,
          state: () => "available",
        },
      );
      return { Subnets: items.map((item) => describe(context, item)), NextToken: next };
    },
  ),

  ModifySubnetAttribute: operation<ec2.ModifySubnetAttributeRequest, object>()(
    [
      "SubnetId",
      "MapPublicIpOnLaunch",
      "PrivateDnsHostnameTypeOnLaunch",
      "EnableResourceNameDnsARecordOnLaunch",
    ],
    (context, input) => {
      const subnet = requireResource(context, subnets, "subnet", input.SubnetId);
      context.in(subnets).put(subnet.id, {
        ...subnet,
        mapPublicIp: input.MapPublicIpOnLaunch?.Value ?? subnet.mapPublicIp,
        privateDnsHostnameType:
          input.PrivateDnsHostnameTypeOnLaunch ?? subnet.privateDnsHostnameType,
        dnsRecordA: input.EnableResourceNameDnsARecordOnLaunch?.Value ?? subnet.dnsRecordA,
      });
      return {};
    },
  ),

  DescribeAvailabilityZones: operation<
    ec2.DescribeAvailabilityZonesRequest,
    ec2.DescribeAvailabilityZonesResult
  >()(["ZoneNames", "Filters", "AllAvailabilityZones"], (context, input) => {
    const names = zonesOf(context.region);
    const invalidZoneName = input.ZoneNames?.find((name) => !names.includes(name));
    if (invalidZoneName !== undefined)
      throw invalidValue(`Invalid availability zone: [${invalidZoneName}]`);
    const rows = applyFilters(
      context,
      names.filter((name) => input.ZoneNames?.includes(name) ?? true),
      input.Filters,
      {
        "zone-name": (name) => name,
        "zone-id": zoneId,
        "zone-type": () => "availability-zone",
        "region-name": () => context.region,
        "opt-in-status": () => "opt-in-not-required",
        "group-name": () => context.region,
        state: () => "available",
      },
      (name) => name,
    );
    return {
      AvailabilityZones: rows.map((name) => ({
        ZoneName: name,
        ZoneId: zoneId(name),
        RegionName: context.region,
        GroupName: context.region,
        NetworkBorderGroup: context.region,
        ZoneType: "availability-zone",
        OptInStatus: "opt-in-not-required",
        State: "available",
        Messages: [],
      })),
    };
  }),
};
