import type { Filter, Origin } from "./network.ts";
import { explain, type Reason } from "./reasons.ts";
import { isNone, type Packets, within, without } from "./packet-set.ts";

/** What a filter does to some packets, and the rule that message so. */
export type FilterResult = {
  readonly packets: Packets;
  readonly origin: Origin;
  readonly message: string;
} & (
  | { readonly ruling: "allow" | "unknown" }
  | { readonly ruling: "deny"; readonly reason: Reason }
);

/**
 * Splits packets by what a filter does to them. A rule that may match leaves the answer open, unless the rules after it
 * come to the same.
 */
export function rule(filter: Filter, packets: Packets): FilterResult[] {
  return decide(filter, packets, 0);
}

function decide(filter: Filter, packets: Packets, from: number): FilterResult[] {
  const rulings: FilterResult[] = [];
  let rest = packets;
  for (let index = from; index < filter.rules.length && !isNone(rest); index++) {
    const otherRule = filter.rules[index];
    if (!otherRule) break;
    const hit = within(rest, otherRule.match);
    if (isNone(hit)) continue;
    rest = without(rest, otherRule.match);
    if (otherRule.unknown === undefined) {
      const by = otherRule.origin.rule ?? "a rule";
      rulings.push(
        otherRule.action === "allow"
          ? {
              packets: hit,
              ruling: "allow",
              origin: otherRule.origin,
              message: `lets through by ${by}`,
            }
          : denied(hit, otherRule.origin, filter.reason, `stops by ${by}`),
      );
      continue;
    }
    for (const later of decide(filter, hit, index + 1))
      rulings.push(
        later.ruling === otherRule.action || later.ruling === "unknown"
          ? later
          : {
              packets: later.packets,
              ruling: "unknown",
              origin: otherRule.origin,
              message: otherRule.unknown,
            },
      );
  }
  if (!isNone(rest))
    rulings.push(denied(rest, filter.origin, filter.reason, explain(filter.reason)));
  return rulings;
}

const denied = (
  packets: Packets,
  origin: Origin,
  reason: Reason,
  message: string,
): FilterResult => ({
  packets,
  ruling: "deny",
  origin,
  reason,
  message: message,
});
