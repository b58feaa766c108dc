import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Intervals, intervals } from "../../src/ip/intervals.ts";
import type {
  TraceResult,
  Filter,
  Network,
  Node,
  Origin,
  Route,
  Rule,
} from "../../src/reachability/network.ts";
import { tracePackets } from "../../src/reachability/trace.ts";

// A second implementation of traces: for each packet, and for each combination of unknown rules that match or do not match.

interface Packet {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly port: number;
}
/** The unknown rules that match. */
type MatchingRules = ReadonlySet<Rule>;
type Answer = "arrives" | "fails" | "unknown";

/** Unknown rules may have no effect: the result "unknown" is then imprecise, but not wrong. */
const VALID_RESULTS: Readonly<Record<Answer, readonly Answer[]>> = {
  arrives: ["arrives", "unknown"],
  fails: ["fails", "unknown"],
  unknown: ["unknown"],
};

function answerOf(results: readonly TraceResult[]): Answer {
  const outcomes = new Set(results.map((result) => result.outcome));
  if (outcomes.has("denied") || outcomes.has("no-route")) return "fails";
  return outcomes.has("unknown") ? "unknown" : "arrives";
}

const ADDRESSES = 6;
const PORTS = 3;
const PROTOCOLS = [6, 17] as const;
const NODES = ["a", "b", "c", "d"] as const;

const isIn = (set: Intervals, number: number): boolean =>
  set.some(([first, last]) => number >= first && number <= last);

function areAllowed(filters: readonly Filter[], packet: Packet, matching: MatchingRules): boolean {
  return filters.every(({ rules }) => {
    for (const otherRule of rules) {
      const { source, destination, protocol, port } = otherRule.match;
      const matches =
        isIn(source, packet.source) &&
        isIn(destination, packet.destination) &&
        isIn(protocol, packet.protocol) &&
        isIn(port, packet.port);
      if (matches && (otherRule.unknown === undefined || matching.has(otherRule)))
        return otherRule.action === "allow";
    }
    return false;
  });
}

const sentBy = (source: number, packet: Packet): Packet => ({ ...packet, source });

/** True if a packet and all responses to it are delivered. */
function arrives(network: Network, from: string, first: Packet, matching: MatchingRules): boolean {
  const seen = new Set<string>();
  let packet = first;
  let ports: Intervals = [];
  for (let at = from; ;) {
    const node = network.get(at);
    if (!node) throw new RangeError(at);
    if (seen.size === 0) ports = node.clientPorts;
    if (isIn(node.accepts, packet.destination)) return true;
    if (seen.has(at)) return false;
    seen.add(at);
    const [route] = node.routes
      .filter((otherRoute) => isIn(otherRoute.destination, packet.destination))
      .sort((a, b) => b.specificity - a.specificity);
    const [nextHop] = route?.nextHops ?? [];
    if (!nextHop) return false;
    const translated = node.translatesTo?.[0]?.[0];
    if (translated !== undefined) {
      packet = sentBy(translated, packet);
      ports = node.clientPorts;
    }
    if (!areAllowed(nextHop.filters, packet, matching)) return false;
    for (let port = 0; port < PORTS; port++) {
      const response = {
        source: packet.destination,
        destination: packet.source,
        protocol: packet.protocol,
        port,
      };
      if (isIn(ports, port) && !areAllowed(nextHop.returnFilters, response, matching)) return false;
    }
    at = nextHop.to;
  }
}

/** The answer for all combinations of unknown rules. */
function enumerate(network: Network, from: string, packet: Packet, open: readonly Rule[]): Answer {
  const outcomes = new Set<boolean>();
  for (let bits = 0; bits < 1 << open.length; bits++)
    outcomes.add(
      arrives(network, from, packet, new Set(open.filter((_, index) => (bits >> index) & 1))),
    );
  return outcomes.size === 2 ? "unknown" : outcomes.has(true) ? "arrives" : "fails";
}

const origin: Origin = { address: "a test" };
const range = (most: number): fc.Arbitrary<Intervals> =>
  fc
    .tuple(fc.nat(most - 1), fc.nat(most - 1))
    .map(([a, b]) => intervals([Math.min(a, b), Math.max(a, b)]));
const protocols = fc.constantFrom<Intervals>([[6, 6]], [[17, 17]], [[0, 255]]);

const rule: fc.Arbitrary<Rule> = fc.record(
  {
    action: fc.constantFrom("allow", "allow", "deny"),
    match: fc.record({
      source: range(ADDRESSES),
      destination: range(ADDRESSES),
      protocol: protocols,
      port: range(PORTS),
    }),
    origin: fc.constant(origin),
    unknown: fc.constant("is unknown"),
  },
  { requiredKeys: ["action", "match", "origin"] },
);
const filter: fc.Arbitrary<Filter> = fc.record({
  origin: fc.constant(origin),
  rules: fc.array(rule, { maxLength: 3 }),
  reason: fc.constant({ kind: "no-route" as const }),
});
const route: fc.Arbitrary<Route> = fc.record({
  destination: range(ADDRESSES),
  specificity: fc.nat(3),
  origin: fc.constant(origin),
  nextHops: fc.array(
    fc.record({
      to: fc.constantFrom(...NODES),
      filters: fc.array(filter, { maxLength: 1 }),
      returnFilters: fc.array(filter, { maxLength: 1 }),
    }),
    { maxLength: 1 },
  ),
});
const node = (name: string): fc.Arbitrary<Node> =>
  fc.record(
    {
      name: fc.constant(name),
      origin: fc.constant(origin),
      accepts: fc.oneof(fc.constant<Intervals>([]), range(ADDRESSES)),
      routes: fc.array(route, { maxLength: 3 }),
      clientPorts: range(PORTS),
      translatesTo: fc.nat(ADDRESSES - 1).map((number): Intervals => [[number, number]]),
    },
    { requiredKeys: ["name", "origin", "accepts", "routes", "clientPorts"] },
  );
const network: fc.Arbitrary<readonly Node[]> = fc.tuple(...NODES.map(node));

const rulesOf = (nodes: readonly Node[]): Rule[] =>
  nodes
    .flatMap((otherNode) => otherNode.routes)
    .flatMap((otherRoute) => otherRoute.nextHops)
    .flatMap((nextHop) => [...nextHop.filters, ...nextHop.returnFilters])
    .flatMap((otherFilter) => otherFilter.rules);

function* packets(): Iterable<Packet> {
  for (let destination = 0; destination < ADDRESSES; destination++)
    for (let port = 0; port < PORTS; port++)
      for (const protocol of PROTOCOLS) yield { source: 0, destination, protocol, port };
}

const exactly = ({
  source,
  destination,
  protocol,
  port,
}: Packet): Parameters<typeof tracePackets>[2] => [
  {
    source: [[source, source]],
    destination: [[destination, destination]],
    protocol: [[protocol, protocol]],
    port: [[port, port]],
  },
];

/** Parts of a property test: each one ends within the time limit of a test on a machine with other work. */
const PARTS = [1, 2, 3, 4, 5, 6, 7, 8];
const RUNS_PER_PART = 250;

describe("traces and an enumeration of packets", () => {
  const counted = { arrives: 0, fails: 0, unknown: 0 };

  it.each(PARTS)("agree for every packet of small networks (part %i)", () => {
    fc.assert(
      fc.property(network, (nodes) => {
        const open = rulesOf(nodes).filter((otherRule) => otherRule.unknown !== undefined);
        fc.pre(open.length <= 6);
        const byName: Network = new Map(nodes.map((otherNode) => [otherNode.name, otherNode]));
        for (const packet of packets()) {
          const answer = enumerate(byName, "a", packet, open);
          expect(VALID_RESULTS[answer]).toContain(
            answerOf(tracePackets(byName, "a", exactly(packet))),
          );
          counted[answer]++;
        }
      }),
      { numRuns: RUNS_PER_PART },
    );
  });

  it("have packets that arrive, that are lost and of which it is unknown", () => {
    expect(Math.min(...Object.values(counted))).toBeGreaterThan(20);
  });

  it.each(PARTS)(
    "agree for sets of packets: a set is lost if one of its packets is lost (part %i)",
    () => {
      fc.assert(
        fc.property(network, (nodes) => {
          const known = nodes.map((otherNode) => ({
            ...otherNode,
            routes: otherNode.routes.map((each) => ({
              ...each,
              nextHops: each.nextHops.map((nextHop) => ({
                ...nextHop,
                filters: nextHop.filters.map(settled),
                returnFilters: nextHop.returnFilters.map(settled),
              })),
            })),
          }));
          const byName: Network = new Map(known.map((entry) => [entry.name, entry]));
          const results = tracePackets(byName, "a", [
            {
              source: [[0, 0]],
              destination: [[0, ADDRESSES - 1]],
              protocol: [
                [6, 6],
                [17, 17],
              ],
              port: [[0, PORTS - 1]],
            },
          ]);
          const addresses = new Set(
            [...packets()].map((packet) => arrives(byName, "a", packet, new Set())),
          );
          expect(results.some((result) => result.outcome !== "delivered")).toBe(
            addresses.has(false),
          );
          expect(
            results.some((result) => result.outcome === "delivered") || !addresses.has(true),
          ).toBe(true);
        }),
        { numRuns: RUNS_PER_PART },
      );
    },
  );
});

function settled(otherFilter: Filter): Filter {
  return { ...otherFilter, rules: otherFilter.rules.filter((each) => each.unknown === undefined) };
}
