import type { Filter, Origin } from "./network.ts";
import { explain, type Reason } from "./reasons.ts";
import { divide, isNone, type Packets } from "./packet-set.ts";

/** What a filter decides about some packets, and the rule that decides. */
export type FilterResult = {
  readonly packets: Packets;
  readonly origin: Origin;
  readonly message: string;
} & (
  | { readonly decision: "allow" | "unknown" }
  | { readonly decision: "deny"; readonly reason: Reason }
);

/**
 * Splits packets by the decision of a filter. A rule that may or may not match makes the decision unknown, unless the
 * rules after it decide the same.
 */
export function applyFilter(filter: Filter, packets: Packets): FilterResult[] {
  return applyRules(filter, packets, 0);
}

function applyRules(filter: Filter, packets: Packets, start: number): FilterResult[] {
  const results: FilterResult[] = [];
  let rest = packets;
  for (let index = start; index < filter.rules.length && !isNone(rest); index++) {
    const rule = filter.rules[index];
    if (!rule) break;
    const { matching, rest: others } = divide(rest, rule.match);
    if (isNone(matching)) continue;
    rest = others;
    if (rule.unknown === undefined) {
      const name = rule.origin.rule ?? "a rule";
      results.push(
        rule.action === "allow"
          ? {
              packets: matching,
              decision: "allow",
              origin: rule.origin,
              message: `allowed by ${name}`,
            }
          : denied(matching, rule.origin, filter.reason, `denied by ${name}`),
      );
      continue;
    }
    for (const later of applyRules(filter, matching, index + 1))
      results.push(
        later.decision === rule.action || later.decision === "unknown"
          ? later
          : {
              packets: later.packets,
              decision: "unknown",
              origin: rule.origin,
              message: rule.unknown,
            },
      );
  }
  if (!isNone(rest))
    results.push(denied(rest, filter.origin, filter.reason, explain(filter.reason)));
  return results;
}

const denied = (
  packets: Packets,
  origin: Origin,
  reason: Reason,
  message: string,
): FilterResult => ({ packets, decision: "deny", origin, reason, message });
