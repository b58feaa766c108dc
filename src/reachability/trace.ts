import { type Intervals, intersect, isEmpty } from "../ip/index.ts";
import { applyFilter } from "./filter.ts";
import type {
  Filter,
  Hop,
  LostPackets,
  Network,
  NextHop,
  Node,
  Origin,
  Route,
  TraceResult,
} from "./network.ts";
import { divideByDestination, isNone, type Packets, responses } from "./packet-set.ts";
import { explain, type Reason } from "./reasons.ts";
import { routesFor } from "./route-index.ts";

/** Packets that are not delivered yet, and the hops that they passed. */
interface PacketsInFlight {
  readonly packets: Packets;
  readonly hops: readonly Hop[];
  /** Names of nodes, to detect loops. */
  readonly visited: readonly string[];
  /** Source ports of the connection: responses are sent to them. */
  readonly clientPorts: Intervals;
}

/**
 * Traces packets from a node until all of them are delivered, dropped, or depend on an unknown value. The responses are
 * traced back through the stateless filters.
 *
 * @param from name of the node that sends the packets
 * @returns results whose packets together are all packets
 * @throws RangeError if the network has no such node
 */
export function tracePackets(network: Network, from: string, packets: Packets): TraceResult[] {
  const start = network.get(from);
  if (!start) throw new RangeError(`there is no node ${from}`);
  return traceFrom(network, start, {
    packets,
    hops: [{ origin: start.origin, message: start.name }],
    visited: [],
    clientPorts: start.clientPorts,
  });
}

function traceFrom(network: Network, node: Node, inFlight: PacketsInFlight): TraceResult[] {
  const results: TraceResult[] = [];
  const { matching: delivered, rest: forwardedPackets } = divideByDestination(
    inFlight.packets,
    node.accepts,
  );
  if (!isNone(delivered))
    results.push(
      ...ended({ ...inFlight, packets: delivered }, "delivered", {
        origin: node.origin,
        message: node.name,
      }),
    );
  let rest = forwardedPackets;
  if (isNone(rest)) return results;
  if (inFlight.visited.includes(node.name)) {
    return [
      ...results,
      ...unrouted({ ...inFlight, packets: rest }, node.origin, { kind: "route-loop" }),
    ];
  }
  const source = node.translatesTo;
  const forwarded: PacketsInFlight = {
    ...inFlight,
    visited: [...inFlight.visited, node.name],
    clientPorts: source === undefined ? inFlight.clientPorts : node.clientPorts,
  };
  for (const route of routesFor(node, rest)) {
    if (isNone(rest)) break;
    const { matching, rest: others } = divideByDestination(rest, route.destination);
    if (isNone(matching)) continue;
    rest = others;
    const packets = source === undefined ? matching : matching.map((box) => ({ ...box, source }));
    results.push(...traceRoute(network, route, { ...forwarded, packets }));
  }
  if (!isNone(rest))
    results.push(...unrouted({ ...forwarded, packets: rest }, node.origin, { kind: "no-route" }));
  return results;
}

function traceRoute(network: Network, route: Route, inFlight: PacketsInFlight): TraceResult[] {
  const hop: Hop = { origin: route.origin, message: route.origin.rule ?? "a route" };
  const routed = { ...inFlight, hops: [...inFlight.hops, hop] };
  if (route.unknown !== undefined)
    return ended(routed, "unknown", { origin: route.origin, message: route.unknown });
  if (route.nextHops.length === 0)
    return unrouted(inFlight, route.origin, {
      kind: "blackhole",
      target: route.blackhole ?? "none",
    });
  const alternatives = route.nextHops.map((nextHop) => traceNextHop(network, nextHop, routed));
  const [first = [], ...others] = alternatives;
  if (others.length === 0) return first;
  const hasLoss = alternatives.map((results) =>
    results.some((result) => result.outcome !== "delivered"),
  );
  // If the plan does not determine the target, the result is known only if all targets give the same result.
  if (hasLoss.every((value) => !value) || hasLoss.every(Boolean)) return first;
  return ended(routed, "unknown", {
    origin: route.origin,
    message: "has several possible targets, and the packets are not delivered through all of them",
  });
}

function traceNextHop(
  network: Network,
  nextHop: NextHop,
  inFlight: PacketsInFlight,
): TraceResult[] {
  const node = network.get(nextHop.to);
  if (!node) throw new RangeError(`there is no node ${nextHop.to}`);
  const request = passFilters(nextHop.filters, inFlight, false);
  if (isNone(request.allowed.packets)) return request.stopped;
  if (nextHop.returnFilters.length === 0)
    return [...request.stopped, ...traceFrom(network, node, request.allowed)];
  const response = passFilters(
    nextHop.returnFilters,
    { ...request.allowed, packets: responses(request.allowed.packets, inFlight.clientPorts) },
    true,
  );
  const stopped = [...request.stopped, ...response.stopped];
  // A connection needs the response: only packets whose response is allowed are traced further.
  const packets = request.allowed.packets.filter((box) =>
    response.allowed.packets.some(
      (packet) =>
        !isEmpty(intersect(packet.source, box.destination)) &&
        !isEmpty(intersect(packet.destination, box.source)),
    ),
  );
  if (isNone(packets)) return stopped;
  return [...stopped, ...traceFrom(network, node, { ...request.allowed, packets })];
}

/** Applies filters in order; results are the packets that a filter denies, or whose decision is unknown. */
function passFilters(
  filters: readonly Filter[],
  inFlight: PacketsInFlight,
  isResponse: boolean,
): { readonly allowed: PacketsInFlight; readonly stopped: TraceResult[] } {
  const stopped: TraceResult[] = [];
  if (filters.length === 0) return { allowed: inFlight, stopped };
  const hops = [...inFlight.hops];
  let { packets } = inFlight;
  for (const filter of filters) {
    const results = applyFilter(filter, packets);
    for (const result of results) {
      if (result.decision === "allow") continue;
      const current = { ...inFlight, hops: [...hops], packets: result.packets };
      const hop = { origin: result.origin, message: result.message };
      stopped.push(
        ...(result.decision === "deny"
          ? lost(current, "denied", result.reason, hop, isResponse)
          : ended(current, "unknown", hop, isResponse)),
      );
    }
    const allowed = results.filter((result) => result.decision === "allow");
    const [first] = allowed;
    if (first) hops.push({ origin: first.origin, message: first.message });
    packets = allowed.flatMap((result) => result.packets);
  }
  return { allowed: { ...inFlight, packets, hops }, stopped };
}

const ended = (
  { packets, hops }: PacketsInFlight,
  outcome: "delivered" | "unknown",
  lastHop: Hop,
  isResponse = false,
): TraceResult[] =>
  packets.map((box) => ({
    packets: box,
    outcome,
    hops,
    lastHop,
    ...(isResponse ? { isResponse } : {}),
  }));

const lost = (
  { packets, hops }: PacketsInFlight,
  outcome: LostPackets["outcome"],
  reason: Reason,
  lastHop: Hop,
  isResponse = false,
): TraceResult[] =>
  packets.map((box) => ({
    packets: box,
    outcome,
    reason,
    hops,
    lastHop,
    ...(isResponse ? { isResponse } : {}),
  }));

const unrouted = (inFlight: PacketsInFlight, origin: Origin, reason: Reason): TraceResult[] =>
  lost(inFlight, "no-route", reason, { origin, message: explain(reason) });
