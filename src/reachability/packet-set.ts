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
  if (isEmpty(port)) return undefined;
  // An intersection with a range that contains all is the same object.
  const isWhole =
    destination === a.destination &&
    source === a.source &&
    protocol === a.protocol &&
    port === a.port;
  return isWhole ? a : { source, destination, protocol, port };
}

/** The packets of a box that are not in another box, as boxes that do not overlap: one for each dimension that differs. */
function subtractBox(box: Box, other: Box, shared: Box): Box[] {
  const parts: Box[] = [];
  const limited: { -readonly [Dimension in keyof Box]: Box[Dimension] } = { ...box };
  for (const dimension of DIMENSIONS) {
    const rest = subtract(box[dimension], other[dimension]);
    if (isEmpty(rest)) continue;
    parts.push({ ...limited, [dimension]: rest });
    // Later parts are limited to the shared range of this dimension, so that the boxes do not overlap.
    limited[dimension] = shared[dimension];
  }
  return parts;
}

const NO_PACKETS: Packets = [];

/** Some packets, in two parts. */
interface DividedPackets {
  readonly matching: Packets;
  readonly rest: Packets;
}

/** Reuses the packets if one of the parts contains all of them. */
function divided(packets: Packets, matching: Packets, rest: Packets): DividedPackets {
  if (isNone(matching)) return { matching: NO_PACKETS, rest: packets };
  return isNone(rest) ? { matching: packets, rest: NO_PACKETS } : { matching, rest };
}

/** Divides packets into those that are in a box, and those that are not. */
export function divide(packets: Packets, box: Box): DividedPackets {
  const matching: Box[] = [];
  const rest: Box[] = [];
  for (const packet of packets) {
    const shared = intersectBoxes(packet, box);
    if (shared) matching.push(shared);
    if (!shared) rest.push(packet);
    else if (shared !== packet) rest.push(...subtractBox(packet, box, shared));
  }
  return divided(packets, matching, rest);
}

/** Divides packets into those to some destinations, and those to others. Most packets go to one side as a whole. */
export function divideByDestination(packets: Packets, destination: Intervals): DividedPackets {
  const matching: Box[] = [];
  const rest: Box[] = [];
  for (const packet of packets) {
    const shared = intersect(packet.destination, destination);
    if (isEmpty(shared)) rest.push(packet);
    else if (shared === packet.destination) matching.push(packet);
    else {
      matching.push({ ...packet, destination: shared });
      const others = subtract(packet.destination, destination);
      if (!isEmpty(others)) rest.push({ ...packet, destination: others });
    }
  }
  return divided(packets, matching, rest);
}

/** The responses to packets: from the destination to the source, and to the port that the client connected from. */
export const responses = (packets: Packets, clientPorts: Intervals): Packets =>
  packets.map(({ source, destination, protocol }) => ({
    source: destination,
    destination: source,
    protocol,
    port: clientPorts,
  }));
