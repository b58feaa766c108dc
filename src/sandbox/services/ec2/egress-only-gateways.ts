import type * as ec2 from "@aws-sdk/client-ec2";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { type EgressOnlyGateway, egressOnlyGateways, vpcs } from "./tables.ts";
import {
  filterAndPaginate,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";

const describe = (context: Context, row: EgressOnlyGateway): ec2.EgressOnlyInternetGateway => ({
  EgressOnlyInternetGatewayId: row.id,
  Attachments: [{ VpcId: row.vpcId, State: "attached" }],
  Tags: tagsOf(context, row.id),
});

export const egressOnlyGatewayOperations: Operations = {
  CreateEgressOnlyInternetGateway: operation<
    ec2.CreateEgressOnlyInternetGatewayRequest,
    ec2.CreateEgressOnlyInternetGatewayResult
  >()(["VpcId", "TagSpecifications"], (context, input) => {
    const vpc = requireResource(context, vpcs, "vpc", input.VpcId);
    const row = { id: context.id("eigw"), vpcId: vpc.id };
    context.in(egressOnlyGateways).put(row.id, row);
    tagCreatedResource(context, row.id, "egress-only-internet-gateway", input.TagSpecifications);
    return { EgressOnlyInternetGateway: describe(context, row) };
  }),

  DescribeEgressOnlyInternetGateways: operation<
    ec2.DescribeEgressOnlyInternetGatewaysRequest,
    ec2.DescribeEgressOnlyInternetGatewaysResult
  >()(["EgressOnlyInternetGatewayIds", "Filters", "MaxResults", "NextToken"], (context, input) => {
    const { items, next } = filterAndPaginate(
      context,
      requireResources(context, egressOnlyGateways, "eigw", input.EgressOnlyInternetGatewayIds),
      input,
      {},
    );
    return {
      EgressOnlyInternetGateways: items.map((row) => describe(context, row)),
      NextToken: next,
    };
  }),

  DeleteEgressOnlyInternetGateway: operation<
    ec2.DeleteEgressOnlyInternetGatewayRequest,
    ec2.DeleteEgressOnlyInternetGatewayResult
  >()(["EgressOnlyInternetGatewayId"], (context, input) => {
    const row = requireResource(
      context,
      egressOnlyGateways,
      "eigw",
      input.EgressOnlyInternetGatewayId,
    );
    context.in(egressOnlyGateways).delete(row.id);
    context.in(tags).delete(row.id);
    return { ReturnCode: true };
  }),
};
