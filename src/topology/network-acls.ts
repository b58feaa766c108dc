import { type Intervals, isEmpty } from "../ip/intervals.ts";
import type { Filter, Rule } from "../reachability/network.ts";
import { formatValue, isUnknown } from "../plan/unknown.ts";
import type { PlanModel } from "../plan/plan-model.ts";
import type { AttributePath, Resource } from "../plan/resource.ts";
import { type NetworkInterfaces, ANY } from "./network-interfaces.ts";
import { protocolsOf } from "./security-groups.ts";
import { keyOf, type Subnet, SUBNETS, VPCS } from "./subnets.ts";

type Side = "ingress" | "egress";

interface Entry {
  readonly number: number;
  readonly rule: Rule;
}

const ACLS: readonly string[] = [
  "aws_network_acl",
  "aws_default_network_acl",
  "aws_vpc.default_network_acl_id",
];

/** Network ACLs as filters: they keep no state, and the lowest number decides. */
export class NetworkAcls {
  readonly #all: PlanModel;
  readonly #actors: NetworkInterfaces;
  readonly #ofSubnet = new Map<string, Resource | string>();
  readonly #filters = new Map<string, Filter>();

  constructor(plan: PlanModel, actors: NetworkInterfaces) {
    this.#all = plan;
    this.#actors = actors;
    for (const acl of plan.resourcesOfType("aws_network_acl", "aws_default_network_acl"))
      for (const { resource } of acl.referencesTo(SUBNETS, "subnet_ids").references)
        this.#ofSubnet.set(resource.address, acl);
    for (const networkAclAssociation of plan.resourcesOfType("aws_network_acl_association")) {
      const subnet = keyOf(networkAclAssociation.referencesTo(SUBNETS, "subnet_id"));
      const acl = networkAclAssociation.referencesTo(ACLS, "network_acl_id");
      const [hit] = acl.references;
      if (subnet !== undefined)
        this.#ofSubnet.set(subnet, hit?.resource ?? networkAclAssociation.address);
    }
  }

  /** What a subnet's network ACL does; undefined where it is the VPC's own, which lets everything through. */
  filter(subnet: Subnet, side: Side): Filter | undefined {
    const acl = this.#ofSubnet.get(subnet.key) ?? this.#defaultOf(subnet);
    if (acl === undefined) return undefined;
    if (typeof acl === "string")
      return {
        origin: { address: acl },
        reason: { kind: "network-acl", direction: side },
        rules: [
          entry(
            "allow",
            side,
            ANY,
            ANY,
            ANY,
            { address: acl },
            `what ${acl} points at is not known`,
          ),
        ],
      };
    const key = `${acl.address}|${side}`;
    const known = this.#filters.get(key);
    if (known) return known;
    const entries = [...this.#inline(acl, side), ...this.#separate(acl, side)];
    const filter: Filter = {
      origin: { address: acl.address },
      reason: { kind: "network-acl", direction: side },
      rules: entries.sort((a, b) => a.number - b.number).map((item) => item.rule),
    };
    this.#filters.set(key, filter);
    return filter;
  }

  #defaultOf({ vpc }: Subnet): Resource | undefined {
    return this.#all.resourcesOfType("aws_default_network_acl").find((defaultNetworkAcl) => {
      const { references } = defaultNetworkAcl.referencesTo(
        ["aws_vpc.default_network_acl_id", ...VPCS],
        "default_network_acl_id",
      );
      return vpc !== undefined && references.some((hit) => hit.resource.address === vpc);
    });
  }

  #inline(acl: Resource, side: Side): Entry[] {
    const blocks = acl.blockPaths(side);
    if (isUnknown(blocks))
      return this.#all.isConfigured(acl, side)
        ? [
            {
              number: 0,
              rule: entry("allow", side, ANY, ANY, ANY, { address: acl.address }, String(blocks)),
            },
          ]
        : [];
    const isMixed = this.#all
      .resourcesOfType("aws_network_acl_rule")
      .some(
        (networkAclRule) =>
          keyOf(networkAclRule.referencesTo(ACLS, "network_acl_id")) === acl.address,
      );
    if (isMixed && this.#all.planJson.kind === "plan" && !this.#all.isConfigured(acl, side))
      return [];
    return blocks.flatMap((path) =>
      this.#entries(acl, path, side, { number: "rule_no", action: "action" }),
    );
  }

  #separate(acl: Resource, side: Side): Entry[] {
    return this.#all
      .resourcesOfType("aws_network_acl_rule")
      .filter((networkAclRule) => {
        const { references } = networkAclRule.referencesTo(ACLS, "network_acl_id");
        return (
          references.some((hit) => hit.resource === acl) &&
          (networkAclRule.value("egress") === true) === (side === "egress")
        );
      })
      .flatMap((networkAclRule) =>
        this.#entries(networkAclRule, [], side, { number: "rule_number", action: "rule_action" }),
      );
  }

  #entries(
    from: Resource,
    path: AttributePath,
    side: Side,
    names: { readonly number: string; readonly action: string },
  ): Entry[] {
    const protocol = from.text(...path, "protocol");
    const cidr = from.text(...path, "cidr_block");
    const action = from.text(...path, names.action);
    const number = from.number(...path, names.number);
    const [first, last] = [from.number(...path, "from_port"), from.number(...path, "to_port")];
    const invalid = [protocol, cidr, action, number, first, last].find(isUnknown);
    if (cidr === undefined) return [];
    const protocols = typeof protocol === "string" ? protocolsOf(protocol) : ANY;
    const isPorted = protocols !== ANY && [6, 17].includes(protocols[0]?.[0] ?? -1);
    const ports: Intervals = isPorted
      ? [[typeof first === "number" ? first : 0, typeof last === "number" ? last : 65_535]]
      : ANY;
    const within =
      typeof cidr === "string" ? this.#actors.within(cidr) : { certain: ANY, possible: [] };
    const shown = isPorted ? portsIn(first, last) : "all ports";
    const does = action === "deny" ? "deny" : "allow";
    const origin = {
      address: from.address,
      rule: `${does} ${side} ${shown} ${side === "ingress" ? "from" : "to"} ${String(cidr)}`,
    };
    const at = typeof number === "number" ? number : 0;
    return [
      {
        number: at,
        rule: entry(
          does,
          side,
          within.certain,
          protocols,
          ports,
          origin,
          invalid === undefined ? undefined : String(invalid),
        ),
      },
      ...(isEmpty(within.possible)
        ? []
        : [
            {
              number: at,
              rule: entry(
                does,
                side,
                within.possible,
                protocols,
                ports,
                origin,
                `it depends on the address: ${String(cidr)} holds a part of the subnet`,
              ),
            },
          ]),
    ];
  }
}

const portsIn = (first: unknown, last: unknown): string =>
  first === last ? formatValue(first) : `${formatValue(first)}-${formatValue(last)}`;

const entry = (
  action: "allow" | "deny",
  side: Side,
  peer: Intervals,
  protocol: Intervals,
  port: Intervals,
  origin: Rule["origin"],
  unknown?: string,
): Rule => ({
  action,
  origin,
  match: {
    source: side === "ingress" ? peer : ANY,
    destination: side === "ingress" ? ANY : peer,
    protocol,
    port,
  },
  ...(unknown === undefined ? {} : { unknown }),
});
