import { ANY, type Filter, type Direction } from "../reachability/index.ts";
import type { NetworkAcls } from "./network-acls.ts";
import type { NetworkInterface } from "./network-interfaces.ts";
import type { SecurityGroups } from "./security-groups.ts";
import type { Subnet } from "./subnets.ts";

/** The security groups and network ACLs of a plan, as filters of next hops. */
export class PacketFilters {
  readonly #securityGroups: SecurityGroups;
  readonly #networkAcls: NetworkAcls;

  constructor(securityGroups: SecurityGroups, networkAcls: NetworkAcls) {
    this.#securityGroups = securityGroups;
    this.#networkAcls = networkAcls;
  }

  /** The filter of a subnet's network ACL; empty if the ACL allows all packets. */
  networkAcl(subnet: Subnet, direction: Direction): Filter[] {
    const filter = this.#networkAcls.filter(subnet, direction);
    return filter ? [filter] : [];
  }

  /** The filter of a network interface's security groups. */
  securityGroups(networkInterface: NetworkInterface, direction: Direction): Filter {
    if (networkInterface.isUnfiltered === true) return unfiltered(networkInterface, direction);
    return this.#securityGroups.filter(
      networkInterface.securityGroups,
      direction,
      networkInterface.unknownSecurityGroups,
    );
  }
}

/** A filter that allows all packets. */
const unfiltered = ({ origin }: NetworkInterface, direction: Direction): Filter => ({
  origin,
  reason: { kind: "security-group", direction, groups: [] },
  rules: [
    {
      action: "allow",
      match: { source: ANY, destination: ANY, protocol: ANY, port: ANY },
      origin: { ...origin, rule: "it has no security groups" },
    },
  ],
});
