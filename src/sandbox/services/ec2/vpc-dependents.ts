import type { Context } from "../../core/operation.ts";
import {
  egressOnlyGateways,
  internetGateways,
  natGateways,
  networkInterfaces,
  peerings,
  vpcEndpoints,
} from "./tables.ts";

/** Whether a VPC has resources that prevent its deletion, other than route tables, network ACLs and security groups. */
export const vpcDependents: readonly ((context: Context, vpcId: string) => boolean)[] = [
  (context, vpcId) =>
    context.in(internetGateways).find((internetGateway) => internetGateway.vpcId === vpcId) !==
    undefined,
  (context, vpcId) =>
    context
      .in(natGateways)
      .find((natGateway) => natGateway.vpcId === vpcId && natGateway.state !== "deleted") !==
    undefined,
  (context, vpcId) =>
    context.in(vpcEndpoints).find((vpcEndpoint) => vpcEndpoint.vpcId === vpcId) !== undefined,
  (context, vpcId) =>
    context
      .in(egressOnlyGateways)
      .find((egressOnlyGateway) => egressOnlyGateway.vpcId === vpcId) !== undefined,
  (context, vpcId) =>
    context
      .in(peerings)
      .find(
        (peering) =>
          peering.state === "active" && [peering.requester, peering.accepter].includes(vpcId),
      ) !== undefined,
  (context, vpcId) =>
    context.in(networkInterfaces).find((networkInterface) => networkInterface.vpcId === vpcId) !==
    undefined,
];
