import { type Cidr, contains, isCidr, isPrivate, overlaps, parseCidr, size } from "../ip/cidr.ts";
import { type Intervals, intervals, none, union } from "../ip/intervals.ts";
import type { Origin } from "../reachability/network.ts";
import type { Unknown } from "../plan/unknown.ts";
import type { Subnet } from "./subnets.ts";

export const ANY: Intervals = [[0, Number.MAX_SAFE_INTEGER]];

/** The first number that stands for an address that is not known yet. */
const UNNAMED = 2 ** 32;

/** Ports that Linux on Fargate connects from. Source: Amazon VPC User Guide, "Ephemeral ports" (network ACLs). */
export const TASK_PORTS: Intervals = [[32_768, 60_999]];
/** Ports that NAT gateways and load balancers connect from. Source: the same. */
export const GATEWAY_PORTS: Intervals = [[1024, 65_535]];

/** Somebody with a network interface, whose address AWS will choose. */
export interface NetworkInterface {
  readonly name: string;
  readonly origin: Origin;
  /** Stands for its address. */
  readonly address: number;
  readonly subnet: Subnet;
  /** Keys of its security groups. */
  readonly groups: readonly string[];
  /** True where it may have more of them. */
  readonly mayHaveMoreGroups?: boolean;
  /** Whether it has a public address. */
  readonly isPublic: boolean | Unknown;
  readonly clientPorts: Intervals;
  /** Sends packets of others on. */
  readonly forwards?: "translating" | "refusing";
}

/** Which host outside the VPC: an AWS service's, in another region where one is named, or an image registry's. */
export type HostName =
  | { readonly kind: "service"; readonly service: string; readonly region?: string }
  | { readonly kind: "registry"; readonly name: string | undefined };

/** A registry whose name is not known. */
export const ANY_REGISTRY: HostName = { kind: "registry", name: undefined };

/** An AWS service in the region of the plan, such as "ecr.api". */
export const serviceHost = (service: string): HostName => ({ kind: "service", service });

export interface Host {
  readonly address: number;
}

/** Addresses that a block holds: for sure, and perhaps. */
export interface AddressMatch {
  readonly certain: Intervals;
  readonly possible: Intervals;
}

/** Blocks for documentation, in which nobody is. Source: RFC 5737. */
const NOBODYS: readonly Cidr[] = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]
  .map(parseCidr)
  .filter(isCidr);

/** Who has a public address: for sure, and perhaps. */
interface PublicOnes {
  readonly certain: Intervals;
  readonly possible: readonly NetworkInterface[];
}

const single = (address: number): Intervals => [[address, address]];

/** Everybody who sends or receives, each with a number for an address. */
export class NetworkInterfaces {
  readonly all: NetworkInterface[] = [];
  readonly #hosts = new Map<string, Host>();
  readonly #blocks = new Map<string, AddressMatch>();
  #public: PublicOnes | undefined;
  readonly #joiners: NetworkInterface[] = [];
  readonly #members = new Map<string, readonly NetworkInterface[]>();
  #next = UNNAMED;

  add(actor: Omit<NetworkInterface, "address">): NetworkInterface {
    const added = { ...actor, address: this.#next++ };
    this.all.push(added);
    this.#public = undefined;
    if (actor.mayHaveMoreGroups === true) this.#joiners.push(added);
    for (const key of actor.groups)
      this.#members.set(key, [...(this.#members.get(key) ?? []), added]);
    this.#blocks.clear();
    return added;
  }

  /** A host on the internet, by a name of it. */
  host(name: HostName): Host {
    const key = JSON.stringify(
      name.kind === "service" ? [name.kind, name.service, name.region] : [name.kind, name.name],
    );
    const known = this.#hosts.get(key);
    if (known) return known;
    const host = { address: this.#next++ };
    this.#hosts.set(key, host);
    this.#blocks.clear();
    return host;
  }

  /** The addresses of hosts outside, and every public one. */
  get outside(): Intervals {
    return union(
      intervals(...[...this.#hosts.values()].map(({ address }) => [address, address] as const)),
      [[0, UNNAMED - 1]],
    );
  }

  /** Members of a security group. */
  inGroup(key: string): Intervals {
    return intervals(
      ...(this.#members.get(key) ?? []).map(({ address }) => [address, address] as const),
    );
  }

  /** Who may be a member of any security group. */
  get perhapsInGroups(): Intervals {
    return intervals(...this.#joiners.map(({ address }) => [address, address] as const));
  }

  get publicOnes(): PublicOnes {
    this.#public ??= {
      certain: union(
        ...this.all
          .filter((actor) => actor.isPublic === true)
          .map(({ address }) => single(address)),
      ),
      possible: this.all.filter((actor) => typeof actor.isPublic === "object"),
    };
    return this.#public;
  }

  /** Who is within an IPv4 block. What is no IPv4 block holds nobody. */
  within(text: string): AddressMatch {
    const known = this.#blocks.get(text);
    if (known) return known;
    const block = parseCidr(text);
    const found = isCidr(block) ? this.#within(block) : { certain: none, possible: none };
    this.#blocks.set(text, found);
    return found;
  }

  #within(block: Cidr): AddressMatch {
    const own: Intervals = [[block.base, block.base + size(block) - 1]];
    if (block.prefix === 0) return { certain: ANY, possible: none };
    const certain: Intervals[] = [own];
    const possible: Intervals[] = [];
    for (const { address, subnet } of this.all) {
      const { block: home } = subnet;
      if (home === undefined) possible.push(single(address));
      else if (contains(block, home)) certain.push(single(address));
      else if (overlaps(block, home)) possible.push(single(address));
    }
    if (!isPrivate(block) && !NOBODYS.some((cidr) => contains(cidr, block)))
      for (const { address } of this.#hosts.values()) possible.push(single(address));
    return { certain: union(...certain), possible: union(...possible) };
  }
}
