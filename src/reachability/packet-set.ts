import { type Intervals, intersect, isEmpty, single, subtract } from "../ip/index.ts";

/** Every address, protocol or port. */
export const ANY: Intervals = [[0, Number.MAX_SAFE_INTEGER]];

/** Protocol numbers. Source: IANA, "Assigned Internet Protocol Numbers". */
export const PROTOCOL_NUMBERS: Readonly<Record<"icmp" | "tcp" | "udp" | "icmpv6", number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  icmpv6: 58,
};

export const TCP: Intervals = single(PROTOCOL_NUMBERS.tcp);
export const HTTPS_PORT: Intervals = single(443);
export const MAX_PORT = 65_535;

/**
 * A set of packets as a box in four dimensions. An address is a number: an IPv4 address is its 32-bit value, and greater
 * numbers represent network interfaces and hosts whose address is not known before apply.
 */
export interface Box {
  readonly source: Intervals;
  readonly destination: Intervals;
  /** Protocol numbers, see {@link PROTOCOL_NUMBERS}. */
  readonly protocol: Intervals;
  /** Destination ports. */
  readonly port: Intervals;
}

/** A set of packets: boxes that do not overlap. */
export type Packets = readonly Box[];

const DIMENSIONS = ["source", "destination", "protocol", "port"] as const;

export const isNone = (packets: Packets): boolean => packets.length === 0;

/** The packets that are in both boxes; undefined if there are none. */
export function intersectBoxes(a: Box, b: Box): Box | undefined {
  // Most boxes have no address in common.
  const destination = intersect(a.destination, b.destination);
  if (isEmpty(destination)) return undefined;
  const source = intersect(a.source, b.source);
  if (isEmpty(source)) return undefined;
  const protocol = intersect(a.protocol, b.protocol);
  if (isEmpty(protocol)) return undefined;
  const port = intersect(a.port, b.port);
  return isEmpty(port) ? undefined : { source, destination, protocol, port };
}

/** The packets of a box that are not in another box, as boxes that do not overlap: one for each dimension that differs. */
function subtractBox(box: Box, other: Box): Box[] {
  const shared = intersectBoxes(box, other);
  if (!shared) return [box];
  return DIMENSIONS.flatMap((dimension, index) => {
    const rest = subtract(box[dimension], other[dimension]);
    if (isEmpty(rest)) return [];
    // Earlier dimensions are limited to the shared part, so that the boxes do not overlap.
    const limited = DIMENSIONS.slice(0, index).map((earlier) => [earlier, shared[earlier]]);
    return [{ ...box, ...(Object.fromEntries(limited) as Partial<Box>), [dimension]: rest }]; // dimensions of a box
  });
}

/** The packets that are in the box. */
export const intersection = (packets: Packets, box: Box): Packets =>
  packets.flatMap((packet) => intersectBoxes(packet, box) ?? []);

/** The packets that are not in the box. */
export const difference = (packets: Packets, box: Box): Packets =>
  packets.flatMap((packet) => subtractBox(packet, box));

/** The responses to packets: from the destination to the source, and to the port that the client connected from. */
export const responses = (packets: Packets, clientPorts: Intervals): Packets =>
  packets.map(({ source, destination, protocol }) => ({
    source: destination,
    destination: source,
    protocol,
    port: clientPorts,
  }));
