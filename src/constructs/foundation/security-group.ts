import { SecurityGroup as AwsSecurityGroup } from "@cdktn/provider-aws/lib/security-group/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktn/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { VpcSecurityGroupIngressRule } from "@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js";
import type { Construct } from "constructs";
import { UserError } from "../../shared/errors.ts";
import { isCidr, parseCidr } from "../../ip/cidr.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import { checkName } from "../synth/names.ts";

/** The far side of a rule. */
export type Peer =
  | { readonly cidrIpv4: string }
  | { readonly prefixListId: string }
  | { readonly referencedSecurityGroupId: string };

/**
 * Reads a peer as people write it: 10.1.0.0/16, pl-… or sg-….
 *
 * @throws UserError where it is none of them
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

export interface SecurityGroupProps {
  readonly vpcId: string;
  readonly name: string;
  /** What it is for. AWS cannot change it later: a new text means a new group. */
  readonly description: string;
}

/**
 * A security group that lets nothing in and nothing out until a rule says so. Each rule is a resource of its own, so
 * that changing one never touches another.
 *
 * Cost: nothing.
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

  /** Lets this group open TCP connections to another on a port: the way out here and the way in there. */
  allowTo(there: string, other: SecurityGroup, port: number): void {
    this.addEgressRule(there, { referencedSecurityGroupId: other.id }, port);
    other.addIngressRule(this.node.id, { referencedSecurityGroupId: this.id }, port);
  }

  /** Lets a peer open TCP connections to this group on a port. */
  addIngressRule(name: string, from: Peer, port: number): void {
    new VpcSecurityGroupIngressRule(this, `from-${name}-${port}`, {
      securityGroupId: this.id,
      ...rule(from, port, `from ${name}`),
    });
  }

  /** Lets this group open TCP connections to a peer on a port. */
  addEgressRule(name: string, to: Peer, port: number): void {
    new VpcSecurityGroupEgressRule(this, `to-${name}-${port}`, {
      securityGroupId: this.id,
      ...rule(to, port, `to ${name}`),
    });
  }
}

const rule = (
  far: Peer,
  port: number,
  description: string,
): Peer & { ipProtocol: string; fromPort: number; toPort: number; description: string } => ({
  ...far,
  ipProtocol: "tcp",
  fromPort: port,
  toPort: port,
  description,
});
