export type Direction = "ingress" | "egress";

/**
 * Why packets do not arrive. The kinds follow the explanation codes of AWS's Reachability Analyzer and batfish's
 * FlowDisposition. Checks decide by the kind; people read `explain`.
 * Source: VPC Reachability Analyzer, "Explanation codes".
 */
export type Reason =
  | {
      readonly kind: "security-group";
      readonly direction: Direction;
      /** Keys of the groups that together have no rule for the packets. */
      readonly groups: readonly string[];
    }
  | { readonly kind: "network-acl"; readonly direction: Direction }
  /** An internet gateway drops packets of hosts without a public address. */
  | { readonly kind: "no-public-address" }
  /** An instance drops packets that are not for itself. */
  | { readonly kind: "source-dest-check" }
  /** The internet gateway is attached to another VPC. */
  | { readonly kind: "detached-gateway" }
  /** Answers to the internet do not leave the subnet by an internet gateway. */
  | { readonly kind: "no-return-route"; readonly subnet: string }
  | { readonly kind: "no-route" }
  | { readonly kind: "route-loop" }
  /** The route's target does not exist, or is not in a usable state. */
  | { readonly kind: "blackhole"; readonly target: BlackholeTarget }
  /** The VPC does not resolve names. */
  | { readonly kind: "dns-disabled" };

export type BlackholeTarget = "nat-gateway" | "internet-gateway" | "none";

/** A reason as a predicate of the resource where the packets end. */
export function explain(reason: Reason): string {
  switch (reason.kind) {
    case "security-group":
      return `has no ${reason.direction} rule for it`;
    case "network-acl":
      return `has no ${reason.direction} rule for it (a network ACL keeps no state: answers need one too)`;
    case "no-public-address":
      return "lets nobody through who has no public address";
    case "source-dest-check":
      return "drops what is not for itself: source_dest_check is on";
    case "detached-gateway":
      return "is the gateway of another VPC";
    case "no-return-route":
      return `the route table of ${reason.subnet} has no route to an internet gateway`;
    case "no-route":
      return "has no route for it";
    case "route-loop":
      return "leads back to where it came from";
    case "blackhole":
      return "leads nowhere";
    case "dns-disabled":
      return "does not resolve names: enable_dns_support is off";
  }
}
