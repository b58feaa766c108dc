import { type Intervals, none, single } from "../ip/index.ts";
import {
  type PlanModel,
  type AttributePath,
  type Resource,
  formatValue,
  isUnknown,
  type Unknown,
} from "../plan/index.ts";
import { type Direction, ANY } from "../reachability/index.ts";
import { type NetworkInterfaces, serviceHost } from "./network-interfaces.ts";
import { SECURITY_GROUP_TYPES, securityGroupKey } from "./security-group-keys.ts";

/** Types of prefix lists and of resources with a prefix list. */
const PREFIX_LIST_TYPES: readonly string[] = [
  "aws_vpc_endpoint",
  "aws_prefix_list",
  "aws_ec2_managed_prefix_list",
];

/** A rule as the configuration contains it: a rule resource, or a block of a security group. */
export interface ConfiguredRule {
  readonly direction: Direction;
  readonly resource: Resource;
  /** Path of the block; empty for a rule resource. */
  readonly path: AttributePath;
  readonly attributes: RuleAttributes;
}

/** Names of a rule's attributes, which differ between resource types. */
export interface RuleAttributes {
  readonly protocol: string;
  readonly cidrBlocks: string;
  readonly securityGroups: string;
  readonly prefixLists: string;
}

/** The sources of an ingress rule, or the destinations of an egress rule. */
export interface Peer {
  readonly certain: Intervals;
  /** Addresses that may belong to the peer: the plan does not determine it. */
  readonly possible: Intervals;
  /** The peer for messages, such as "10.0.0.0/16". */
  readonly description: string;
  /** The value that is unknown; absent if the plan determines the peer. */
  readonly unknown?: string;
  /** Why `possible` is not certain. @default the address decides whether it is in the CIDR block */
  readonly possibleReason?: string;
}

/** Reads the peers of security group rules. */
export class SecurityGroupPeers {
  readonly #plan: PlanModel;
  readonly #interfaces: NetworkInterfaces;

  constructor(plan: PlanModel, interfaces: NetworkInterfaces) {
    this.#plan = plan;
    this.#interfaces = interfaces;
  }

  /** @param group key of the security group that contains the rule */
  of(group: string, rule: ConfiguredRule): Peer[] {
    const { resource, path } = rule;
    return [
      ...this.#cidrBlocks(rule),
      ...this.#securityGroups(rule),
      ...(resource.value(...path, "self") === true
        ? [{ ...this.#membersOf(group), description: "itself" }]
        : []),
      ...this.#prefixLists(rule),
    ];
  }

  #cidrBlocks({ resource, path, attributes }: ConfiguredRule): Peer[] {
    const value = resource.value(...path, attributes.cidrBlocks);
    if (value === undefined) return [];
    if (isUnknown(value))
      return this.#unknownBlocks(resource, [...path, attributes.cidrBlocks], value);
    if (!Array.isArray(value)) return typeof value === "string" ? [this.#block(value)] : [];
    return value.flatMap((entry: unknown, index): Peer[] => {
      if (typeof entry === "string") return [this.#block(entry)];
      const element = resource.value(...path, attributes.cidrBlocks, index);
      return isUnknown(element) ? [unknownPeer(element)] : [];
    });
  }

  /** Unknown blocks, unless they are the cidr_block of a VPC or subnet whose value is known. */
  #unknownBlocks(resource: Resource, path: AttributePath, unknown: Unknown): Peer[] {
    const { references, unresolved } = resource.referencesIn(...path);
    const blocks = references.map((reference) => reference.resource.value(reference.attribute));
    return unresolved.length === 0 &&
      blocks.length > 0 &&
      blocks.every((block) => typeof block === "string")
      ? blocks.map((block) => this.#block(block))
      : [unknownPeer(unknown)];
  }

  #block(cidr: string): Peer {
    return { ...this.#interfaces.addressesIn(cidr), description: cidr };
  }

  #securityGroups({ resource, path, attributes }: ConfiguredRule): Peer[] {
    const { references, externalIds, unknown } = resource.referencesTo(
      SECURITY_GROUP_TYPES,
      ...path,
      attributes.securityGroups,
    );
    // Terraform plans the group of a rule resource as known after apply even if it is not configured.
    const isConfigured = path.length > 0 || resource.isConfigured(attributes.securityGroups);
    return [
      ...references.map((reference) => this.#membersOf(securityGroupKey(reference))),
      ...externalIds.map((id) => this.#membersOf(id)),
      ...(isConfigured ? unknown.map(unknownPeer) : []),
    ];
  }

  #membersOf(group: string): Peer {
    return {
      certain: this.#interfaces.inSecurityGroup(group),
      possible: this.#interfaces.possiblyInAnySecurityGroup,
      description: group,
      possibleReason: `the members of ${group} are not all known`,
    };
  }

  #prefixLists({ resource, path, attributes }: ConfiguredRule): Peer[] {
    const { references, externalIds, unknown } = resource.referencesTo(
      PREFIX_LIST_TYPES,
      ...path,
      attributes.prefixLists,
    );
    return [
      ...references.map(({ resource: list }) => {
        const service = formatValue(list.text("service_name") ?? list.text("name"));
        return service.endsWith(".s3")
          ? this.#s3()
          : unknownPrefixList(list.address, `the entries of ${list.address} are unknown`);
      }),
      ...externalIds.map((id) => {
        const endpoint = this.#plan
          .resourcesOfType("aws_vpc_endpoint")
          .find((vpcEndpoint) => vpcEndpoint.value("prefix_list_id") === id);
        return endpoint?.text("service_name")?.toString().endsWith(".s3") === true
          ? this.#s3()
          : unknownPrefixList(id, `the entries of the prefix list ${id} are unknown`);
      }),
      ...unknown.map(unknownPeer),
    ];
  }

  #s3(): Peer {
    return {
      certain: single(this.#interfaces.host(serviceHost("s3")).address),
      possible: none,
      description: "the prefix list of S3",
    };
  }
}

const unknownPrefixList = (description: string, possibleReason: string): Peer => ({
  certain: none,
  possible: ANY,
  description,
  possibleReason,
});

const unknownPeer = (unknown: Unknown): Peer => ({
  certain: ANY,
  possible: none,
  description: "an unknown peer",
  unknown: String(unknown),
});
