/** An IPv4 CIDR block: its first address as an unsigned number, and its prefix length. */
export interface Cidr {
  readonly base: number;
  readonly prefix: number;
}

/** Why a text is not an IPv4 CIDR block; `hint` is the corrected block if there is one. */
export interface CidrProblem {
  readonly problem: string;
  readonly hint?: string;
}

const SHAPE = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/**
 * Parses `a.b.c.d/n`. A block with host bits set is rejected, never rounded.
 *
 * @example parseCidr("10.0.0.0/16") // { base: 167772160, prefix: 16 }
 */
export function parseCidr(text: string): Cidr | CidrProblem {
  const match = SHAPE.exec(text);
  if (!match) return { problem: `"${text}" is not an IPv4 block such as 10.0.0.0/16` };
  const octets = match.slice(1, 5).map(Number);
  const prefix = Number(match[5]);
  if (octets.some((octet) => octet > 255)) {
    return { problem: `"${text}" has a number above 255 in its address` };
  }
  if (prefix > 32) return { problem: `"${text}" has a prefix above /32` };
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const base = address - (address % 2 ** (32 - prefix));
  if (base !== address) {
    return {
      problem: `"${text}" has host bits set`,
      hint: formatCidr({ base, prefix }),
    };
  }
  return { base, prefix };
}

/** True if `parseCidr` returned a block. */
export function isCidr(parsed: Cidr | CidrProblem): parsed is Cidr {
  return "base" in parsed;
}

/** Blocks that were parsed. Rules and routes are read for every packet, so that the same texts are parsed very often. */
const parsedBlocks = new Map<string, Cidr>();
const MAX_PARSED_BLOCKS = 10_000;

/**
 * Parses a block that is valid: a constant, or a validated text.
 *
 * @throws RangeError if the text is not a CIDR block
 */
export function cidr(text: string): Cidr {
  const known = parsedBlocks.get(text);
  if (known) return known;
  const parsed = parseCidr(text);
  if (!isCidr(parsed)) throw new RangeError(parsed.problem);
  if (parsedBlocks.size === MAX_PARSED_BLOCKS) parsedBlocks.clear();
  parsedBlocks.set(text, parsed);
  return parsed;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/**
 * Parses an IPv4 address that is valid.
 *
 * @throws RangeError if the text is not an IPv4 address
 *
 * @example parseAddress("10.0.0.1") // 167772161
 */
export function parseAddress(text: string): number {
  return cidr(`${text}/32`).base;
}

export function formatCidr({ base, prefix }: Cidr): string {
  return `${formatAddress(base)}/${prefix}`;
}

/** The number of addresses in the block. */
export function size({ prefix }: Cidr): number {
  return 2 ** (32 - prefix);
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.base >= outer.base && inner.base + size(inner) <= outer.base + size(outer);
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + size(b) && b.base < a.base + size(a);
}

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(cidr);

/** True for private address space (RFC 1918) and shared address space (RFC 6598), which are not routed on the internet. */
export function isPrivate(block: Cidr): boolean {
  return PRIVATE.some((space) => contains(space, block));
}
