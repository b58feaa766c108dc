import { type Cidr, size } from "./cidr.ts";

/** A tier of subnets: one block of equal size for each slot. The prefix is `extraBits` longer than the parent's prefix. */
export interface Tier<Name extends string> {
  readonly name: Name;
  readonly extraBits: number;
}

/**
 * Allocates a block of the parent for each pair of tier and slot. The block depends only on the pair, so that adding or removing
 * a slot never moves another block.
 *
 * @throws RangeError if the tiers do not fit into the parent
 * @example
 * const plan = allocator(cidr("10.0.0.0/16"), [{ name: "private", extraBits: 4 }], 8);
 * plan("private", 1); // 10.0.16.0/20
 */
export function allocator<Name extends string>(
  parent: Cidr,
  tiers: readonly Tier<Name>[],
  slots: number,
): (tier: Name, slot: number) => Cidr {
  const starts = new Map<Name, { base: number; prefix: number }>();
  let next = parent.base;
  for (const tier of [...tiers].sort((a, b) => a.extraBits - b.extraBits)) {
    const prefix = parent.prefix + tier.extraBits;
    starts.set(tier.name, { base: next, prefix });
    next += slots * size({ base: 0, prefix });
  }
  if (next > parent.base + size(parent) || [...starts.values()].some(({ prefix }) => prefix > 32)) {
    throw new RangeError(`${slots} slots in ${tiers.length} tiers do not fit into the parent`);
  }
  return (tier, slot) => {
    const start = starts.get(tier);
    if (!start) throw new RangeError(`no tier is named ${tier}`);
    if (!Number.isInteger(slot) || slot < 0 || slot >= slots) {
      throw new RangeError(`slot ${slot} is outside 0 to ${slots - 1}`);
    }
    return { base: start.base + slot * size(start), prefix: start.prefix };
  };
}
