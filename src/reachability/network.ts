import type { Intervals } from "../ip/intervals.ts";
import type { Box } from "./packet-set.ts";
import type { BlackholeTarget, Reason } from "./reasons.ts";

/** What decides something, as the reader finds it: a resource, and the rule in it. */
export interface Origin {
  /** Terraform's address, or a word for what is not in the configuration. */
  readonly address: string;
  /** Such as "ingress 443 from 10.0.0.0/16". */
  readonly rule?: string;
}

/** One rule of a filter. */
export interface Rule {
  readonly action: "allow" | "deny";
  readonly match: Box;
  readonly origin: Origin;
  /** What is not known of the rule: it may match or not. */
  readonly unknown?: string;
}

/** Rules of which the first that matches decides; what no rule matches is denied. */
export interface Filter {
  readonly origin: Origin;
  readonly rules: readonly Rule[];
  /** Why packets that no rule matches, or that a rule denies, do not pass. */
  readonly reason: Reason;
}

/** A step from one node to another. */
export interface NextHop {
  readonly to: string;
  /** What packets pass, in order. */
  readonly filters: readonly Filter[];
  /** What their answers pass, in order; stateful filters let answers through and are not here. */
  readonly returnFilters: readonly Filter[];
}

/** Where packets go next; of those that match, the most specific one decides. */
export interface Route {
  readonly destination: Intervals;
  /** Prefix length: the greater one wins. */
  readonly specificity: number;
  readonly origin: Origin;
  /** The ways it may lead: one, or several where it is not known which of them. None is a black hole. */
  readonly nextHops: readonly NextHop[];
  /** What is missing at the other end of a black hole. @default "none": the route names no target */
  readonly blackhole?: BlackholeTarget;
  /** What is not known beyond. */
  readonly unknown?: string;
}

/** Somewhere packets are: an interface, a router, a gateway. */
export interface Node {
  readonly name: string;
  readonly origin: Origin;
  /** Addresses whose packets have arrived when they are here. */
  readonly accepts: Intervals;
  readonly routes: readonly Route[];
  /** Sends packets on under addresses of its own. */
  readonly translatesTo?: Intervals;
  /** The ports it sends from. */
  readonly clientPorts: Intervals;
}

export interface Network {
  get(name: string): Node | undefined;
}

/** One step that packets took, or could not take. */
export interface Hop {
  readonly origin: Origin;
  readonly message: string;
}

interface Ending {
  readonly packets: Box;
  readonly hops: readonly Hop[];
  /** The last hop: who delivered, stopped, or is not known. */
  readonly lastHop: Hop;
  /** True where it is an answer that is lost. */
  readonly isResponse?: boolean;
}

/** Packets that do not arrive, and why. */
export interface LostPackets extends Ending {
  readonly outcome: "denied" | "no-route";
  readonly reason: Reason;
}

/** What becomes of some packets. */
export type TraceResult = LostPackets | (Ending & { readonly outcome: "delivered" | "unknown" });
