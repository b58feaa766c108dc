import type { Intervals } from "../ip/index.ts";
import type { Box } from "./packet-set.ts";
import type { BlackholeTarget, Reason } from "./reasons.ts";

/** The resource, and the rule in it, that decided about packets. */
export interface Origin {
  /** Terraform's address, or a name such as "the internet" for something that is not in the configuration. */
  readonly address: string;
  /** Such as "ingress 443 from 10.0.0.0/16". */
  readonly rule?: string;
}

/** A rule of a filter. */
export interface Rule {
  readonly action: "allow" | "deny";
  readonly match: Box;
  readonly origin: Origin;
  /** The value that is unknown; absent if the plan determines whether the rule matches. */
  readonly unknown?: string;
}

/** A security group or a network ACL: the first rule that matches decides, and packets that match no rule are denied. */
export interface Filter {
  readonly origin: Origin;
  readonly rules: readonly Rule[];
  /** The reason for packets that the filter denies. */
  readonly reason: Reason;
}

/** A step from a node to the next node. */
export interface NextHop {
  /** Name of the next node. */
  readonly to: string;
  /** Filters that packets pass, in order. */
  readonly filters: readonly Filter[];
  /** Filters that responses pass, in order; stateful filters allow responses and are omitted. */
  readonly returnFilters: readonly Filter[];
}

/** A route. Of the routes that match a packet, the most specific route decides. */
export interface Route {
  readonly destination: Intervals;
  /** Prefix length: the greater value has priority. */
  readonly specificity: number;
  readonly origin: Origin;
  /** Several if the plan does not determine which of them is the target; none for a blackhole. */
  readonly nextHops: readonly NextHop[];
  /** Type of the target of a blackhole. @default "none": the route has no target */
  readonly blackhole?: BlackholeTarget;
  /** The value that is unknown; absent if the plan determines where the route leads. */
  readonly unknown?: string;
}

/** A place in the network that packets pass: a network interface, a subnet's router, a gateway. */
export interface Node {
  readonly name: string;
  readonly origin: Origin;
  /** Destination addresses whose packets are delivered at this node. */
  readonly accepts: Intervals;
  readonly routes: readonly Route[];
  /** Source addresses after network address translation (NAT). */
  readonly translatesTo?: Intervals;
  /** Source ports of its connections. */
  readonly clientPorts: Intervals;
}

export interface Network {
  /** The node of a name. */
  get(name: string): Node | undefined;
}

/** A step of a trace. */
export interface Hop {
  readonly origin: Origin;
  readonly message: string;
}

interface TraceEnd {
  readonly packets: Box;
  readonly hops: readonly Hop[];
  /** Where the trace ends: the hop that delivered or dropped the packets, or whose decision is unknown. */
  readonly lastHop: Hop;
  /** True if the request is delivered and the response is not. */
  readonly isResponse?: boolean;
}

/** Packets that are not delivered, and why. */
export interface LostPackets extends TraceEnd {
  readonly outcome: "denied" | "no-route";
  readonly reason: Reason;
}

/** The outcome for some packets of a trace. */
export type TraceResult = LostPackets | (TraceEnd & { readonly outcome: "delivered" | "unknown" });
