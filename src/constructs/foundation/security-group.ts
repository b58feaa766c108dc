import { SecurityGroup as AwsSecurityGroup } from "../provider/security-group.generated.ts";
import { VpcSecurityGroupEgressRule } from "../provider/vpc-security-group-egress-rule.generated.ts";
import { VpcSecurityGroupIngressRule } from "../provider/vpc-security-group-ingress-rule.generated.ts";
import type { Construct } from "../construct.ts";
import { UserError } from "../../shared/index.ts";
import { isCidr, parseCidr } from "../../ip/index.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import { checkName } from "../synth/names.ts";

/** The source of an ingress rule, or the destination of an egress rule. */
export type Peer =
  | { readonly cidrIpv4: string }
  | { readonly prefixListId: string }
  | { readonly referencedSecurityGroupId: string };

/**
 * Parses a peer: 10.1.0.0/16, pl-… or sg-….
 *
 * @throws UserError if the text is none of them
 */
export function peer(text: string): Peer {
  if (text.startsWith("pl-")) return { prefixListId: text };
  if (text.startsWith("sg-")) return { referencedSecurityGroupId: text };
  const parsed = parseCidr(text);
  if (isCidr(parsed)) return { cidrIpv4: text };
  throw new UserError("BERTH-E2002", parsed.problem, {
    fix:
      parsed.hint === undefined
        ? "use an IPv4 block, pl-… or sg-…"
        : `did you mean ${parsed.hint}?`,
  });
}

/** Properties of a `SecurityGroup`. */
export interface SecurityGroupProps {
  readonly vpcId: string;
  readonly name: string;
  /** The purpose of the group. AWS cannot change a description: a new text replaces the group. */
  readonly description: string;
}

/**
 * A security group without rules: it allows no traffic until rules are added. Each rule is a separate resource, so that a
 * change of one rule does not affect other rules.
 *
 * Cost: none.
 *
 * @example
 * loadBalancer.allowTo("app", app, 8080); // adds the egress rule here and the ingress rule there
 * loadBalancer.addIngressRule("internet", peer("0.0.0.0/0"), 443);
 */
export class SecurityGroup extends CheckedConstruct {
  readonly group: AwsSecurityGroup;
  readonly id: string;

  constructor(scope: Construct, id: string, props: SecurityGroupProps) {
    super(scope, id, props);
    this.group = new AwsSecurityGroup(this, "resource", {
      name: checkName("securityGroup", props.name, "name"),
      description: props.description,
      vpcId: props.vpcId,
      tags: { Name: props.name },
    });
    this.id = this.group.id;
  }

  /** Allows TCP connections from this group to another group: an egress rule here, and an ingress rule there. */
  allowTo(name: string, other: SecurityGroup, port: number): void {
    this.addEgressRule(name, { referencedSecurityGroupId: other.id }, port);
    other.addIngressRule(this.node.id, { referencedSecurityGroupId: this.id }, port);
  }

  /** Allows TCP connections from a peer to this group. */
  addIngressRule(name: string, from: Peer, port: number): void {
    new VpcSecurityGroupIngressRule(this, `from-${name}-${port}`, {
      securityGroupId: this.id,
      ...rule(from, port, `from ${name}`),
    });
  }

  /** Allows TCP connections from this group to a peer. */
  addEgressRule(name: string, to: Peer, port: number): void {
    new VpcSecurityGroupEgressRule(this, `to-${name}-${port}`, {
      securityGroupId: this.id,
      ...rule(to, port, `to ${name}`),
    });
  }
}

const rule = (
  other: Peer,
  port: number,
  description: string,
): Peer & { ipProtocol: string; fromPort: number; toPort: number; description: string } => ({
  ...other,
  ipProtocol: "tcp",
  fromPort: port,
  toPort: port,
  description,
});
