import { type Intervals, none, single } from "../ip/index.ts";
import { ANY, MAX_PORT, PROTOCOL_NUMBERS } from "../reachability/index.ts";

const NUMBERS: Readonly<Record<string, number>> = PROTOCOL_NUMBERS;

const PROTOCOLS_WITH_PORTS: ReadonlySet<number> = new Set([
  PROTOCOL_NUMBERS.tcp,
  PROTOCOL_NUMBERS.udp,
]);

/** The protocols of a rule, by name or number; "-1" and "all" mean every protocol. */
export function protocolsOf(text: string): Intervals {
  if (text === "-1" || text.toLowerCase() === "all") return ANY;
  const number = NUMBERS[text.toLowerCase()] ?? Number(text);
  return Number.isInteger(number) && number >= 0 ? single(number) : none;
}

/** True for TCP or UDP. AWS ignores the ports of a rule for all protocols or for another protocol. */
export const hasPorts = (protocols: Intervals): boolean =>
  protocols !== ANY && protocols.length === 1 && PROTOCOLS_WITH_PORTS.has(protocols[0]?.[0] ?? -1);

/** The ports of a rule; every port if the protocols have no ports. */
export const portsOf = (protocols: Intervals, first: unknown, last: unknown): Intervals =>
  hasPorts(protocols)
    ? [[typeof first === "number" ? first : 0, typeof last === "number" ? last : MAX_PORT]]
    : ANY;
