import type { Context } from "../../service.ts";
import {
  egressOnlyGateways,
  internetGateways,
  natGateways,
  networkInterfaces,
  peerings,
  vpcEndpoints,
} from "./rows.ts";

/** What keeps a VPC from being deleted, beside route tables, network ACLs and security groups. */
export const vpcDependents: readonly ((context: Context, vpcId: string) => boolean)[] = [
  (context, vpcId) => context.in(internetGateways).find((one) => one.vpcId === vpcId) !== undefined,
  (context, vpcId) =>
    context.in(natGateways).find((one) => one.vpcId === vpcId && one.state !== "deleted") !==
    undefined,
  (context, vpcId) => context.in(vpcEndpoints).find((one) => one.vpcId === vpcId) !== undefined,
  (context, vpcId) =>
    context.in(egressOnlyGateways).find((one) => one.vpcId === vpcId) !== undefined,
  (context, vpcId) =>
    context
      .in(peerings)
      .find((one) => one.state === "active" && [one.requester, one.accepter].includes(vpcId)) !==
    undefined,
  (context, vpcId) =>
    context.in(networkInterfaces).find((one) => one.vpcId === vpcId) !== undefined,
];
