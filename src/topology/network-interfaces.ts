import {
  type Cidr,
  contains,
  isCidr,
  isPrivate,
  overlaps,
  parseCidr,
  size,
  type Intervals,
  intervals,
  none,
  single,
  union,
} from "../ip/index.ts";
import { type Origin, ANY, MAX_PORT } from "../reachability/index.ts";
import type { Unknown } from "../plan/index.ts";
import type { Subnet } from "./subnets.ts";

/** The first number after the IPv4 addresses. Greater numbers represent addresses that are not known before apply. */
const FIRST_SYMBOLIC_ADDRESS = 2 ** 32;

/** Source ports of connections from Linux on Fargate. Source: Amazon VPC User Guide, "Ephemeral ports" (network ACLs). */
export const TASK_PORTS: Intervals = [[32_768, 60_999]];
/** Source ports of connections from NAT gateways and load balancers. Source: the same page. */
export const GATEWAY_PORTS: Intervals = [[1024, MAX_PORT]];

/** An elastic network interface (ENI). AWS chooses its address during apply. */
export interface NetworkInterface {
  readonly kind:
    | "task"
    | "load balancer"
    | "endpoint"
    | "EFS mount target"
    | "NAT gateway"
    | "instance"
    | "network interface";
  /** Name of its node in the network. */
  readonly name: string;
  readonly origin: Origin;
  /** A number that represents the address. */
  readonly address: number;
  readonly subnet: Subnet;
  /** Keys of its security groups. */
  readonly securityGroups: readonly string[];
  /** Security groups that the plan does not determine. */
  readonly unknownSecurityGroups: readonly Unknown[];
  /** True if it has no security groups, and nothing filters its packets. */
  readonly isUnfiltered?: boolean;
  readonly hasPublicIp: boolean | Unknown;
  /** Source ports of its connections. */
  readonly clientPorts: Intervals;
  /**
   * Set for an instance that may route packets of others: "nat" if source/destination check is disabled, "blocked" if it
   * is enabled.
   */
  readonly forwarding?: "nat" | "blocked";
}

/** A host outside of the VPC: an AWS service (in another region if one is given), or an image registry. */
export type HostName =
  | { readonly kind: "service"; readonly service: string; readonly region?: string }
  | { readonly kind: "registry"; readonly name: string | undefined };

/** A text that identifies a host. */
export const hostKey = (host: HostName): string =>
  host.kind === "service"
    ? `service ${host.service} ${host.region ?? ""}`
    : `registry ${host.name ?? ""}`;

/** A registry whose name is unknown. */
export const ANY_REGISTRY: HostName = { kind: "registry", name: undefined };

/** An AWS service in the region of the plan, such as "ecr.api". */
export const serviceHost = (service: string): HostName => ({ kind: "service", service });

export interface Host {
  /** A number that represents the address. */
  readonly address: number;
}

/** Addresses in a CIDR block. */
export interface AddressMatch {
  readonly certain: Intervals;
  /** Addresses that may be in the block: the plan does not determine it. */
  readonly possible: Intervals;
}

/** CIDR blocks for documentation, in which no host has an address. Source: RFC 5737. */
const DOCUMENTATION_BLOCKS: readonly Cidr[] = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]
  .map(parseCidr)
  .filter(isCidr);

/** The network interfaces with a public IP address. */
interface PublicInterfaces {
  readonly certain: Intervals;
  /** Network interfaces that may have a public IP address: the plan does not determine it. */
  readonly possible: readonly NetworkInterface[];
}

/** The network interfaces of a plan and the hosts outside, each with a number for its address. */
export class NetworkInterfaces {
  readonly all: NetworkInterface[] = [];
  readonly #hosts = new Map<string, Host>();
  readonly #blocks = new Map<string, AddressMatch>();
  #withPublicIp: PublicInterfaces | undefined;
  readonly #withUnknownGroups: NetworkInterface[] = [];
  readonly #bySecurityGroup = new Map<string, NetworkInterface[]>();
  #nextAddress = FIRST_SYMBOLIC_ADDRESS;

  add(properties: Omit<NetworkInterface, "address">): NetworkInterface {
    const networkInterface = { ...properties, address: this.#nextAddress++ };
    this.all.push(networkInterface);
    this.#withPublicIp = undefined;
    if (networkInterface.unknownSecurityGroups.length > 0)
      this.#withUnknownGroups.push(networkInterface);
    for (const key of networkInterface.securityGroups) {
      const members = this.#bySecurityGroup.get(key);
      if (members) members.push(networkInterface);
      else this.#bySecurityGroup.set(key, [networkInterface]);
    }
    this.#blocks.clear();
    return networkInterface;
  }

  /** A host on the internet. */
  host(name: HostName): Host {
    const key = hostKey(name);
    const existing = this.#hosts.get(key);
    if (existing) return existing;
    const host = { address: this.#nextAddress++ };
    this.#hosts.set(key, host);
    this.#blocks.clear();
    return host;
  }

  /** The addresses of hosts outside of the VPC, and every IPv4 address. */
  get internetAddresses(): Intervals {
    return union(
      intervals(...[...this.#hosts.values()].map(({ address }) => [address, address] as const)),
      [[0, FIRST_SYMBOLIC_ADDRESS - 1]],
    );
  }

  /** Addresses of the network interfaces that have a security group. */
  inSecurityGroup(key: string): Intervals {
    return addressesOf(this.#bySecurityGroup.get(key) ?? []);
  }

  /** Addresses of the network interfaces that may have any security group, because some of their security groups are unknown. */
  get possiblyInAnySecurityGroup(): Intervals {
    return addressesOf(this.#withUnknownGroups);
  }

  get withPublicIp(): PublicInterfaces {
    this.#withPublicIp ??= {
      certain: addressesOf(
        this.all.filter((networkInterface) => networkInterface.hasPublicIp === true),
      ),
      possible: this.all.filter(
        (networkInterface) => typeof networkInterface.hasPublicIp === "object",
      ),
    };
    return this.#withPublicIp;
  }

  /** The addresses in an IPv4 CIDR block; none for any other text. */
  addressesIn(text: string): AddressMatch {
    const cached = this.#blocks.get(text);
    if (cached) return cached;
    const block = parseCidr(text);
    const match = isCidr(block) ? this.#addressesIn(block) : { certain: none, possible: none };
    this.#blocks.set(text, match);
    return match;
  }

  #addressesIn(block: Cidr): AddressMatch {
    if (block.prefix === 0) return { certain: ANY, possible: none };
    const certain: Intervals[] = [[[block.base, block.base + size(block) - 1]]];
    const possible: Intervals[] = [];
    for (const { address, subnet } of this.all) {
      if (subnet.cidr === undefined) possible.push(single(address));
      else if (contains(block, subnet.cidr)) certain.push(single(address));
      else if (overlaps(block, subnet.cidr)) possible.push(single(address));
    }
    if (!isPrivate(block) && !DOCUMENTATION_BLOCKS.some((cidr) => contains(cidr, block)))
      for (const { address } of this.#hosts.values()) possible.push(single(address));
    return { certain: union(...certain), possible: union(...possible) };
  }
}

const addressesOf = (networkInterfaces: readonly NetworkInterface[]): Intervals =>
  intervals(...networkInterfaces.map(({ address }) => [address, address] as const));
