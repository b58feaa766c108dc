export type Direction = "ingress" | "egress";

/**
 * Why packets are not delivered. The kinds follow the explanation codes of AWS's Reachability Analyzer and batfish's
 * FlowDisposition. Checks decide by the kind; `explain` is for people.
 * Source: VPC Reachability Analyzer, "Explanation codes".
 */
export type Reason =
  | {
      readonly kind: "security-group";
      readonly direction: Direction;
      /** Keys of the security groups; none of their rules allows the packets. */
      readonly groups: readonly string[];
    }
  | { readonly kind: "network-acl"; readonly direction: Direction }
  /** An internet gateway drops packets of hosts without a public IP address. */
  | { readonly kind: "no-public-address" }
  /** An instance drops packets that are not addressed to it. */
  | { readonly kind: "source-dest-check" }
  /** The internet gateway is attached to another VPC. */
  | { readonly kind: "detached-gateway" }
  /** Responses to the internet do not leave the subnet through an internet gateway. */
  | { readonly kind: "no-return-route"; readonly subnet: string }
  | { readonly kind: "no-route" }
  | { readonly kind: "route-loop" }
  /** The route's target does not exist, or is not in a usable state. */
  | { readonly kind: "blackhole"; readonly target: BlackholeTarget }
  /** The VPC does not resolve DNS names. */
  | { readonly kind: "dns-disabled" }
  /** A private hosted zone contains the domain of the name, but no record for it. */
  | { readonly kind: "no-such-host"; readonly name: string };

export type BlackholeTarget = "nat-gateway" | "internet-gateway" | "none";

/**
 * Explains a reason as a predicate: the subject of the sentence is the address of the resource that drops the packets.
 *
 * @example `${origin.address} ${explain(reason)}` // "aws_security_group.tasks has no egress rule that allows it"
 */
export function explain(reason: Reason): string {
  switch (reason.kind) {
    case "security-group":
      return `has no ${reason.direction} rule that allows it`;
    case "network-acl":
      return `has no ${reason.direction} rule that allows it (network ACLs are stateless: responses also need a rule)`;
    case "no-public-address":
      return "drops the packets: their source has no public IP address";
    case "source-dest-check":
      return "drops packets that are not addressed to it: source/destination check is enabled";
    case "detached-gateway":
      return "is attached to another VPC";
    case "no-return-route":
      return `has no route from ${reason.subnet} to an internet gateway`;
    case "no-route":
      return "has no route to the destination";
    case "route-loop":
      return "routes the packets in a loop";
    case "blackhole":
      return "has a route target that does not exist (blackhole)";
    case "dns-disabled":
      return "does not resolve DNS names: enable_dns_support is false";
    case "no-such-host":
      return `has no record for ${reason.name}, and a private hosted zone does not fall back to public DNS`;
  }
}
