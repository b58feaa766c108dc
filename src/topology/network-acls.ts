import { type Intervals, isEmpty, none } from "../ip/index.ts";
import {
  type PlanModel,
  type AttributePath,
  type Resource,
  formatValue,
  isUnknown,
} from "../plan/index.ts";
import { type Filter, type Rule, ANY, type Direction } from "../reachability/index.ts";
import type { NetworkInterfaces } from "./network-interfaces.ts";
import { hasPorts, portsOf, protocolsOf } from "./protocols.ts";
import { type Subnet, SUBNET_TYPES, targetKey, VPC_TYPES } from "./subnets.ts";

/** A rule with its number: the rule with the lowest number that matches decides. */
interface NumberedRule {
  readonly number: number;
  readonly rule: Rule;
}

/** Names of a rule's attributes, which differ between blocks and aws_network_acl_rule. */
interface AclRuleAttributes {
  readonly number: string;
  readonly action: string;
}

const BLOCK_ATTRIBUTES: AclRuleAttributes = { number: "rule_no", action: "action" };
const RULE_RESOURCE_ATTRIBUTES: AclRuleAttributes = {
  number: "rule_number",
  action: "rule_action",
};

const NETWORK_ACL_TYPES: readonly string[] = [
  "aws_network_acl",
  "aws_default_network_acl",
  "aws_vpc.default_network_acl_id",
];

/** Network ACLs as filters. They are stateless: responses also need a rule. */
export class NetworkAcls {
  readonly #plan: PlanModel;
  readonly #interfaces: NetworkInterfaces;
  /** The network ACL by the key of the subnet; the address of the association if its network ACL is unknown. */
  readonly #bySubnet = new Map<string, Resource | string>();
  readonly #filters = new Map<string, Filter>();

  constructor(plan: PlanModel, interfaces: NetworkInterfaces) {
    this.#plan = plan;
    this.#interfaces = interfaces;
    for (const acl of plan.resourcesOfType("aws_network_acl", "aws_default_network_acl"))
      for (const { resource } of acl.referencesTo(SUBNET_TYPES, "subnet_ids").references)
        this.#bySubnet.set(resource.address, acl);
    for (const association of plan.resourcesOfType("aws_network_acl_association")) {
      const subnet = targetKey(association.referencesTo(SUBNET_TYPES, "subnet_id"));
      const [acl] = association.referencesTo(NETWORK_ACL_TYPES, "network_acl_id").references;
      if (subnet !== undefined) this.#bySubnet.set(subnet, acl?.resource ?? association.address);
    }
  }

  /** The filter of a subnet's network ACL; undefined for the VPC's unmanaged default ACL, which allows all packets. */
  filter(subnet: Subnet, direction: Direction): Filter | undefined {
    const acl = this.#bySubnet.get(subnet.key) ?? this.#defaultOf(subnet);
    if (acl === undefined) return undefined;
    const reason = { kind: "network-acl", direction } as const;
    if (typeof acl === "string")
      return {
        origin: { address: acl },
        reason,
        rules: [unknownRule(acl, `the network ACL of ${acl} is unknown`)],
      };
    const key = `${acl.address}|${direction}`;
    const cached = this.#filters.get(key);
    if (cached) return cached;
    const rules = [...this.#blocks(acl, direction), ...this.#ruleResources(acl, direction)];
    const filter: Filter = {
      origin: { address: acl.address },
      reason,
      rules: rules.sort((a, b) => a.number - b.number).map(({ rule }) => rule),
    };
    this.#filters.set(key, filter);
    return filter;
  }

  #defaultOf({ vpc }: Subnet): Resource | undefined {
    if (vpc === undefined) return undefined;
    return this.#plan
      .resourcesOfType("aws_default_network_acl")
      .find((acl) =>
        acl
          .referencesTo(["aws_vpc.default_network_acl_id", ...VPC_TYPES], "default_network_acl_id")
          .references.some((reference) => reference.resource.address === vpc),
      );
  }

  #blocks(acl: Resource, direction: Direction): NumberedRule[] {
    const isConfigured = this.#plan.isConfigured(acl, direction);
    const blocks = acl.blockPaths(direction);
    if (isUnknown(blocks))
      return isConfigured ? [{ number: 0, rule: unknownRule(acl.address, String(blocks)) }] : [];
    const hasRuleResources = this.#plan
      .resourcesOfType("aws_network_acl_rule")
      .some(
        (rule) => targetKey(rule.referencesTo(NETWORK_ACL_TYPES, "network_acl_id")) === acl.address,
      );
    // Terraform computes unconfigured blocks from the aws_network_acl_rule resources.
    if (hasRuleResources && this.#plan.planJson.kind === "plan" && !isConfigured) return [];
    return blocks.flatMap((path) => this.#rulesAt(acl, path, direction, BLOCK_ATTRIBUTES));
  }

  #ruleResources(acl: Resource, direction: Direction): NumberedRule[] {
    return this.#plan
      .resourcesOfType("aws_network_acl_rule")
      .filter(
        (rule) =>
          rule
            .referencesTo(NETWORK_ACL_TYPES, "network_acl_id")
            .references.some((reference) => reference.resource === acl) &&
          (rule.value("egress") === true) === (direction === "egress"),
      )
      .flatMap((rule) => this.#rulesAt(rule, [], direction, RULE_RESOURCE_ATTRIBUTES));
  }

  #rulesAt(
    resource: Resource,
    path: AttributePath,
    direction: Direction,
    attributes: AclRuleAttributes,
  ): NumberedRule[] {
    const cidr = resource.text(...path, "cidr_block");
    if (cidr === undefined) return []; // an IPv6 rule
    const protocol = resource.text(...path, "protocol");
    const actionValue = resource.text(...path, attributes.action);
    const numberValue = resource.number(...path, attributes.number);
    const [first, last] = [
      resource.number(...path, "from_port"),
      resource.number(...path, "to_port"),
    ];
    const unknown = [protocol, cidr, actionValue, numberValue, first, last].find(isUnknown);
    const protocols = typeof protocol === "string" ? protocolsOf(protocol) : ANY;
    const addresses =
      typeof cidr === "string"
        ? this.#interfaces.addressesIn(cidr)
        : { certain: ANY, possible: none };
    const action = actionValue === "deny" ? "deny" : "allow";
    const ports = hasPorts(protocols) ? formatPorts(first, last) : "all ports";
    const origin = {
      address: resource.address,
      rule: `${action} ${direction} ${ports} ${direction === "ingress" ? "from" : "to"} ${String(cidr)}`,
    };
    const number = typeof numberValue === "number" ? numberValue : 0;
    const ruleFor = (peer: Intervals, reason: string | undefined): NumberedRule => ({
      number,
      rule: {
        action,
        origin,
        match: {
          source: direction === "ingress" ? peer : ANY,
          destination: direction === "ingress" ? ANY : peer,
          protocol: protocols,
          port: portsOf(protocols, first, last),
        },
        ...(reason === undefined ? {} : { unknown: reason }),
      },
    });
    return [
      ruleFor(addresses.certain, unknown === undefined ? undefined : String(unknown)),
      ...(isEmpty(addresses.possible)
        ? []
        : [ruleFor(addresses.possible, `the address may or may not be in ${String(cidr)}`)]),
    ];
  }
}

const formatPorts = (first: unknown, last: unknown): string =>
  first === last ? formatValue(first) : `${formatValue(first)}-${formatValue(last)}`;

/** A rule that may allow any packets. */
const unknownRule = (address: string, unknown: string): Rule => ({
  action: "allow",
  origin: { address },
  match: { source: ANY, destination: ANY, protocol: ANY, port: ANY },
  unknown,
});
