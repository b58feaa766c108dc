import type { Node, Route } from "./network.ts";
import type { Packets } from "./packet-set.ts";

interface RankedRoute {
  readonly route: Route;
  /** Position in the order of priority. */
  readonly rank: number;
}

/** The routes of a node. A subnet has one route for each network interface of its VPC. */
interface RouteIndex {
  /** Routes to a single address, by address. */
  readonly toAddress: readonly (RankedRoute & { readonly address: number })[];
  /** All other routes. */
  readonly others: readonly RankedRoute[];
}

const indexes = new WeakMap<Node, RouteIndex>();

function indexOf(node: Node): RouteIndex {
  const existing = indexes.get(node);
  if (existing) return existing;
  const ranked = node.routes
    .toSorted((a, b) => b.specificity - a.specificity)
    .map((route, rank) => ({ route, rank, address: singleAddress(route) }));
  const index: RouteIndex = {
    toAddress: ranked
      .flatMap(({ address, ...entry }) => (address === undefined ? [] : [{ ...entry, address }]))
      .sort((a, b) => a.address - b.address),
    others: ranked.filter(({ address }) => address === undefined),
  };
  indexes.set(node, index);
  return index;
}

function singleAddress({ destination: [range, ...others] }: Route): number | undefined {
  return range && others.length === 0 && range[0] === range[1] ? range[0] : undefined;
}

/** The routes of a node that may match a packet, the most specific first. */
export function routesFor(node: Node, packets: Packets): readonly Route[] {
  if (node.routes.length === 1) return node.routes;
  const { toAddress, others } = indexOf(node);
  const matching = new Set<RankedRoute>(others);
  for (const { destination } of packets)
    for (const [first, last] of destination)
      for (let index = firstAtLeast(toAddress, first); index < toAddress.length; index++) {
        const entry = toAddress[index];
        if (!entry || entry.address > last) break;
        matching.add(entry);
      }
  return [...matching].sort((a, b) => a.rank - b.rank).map(({ route }) => route);
}

/** The index of the first entry whose address is not less. */
function firstAtLeast(entries: readonly { readonly address: number }[], address: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.address ?? 0) < address) low = middle + 1;
    else high = middle;
  }
  return low;
}
