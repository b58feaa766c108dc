import { type Intervals, isEmpty, none } from "../ip/intervals.ts";
import type { Filter, Rule } from "../reachability/network.ts";
import type { Box } from "../reachability/packet-set.ts";
import type { Reference, AttributePath, Resource } from "../plan/resource.ts";
import { formatValue, isUnknown, type Unknown } from "../plan/unknown.ts";
import type { PlanModel } from "../plan/plan-model.ts";
import { listOf } from "../plan/plan-json.ts";
import { type NetworkInterfaces, ANY, serviceHost } from "./network-interfaces.ts";
import { keyOf, type PartiallyKnown, VPCS } from "./subnets.ts";

export const GROUPS: readonly string[] = [
  "aws_security_group",
  "aws_default_security_group",
  "aws_vpc.default_security_group_id",
];

type Side = "ingress" | "egress";

const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 };

/** Protocols by name or number; "-1" and "all" are every one of them. */
export function protocolsOf(text: string): Intervals {
  if (text === "-1" || text.toLowerCase() === "all") return ANY;
  const number = PROTOCOLS[text.toLowerCase()] ?? Number(text);
  return Number.isInteger(number) && number >= 0 ? [[number, number]] : none;
}

const hasPorts = (protocols: Intervals): boolean =>
  protocols.length === 1 && [6, 17].includes(protocols[0]?.[0] ?? -1) && protocols !== ANY;

/** Somebody at the other end: who that is for sure, who perhaps, and the words for it. */
interface Peer {
  readonly certain: Intervals;
  readonly possible: Intervals;
  readonly words: string;
  readonly unknown?: string;
  /** Why some are perhaps. */
  readonly perhaps?: string;
}

/** A rule before its peers are counted. */
interface Written {
  readonly side: Side;
  readonly from: Resource;
  readonly path: AttributePath;
  /** Names of the attributes, which differ by resource. */
  readonly protocol: string;
  readonly blocks: string;
  readonly groups: string;
  readonly lists: string;
}

const INLINE = {
  protocol: "protocol",
  blocks: "cidr_blocks",
  groups: "security_groups",
  lists: "prefix_list_ids",
};

const DEFAULT = "#default";

/** The key of a VPC's default security group, whether Terraform manages it or not. */
const defaultGroup = (vpc: string): string => `${vpc}${DEFAULT}`;

/** The VPC whose default security group a key is of; undefined for other groups. */
export const vpcOfDefaultGroup = (key: string): string | undefined =>
  key.endsWith(DEFAULT) ? key.slice(0, -DEFAULT.length) : undefined;

/** A group by its address; the default one by whose it is. */
function shownGroup(key: string): string {
  const vpc = vpcOfDefaultGroup(key);
  return vpc === undefined ? key : `${vpc}'s default security group`;
}

/** The key of the group that an attribute refers to. */
const groupKey = ({ resource, attribute }: Reference): string =>
  attribute === "default_security_group_id" ? defaultGroup(resource.address) : resource.address;

/** Keys of the security groups at an attribute; the VPC's default one where none is named. */
export function groupsAt(
  resource: Resource,
  vpc: string | undefined,
  ...path: AttributePath
): PartiallyKnown<string> {
  const { references, externalIds, unknown } = resource.referencesTo(GROUPS, ...path);
  const items = [...references.map(groupKey), ...externalIds];
  // Who names no group gets the VPC's own; in a plan its ID is known after apply.
  const isNamed = resource.isConfigured(String(path[0]));
  if (items.length === 0 && vpc !== undefined && (unknown.length === 0 || !isNamed))
    return { items: [defaultGroup(vpc)], unknown: [] };
  return { items, unknown };
}

/** Security groups as filters. */
export class SecurityGroups {
  readonly #all: PlanModel;
  readonly #actors: NetworkInterfaces;
  readonly #written = new Map<string, Written[]>();
  readonly #separate = new Set<string>();
  readonly #unresolved: Unknown[] = [];
  /** Nobody enters any more once the first filter is asked for. */
  readonly #filters = new Map<string, Filter>();

  constructor(plan: PlanModel, actors: NetworkInterfaces) {
    this.#all = plan;
    this.#actors = actors;
    this.#collect();
  }

  #collect(): void {
    const gone = this.#all.planJson.deleted.filter((resource) =>
      /security_group(_(in|e)gress)?_rule$/.test(resource.type),
    );
    const goneFrom = new Set(
      gone.map((resource) => String(resource.before?.["security_group_id"])),
    );
    for (const [type, attribute] of [
      ["aws_security_group_rule", "security_group_id"],
      ["aws_vpc_security_group_ingress_rule", "security_group_id"],
      ["aws_vpc_security_group_egress_rule", "security_group_id"],
    ] as const) {
      for (const resource of this.#all.resourcesOfType(type)) {
        const { references, externalIds, unknown } = resource.referencesTo(GROUPS, attribute);
        const keys = [...references.map(groupKey), ...externalIds];
        this.#unresolved.push(...unknown);
        if (keys.length !== 1) continue;
        const [key = ""] = keys;
        this.#separate.add(key);
        const side: Side =
          type === "aws_security_group_rule"
            ? resource.value("type") === "egress"
              ? "egress"
              : "ingress"
            : type.includes("egress")
              ? "egress"
              : "ingress";
        this.#add(key, {
          side,
          from: resource,
          path: [],
          ...(type === "aws_security_group_rule"
            ? { ...INLINE, groups: "source_security_group_id" }
            : {
                protocol: "ip_protocol",
                blocks: "cidr_ipv4",
                groups: "referenced_security_group_id",
                lists: "prefix_list_id",
              }),
        });
      }
    }
    for (const securityGroup of this.#all.resourcesOfType(
      "aws_security_group",
      "aws_default_security_group",
    )) {
      const key =
        securityGroup.type === "aws_default_security_group"
          ? this.#defaultKey(securityGroup)
          : securityGroup.address;
      const isMixed = this.#separate.has(key) || goneFrom.has(String(securityGroup.values["id"]));
      for (const side of ["ingress", "egress"] as const) {
        const value = securityGroup.value(side);
        // What Terraform computes from rules that stand apart is not written here.
        const isWritten =
          this.#all.planJson.kind === "state" ||
          !isMixed ||
          this.#all.isConfigured(securityGroup, side);
        if (isUnknown(value)) {
          if (
            this.#all.isConfigured(securityGroup, side) &&
            !this.#isForNothing(securityGroup, side)
          )
            this.#add(key, { side, from: securityGroup, path: [side], ...INLINE });
        } else if (isWritten)
          for (const [index] of listOf(value).entries())
            this.#add(key, { side, from: securityGroup, path: [side, index], ...INLINE });
      }
    }
  }

  /** True where all blocks of a side are dynamic, and for nothing. */
  #isForNothing(resource: Resource, side: Side): boolean {
    const causes = this.#all.companionOf(resource, side)?.valueWithUnknowns("input");
    return (
      Array.isArray(causes) &&
      causes.every(
        (cause) =>
          typeof cause === "object" &&
          cause !== null &&
          !isUnknown(cause) &&
          Object.keys(cause).length === 0,
      )
    );
  }

  /** What Terraform calls the default group is the VPC's. */
  #defaultKey(resource: Resource): string {
    const vpc = keyOf(resource.referencesTo(VPCS, "vpc_id"));
    return vpc === undefined ? resource.address : defaultGroup(vpc);
  }

  #add(key: string, written: Written): void {
    const list = this.#written.get(key) ?? [];
    list.push(written);
    this.#written.set(key, list);
  }

  /** What is said of a group that is the VPC's own and that nobody has written: all out, and in among themselves. */
  #byDefault(key: string, side: Side): Rule[] {
    const peer = side === "egress" ? ANY : this.#actors.inGroup(key);
    return [
      {
        action: "allow",
        match: box(side, peer, ANY, ANY),
        origin: {
          address: shownGroup(key),
          rule: side === "egress" ? "egress to everywhere" : "ingress from itself",
        },
      },
    ];
  }

  /** What a set of groups lets through: each of their rules allows. */
  filter(keys: readonly string[], side: Side, unknown: readonly Unknown[] = []): Filter {
    const name = `${side} ${keys.join(" ")}`;
    const known = unknown.length === 0 ? this.#filters.get(name) : undefined;
    if (known) return known;
    const found = this.#filter(keys, side, unknown);
    if (unknown.length === 0) this.#filters.set(name, found);
    return found;
  }

  #filter(keys: readonly string[], side: Side, unknown: readonly Unknown[]): Filter {
    const rules = keys.flatMap((key) => this.#rules(key, side));
    const at = keys.map(shownGroup).join(", ");
    return {
      origin: { address: at === "" ? "no security group" : at },
      reason: { kind: "security-group", direction: side, groups: keys },
      rules: [
        ...rules,
        ...unknown.map((otherUnknown) =>
          perhaps(side, { address: otherUnknown.address }, String(otherUnknown)),
        ),
      ],
    };
  }

  #rules(key: string, side: Side): Rule[] {
    const written = (this.#written.get(key) ?? []).filter(
      (otherWritten) => otherWritten.side === side,
    );
    const isManaged =
      this.#all.resourceAt(key) !== undefined ||
      this.#all
        .resourcesOfType("aws_default_security_group")
        .some((defaultSecurityGroup) => this.#defaultKey(defaultSecurityGroup) === key);
    const isDefault = vpcOfDefaultGroup(key) !== undefined;
    if (!isManaged && written.length === 0 && isDefault) return this.#byDefault(key, side);
    const isOutside = !isDefault && this.#all.resourceAt(key) === undefined;
    const isData = this.#all.resourceAt(key)?.mode === "data";
    return [
      ...written.flatMap((otherWritten) => this.#rule(key, otherWritten)),
      ...(isOutside || isData
        ? [
            perhaps(
              side,
              { address: key },
              `${key} is not in this plan: its other rules are not known`,
            ),
          ]
        : []),
      ...this.#unresolved.map((otherUnknown) =>
        perhaps(side, { address: otherUnknown.address }, String(otherUnknown)),
      ),
    ];
  }

  #rule(key: string, written: Written): Rule[] {
    const { side, from, path } = written;
    const [block] = path.length === 1 ? [from.value(...path)] : [undefined];
    if (isUnknown(block)) return [perhaps(side, { address: from.address }, String(block))];
    const protocol = from.text(...path, written.protocol);
    const [first, last] = [from.number(...path, "from_port"), from.number(...path, "to_port")];
    const invalid = [protocol, first, last].find(isUnknown);
    const protocols = typeof protocol === "string" ? protocolsOf(protocol) : ANY;
    const [low, high] = [
      typeof first === "number" ? first : 0,
      typeof last === "number" ? last : 65_535,
    ];
    const ports: Intervals = hasPorts(protocols) ? [[low, high]] : ANY;
    const shown = hasPorts(protocols) ? `${low === high ? low : `${low}-${high}`}` : "all ports";
    return this.#peers(key, written).flatMap(
      ({ certain, possible, words, unknown, perhaps: why }) => {
        const origin = {
          address: from.address,
          rule: `${side} ${shown} ${side === "ingress" ? "from" : "to"} ${words}`,
        };
        const open = unknown ?? (invalid === undefined ? undefined : String(invalid));
        const rule = (peers: Intervals, perhapsWhy: string | undefined): Rule => ({
          action: "allow",
          match: box(side, peers, protocols, ports),
          origin,
          ...(perhapsWhy === undefined ? {} : { unknown: perhapsWhy }),
        });
        return [
          ...(isEmpty(certain) ? [] : [rule(certain, open)]),
          ...(isEmpty(possible)
            ? []
            : [rule(possible, why ?? `it depends on the address: ${words} may hold it, or not`)]),
        ];
      },
    );
  }

  #peers(key: string, { from, path, blocks, groups, lists }: Written): Peer[] {
    const peers: Peer[] = [];
    const texts = from.value(...path, blocks);
    if (isUnknown(texts)) peers.push(...this.#blocksOf(from, [...path, blocks], texts));
    else
      for (const [index, entry] of (Array.isArray(texts)
        ? texts
        : texts === undefined
          ? []
          : [texts]
      ).entries()) {
        if (typeof entry === "string") peers.push({ ...this.#actors.within(entry), words: entry });
        else {
          const value = Array.isArray(texts) ? from.value(...path, blocks, index) : undefined;
          if (isUnknown(value)) peers.push(anybody(value));
        }
      }
    const to = from.referencesTo(GROUPS, ...path, groups);
    for (const reference of to.references) peers.push(this.#members(groupKey(reference)));
    for (const id of to.externalIds) peers.push(this.#members(id));
    // A rule that names no group has one in its plan, known after apply.
    const isNamed = path.length > 0 || from.isConfigured(groups);
    for (const otherUnknown of isNamed ? to.unknown : []) peers.push(anybody(otherUnknown));
    if (from.value(...path, "self") === true)
      peers.push({ ...this.#members(key), words: "itself" });
    const prefixes = from.referencesTo(
      ["aws_vpc_endpoint", "aws_prefix_list", "aws_ec2_managed_prefix_list"],
      ...path,
      lists,
    );
    for (const hit of prefixes.references) {
      const { resource } = hit;
      const service = formatValue(resource.text("service_name") ?? resource.text("name"));
      peers.push(
        service.endsWith(".s3")
          ? {
              certain: single(this.#actors.host(serviceHost("s3")).address),
              possible: none,
              words: "the prefix list of S3",
            }
          : {
              certain: none,
              possible: ANY,
              words: resource.address,
              unknown: `what ${resource.address} holds is not known`,
            },
      );
    }
    for (const id of prefixes.externalIds) {
      const s3 = this.#all
        .resourcesOfType("aws_vpc_endpoint")
        .find((vpcEndpoint) => vpcEndpoint.values["prefix_list_id"] === id);
      peers.push(
        s3?.text("service_name")?.toString().endsWith(".s3") === true
          ? {
              certain: single(this.#actors.host(serviceHost("s3")).address),
              possible: none,
              words: "the prefix list of S3",
            }
          : {
              certain: none,
              possible: ANY,
              words: id,
              unknown: `what the prefix list ${id} holds is not known`,
            },
      );
    }
    for (const otherUnknown of prefixes.unknown) peers.push(anybody(otherUnknown));
    return peers;
  }

  #members(key: string): Peer {
    return {
      certain: this.#actors.inGroup(key),
      possible: this.#actors.perhapsInGroups,
      words: key,
      perhaps: `who is in ${key} is not known as a whole`,
    };
  }

  /** A block that comes from a VPC or subnet is that one's. */
  #blocksOf(from: Resource, path: AttributePath, value: Unknown): Peer[] {
    const { references, unresolved } = from.referencesIn(...path);
    const texts = references.map(({ resource, attribute }) => resource.value(attribute));
    return unresolved.length === 0 &&
      texts.length > 0 &&
      texts.every((text) => typeof text === "string")
      ? texts.map((text) => ({ ...this.#actors.within(text), words: text }))
      : [anybody(value)];
  }
}

const single = (address: number): Intervals => [[address, address]];

const anybody = (why: Unknown): Peer => ({
  certain: ANY,
  possible: none,
  words: "what is not known",
  unknown: String(why),
});

const box = (side: Side, peer: Intervals, protocol: Intervals, port: Intervals): Box => ({
  source: side === "ingress" ? peer : ANY,
  destination: side === "ingress" ? ANY : peer,
  protocol,
  port,
});

const perhaps = (side: Side, origin: { readonly address: string }, unknown: string): Rule => ({
  action: "allow",
  match: box(side, ANY, ANY, ANY),
  origin,
  unknown,
});
