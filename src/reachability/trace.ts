import { type Intervals, intersect, isEmpty } from "../ip/intervals.ts";
import type {
  TraceResult,
  Filter,
  Hop,
  NextHop,
  LostPackets,
  Network,
  Node,
  Origin,
  Route,
} from "./network.ts";
import { answers, type Box, isNone, type Packets, within, without } from "./packet-set.ts";
import { explain, type Reason } from "./reasons.ts";
import { rule } from "./filter.ts";

const EVERYTHING: Intervals = [[0, Number.MAX_SAFE_INTEGER]];

const to = (destination: Intervals): Box => ({
  source: EVERYTHING,
  destination,
  protocol: EVERYTHING,
  port: EVERYTHING,
});

/** Packets on their way, and how they came. */
interface PacketsInFlight {
  readonly packets: Packets;
  readonly hops: readonly Hop[];
  readonly visited: readonly string[];
  readonly clientPorts: Intervals;
}

/**
 * Follows a set of packets from a node until each has arrived, is stopped, or is lost sight of; their answers are
 * followed back through the filters that keep no state.
 *
 * @returns what becomes of the packets, in parts that together are all of them
 */
export function reach(network: Network, from: string, packets: Packets): TraceResult[] {
  const start = network.get(from);
  if (!start) throw new RangeError(`there is no node ${from}`);
  return walk(network, start, {
    packets,
    hops: [{ origin: start.origin, message: start.name }],
    visited: [],
    clientPorts: start.clientPorts,
  });
}

const ending = (
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

const losing = (
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

const unrouted = (travellers: PacketsInFlight, origin: Origin, reason: Reason): TraceResult[] =>
  losing(travellers, "no-route", reason, { origin, message: explain(reason) });

function walk(network: Network, node: Node, travellers: PacketsInFlight): TraceResult[] {
  const fates: TraceResult[] = [];
  const isHere = to(node.accepts);
  const arrived = within(travellers.packets, isHere);
  if (!isNone(arrived))
    fates.push(
      ...ending({ ...travellers, packets: arrived }, "delivered", {
        origin: node.origin,
        message: node.name,
      }),
    );
  let rest = without(travellers.packets, isHere);
  if (isNone(rest)) return fates;
  if (travellers.visited.includes(node.name)) {
    return [
      ...fates,
      ...unrouted({ ...travellers, packets: rest }, node.origin, { kind: "route-loop" }),
    ];
  }
  const here = node.translatesTo;
  const on: PacketsInFlight = {
    ...travellers,
    visited: [...travellers.visited, node.name],
    ...(here === undefined ? {} : { clientPorts: node.clientPorts }),
  };
  for (const route of [...node.routes].sort((a, b) => b.specificity - a.specificity)) {
    const taken = within(rest, to(route.destination));
    if (isNone(taken)) continue;
    rest = without(rest, to(route.destination));
    const sent =
      here === undefined
        ? taken
        : taken.map((box) => ({
            ...box,
            source: here,
          }));
    fates.push(...take(network, route, { ...on, packets: sent }));
  }
  if (!isNone(rest))
    fates.push(...unrouted({ ...on, packets: rest }, node.origin, { kind: "no-route" }));
  return fates;
}

function take(network: Network, route: Route, travellers: PacketsInFlight): TraceResult[] {
  const step: Hop = { origin: route.origin, message: route.origin.rule ?? "a route" };
  const hops = [...travellers.hops, step];
  if (route.unknown !== undefined)
    return ending({ ...travellers, hops }, "unknown", {
      origin: route.origin,
      message: route.unknown,
    });
  if (route.nextHops.length === 0)
    return unrouted(travellers, route.origin, {
      kind: "blackhole",
      target: route.blackhole ?? "none",
    });
  const ways = route.nextHops.map((leg) => go(network, leg, { ...travellers, hops }));
  const [first = []] = ways;
  if (ways.length === 1) return first;
  const fails = ways.map((fates) => fates.some((fate) => fate.outcome !== "delivered"));
  // Where it is not known which way is taken, they must all come to the same.
  if (fails.every((value) => !value) || fails.every(Boolean)) return first;
  return ending({ ...travellers, hops }, "unknown", {
    origin: route.origin,
    message: "may lead several ways, and not all of them lead on",
  });
}

/** Passes filters one after another; what is not let through ends. */
function pass(
  filters: readonly Filter[],
  travellers: PacketsInFlight,
  isResponse: boolean,
): { readonly through: PacketsInFlight; readonly ended: TraceResult[] } {
  const ended: TraceResult[] = [];
  const path = [...travellers.hops];
  let { packets } = travellers;
  for (const filter of filters) {
    const rulings = rule(filter, packets);
    const here = { ...travellers, hops: [...path] };
    for (const ruling of rulings) {
      if (ruling.ruling === "allow") continue;
      const stopped = { ...here, packets: ruling.packets };
      const by = { origin: ruling.origin, message: ruling.message };
      ended.push(
        ...(ruling.ruling === "deny"
          ? losing(stopped, "denied", ruling.reason, by, isResponse)
          : ending(stopped, "unknown", by, isResponse)),
      );
    }
    const allowed = rulings.filter((ruling) => ruling.ruling === "allow");
    const [first] = allowed;
    if (first) path.push({ origin: first.origin, message: first.message });
    packets = allowed.flatMap((ruling) => ruling.packets);
  }
  return { through: { ...travellers, packets, hops: path }, ended };
}

function go(network: Network, leg: NextHop, travellers: PacketsInFlight): TraceResult[] {
  const there = pass(leg.filters, travellers, false);
  if (isNone(there.through.packets)) return there.ended;
  const back = pass(
    leg.returnFilters,
    { ...there.through, packets: answers(there.through.packets, travellers.clientPorts) },
    true,
  );
  const lost = back.ended.filter(
    (result) => result.outcome === "denied" || result.outcome === "unknown",
  );
  const ended = [...there.ended, ...lost];
  // An answer that is lost is as good as a packet that is: what is left goes on.
  const returning = there.through.packets.filter((box) =>
    back.through.packets.some(
      (packet) =>
        !isEmpty(intersect(packet.source, box.destination)) &&
        !isEmpty(intersect(packet.destination, box.source)),
    ),
  );
  const node = network.get(leg.to);
  if (!node) throw new RangeError(`there is no node ${leg.to}`);
  if (isNone(returning)) return ended;
  return [
    ...ended,
    ...walk(network, node, {
      ...there.through,
      packets: returning,
      hops: there.through.hops,
    }),
  ];
}
