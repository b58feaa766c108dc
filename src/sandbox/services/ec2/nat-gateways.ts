import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { attachedInternetGateway } from "./internet-gateways.ts";
import { createNetworkInterface, deleteNetworkInterfacesOf } from "./network-interfaces.ts";
import {
  type Address,
  addresses,
  type NatGateway,
  natGateways,
  networkInterfaces,
  subnets,
} from "./tables.ts";
import {
  applyFilters,
  limitExceeded,
  filterAndPaginate,
  missingParameter,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";

/** A public address from the ranges for documentation that is not in use. Source: RFC 5737. */
function freePublicAddress(context: Context): string {
  const used = new Set(
    context
      .in(addresses)
      .all()
      .map((address) => address.publicIp),
  );
  for (const range of ["203.0.113", "198.51.100", "192.0.2"]) {
    for (let host = 1; host < 255; host++) {
      if (!used.has(`${range}.${host}`)) return `${range}.${host}`;
    }
  }
  throw new AwsError("AddressLimitExceeded", "The maximum number of addresses has been reached.");
}

const noInternetGateway = (vpcId: string): AwsError =>
  new AwsError("Gateway.NotAttached", `Network ${vpcId} has no Internet gateway attached`);

function describeAddress(context: Context, address: Address): ec2.Address {
  const target = address.association
    ? context.in(networkInterfaces).get(address.association.interfaceId)
    : undefined;
  return {
    AllocationId: address.id,
    PublicIp: address.publicIp,
    Domain: "vpc",
    PublicIpv4Pool: "amazon",
    NetworkBorderGroup: context.region,
    ...(address.association
      ? {
          AssociationId: address.association.id,
          NetworkInterfaceId: address.association.interfaceId,
          NetworkInterfaceOwnerId: context.account,
          ...(target ? { PrivateIpAddress: target.privateIp } : {}),
        }
      : {}),
    Tags: tagsOf(context, address.id),
  };
}

function describe(context: Context, nat: NatGateway): ec2.NatGateway {
  return {
    NatGatewayId: nat.id,
    VpcId: nat.vpcId,
    SubnetId: nat.subnetId,
    ConnectivityType: nat.connectivity,
    State: nat.state,
    CreateTime: nat.created,
    NatGatewayAddresses: [
      {
        NetworkInterfaceId: nat.interfaceId,
        PrivateIp: nat.privateIp,
        IsPrimary: true,
        Status: "succeeded",
        ...(nat.allocationId === undefined
          ? {}
          : {
              AllocationId: nat.allocationId,
              AssociationId: nat.associationId,
              PublicIp: nat.publicIp,
            }),
      },
    ],
    Tags: tagsOf(context, nat.id),
  };
}

export const natGatewayOperations: Operations = {
  AllocateAddress: operation<ec2.AllocateAddressRequest, ec2.AllocateAddressResult>()(
    ["Domain", "TagSpecifications"],
    (context, input) => {
      if (context.in(addresses).all().length >= context.settings.quotas.addresses)
        throw limitExceeded("Address", "addresses");
      const entry = { id: context.id("eipalloc"), publicIp: freePublicAddress(context) };
      context.in(addresses).put(entry.id, entry);
      tagCreatedResource(context, entry.id, "elastic-ip", input.TagSpecifications);
      return {
        AllocationId: entry.id,
        PublicIp: entry.publicIp,
        Domain: "vpc",
        PublicIpv4Pool: "amazon",
        NetworkBorderGroup: context.region,
      };
    },
  ),

  ReleaseAddress: operation<ec2.ReleaseAddressRequest, object>()(
    ["AllocationId", "NetworkBorderGroup"],
    (context, input) => {
      if (input.AllocationId === undefined) throw missingParameter("allocationId");
      const address = requireResource(context, addresses, "eipalloc", input.AllocationId);
      if (address.association) {
        throw new AwsError("InvalidIPAddress.InUse", `Address ${address.publicIp} is in use.`);
      }
      context.in(addresses).delete(address.id);
      context.in(tags).delete(address.id);
      return {};
    },
  ),

  DescribeAddresses: operation<ec2.DescribeAddressesRequest, ec2.DescribeAddressesResult>()(
    ["AllocationIds", "PublicIps", "Filters"],
    (context, input) => {
      const rows = applyFilters(
        context,
        requireResources(context, addresses, "eipalloc", input.AllocationIds).filter(
          (address) => input.PublicIps?.includes(address.publicIp) ?? true,
        ),
        input.Filters,
        {
          "allocation-id": (address) => address.id,
          "public-ip": (address) => address.publicIp,
          "association-id": (address) => address.association?.id,
          "network-interface-id": (address) => address.association?.interfaceId,
          domain: () => "vpc",
        },
        (address) => address.id,
      );
      return { Addresses: rows.map((row) => describeAddress(context, row)) };
    },
  ),

  DescribeAddressesAttribute: operation<
    ec2.DescribeAddressesAttributeRequest,
    ec2.DescribeAddressesAttributeResult
  >()(["AllocationIds", "Attribute"], (context, input) => ({
    Addresses: requireResources(context, addresses, "eipalloc", input.AllocationIds).map(
      (address) => ({
        AllocationId: address.id,
        PublicIp: address.publicIp,
      }),
    ),
  })),

  AssociateAddress: operation<ec2.AssociateAddressRequest, ec2.AssociateAddressResult>()(
    ["AllocationId", "NetworkInterfaceId", "AllowReassociation"],
    (context, input) => {
      const address = requireResource(context, addresses, "eipalloc", input.AllocationId ?? "");
      const target = requireResource(
        context,
        networkInterfaces,
        "eni",
        input.NetworkInterfaceId ?? "",
      );
      if (!attachedInternetGateway(context, target.vpcId)) throw noInternetGateway(target.vpcId);
      if (address.association && input.AllowReassociation !== true) {
        throw new AwsError(
          "Resource.AlreadyAssociated",
          `resource ${address.id} is already associated with associate-id ${address.association.id}`,
        );
      }
      const association = { id: context.id("eipassoc"), interfaceId: target.id };
      context.in(addresses).put(address.id, { ...address, association });
      context
        .in(networkInterfaces)
        .put(target.id, { ...target, publicIp: address.publicIp, allocationId: address.id });
      return { AssociationId: association.id };
    },
  ),

  DisassociateAddress: operation<ec2.DisassociateAddressRequest, object>()(
    ["AssociationId"],
    (context, input) => {
      const address = context
        .in(addresses)
        .find((row) => row.association?.id === input.AssociationId);
      if (!address?.association) {
        throw new AwsError(
          "InvalidAssociationID.NotFound",
          `The association ID '${input.AssociationId}' does not exist`,
        );
      }
      const natGatewayWithAddress = context
        .in(natGateways)
        .find((nat) => nat.allocationId === address.id && nat.state === "available");
      if (natGatewayWithAddress) {
        throw new AwsError(
          "AuthFailure",
          `You do not have permission to access the specified resource.`,
        );
      }
      disassociateAddress(context, address);
      return {};
    },
  ),

  CreateNatGateway: operation<ec2.CreateNatGatewayRequest, ec2.CreateNatGatewayResult>()(
    ["SubnetId", "AllocationId", "ConnectivityType", "TagSpecifications"],
    (context, input) => {
      if (input.SubnetId === undefined) throw missingParameter("subnetId");
      const subnet = requireResource(context, subnets, "subnet", input.SubnetId);
      const natGatewaysInZone = context
        .in(natGateways)
        .filter(
          (natGateway) =>
            natGateway.state !== "deleted" &&
            context.in(subnets).get(natGateway.subnetId)?.zone === subnet.zone,
        );
      if (natGatewaysInZone.length >= context.settings.quotas.natGatewaysPerZone)
        throw new AwsError(
          "NatGatewayLimitExceeded",
          `The maximum number of NAT Gateways has been reached.`,
        );
      const connectivity = input.ConnectivityType ?? "public";
      // Source: Amazon EC2 API Reference, CreateNatGateway. No public source of the text is known.
      if (connectivity === "private" && input.AllocationId !== undefined)
        throw new AwsError(
          "InvalidParameterCombination",
          "You cannot specify an Elastic IP address with a private NAT gateway.",
        );
      const address =
        connectivity === "public" ? requireFreeAddress(context, input.AllocationId) : undefined;
      if (connectivity === "public" && !attachedInternetGateway(context, subnet.vpcId))
        throw noInternetGateway(subnet.vpcId);
      const id = context.id("nat");
      const networkInterface = createNetworkInterface(context, subnet, {
        type: "nat_gateway",
        description: `Interface for NAT Gateway ${id}`,
        groupIds: [],
        owner: id,
        ...(address ? { publicIp: address.publicIp, allocationId: address.id } : {}),
      });
      const associationId = context.id("eipassoc");
      if (address) {
        context.in(addresses).put(address.id, {
          ...address,
          association: { id: associationId, interfaceId: networkInterface.id },
        });
      }
      const nat: NatGateway = {
        id,
        vpcId: subnet.vpcId,
        subnetId: subnet.id,
        connectivity,
        interfaceId: networkInterface.id,
        privateIp: networkInterface.privateIp,
        state: "available",
        created: context.now,
        ...(address ? { associationId, allocationId: address.id, publicIp: address.publicIp } : {}),
      };
      context.in(natGateways).put(id, nat);
      tagCreatedResource(context, id, "natgateway", input.TagSpecifications);
      return { NatGateway: describe(context, nat) };
    },
  ),

  // EC2 lists a deleted NAT gateway for about an hour. The sandbox always lists it.
  DeleteNatGateway: operation<ec2.DeleteNatGatewayRequest, ec2.DeleteNatGatewayResult>()(
    ["NatGatewayId"],
    (context, input) => {
      const nat = requireResource(context, natGateways, "nat", input.NatGatewayId);
      deleteNetworkInterfacesOf(context, nat.id);
      const address =
        nat.allocationId === undefined ? undefined : context.in(addresses).get(nat.allocationId);
      if (address) disassociateAddress(context, address);
      context.in(natGateways).put(nat.id, { ...nat, state: "deleted" });
      return { NatGatewayId: nat.id };
    },
  ),

  DescribeNatGateways: operation<ec2.DescribeNatGatewaysRequest, ec2.DescribeNatGatewaysResult>()(
    ["NatGatewayIds", "Filter", "MaxResults", "NextToken"],
    (context, input) => {
      const { items, next } = filterAndPaginate(
        context,
        requireResources(context, natGateways, "nat", input.NatGatewayIds),
        { ...input, Filters: input.Filter },
        {
          "nat-gateway-id": (nat) => nat.id,
          "vpc-id": (nat) => nat.vpcId,
          "subnet-id": (nat) => nat.subnetId,
          state: (nat) => nat.state,
        },
      );
      return { NatGateways: items.map((nat) => describe(context, nat)), NextToken: next };
    },
  ),
};

function requireFreeAddress(context: Context, allocationId: string | undefined): Address {
  if (allocationId === undefined) throw missingParameter("AllocationId");
  const address = requireResource(context, addresses, "eipalloc", allocationId);
  if (address.association) {
    throw new AwsError(
      "Resource.AlreadyAssociated",
      `Elastic IP address [${address.id}] is already associated`,
    );
  }
  return address;
}

function disassociateAddress(context: Context, { id, publicIp, association }: Address): void {
  const target = association
    ? context.in(networkInterfaces).get(association.interfaceId)
    : undefined;
  if (target) {
    const { publicIp: _, allocationId: __, ...interfaceWithoutAddress } = target;
    context.in(networkInterfaces).put(target.id, interfaceWithoutAddress);
  }
  context.in(addresses).put(id, { id, publicIp });
}
