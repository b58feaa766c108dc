import type { Filter, Origin } from "../model/network.ts";
import { explain, type Reason } from "../model/reasons.ts";
import { isNone, type Packets, within, without } from "../model/packets.ts";

/** What a filter does to some packets, and the rule that says so. */
export type Ruling = {
  readonly packets: Packets;
  readonly origin: Origin;
  readonly says: string;
} & (
  | { readonly ruling: "allow" | "unknown" }
  | { readonly ruling: "deny"; readonly reason: Reason }
);

/**
 * Splits packets by what a filter does to them. A rule that may match leaves the answer open, unless the rules after it
 * come to the same.
 */
export function rule(filter: Filter, packets: Packets): Ruling[] {
  return decide(filter, packets, 0);
}

function decide(filter: Filter, packets: Packets, from: number): Ruling[] {
  const rulings: Ruling[] = [];
  let rest = packets;
  for (let index = from; index < filter.rules.length && !isNone(rest); index++) {
    const one = filter.rules[index];
    if (!one) break;
    const hit = within(rest, one.match);
    if (isNone(hit)) continue;
    rest = without(rest, one.match);
    if (one.unknown === undefined) {
      const by = one.origin.rule ?? "a rule";
      rulings.push(
        one.action === "allow"
          ? { packets: hit, ruling: "allow", origin: one.origin, says: `lets through by ${by}` }
          : denied(hit, one.origin, filter.reason, `stops by ${by}`),
      );
      continue;
    }
    for (const later of decide(filter, hit, index + 1))
      rulings.push(
        later.ruling === one.action || later.ruling === "unknown"
          ? later
          : {
              packets: later.packets,
              ruling: "unknown",
              origin: one.origin,
              says: one.unknown,
            },
      );
  }
  if (!isNone(rest))
    rulings.push(denied(rest, filter.origin, filter.reason, explain(filter.reason)));
  return rulings;
}

const denied = (packets: Packets, origin: Origin, reason: Reason, says: string): Ruling => ({
  packets,
  ruling: "deny",
  origin,
  reason,
  says,
});
