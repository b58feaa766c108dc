import { createHash } from "node:crypto";
import { dnsSuffix } from "../../../../aws/index.ts";
import { cidr, formatAddress } from "../../../../ip/index.ts";
import { matches } from "../../../../iam/index.ts";
import type { Context } from "../../../core/operation.ts";
import { awsPrefixLists } from "../prefix-lists.ts";
import {
  dhcpOptions,
  type NetworkInterface,
  networkInterfaces,
  vpcEndpoints,
  vpcs,
} from "../tables.ts";
import { privateDnsNames, endpointServiceOf } from "../vpc-endpoints.ts";
import { traceBetween, type Trace, traceToInternet } from "./trace.ts";

/** What the DNS resolver of a VPC answers for a name. */
export type Answer =
  | {
      readonly kind: "endpoint";
      readonly networkInterface: NetworkInterface;
      readonly endpointId: string;
    }
  | { readonly kind: "public"; readonly address: string }
  | { readonly kind: "none"; readonly reason: string };

/** A made-up public address of a host: for S3 from the CIDR block of the service, otherwise derived from the name. */
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
export function resolveHost(context: Context, from: NetworkInterface, host: string): Answer {
  const vpc = context.in(vpcs).get(from.vpcId);
  if (vpc?.dnsSupport !== true)
    return { kind: "none", reason: `DNS support of ${from.vpcId} is disabled` };
  const options =
    vpc.dhcpOptionsId === undefined ? undefined : context.in(dhcpOptions).get(vpc.dhcpOptionsId);
  const servers = options?.configuration["domain-name-servers"] ?? ["AmazonProvidedDNS"];
  if (!servers.includes("AmazonProvidedDNS"))
    return {
      kind: "none",
      reason: `${vpc.dhcpOptionsId} sets DNS servers that do not exist in the sandbox: ${servers.join(", ")}`,
    };
  for (const endpoint of context
    .in(vpcEndpoints)
    .filter((vpcEndpoint) => vpcEndpoint.vpcId === vpc.id)) {
    const service = endpointServiceOf(context, endpoint.serviceName);
    // Image layers are pulled from host names of S3 that the private DNS of an S3 interface endpoint does not cover.
    if (!endpoint.privateDns || service === undefined || service === "s3") continue;
    if (!privateDnsNames(context, service).some((name) => matches(name, host))) continue;
    const endpointInterfaces = context
      .in(networkInterfaces)
      .filter((endpointInterface) => endpointInterface.owner === endpoint.id);
    const eni =
      endpointInterfaces.find((networkInterface) => networkInterface.zone === from.zone) ??
      endpointInterfaces[0];
    if (eni) return { kind: "endpoint", networkInterface: eni, endpointId: endpoint.id };
  }
  return { kind: "public", address: publicAddress(context, host) };
}

/** Resolves a host name and traces a connection from a network interface to it. */
export function traceToHost(
  context: Context,
  from: NetworkInterface,
  host: string,
  port = 443,
): Trace {
  const answer = resolveHost(context, from, host);
  switch (answer.kind) {
    case "none":
      return {
        arrives: false,
        to: host,
        hops: [],
        stopped: {
          ids: [from.vpcId],
          reason: { kind: "dns-not-resolved" },
          message: `cannot resolve ${host}: ${answer.reason}`,
        },
      };
    case "endpoint": {
      const trace = traceBetween(context, from, answer.networkInterface, port);
      return trace.arrives ? { ...trace, endpointId: answer.endpointId } : trace;
    }
    case "public":
      return traceToInternet(context, from, answer.address, port);
  }
}
