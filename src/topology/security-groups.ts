import { intersect, type Intervals, isEmpty, single } from "../ip/index.ts";
import { listOf, type PlanModel, type Resource, isUnknown, type Unknown } from "../plan/index.ts";
import {
  type Filter,
  type Origin,
  type Rule,
  ANY,
  type Box,
  MAX_PORT,
  TCP,
  type Direction,
} from "../reachability/index.ts";
import type { NetworkInterfaces } from "./network-interfaces.ts";
import { hasPorts, portsOf, protocolsOf } from "./protocols.ts";
import {
  defaultGroupKey,
  formatSecurityGroup,
  SECURITY_GROUP_TYPES,
  securityGroupKey,
  vpcOfDefaultGroup,
} from "./security-group-keys.ts";
import {
  type ConfiguredRule,
  type Peer,
  type RuleAttributes,
  SecurityGroupPeers,
} from "./security-group-peers.ts";
import { targetKey, VPC_TYPES } from "./subnets.ts";

const BLOCK_ATTRIBUTES: RuleAttributes = {
  protocol: "protocol",
  cidrBlocks: "cidr_blocks",
  securityGroups: "security_groups",
  prefixLists: "prefix_list_ids",
};

const RULE_RESOURCE_ATTRIBUTES: RuleAttributes = {
  protocol: "ip_protocol",
  cidrBlocks: "cidr_ipv4",
  securityGroups: "referenced_security_group_id",
  prefixLists: "prefix_list_id",
};

/** Types of resources that are a single rule each, with the names of their attributes. */
const RULE_RESOURCES: Readonly<Record<string, RuleAttributes>> = {
  aws_security_group_rule: { ...BLOCK_ATTRIBUTES, securityGroups: "source_security_group_id" },
  aws_vpc_security_group_ingress_rule: RULE_RESOURCE_ATTRIBUTES,
  aws_vpc_security_group_egress_rule: RULE_RESOURCE_ATTRIBUTES,
};

/** Security groups as filters. They are stateful: responses pass without a rule. */
export class SecurityGroups {
  readonly #plan: PlanModel;
  readonly #interfaces: NetworkInterfaces;
  readonly #peers: SecurityGroupPeers;
  /** Rules by the key of their security group. */
  readonly #rules = new Map<string, ConfiguredRule[]>();
  /** Keys of the security groups that have rule resources. */
  readonly #withRuleResources = new Set<string>();
  /** Security groups of rule resources that cannot be resolved. */
  readonly #unresolved: Unknown[] = [];
  /** A cache. No network interface is added after the first filter is made. */
  readonly #filters = new Map<string, Filter>();

  constructor(plan: PlanModel, interfaces: NetworkInterfaces) {
    this.#plan = plan;
    this.#interfaces = interfaces;
    this.#peers = new SecurityGroupPeers(plan, interfaces);
    this.#collectRuleResources();
    this.#collectBlocks();
  }

  /**
   * The filter of a set of security groups: their rules are combined, and each rule allows packets.
   *
   * @param unknown further security groups that the plan does not determine
   */
  filter(keys: readonly string[], direction: Direction, unknown: readonly Unknown[] = []): Filter {
    if (unknown.length > 0) return this.#createFilter(keys, direction, unknown);
    const name = `${direction} ${keys.join(" ")}`;
    const cached = this.#filters.get(name);
    if (cached) return cached;
    const filter = this.#createFilter(keys, direction, []);
    this.#filters.set(name, filter);
    return filter;
  }

  /**
   * True if an ingress rule of security groups allows TCP packets to a port from the members of other security groups, by a
   * reference to one of them.
   */
  allowsMembersOf(peers: readonly string[], keys: readonly string[], port: number): boolean {
    return keys
      .flatMap((key) => this.#rules.get(key) ?? [])
      .some(({ direction, resource, path, attributes }) => {
        if (direction !== "ingress" || path.length === 1) return false;
        const protocol = resource.text(...path, attributes.protocol);
        const [first, last] = [
          resource.number(...path, "from_port"),
          resource.number(...path, "to_port"),
        ];
        if (typeof protocol !== "string" || isUnknown(first) || isUnknown(last)) return false;
        const protocols = protocolsOf(protocol);
        const isAllowed =
          !isEmpty(intersect(protocols, TCP)) &&
          !isEmpty(intersect(portsOf(protocols, first, last), single(port)));
        const { references, unknown } = resource.referencesTo(
          SECURITY_GROUP_TYPES,
          ...path,
          attributes.securityGroups,
        );
        const isCertain = unknown.length === 0 && (path.length > 0 || references.length === 1);
        return (
          isAllowed &&
          isCertain &&
          references.map(securityGroupKey).some((group) => peers.includes(group))
        );
      });
  }

  #collectRuleResources(): void {
    for (const [type, attributes] of Object.entries(RULE_RESOURCES))
      for (const resource of this.#plan.resourcesOfType(type)) {
        const { references, externalIds, unknown } = resource.referencesTo(
          SECURITY_GROUP_TYPES,
          "security_group_id",
        );
        this.#unresolved.push(...unknown);
        const keys = [...references.map(securityGroupKey), ...externalIds];
        const [key] = keys;
        if (key === undefined || keys.length > 1) continue;
        this.#withRuleResources.add(key);
        this.#add(key, { direction: directionOf(resource), resource, path: [], attributes });
      }
  }

  #collectBlocks(): void {
    const withDeletedRules = new Set(
      this.#plan.planJson.deleted
        .filter((resource) => /security_group(_(in|e)gress)?_rule$/.test(resource.type))
        .map((resource) => String(resource.before?.["security_group_id"])),
    );
    for (const group of this.#plan.resourcesOfType(
      "aws_security_group",
      "aws_default_security_group",
    )) {
      const key =
        group.type === "aws_default_security_group" ? this.#defaultKey(group) : group.address;
      const hasRuleResources =
        this.#withRuleResources.has(key) || withDeletedRules.has(String(group.values["id"]));
      for (const direction of ["ingress", "egress"] as const)
        this.#collectBlocksOf(group, key, direction, hasRuleResources);
    }
  }

  #collectBlocksOf(
    group: Resource,
    key: string,
    direction: Direction,
    hasRuleResources: boolean,
  ): void {
    const value = group.value(direction);
    const isConfigured = this.#plan.isConfigured(group, direction);
    const add = (path: ConfiguredRule["path"]): void => {
      this.#add(key, { direction, resource: group, path, attributes: BLOCK_ATTRIBUTES });
    };
    if (isUnknown(value)) {
      if (isConfigured && !this.#hasNoDynamicBlocks(group, direction)) add([direction]);
      return;
    }
    // Terraform computes unconfigured blocks from the rule resources, which are already collected.
    if (this.#plan.planJson.kind === "plan" && hasRuleResources && !isConfigured) return;
    for (const [index] of listOf(value).entries()) add([direction, index]);
  }

  /** True if all blocks of a direction are dynamic blocks with an empty for_each. */
  #hasNoDynamicBlocks(group: Resource, direction: Direction): boolean {
    const forEachValues = this.#plan.companionOf(group, direction)?.valueWithUnknowns("input");
    return (
      Array.isArray(forEachValues) &&
      forEachValues.every(
        (value) =>
          typeof value === "object" &&
          value !== null &&
          !isUnknown(value) &&
          Object.keys(value).length === 0,
      )
    );
  }

  /** The key of an aws_default_security_group: it is the default security group of its VPC. */
  #defaultKey(resource: Resource): string {
    const vpc = targetKey(resource.referencesTo(VPC_TYPES, "vpc_id"));
    return vpc === undefined ? resource.address : defaultGroupKey(vpc);
  }

  #add(key: string, rule: ConfiguredRule): void {
    const rules = this.#rules.get(key) ?? [];
    rules.push(rule);
    this.#rules.set(key, rules);
  }

  #createFilter(
    keys: readonly string[],
    direction: Direction,
    unknown: readonly Unknown[],
  ): Filter {
    return {
      origin: { address: keys.map(formatSecurityGroup).join(", ") || "no security group" },
      reason: { kind: "security-group", direction, groups: keys },
      rules: [
        ...keys.flatMap((key) => this.#rulesOf(key, direction)),
        ...unknown.map((value) => unknownRule(direction, value.address, String(value))),
      ],
    };
  }

  #rulesOf(key: string, direction: Direction): Rule[] {
    const rules = (this.#rules.get(key) ?? []).filter((rule) => rule.direction === direction);
    const isDefault = vpcOfDefaultGroup(key) !== undefined;
    if (isDefault && rules.length === 0 && !this.#isManaged(key))
      return [this.#initialRule(key, direction)];
    const isInPlan = isDefault || this.#plan.resourceAt(key)?.mode === "managed";
    return [
      ...rules.flatMap((rule) => this.#rule(key, rule)),
      ...(isInPlan
        ? []
        : [unknownRule(direction, key, `${key} is not in this plan: its other rules are unknown`)]),
      ...this.#unresolved.map((value) => unknownRule(direction, value.address, String(value))),
    ];
  }

  #isManaged(key: string): boolean {
    return (
      this.#plan.resourceAt(key) !== undefined ||
      this.#plan
        .resourcesOfType("aws_default_security_group")
        .some((group) => this.#defaultKey(group) === key)
    );
  }

  /**
   * The rule of a default security group that Terraform does not manage.
   * Source: Amazon VPC User Guide, "Default security groups for your VPCs".
   */
  #initialRule(key: string, direction: Direction): Rule {
    const isEgress = direction === "egress";
    const peer = isEgress ? ANY : this.#interfaces.inSecurityGroup(key);
    return {
      action: "allow",
      match: packetsOf(direction, peer, ANY, ANY),
      origin: {
        address: formatSecurityGroup(key),
        rule: isEgress ? "egress to all destinations" : "ingress from itself",
      },
    };
  }

  #rule(key: string, configured: ConfiguredRule): Rule[] {
    const { direction, resource, path, attributes } = configured;
    const block = path.length === 1 ? resource.value(...path) : undefined;
    if (isUnknown(block)) return [unknownRule(direction, resource.address, String(block))];
    const protocol = resource.text(...path, attributes.protocol);
    const [first, last] = [
      resource.number(...path, "from_port"),
      resource.number(...path, "to_port"),
    ];
    const unknown = [protocol, first, last].find(isUnknown);
    const protocols = typeof protocol === "string" ? protocolsOf(protocol) : ANY;
    const ports = portsOf(protocols, first, last);
    const description = hasPorts(protocols) ? formatPorts(first, last) : "all ports";
    return this.#peers.of(key, configured).flatMap((peer) => {
      const rule = (addresses: Intervals, reason: string | undefined): Rule => ({
        action: "allow",
        match: packetsOf(direction, addresses, protocols, ports),
        origin: originOf(configured, description, peer),
        ...(reason === undefined ? {} : { unknown: reason }),
      });
      const unknownReason = peer.unknown ?? (unknown === undefined ? undefined : String(unknown));
      const possibleReason =
        peer.possibleReason ?? `the address may or may not be in ${peer.description}`;
      return [
        ...(isEmpty(peer.certain) ? [] : [rule(peer.certain, unknownReason)]),
        ...(isEmpty(peer.possible) ? [] : [rule(peer.possible, possibleReason)]),
      ];
    });
  }
}

function directionOf(resource: Resource): Direction {
  if (resource.type === "aws_security_group_rule")
    return resource.value("type") === "egress" ? "egress" : "ingress";
  return resource.type.includes("egress") ? "egress" : "ingress";
}

function originOf(
  { direction, resource }: ConfiguredRule,
  ports: string,
  { description }: Peer,
): Origin {
  return {
    address: resource.address,
    rule: `${direction} ${ports} ${direction === "ingress" ? "from" : "to"} ${description}`,
  };
}

function formatPorts(first: unknown, last: unknown): string {
  const [low, high] = [
    typeof first === "number" ? first : 0,
    typeof last === "number" ? last : MAX_PORT,
  ];
  return low === high ? String(low) : `${low}-${high}`;
}

/** The packets of a rule: an ingress rule limits the source, an egress rule limits the destination. */
const packetsOf = (
  direction: Direction,
  peer: Intervals,
  protocol: Intervals,
  port: Intervals,
): Box => ({
  source: direction === "ingress" ? peer : ANY,
  destination: direction === "ingress" ? ANY : peer,
  protocol,
  port,
});

/** A rule that may allow any packets. */
const unknownRule = (direction: Direction, address: string, unknown: string): Rule => ({
  action: "allow",
  match: packetsOf(direction, ANY, ANY, ANY),
  origin: { address },
  unknown,
});
