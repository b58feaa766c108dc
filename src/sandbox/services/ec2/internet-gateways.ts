import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import {
  dependencyViolation,
  limitExceeded,
  filterAndPaginate,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";
import { networkInterfaces, vpcs, type InternetGateway, internetGateways } from "./tables.ts";

/** The internet gateway of a VPC; undefined if none is attached. */
export function attachedInternetGateway(
  context: Context,
  vpcId: string,
): InternetGateway | undefined {
  return context.in(internetGateways).find((internetGateway) => internetGateway.vpcId === vpcId);
}

const describe = (context: Context, internetGateway: InternetGateway): ec2.InternetGateway => ({
  InternetGatewayId: internetGateway.id,
  OwnerId: context.account,
  // EC2 returns "available" for an attached gateway. The SDK's type does not have this value.
  Attachments:
    internetGateway.vpcId === undefined
      ? []
      : [{ VpcId: internetGateway.vpcId, State: "available" as ec2.AttachmentStatus }],
  Tags: tagsOf(context, internetGateway.id),
});

export const internetGatewayOperations: Operations = {
  CreateInternetGateway: operation<
    ec2.CreateInternetGatewayRequest,
    ec2.CreateInternetGatewayResult
  >()(["TagSpecifications"], (context, input) => {
    if (context.in(internetGateways).all().length >= context.settings.quotas.internetGateways)
      throw limitExceeded("InternetGateway", "internet gateways");
    const internetGateway = { id: context.id("igw") };
    context.in(internetGateways).put(internetGateway.id, internetGateway);
    tagCreatedResource(context, internetGateway.id, "internet-gateway", input.TagSpecifications);
    return { InternetGateway: describe(context, internetGateway) };
  }),

  AttachInternetGateway: operation<ec2.AttachInternetGatewayRequest, object>()(
    ["InternetGatewayId", "VpcId"],
    (context, input) => {
      const internetGateway = requireResource(
        context,
        internetGateways,
        "igw",
        input.InternetGatewayId,
      );
      const vpc = requireResource(context, vpcs, "vpc", input.VpcId);
      if (internetGateway.vpcId !== undefined) {
        throw new AwsError(
          "Resource.AlreadyAssociated",
          `resource ${internetGateway.id} is already attached to network ${internetGateway.vpcId}`,
        );
      }
      if (attachedInternetGateway(context, vpc.id)) {
        throw new AwsError(
          "InvalidParameterValue",
          `Network ${vpc.id} already has an internet gateway attached`,
        );
      }
      context.in(internetGateways).put(internetGateway.id, { ...internetGateway, vpcId: vpc.id });
      return {};
    },
  ),

  DetachInternetGateway: operation<ec2.DetachInternetGatewayRequest, object>()(
    ["InternetGatewayId", "VpcId"],
    (context, input) => {
      const internetGateway = requireResource(
        context,
        internetGateways,
        "igw",
        input.InternetGatewayId,
      );
      if (internetGateway.vpcId !== input.VpcId) {
        throw new AwsError(
          "Gateway.NotAttached",
          `resource ${internetGateway.id} is not attached to network ${input.VpcId}`,
        );
      }
      const mappedInterface = context
        .in(networkInterfaces)
        .find((row) => row.vpcId === input.VpcId && row.publicIp !== undefined);
      if (mappedInterface) {
        throw dependencyViolation(
          `Network ${input.VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
        );
      }
      const { vpcId: _, ...detached } = internetGateway;
      context.in(internetGateways).put(internetGateway.id, detached);
      return {};
    },
  ),

  DeleteInternetGateway: operation<ec2.DeleteInternetGatewayRequest, object>()(
    ["InternetGatewayId"],
    (context, input) => {
      const internetGateway = requireResource(
        context,
        internetGateways,
        "igw",
        input.InternetGatewayId,
      );
      if (internetGateway.vpcId !== undefined) {
        throw dependencyViolation(
          `The internetGateway '${internetGateway.id}' has dependencies and cannot be deleted.`,
        );
      }
      context.in(internetGateways).delete(internetGateway.id);
      context.in(tags).delete(internetGateway.id);
      return {};
    },
  ),

  DescribeInternetGateways: operation<
    ec2.DescribeInternetGatewaysRequest,
    ec2.DescribeInternetGatewaysResult
  >()(["InternetGatewayIds", "Filters", "MaxResults", "NextToken"], (context, input) => {
    const { items, next } = filterAndPaginate(
      context,
      requireResources(context, internetGateways, "igw", input.InternetGatewayIds),
      input,
      {
        "internet-gateway-id": (internetGateway) => internetGateway.id,
        "attachment.vpc-id": (internetGateway) => internetGateway.vpcId,
        "attachment.state": (internetGateway) =>
          internetGateway.vpcId === undefined ? undefined : "available",
        "owner-id": () => context.account,
      },
    );
    return { InternetGateways: items.map((item) => describe(context, item)), NextToken: next };
  }),
};
