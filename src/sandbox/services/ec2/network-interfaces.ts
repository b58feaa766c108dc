import { isIPv4 } from "node:net";
import type * as ec2 from "@aws-sdk/client-ec2";
import { cidr, formatAddress, parseAddress, size } from "../../../ip/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import {
  filterAndPaginate,
  invalidValue,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";
import {
  type NetworkInterface,
  networkInterfaces,
  type Subnet,
  subnets,
  securityGroups,
} from "./tables.ts";

/** Number of reserved addresses at the start of a subnet. The last address is also reserved. Source: Amazon VPC User Guide, "Subnet CIDR blocks". */
const RESERVED_ADDRESSES_AT_START = 4;

const usedAddresses = (context: Context, subnetId: string): Set<string> =>
  new Set(
    context
      .in(networkInterfaces)
      .filter((networkInterface) => networkInterface.subnetId === subnetId)
      .map((networkInterface) => networkInterface.privateIp),
  );

export function countFreeAddresses(context: Context, subnet: Subnet): number {
  return (
    size(cidr(subnet.cidr)) -
    RESERVED_ADDRESSES_AT_START -
    1 -
    usedAddresses(context, subnet.id).size
  );
}

function nextFreeAddress(context: Context, subnet: Subnet): string {
  const subnetCidr = cidr(subnet.cidr);
  const used = usedAddresses(context, subnet.id);
  for (let offset = RESERVED_ADDRESSES_AT_START; offset < size(subnetCidr) - 1; offset++) {
    const address = formatAddress(subnetCidr.base + offset);
    if (!used.has(address)) return address;
  }
  throw new AwsError(
    "InsufficientFreeAddressesInSubnet",
    `The specified subnet does not have enough free addresses to satisfy the request.`,
  );
}

/** Checks an address that the customer chose. Source: Amazon VPC User Guide, "Subnet CIDR blocks". */
function checkAddress(context: Context, subnet: Subnet, address: string): void {
  const subnetCidr = cidr(subnet.cidr);
  const offset = isIPv4(address) ? parseAddress(address) - subnetCidr.base : -1;
  if (offset < 0 || offset >= size(subnetCidr))
    throw invalidValue(`Address ${address} does not fall within the subnet's address range`);
  if (offset < RESERVED_ADDRESSES_AT_START || offset === size(subnetCidr) - 1)
    throw invalidValue(`Address ${address} is in subnet's reserved address range`);
  if (usedAddresses(context, subnet.id).has(address))
    throw new AwsError("InvalidIPAddress.InUse", `Address ${address} is in use.`);
}

/**
 * Creates a network interface in a subnet.
 *
 * @throws AwsError InvalidGroup.NotFound for a security group of another VPC, InsufficientFreeAddressesInSubnet, or the
 *   error for an address that cannot be used
 */
export function createNetworkInterface(
  context: Context,
  subnet: Subnet,
  options: Pick<NetworkInterface, "type" | "description" | "groupIds"> &
    Partial<
      Pick<
        NetworkInterface,
        "owner" | "publicIp" | "privateIp" | "allocationId" | "requesterManaged" | "hostNames"
      >
    >,
): NetworkInterface {
  for (const groupId of options.groupIds) {
    const group = requireResource(context, securityGroups, "sg", groupId);
    if (group.vpcId !== subnet.vpcId) {
      throw new AwsError(
        "InvalidGroup.NotFound",
        `The security group '${groupId}' does not exist in VPC '${subnet.vpcId}'`,
      );
    }
  }
  if (options.privateIp !== undefined) checkAddress(context, subnet, options.privateIp);
  const row: NetworkInterface = {
    requesterManaged: options.type !== "interface",
    ...options,
    id: context.id("eni"),
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    zone: subnet.zone,
    privateIp: options.privateIp ?? nextFreeAddress(context, subnet),
    sourceDestCheck: options.type !== "nat_gateway",
    mac: `0a:${context.hex(10).replace(/(..)(?=.)/g, "$1:")}`,
  };
  return context.in(networkInterfaces).put(row.id, row);
}

/** Changes the security groups of the interfaces that belong to a resource. */
export function setGroupsOfInterfaces(
  context: Context,
  owner: string,
  groupIds: readonly string[],
): void {
  for (const row of context
    .in(networkInterfaces)
    .filter((networkInterface) => networkInterface.owner === owner))
    context.in(networkInterfaces).put(row.id, { ...row, groupIds });
}

export function deleteNetworkInterfacesOf(context: Context, owner: string): void {
  for (const networkInterface of context
    .in(networkInterfaces)
    .filter((row) => row.owner === owner)) {
    context.in(networkInterfaces).delete(networkInterface.id);
  }
}

function describe(context: Context, networkInterface: NetworkInterface): ec2.NetworkInterface {
  const groups = networkInterface.groupIds.map((id) => ({
    GroupId: id,
    GroupName: context.in(securityGroups).get(id)?.name,
  }));
  return {
    NetworkInterfaceId: networkInterface.id,
    VpcId: networkInterface.vpcId,
    SubnetId: networkInterface.subnetId,
    AvailabilityZone: networkInterface.zone,
    Description: networkInterface.description,
    // EC2 returns nat_gateway. The SDK's type has natGateway.
    InterfaceType: (networkInterface.type === "load_balancer"
      ? "interface"
      : networkInterface.type) as ec2.NetworkInterfaceType,
    RequesterManaged: networkInterface.requesterManaged,
    RequesterId: networkInterface.requesterManaged
      ? `amazon-${networkInterface.type.replace("_", "-")}`
      : undefined,
    OwnerId: context.account,
    Status: networkInterface.owner === undefined ? "available" : "in-use",
    SourceDestCheck: networkInterface.sourceDestCheck,
    MacAddress: networkInterface.mac,
    Groups: groups,
    PrivateIpAddress: networkInterface.privateIp,
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: networkInterface.privateIp }],
    ...(networkInterface.owner === undefined
      ? {}
      : {
          Attachment: {
            AttachmentId: `eni-attach-${networkInterface.id.slice(4)}`,
            Status: "attached",
            InstanceOwnerId: "amazon-aws",
          },
        }),
    ...(networkInterface.publicIp === undefined
      ? {}
      : {
          Association: {
            PublicIp: networkInterface.publicIp,
            ...(networkInterface.allocationId === undefined
              ? {}
              : { AllocationId: networkInterface.allocationId }),
          },
        }),
    TagSet: tagsOf(context, networkInterface.id),
  };
}

/** Sources: Amazon VPC User Guide, "Amazon VPC quotas"; of the code and the text, "Error codes for the Amazon EC2 API". */
function checkGroupCount(context: Context, ids: readonly string[] = []): void {
  if (ids.length > context.settings.quotas.securityGroupsPerInterface)
    throw new AwsError(
      "SecurityGroupsPerInterfaceLimitExceeded",
      "The maximum number of security groups per interface has been reached.",
    );
}

export const networkInterfaceOperations: Operations = {
  CreateNetworkInterface: operation<
    ec2.CreateNetworkInterfaceRequest,
    ec2.CreateNetworkInterfaceResult
  >()(
    ["SubnetId", "Groups", "Description", "TagSpecifications", "PrivateIpAddress"],
    (context, input) => {
      const subnet = requireResource(context, subnets, "subnet", input.SubnetId);
      const defaultGroups = context
        .in(securityGroups)
        .filter((group) => group.vpcId === subnet.vpcId && group.name === "default");
      checkGroupCount(context, input.Groups);
      const created = createNetworkInterface(context, subnet, {
        type: "interface",
        description: input.Description ?? "",
        groupIds: input.Groups ?? defaultGroups.map((group) => group.id),
        ...(input.PrivateIpAddress === undefined ? {} : { privateIp: input.PrivateIpAddress }),
      });
      tagCreatedResource(context, created.id, "network-interface", input.TagSpecifications);
      return { NetworkInterface: describe(context, created) };
    },
  ),

  ModifyNetworkInterfaceAttribute: operation<ec2.ModifyNetworkInterfaceAttributeRequest, object>()(
    ["NetworkInterfaceId", "SourceDestCheck", "Groups", "Description"],
    (context, input) => {
      const networkInterface = requireResource(
        context,
        networkInterfaces,
        "eni",
        input.NetworkInterfaceId,
      );
      if (networkInterface.requesterManaged)
        throw new AwsError(
          "OperationNotPermitted",
          "You are not allowed to manage interfaces of AWS services.",
        );
      for (const id of input.Groups ?? [])
        if (requireResource(context, securityGroups, "sg", id).vpcId !== networkInterface.vpcId)
          throw invalidValue(`You have specified two resources that belong to different networks.`);
      checkGroupCount(context, input.Groups);
      context.in(networkInterfaces).put(networkInterface.id, {
        ...networkInterface,
        sourceDestCheck: input.SourceDestCheck?.Value ?? networkInterface.sourceDestCheck,
        groupIds: input.Groups ?? networkInterface.groupIds,
        description: input.Description?.Value ?? networkInterface.description,
      });
      return {};
    },
  ),

  DeleteNetworkInterface: operation<ec2.DeleteNetworkInterfaceRequest, object>()(
    ["NetworkInterfaceId"],
    (context, input) => {
      const networkInterface = requireResource(
        context,
        networkInterfaces,
        "eni",
        input.NetworkInterfaceId,
      );
      if (networkInterface.requesterManaged) {
        throw new AwsError(
          "OperationNotPermitted",
          `You are not allowed to manage 'ela-attach' attachments.`,
        );
      }
      context.in(networkInterfaces).delete(networkInterface.id);
      context.in(tags).delete(networkInterface.id);
      return {};
    },
  ),

  DescribeNetworkInterfaces: operation<
    ec2.DescribeNetworkInterfacesRequest,
    ec2.DescribeNetworkInterfacesResult
  >()(["NetworkInterfaceIds", "Filters", "MaxResults", "NextToken"], (context, input) => {
    const { items, next } = filterAndPaginate(
      context,
      requireResources(context, networkInterfaces, "eni", input.NetworkInterfaceIds),
      input,
      {
        "network-interface-id": (networkInterface) => networkInterface.id,
        "vpc-id": (networkInterface) => networkInterface.vpcId,
        "subnet-id": (networkInterface) => networkInterface.subnetId,
        "availability-zone": (networkInterface) => networkInterface.zone,
        "group-id": (networkInterface) => networkInterface.groupIds,
        "interface-type": (networkInterface) => networkInterface.type,
        "requester-managed": (networkInterface) => String(networkInterface.requesterManaged),
        "attachment.instance-id": () => undefined,
        "attachment.instance-owner-id": (networkInterface) =>
          networkInterface.owner === undefined ? undefined : "amazon-aws",
        "private-ip-address": (networkInterface) => networkInterface.privateIp,
        "addresses.private-ip-address": (networkInterface) => networkInterface.privateIp,
        "association.public-ip": (networkInterface) => networkInterface.publicIp,
        "association.allocation-id": (networkInterface) => networkInterface.allocationId,
        description: (networkInterface) => networkInterface.description,
        status: (networkInterface) =>
          networkInterface.owner === undefined ? "available" : "in-use",
        "mac-address": (networkInterface) => networkInterface.mac,
      },
    );
    return { NetworkInterfaces: items.map((item) => describe(context, item)), NextToken: next };
  }),
};

/** The ID of a VPC's default security group. */
export function defaultSecurityGroupId(context: Context, vpcId: string): string {
  const group = context
    .in(securityGroups)
    .find((securityGroup) => securityGroup.vpcId === vpcId && securityGroup.name === "default");
  if (!group) throw invalidValue(`No default security group for VPC ${vpcId}`);
  return group.id;
}
