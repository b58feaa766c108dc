import type * as ec2 from "@aws-sdk/client-ec2";
import { cidr, overlaps } from "../../../ip/cidr.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { type Peering, peerings, vpcs } from "./tables.ts";
import { listed, missing, need, needAll, tagNew, tags, tagsOf } from "./shared.ts";

/** Words of each state. Source: Amazon VPC Peering Guide, "VPC peering connection lifecycle". */
const WORDS: Readonly<Record<Peering["state"], string>> = {
  "pending-acceptance": "Pending Acceptance by",
  active: "Active",
  deleted: "Deleted by",
  rejected: "Rejected by",
};

function side(context: Context, vpcId: string): ec2.VpcPeeringConnectionVpcInfo {
  const block = context.in(vpcs).get(vpcId)?.cidr;
  return {
    VpcId: vpcId,
    OwnerId: context.account,
    Region: context.region,
    ...(block === undefined ? {} : { CidrBlock: block, CidrBlockSet: [{ CidrBlock: block }] }),
    PeeringOptions: {
      AllowDnsResolutionFromRemoteVpc: false,
      AllowEgressFromLocalClassicLinkToRemoteVpc: false,
      AllowEgressFromLocalVpcToRemoteClassicLink: false,
    },
  };
}

const describe = (context: Context, row: Peering): ec2.VpcPeeringConnection => ({
  VpcPeeringConnectionId: row.id,
  RequesterVpcInfo: side(context, row.requester),
  AccepterVpcInfo: side(context, row.accepter),
  Status: {
    Code: row.state,
    Message: row.state === "active" ? WORDS.active : `${WORDS[row.state]} ${context.account}`,
  },
  Tags: tagsOf(context, row.id),
});

function move(context: Context, id: string, from: Peering["state"], to: Peering["state"]): Peering {
  const row = need(context, peerings, "pcx", id);
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
      const own = need(context, vpcs, "vpc", input.VpcId);
      if (input.PeerVpcId === undefined) throw missing("peerVpcId");
      const peer = need(context, vpcs, "vpc", input.PeerVpcId);
      // Overlapping networks cannot be joined. Source: Amazon VPC Peering Guide, "VPC peering limitations".
      if (overlaps(cidr(own.cidr), cidr(peer.cidr)))
        throw new AwsError(
          "OverlappingVpcCidr",
          `The VPCs '${own.id}' and '${peer.id}' have overlapping CIDR blocks`,
        );
      const same = context
        .in(peerings)
        .find(
          (row) =>
            (row.state === "active" || row.state === "pending-acceptance") &&
            [own.id, peer.id].every((id) => [row.requester, row.accepter].includes(id)),
        );
      if (same)
        throw new AwsError(
          "VpcPeeringConnectionAlreadyExists",
          `${same.id} joins these VPCs already`,
        );
      const row: Peering = {
        id: context.id("pcx"),
        requester: own.id,
        accepter: peer.id,
        state: "pending-acceptance",
      };
      context.in(peerings).put(row.id, row);
      tagNew(context, row.id, "vpc-peering-connection", input.TagSpecifications);
      return { VpcPeeringConnection: describe(context, row) };
    },
  ),

  AcceptVpcPeeringConnection: operation<
    ec2.AcceptVpcPeeringConnectionRequest,
    ec2.AcceptVpcPeeringConnectionResult
  >()(["VpcPeeringConnectionId"], (context, input) => ({
    VpcPeeringConnection: describe(
      context,
      move(context, input.VpcPeeringConnectionId, "pending-acceptance", "active"),
    ),
  })),

  RejectVpcPeeringConnection: operation<ec2.RejectVpcPeeringConnectionRequest, object>()(
    ["VpcPeeringConnectionId"],
    (context, input) => {
      move(context, input.VpcPeeringConnectionId, "pending-acceptance", "rejected");
      return { Return: true };
    },
  ),

  // A peering that has ended is still shown for a while; here, for good.
  DeleteVpcPeeringConnection: operation<ec2.DeleteVpcPeeringConnectionRequest, object>()(
    ["VpcPeeringConnectionId"],
    (context, input) => {
      const row = need(context, peerings, "pcx", input.VpcPeeringConnectionId);
      move(context, row.id, row.state === "active" ? "active" : "pending-acceptance", "deleted");
      context.in(tags).delete(row.id);
      return { Return: true };
    },
  ),

  DescribeVpcPeeringConnections: operation<
    ec2.DescribeVpcPeeringConnectionsRequest,
    ec2.DescribeVpcPeeringConnectionsResult
  >()(["VpcPeeringConnectionIds", "Filters", "MaxResults", "NextToken"], (context, input) => {
    const { items, next } = listed(
      context,
      needAll(context, peerings, "pcx", input.VpcPeeringConnectionIds),
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
