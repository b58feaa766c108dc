import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { gatewayOf } from "./internet-gateways.ts";
import { createInterface, deleteInterfacesOf } from "./network-interfaces.ts";
import {
  type Address,
  addresses,
  type NatGateway,
  natGateways,
  networkInterfaces,
  subnets,
} from "./tables.ts";
import {
  filtered,
  limitExceeded,
  listed,
  missing,
  need,
  needAll,
  tagNew,
  tags,
  tagsOf,
} from "./shared.ts";

/** A public address of the documentation range that is not taken. Source: RFC 5737. */
function publicAddress(context: Context): string {
  const taken = new Set(
    context
      .in(addresses)
      .all()
      .map((address) => address.publicIp),
  );
  for (const block of ["203.0.113", "198.51.100", "192.0.2"]) {
    for (let host = 1; host < 255; host++) {
      if (!taken.has(`${block}.${host}`)) return `${block}.${host}`;
    }
  }
  throw new AwsError("AddressLimitExceeded", "The maximum number of addresses has been reached.");
}

const notAttached = (vpcId: string): AwsError =>
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
      const entry = { id: context.id("eipalloc"), publicIp: publicAddress(context) };
      context.in(addresses).put(entry.id, entry);
      tagNew(context, entry.id, "elastic-ip", input.TagSpecifications);
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
      if (input.AllocationId === undefined) throw missing("allocationId");
      const address = need(context, addresses, "eipalloc", input.AllocationId);
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
      const rows = filtered(
        context,
        needAll(context, addresses, "eipalloc", input.AllocationIds).filter(
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
    Addresses: needAll(context, addresses, "eipalloc", input.AllocationIds).map((address) => ({
      AllocationId: address.id,
      PublicIp: address.publicIp,
    })),
  })),

  AssociateAddress: operation<ec2.AssociateAddressRequest, ec2.AssociateAddressResult>()(
    ["AllocationId", "NetworkInterfaceId", "AllowReassociation"],
    (context, input) => {
      const address = need(context, addresses, "eipalloc", input.AllocationId ?? "");
      const target = need(context, networkInterfaces, "eni", input.NetworkInterfaceId ?? "");
      if (!gatewayOf(context, target.vpcId)) throw notAttached(target.vpcId);
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
      const holder = context
        .in(natGateways)
        .find((nat) => nat.allocationId === address.id && nat.state === "available");
      if (holder) {
        throw new AwsError(
          "AuthFailure",
          `You do not have permission to access the specified resource.`,
        );
      }
      unmap(context, address);
      return {};
    },
  ),

  CreateNatGateway: operation<ec2.CreateNatGatewayRequest, ec2.CreateNatGatewayResult>()(
    ["SubnetId", "AllocationId", "ConnectivityType", "TagSpecifications"],
    (context, input) => {
      if (input.SubnetId === undefined) throw missing("subnetId");
      const subnet = need(context, subnets, "subnet", input.SubnetId);
      const neighbours = context
        .in(natGateways)
        .filter(
          (natGateway) =>
            natGateway.state !== "deleted" &&
            context.in(subnets).get(natGateway.subnetId)?.zone === subnet.zone,
        );
      if (neighbours.length >= context.settings.quotas.natGatewaysPerZone)
        throw new AwsError(
          "NatGatewayLimitExceeded",
          `The maximum number of NAT Gateways has been reached.`,
        );
      const connectivity = input.ConnectivityType ?? "public";
      const address =
        connectivity === "public" ? addressFor(context, input.AllocationId) : undefined;
      if (connectivity === "public" && !gatewayOf(context, subnet.vpcId))
        throw notAttached(subnet.vpcId);
      const id = context.id("nat");
      const made = createInterface(context, subnet, {
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
          association: { id: associationId, interfaceId: made.id },
        });
      }
      const nat: NatGateway = {
        id,
        vpcId: subnet.vpcId,
        subnetId: subnet.id,
        connectivity,
        interfaceId: made.id,
        privateIp: made.privateIp,
        state: "available",
        created: context.now,
        ...(address ? { associationId, allocationId: address.id, publicIp: address.publicIp } : {}),
      };
      context.in(natGateways).put(id, nat);
      tagNew(context, id, "natgateway", input.TagSpecifications);
      return { NatGateway: describe(context, nat) };
    },
  ),

  // EC2 keeps showing a deleted NAT gateway for about an hour; so does the sandbox, for good.
  DeleteNatGateway: operation<ec2.DeleteNatGatewayRequest, ec2.DeleteNatGatewayResult>()(
    ["NatGatewayId"],
    (context, input) => {
      const nat = need(context, natGateways, "nat", input.NatGatewayId);
      deleteInterfacesOf(context, nat.id);
      const address =
        nat.allocationId === undefined ? undefined : context.in(addresses).get(nat.allocationId);
      if (address) unmap(context, address);
      context.in(natGateways).put(nat.id, { ...nat, state: "deleted" });
      return { NatGatewayId: nat.id };
    },
  ),

  DescribeNatGateways: operation<ec2.DescribeNatGatewaysRequest, ec2.DescribeNatGatewaysResult>()(
    ["NatGatewayIds", "Filter", "MaxResults", "NextToken"],
    (context, input) => {
      const { items, next } = listed(
        context,
        needAll(context, natGateways, "nat", input.NatGatewayIds),
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

function addressFor(context: Context, allocationId: string | undefined): Address {
  if (allocationId === undefined) throw missing("AllocationId");
  const address = need(context, addresses, "eipalloc", allocationId);
  if (address.association) {
    throw new AwsError(
      "Resource.AlreadyAssociated",
      `Elastic IP address [${address.id}] is already associated`,
    );
  }
  return address;
}

function unmap(context: Context, { id, publicIp, association }: Address): void {
  const target = association
    ? context.in(networkInterfaces).get(association.interfaceId)
    : undefined;
  if (target) {
    const { publicIp: _, allocationId: __, ...bare } = target;
    context.in(networkInterfaces).put(target.id, bare);
  }
  context.in(addresses).put(id, { id, publicIp });
}
