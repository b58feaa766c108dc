import { createHash } from "node:crypto";
import { dnsSuffix } from "../../../../aws/index.ts";
import { cidr, formatAddress } from "../../../../ip/index.ts";
import { matches } from "../../../../iam/index.ts";
import type { Context } from "../../../core/operation.ts";
import { gatewayPrefixLists } from "../prefix-lists.ts";
import {
  dhcpOptions,
  type NetworkInterface,
  networkInterfaces,
  type VpcEndpoint,
  vpcEndpoints,
  vpcs,
} from "../tables.ts";
import { endpointDnsName, endpointServiceOf, privateDnsNames } from "../vpc-endpoints.ts";
import { loadBalancers } from "../../elasticloadbalancing/tables.ts";
import { lookUp, plainName, privateZonesFor } from "./private-zones.ts";
import { traceBetween, type Trace, traceToInternet } from "./trace.ts";

/** What the DNS resolver of a VPC answers for a name. */
export type Answer =
  | {
      readonly kind: "endpoint";
      readonly networkInterface: NetworkInterface;
      readonly endpointId: string;
    }
  /** Another network interface, such as one of an internal load balancer. */
  | { readonly kind: "interface"; readonly networkInterface: NetworkInterface }
  | { readonly kind: "public"; readonly address: string }
  | {
      readonly kind: "none";
      readonly reason: string;
      /** The private hosted zone that does not have the name. */
      readonly zoneId?: string;
    };

/** A made-up public address of a host: for S3 from the CIDR block of the service, otherwise derived from the name. */
export function publicAddress(context: Context, host: string): string {
  const suffix = `${context.region}.${dnsSuffix(context.partition)}`;
  const list = gatewayPrefixLists(context.region).find(({ name }) =>
    host.endsWith(`${name.split(".").pop()}.${suffix}`),
  );
  const block = list?.cidrs[0];
  const digest = createHash("sha256").update(host).digest();
  if (block !== undefined) return formatAddress(cidr(block).base + 256 + (digest[0] ?? 0));
  return `44.${digest[0]}.${digest[1]}.${digest[2]}`;
}

/** The number of aliases and CNAME records that are followed. */
const MAX_REDIRECTIONS = 8;

/**
 * Resolves a name in a VPC. The private hosted zone or the private DNS of an endpoint with the longest matching domain
 * decides: if it does not have the name, the name does not exist.
 *
 * Sources: Amazon VPC User Guide, "DNS attributes for your VPC" and "DHCP option sets"; Amazon Route 53 Developer Guide,
 * "Considerations when working with a private hosted zone".
 */
export function resolveHost(
  context: Context,
  from: NetworkInterface,
  host: string,
  redirections = 0,
): Answer {
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
  const name = plainName(host);
  const zone = privateZonesFor(context, vpc, name).toSorted(
    (a, b) => b.name.length - a.name.length,
  )[0];
  const endpoint = endpointWithPrivateDns(context, vpc.id, name);
  if (zone && zone.name.length > (endpoint?.domain.length ?? 0)) {
    const answer = lookUp(zone, name);
    switch (answer.kind) {
      case "address":
        return answerForAddress(context, from, answer.address);
      case "other-name":
        return redirections < MAX_REDIRECTIONS
          ? resolveHost(context, from, answer.name, redirections + 1)
          : { kind: "none", reason: `too many aliases and CNAME records for ${name}` };
      case "no-such-host":
        return {
          kind: "none",
          reason: `the private hosted zone ${zone.id} has no record for it`,
          zoneId: zone.id,
        };
      case "no-address":
        return {
          kind: "none",
          reason: `the private hosted zone ${zone.id} has no A record for it`,
          zoneId: zone.id,
        };
    }
  }
  const ofEndpoint = endpoint && answerOfEndpoint(context, from, endpoint.row);
  return (
    ofEndpoint ??
    answerForResource(context, from, name) ?? {
      kind: "public",
      address: publicAddress(context, host),
    }
  );
}

/** The endpoint of a VPC whose private DNS covers a name, and the domain that it decides. */
function endpointWithPrivateDns(
  context: Context,
  vpcId: string,
  name: string,
): { readonly row: VpcEndpoint; readonly domain: string } | undefined {
  for (const row of context.in(vpcEndpoints).filter((endpoint) => endpoint.vpcId === vpcId)) {
    const service = endpointServiceOf(context, row.serviceName);
    // Image layers are pulled from host names of S3 that the private DNS of an S3 interface endpoint does not cover.
    if (!row.privateDns || service === undefined || service === "s3") continue;
    const covering = privateDnsNames(context, service).find((pattern) => matches(pattern, name));
    if (covering !== undefined) return { row, domain: `${covering.replace(/^\*\./, "")}.` };
  }
  return undefined;
}

/** The network interface of a resource in the client's zone, otherwise its first one. */
function interfaceOf(
  context: Context,
  from: NetworkInterface,
  owner: string,
): NetworkInterface | undefined {
  const interfaces = context.in(networkInterfaces).filter((row) => row.owner === owner);
  return interfaces.find((row) => row.zone === from.zone) ?? interfaces[0];
}

function answerOfEndpoint(
  context: Context,
  from: NetworkInterface,
  endpoint: VpcEndpoint,
): Answer | undefined {
  const networkInterface = interfaceOf(context, from, endpoint.id);
  return networkInterface && { kind: "endpoint", networkInterface, endpointId: endpoint.id };
}

function answerForAddress(context: Context, from: NetworkInterface, address: string): Answer {
  const networkInterface = context
    .in(networkInterfaces)
    .find((row) => row.privateIp === address && row.vpcId === from.vpcId);
  if (networkInterface === undefined) return { kind: "public", address };
  const endpoint = context.in(vpcEndpoints).get(networkInterface.owner ?? "");
  return endpoint
    ? { kind: "endpoint", networkInterface, endpointId: endpoint.id }
    : { kind: "interface", networkInterface };
}

/** The answer for the DNS name that AWS gives to an endpoint or a load balancer. */
function answerForResource(
  context: Context,
  from: NetworkInterface,
  name: string,
): Answer | undefined {
  const endpoint = context
    .in(vpcEndpoints)
    .find((row) => row.type === "Interface" && endpointDnsName(context, row) === name);
  if (endpoint) return answerOfEndpoint(context, from, endpoint);
  const balancer = context
    .in(loadBalancers)
    .find((row) => row.dnsName.toLowerCase() === name.replace(/^dualstack\./, ""));
  if (balancer === undefined) {
    const endpointInterface = context
      .in(networkInterfaces)
      .find((row) => row.vpcId === from.vpcId && row.hostNames?.includes(name) === true);
    if (endpointInterface) return { kind: "interface", networkInterface: endpointInterface };
  }
  const networkInterface = balancer && interfaceOf(context, from, balancer.arn);
  if (balancer === undefined || networkInterface === undefined) return undefined;
  return balancer.scheme === "internal"
    ? { kind: "interface", networkInterface }
    : { kind: "public", address: networkInterface.publicIp ?? publicAddress(context, name) };
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
          ids: [answer.zoneId ?? from.vpcId],
          reason: { kind: "dns-not-resolved" },
          message: `cannot resolve ${host}: ${answer.reason}`,
        },
      };
    case "endpoint": {
      const trace = traceBetween(context, from, answer.networkInterface, port);
      return trace.arrives ? { ...trace, endpointId: answer.endpointId } : trace;
    }
    case "interface":
      return traceBetween(context, from, answer.networkInterface, port);
    case "public":
      return traceToInternet(context, from, answer.address, port);
  }
}
