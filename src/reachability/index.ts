export type {
  Filter,
  Hop,
  LostPackets,
  Network,
  NextHop,
  Node,
  Origin,
  Route,
  Rule,
  TraceResult,
} from "./network.ts";
export { ANY, type Box, HTTPS_PORT, MAX_PORT, PROTOCOL_NUMBERS, TCP } from "./packet-set.ts";
export { type BlackholeTarget, type Direction, type Reason, explain } from "./reasons.ts";
export { tracePackets } from "./trace.ts";
