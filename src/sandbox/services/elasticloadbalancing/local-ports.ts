import type { IncomingMessage } from "node:http";
import { matches } from "../../../iam/index.ts";
import type { Context } from "../../core/operation.ts";
import type { ServiceListeners } from "../../core/service.ts";
import { isForProxy } from "../../http/http-server.ts";
import { rejectionOfNonLocalRequest } from "../../http/local-requests.ts";
import { jsonResponse, type WireResponse } from "../../protocol/wire-types.ts";
import { hopToJson } from "../ec2/network/trace.ts";
import { networkInterfaces } from "../ec2/tables.ts";
import { logRequest } from "../ecs/startup/log-streams.ts";
import { hostedZones, recordNamesForHost } from "../route53/tables.ts";
import { hostPatternsOf } from "./rules.ts";
import { type Listener, listeners, type LoadBalancer, loadBalancers } from "./tables.ts";
import { sendRequest } from "./traffic.ts";

/** Source address of clients on the internet: an address reserved for documentation (RFC 5737). */
const INTERNET_CLIENT_ADDRESS = "203.0.113.10";

/**
 * Host names, in addition to local ones, that clients may use for a listener: DNS names of its load balancer and host
 * patterns of its rules.
 */
function hostNamesOf(
  context: Context,
  listener: Listener,
  loadBalancer: LoadBalancer,
): readonly string[] {
  const records = context
    .inEveryAccount(hostedZones)
    .flatMap((zone) => recordNamesForHost(zone, loadBalancer.dnsName));
  return [loadBalancer.dnsName.toLowerCase(), ...records, ...hostPatternsOf(context, listener.arn)];
}

function answer(
  context: Context,
  arn: string,
  request: IncomingMessage,
  nextNumber: () => number,
): WireResponse | undefined {
  const row = context.in(listeners).get(arn);
  const loadBalancer = row && context.in(loadBalancers).get(row.loadBalancerArn);
  if (!row || !loadBalancer) return undefined;
  if (isForProxy(request)) return jsonResponse({ error: "the load balancer is not a proxy" }, 400);
  const rejection = rejectionOfNonLocalRequest(request.headers, {
    acceptsHost: (host) =>
      hostNamesOf(context, row, loadBalancer).some((pattern) => matches(pattern, host)),
    acceptsSameOrigin: true,
  });
  if (rejection !== undefined) return jsonResponse({ error: rejection }, 403);
  const url = new URL(`http://127.0.0.1${request.url ?? "/"}`);
  // A request to an internal load balancer comes from the network interface of the load balancer.
  const loadBalancerInterface = context
    .in(networkInterfaces)
    .find((networkInterface) => networkInterface.owner === loadBalancer.arn);
  const method = request.method ?? "GET";
  const result = sendRequest(context, row, {
    method,
    host: request.headers.host ?? loadBalancer.dnsName,
    path: url.pathname,
    query: url.search.replace(/^\?/, ""),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    from:
      loadBalancer.scheme === "internal" && loadBalancerInterface
        ? loadBalancerInterface
        : INTERNET_CLIENT_ADDRESS,
    requestNumber: nextNumber(),
  });
  if (result.kind === "answered") {
    const { by, status } = result;
    if (by?.task !== undefined)
      logRequest(context, by.task, by.container, { method, path: url.pathname, status });
    return result;
  }
  // On AWS the connection would time out. The sandbox returns the trace of the packet.
  const hops = result.trace.hops.map(hopToJson);
  const stopped = result.trace.stopped && hopToJson(result.trace.stopped);
  const error = "connection timed out: the packet or its response was dropped";
  return {
    ...jsonResponse({ error, stopped, hops }, 504),
    headers: { "content-type": "application/json", "x-berth-lost": stopped?.at ?? "" },
  };
}

/** The listeners of load balancers, for which the sandbox opens local ports. */
export const elbListeners: ServiceListeners = {
  table: listeners,
  list: (context) =>
    context
      .in(listeners)
      .all()
      .map(({ arn, port, loadBalancerArn }) => ({
        arn,
        port,
        loadBalancer: context.in(loadBalancers).get(loadBalancerArn)?.dnsName ?? "",
      })),
  answer,
};
