import type * as ec2 from "@aws-sdk/client-ec2";
import { cidr, overlaps } from "../../../ip/index.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { cidrsOf, type Peering, peerings, vpcs } from "./tables.ts";
import {
  filterAndPaginate,
  missingParameter,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";

/** The status message of each state. Source: Amazon VPC Peering Guide, "VPC peering connection lifecycle". */
const STATUS_MESSAGES: Readonly<Record<Peering["state"], string>> = {
  "pending-acceptance": "Pending Acceptance by",
  active: "Active",
  deleted: "Deleted by",
  rejected: "Rejected by",
};

function describeVpcInfo(context: Context, vpcId: string): ec2.VpcPeeringConnectionVpcInfo {
  const vpc = context.in(vpcs).get(vpcId);
  return {
    VpcId: vpcId,
    OwnerId: context.account,
    Region: context.region,
    ...(vpc === undefined
      ? {}
      : {
          CidrBlock: vpc.cidr,
          CidrBlockSet: cidrsOf(vpc).map((CidrBlock) => ({ CidrBlock })),
        }),
    PeeringOptions: {
      AllowDnsResolutionFromRemoteVpc: false,
      AllowEgressFromLocalClassicLinkToRemoteVpc: false,
      AllowEgressFromLocalVpcToRemoteClassicLink: false,
    },
  };
}

const describe = (context: Context, row: Peering): ec2.VpcPeeringConnection => ({
  VpcPeeringConnectionId: row.id,
  RequesterVpcInfo: describeVpcInfo(context, row.requester),
  AccepterVpcInfo: describeVpcInfo(context, row.accepter),
  Status: {
    Code: row.state,
    Message:
      row.state === "active"
        ? STATUS_MESSAGES.active
        : `${STATUS_MESSAGES[row.state]} ${context.account}`,
  },
  Tags: tagsOf(context, row.id),
});

function changeState(
  context: Context,
  id: string,
  from: Peering["state"],
  to: Peering["state"],
): Peering {
  const row = requireResource(context, peerings, "pcx", id);
  if (row.state !== from)
    throw new AwsError(
      "InvalidStateTransition",
      `Invalid state transition for ${row.id}, attempted to transition from ${row.state} to ${to}`,
    );
  return context.in(peerings).put(row.id, { ...row, state: to });
}

export const peeringOperations: Operations = {
  CreateVpcPeeringConnection: operation<
    ec2.CreateVpcPeeringConnectionRequest,
    ec2.CreateVpcPeeringConnectionResult
  >()(
    ["VpcId", "PeerVpcId", "PeerOwnerId", "PeerRegion", "TagSpecifications"],
    (context, input) => {
      if (
        (input.PeerOwnerId ?? context.account) !== context.account ||
        (input.PeerRegion ?? context.region) !== context.region
      )
        throw notImplemented("peering with another account or region");
      const requester = requireResource(context, vpcs, "vpc", input.VpcId);
      if (input.PeerVpcId === undefined) throw missingParameter("peerVpcId");
      const accepter = requireResource(context, vpcs, "vpc", input.PeerVpcId);
      // VPCs with overlapping CIDR blocks cannot be peered. Source: Amazon VPC Peering Guide, "VPC peering limitations".
      if (
        cidrsOf(requester).some((block) =>
          cidrsOf(accepter).some((other) => overlaps(cidr(block), cidr(other))),
        )
      )
        throw new AwsError(
          "OverlappingVpcCidr",
          `The VPCs '${requester.id}' and '${accepter.id}' have overlapping CIDR blocks`,
        );
      const existing = context
        .in(peerings)
        .find(
          (row) =>
            (row.state === "active" || row.state === "pending-acceptance") &&
            [requester.id, accepter.id].every((id) => [row.requester, row.accepter].includes(id)),
        );
      if (existing)
        throw new AwsError(
          "VpcPeeringConnectionAlreadyExists",
          `${existing.id} joins these VPCs already`,
        );
      const row: Peering = {
        id: context.id("pcx"),
        requester: requester.id,
        accepter: accepter.id,
        state: "pending-acceptance",
      };
      context.in(peerings).put(row.id, row);
      tagCreatedResource(context, row.id, "vpc-peering-connection", input.TagSpecifications);
      return { VpcPeeringConnection: describe(context, row) };
    },
  ),

  AcceptVpcPeeringConnection: operation<
    ec2.AcceptVpcPeeringConnectionRequest,
    ec2.AcceptVpcPeeringConnectionResult
  >()(["VpcPeeringConnectionId"], (context, input) => ({
    VpcPeeringConnection: describe(
      context,
      changeState(context, input.VpcPeeringConnectionId, "pending-acceptance", "active"),
    ),
  })),

  RejectVpcPeeringConnection: operation<ec2.RejectVpcPeeringConnectionRequest, object>()(
    ["VpcPeeringConnectionId"],
    (context, input) => {
      changeState(context, input.VpcPeeringConnectionId, "pending-acceptance", "rejected");
      return { Return: true };
    },
  ),

  // EC2 lists a deleted peering connection for a while. The sandbox always lists it.
  DeleteVpcPeeringConnection: operation<ec2.DeleteVpcPeeringConnectionRequest, object>()(
    ["VpcPeeringConnectionId"],
    (context, input) => {
      const row = requireResource(context, peerings, "pcx", input.VpcPeeringConnectionId);
      changeState(
        context,
        row.id,
        row.state === "active" ? "active" : "pending-acceptance",
        "deleted",
      );
      context.in(tags).delete(row.id);
      return { Return: true };
    },
  ),

  DescribeVpcPeeringConnections: operation<
    ec2.DescribeVpcPeeringConnectionsRequest,
    ec2.DescribeVpcPeeringConnectionsResult
  >()(["VpcPeeringConnectionIds", "Filters", "MaxResults", "NextToken"], (context, input) => {
    const { items, next } = filterAndPaginate(
      context,
      requireResources(context, peerings, "pcx", input.VpcPeeringConnectionIds),
      input,
      {
        "vpc-peering-connection-id": (row) => row.id,
        "status-code": (row) => row.state,
        "requester-vpc-info.vpc-id": (row) => row.requester,
        "accepter-vpc-info.vpc-id": (row) => row.accepter,
      },
    );
    return { VpcPeeringConnections: items.map((row) => describe(context, row)), NextToken: next };
  }),
};
