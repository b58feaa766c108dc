import type { Filter, Origin } from "../model/network.ts";
import { isNone, type Packets, within, without } from "../model/packets.ts";

/** What a filter does to some packets, and the rule that says so. */
export interface Ruling {
  readonly packets: Packets;
  readonly ruling: "allow" | "deny" | "unknown";
  readonly origin: Origin;
  readonly says: string;
}

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
      rulings.push({
        packets: hit,
        ruling: one.action,
        origin: one.origin,
        says: `${one.action === "allow" ? "lets through by" : "stops by"} ${one.origin.rule ?? "a rule"}`,
      });
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
    rulings.push({ packets: rest, ruling: "deny", origin: filter.origin, says: filter.otherwise });
  return rulings;
}
