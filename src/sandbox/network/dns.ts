import { createHash } from "node:crypto";
import { dnsSuffix } from "../../aws/regions.ts";
import { cidr, formatAddress } from "../../ip/cidr.ts";
import { matches } from "../../iam/match.ts";
import type { Context } from "../core/operation.ts";
import { awsPrefixLists } from "../services/ec2/prefix-lists.ts";
import {
  dhcpOptions,
  type NetworkInterface,
  networkInterfaces,
  vpcEndpoints,
  vpcs,
} from "../services/ec2/tables.ts";
import { privateDnsNames, endpointServiceOf } from "../services/ec2/vpc-endpoints.ts";
import { traceBetween, type Trace, traceToInternet } from "./trace.ts";

/** A name as a VPC's resolver answers it. */
export type Answer =
  | { readonly kind: "endpoint"; readonly face: NetworkInterface; readonly endpointId: string }
  | { readonly kind: "public"; readonly address: string }
  | { readonly kind: "none"; readonly why: string };

/** An address that stands for a public host: of the service's own block for S3, any other for the rest. */
export function publicAddress(context: Context, host: string): string {
  const suffix = `${context.region}.${dnsSuffix(context.partition)}`;
  const list = awsPrefixLists(context.region).find(({ name }) =>
    host.endsWith(`${name.split(".").pop()}.${suffix}`),
  );
  const block = list?.cidrs[0];
  const digest = createHash("sha256").update(host).digest();
  if (block !== undefined) return formatAddress(cidr(block).base + 256 + (digest[0] ?? 0));
  return `44.${digest[0]}.${digest[1]}.${digest[2]}`;
}

/** Source: Amazon VPC User Guide, "DNS attributes for your VPC" and "DHCP option sets". */
export function resolve(context: Context, from: NetworkInterface, host: string): Answer {
  const vpc = context.in(vpcs).get(from.vpcId);
  if (vpc?.dnsSupport !== true)
    return { kind: "none", why: `${from.vpcId} has DNS support turned off` };
  const options =
    vpc.dhcpOptionsId === undefined ? undefined : context.in(dhcpOptions).get(vpc.dhcpOptionsId);
  const servers = options?.configuration["domain-name-servers"] ?? ["AmazonProvidedDNS"];
  if (!servers.includes("AmazonProvidedDNS"))
    return {
      kind: "none",
      why: `${vpc.dhcpOptionsId} names resolvers that are not here: ${servers.join(", ")}`,
    };
  for (const endpoint of context
    .in(vpcEndpoints)
    .filter((vpcEndpoint) => vpcEndpoint.vpcId === vpc.id)) {
    const service = endpointServiceOf(context, endpoint.serviceName);
    // Layers come from S3 by names that an S3 interface endpoint does not take over.
    if (!endpoint.privateDns || service === undefined || service === "s3") continue;
    if (!privateDnsNames(context, service).some((name) => matches(name, host))) continue;
    const faces = context
      .in(networkInterfaces)
      .filter((networkNetworkInterface) => networkNetworkInterface.owner === endpoint.id);
    const eni = faces.find((networkInterface) => networkInterface.zone === from.zone) ?? faces[0];
    if (eni) return { kind: "endpoint", face: eni, endpointId: endpoint.id };
  }
  return { kind: "public", address: publicAddress(context, host) };
}

/** From an interface to a host by name, and back. */
export function toHost(context: Context, from: NetworkInterface, host: string, port = 443): Trace {
  const answer = resolve(context, from, host);
  switch (answer.kind) {
    case "none":
      return {
        arrives: false,
        to: host,
        hops: [],
        stopped: {
          ids: [from.vpcId],
          reason: { kind: "dns-not-resolved" },
          message: `${host} does not resolve: ${answer.why}`,
        },
      };
    case "endpoint": {
      const trace = traceBetween(context, from, answer.face, port);
      return trace.arrives ? { ...trace, endpointId: answer.endpointId } : trace;
    }
    case "public":
      return traceToInternet(context, from, answer.address, port);
  }
}
