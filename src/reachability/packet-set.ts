import { type Intervals, intersect, isEmpty, subtract } from "../ip/intervals.ts";

/**
 * Packets by who sends them to whom, as a box of four ranges. An address is a number; numbers above IPv4 stand for
 * whoever has an address that is not known yet.
 */
export interface Box {
  readonly source: Intervals;
  readonly destination: Intervals;
  /** By IANA's numbers: 6 is TCP. */
  readonly protocol: Intervals;
  readonly port: Intervals;
}

/** A set of packets: boxes that do not overlap. */
export type Packets = readonly Box[];

const SIDES = ["source", "destination", "protocol", "port"] as const;

export const isNone = (packets: Packets): boolean => packets.length === 0;

/** What two boxes have in common; undefined where it is nothing. */
export function common(a: Box, b: Box): Box | undefined {
  const box = {
    source: intersect(a.source, b.source),
    destination: intersect(a.destination, b.destination),
    protocol: intersect(a.protocol, b.protocol),
    port: intersect(a.port, b.port),
  };
  return SIDES.some((side) => isEmpty(box[side])) ? undefined : box;
}

/** The packets of a box that another does not have: the box is cut side by side. */
function minus(box: Box, other: Box): Box[] {
  const shared = common(box, other);
  if (!shared) return [box];
  return SIDES.flatMap((side, index) => {
    const outside = subtract(box[side], other[side]);
    if (isEmpty(outside)) return [];
    // Sides before this one are cut already.
    const done = SIDES.slice(0, index).map((value) => [value, shared[value]]);
    return [{ ...box, ...(Object.fromEntries(done) as Partial<Box>), [side]: outside }]; // sides of a box
  });
}

export const within = (packets: Packets, box: Box): Packets =>
  packets.flatMap((packet) => common(packet, box) ?? []);

export const without = (packets: Packets, box: Box): Packets =>
  packets.flatMap((packet) => minus(packet, box));

/** The answers to packets: back where they came from, from the port they went to. */
export const answers = (packets: Packets, clientPorts: Intervals): Packets =>
  packets.map(({ source, destination, protocol }) => ({
    source: destination,
    destination: source,
    protocol,
    port: clientPorts,
  }));
