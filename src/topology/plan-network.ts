import { type Intervals, intervals } from "../ip/intervals.ts";
import type {
  Filter,
  NextHop,
  Network,
  Node,
  Origin,
  Route,
  Rule,
} from "../reachability/network.ts";
import type { BlackholeTarget, Reason } from "../reachability/reasons.ts";
import type { PlanModel } from "../plan/plan-model.ts";
import { isUnknown, Unknown } from "../plan/unknown.ts";
import type { Resource } from "../plan/resource.ts";
import {
  type NetworkInterface,
  NetworkInterfaces,
  ANY,
  ANY_REGISTRY,
  GATEWAY_PORTS,
  type HostName,
  serviceHost,
  TASK_PORTS,
} from "./network-interfaces.ts";
import { type Endpoint, endpointsOf } from "./vpc-endpoints.ts";
import { type LoadBalancer, loadBalancersOf } from "./load-balancers.ts";
import { NetworkAcls } from "./network-acls.ts";
import {
  RouteTables,
  shownDestination,
  type RouteTable,
  type WrittenRoute,
} from "./route-tables.ts";
import { groupsAt, SecurityGroups } from "./security-groups.ts";
import { dnsOf, keyOf, type Subnet, SUBNETS, subnetOf, VPCS } from "./subnets.ts";
import { type Workload, workloadsOf } from "./task-definitions.ts";

/** Hosts that tasks send to. */
const HOSTS: readonly HostName[] = [
  ...["s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "ssmmessages"].map(serviceHost),
  ANY_REGISTRY,
];

const only = (address: number): Intervals => [[address, address]];

/** Where a service's name leads from a VPC. */
export interface Resolution {
  /** Who answers to it: interfaces of an endpoint, or a host outside. */
  readonly interfaces: readonly NetworkInterface[];
  readonly address: number;
  /** The endpoint that captures the name. */
  readonly endpoint?: Endpoint;
  readonly unknown?: Unknown;
}

/** Everything of a plan that packets meet, as the reachability engine takes it. */
export class PlanNetwork implements Network {
  readonly plan: PlanModel;
  readonly interfaces: NetworkInterfaces = new NetworkInterfaces();
  readonly routeTables: RouteTables;
  readonly workloads: readonly Workload[];
  readonly loadBalancers: readonly LoadBalancer[];
  readonly endpoints: readonly Endpoint[];
  readonly #groups: SecurityGroups;
  readonly #acls: NetworkAcls;
  readonly #nodes = new Map<string, Node>();
  readonly #builders = new Map<string, () => Node>();
  readonly #nats = new Map<string, NetworkInterface[]>();
  readonly #tasks = new Map<Workload, NetworkInterface[]>();
  readonly #balancing = new Map<LoadBalancer, NetworkInterface[]>();
  readonly #answering = new Map<Endpoint, NetworkInterface[]>();
  readonly #instances = new Map<string, NetworkInterface>();
  readonly #inVpc = new Map<string, NetworkInterface[]>();

  constructor(plan: PlanModel) {
    this.plan = plan;
    this.routeTables = new RouteTables(plan);
    this.workloads = workloadsOf(plan);
    this.loadBalancers = loadBalancersOf(plan);
    this.endpoints = endpointsOf(plan);
    // Hosts are known before any rule is read: a rule may name a block that holds them.
    const registries = this.workloads.flatMap(({ definition }) =>
      definition && !isUnknown(definition)
        ? definition.containers.flatMap(({ image }): HostName[] =>
            image.registry === undefined ? [] : [{ kind: "registry", name: image.registry }],
          )
        : [],
    );
    for (const name of [...HOSTS, ...registries]) this.interfaces.host(name);
    this.#people();
    for (const actor of this.interfaces.all) {
      const { vpc } = actor.subnet;
      if (vpc === undefined) continue;
      const list = this.#inVpc.get(vpc) ?? [];
      list.push(actor);
      this.#inVpc.set(vpc, list);
    }
    this.#groups = new SecurityGroups(plan, this.interfaces);
    this.#acls = new NetworkAcls(plan, this.interfaces);
  }

  /** Interfaces of a placement's tasks, one in each subnet. */
  tasksOf(placement: Workload): readonly NetworkInterface[] {
    return this.#tasks.get(placement) ?? [];
  }

  interfacesOf(balancer: LoadBalancer): readonly NetworkInterface[] {
    return this.#balancing.get(balancer) ?? [];
  }

  get(name: string): Node | undefined {
    const known = this.#nodes.get(name);
    if (known) return known;
    const node = this.#builders.get(name)?.() ?? this.#gateway(name);
    if (node) this.#nodes.set(name, node);
    return node;
  }

  #byVpc: Map<string | undefined, Endpoint[]> | undefined;

  #endpointsIn(vpc: string): readonly Endpoint[] {
    if (!this.#byVpc) {
      this.#byVpc = new Map();
      for (const endpoint of this.endpoints)
        this.#byVpc.set(endpoint.vpc, [...(this.#byVpc.get(endpoint.vpc) ?? []), endpoint]);
    }
    return this.#byVpc.get(vpc) ?? [];
  }

  /** Where a host's name leads from a subnet's VPC: an endpoint that takes it over, or the internet. */
  resolve({ vpc }: Subnet, host: HostName): Resolution {
    const here = vpc === undefined ? [] : this.#endpointsIn(vpc);
    // Endpoints are of their region: what is in another goes the long way.
    const own =
      host.kind === "service" && host.region === undefined
        ? here.filter((endpoint) => !endpoint.isGateway && endpoint.service === host.service)
        : [];
    const capturing = own.find((endpoint) => endpoint.capturesName === true);
    const home = vpc === undefined ? undefined : this.plan.resourceAt(vpc);
    const { support, hostnames } = home ? dnsOf(home) : { support: false, hostnames: false };
    if (capturing) {
      if (support === true && hostnames === true)
        return {
          interfaces: this.#answering.get(capturing) ?? [],
          address: -1,
          endpoint: capturing,
          ...(capturing.subnets.unknown[0] ? { unknown: capturing.subnets.unknown[0] } : {}),
        };
    }
    const perhaps =
      own.map((endpoint) => endpoint.capturesName).find(isUnknown) ??
      (capturing && support !== false && hostnames !== false
        ? [support, hostnames].find(isUnknown)
        : undefined);
    const nameless = here.find((endpoint) => endpoint.service === undefined);
    const unknown =
      perhaps ??
      (nameless
        ? new Unknown(nameless.resource.address, "service_name", "is known after apply")
        : undefined);
    return {
      interfaces: [],
      address: this.interfaces.host(host).address,
      ...(unknown ? { unknown } : {}),
    };
  }

  #people(): void {
    for (const placement of this.workloads) {
      this.#tasks.set(
        placement,
        placement.subnets.items.map((subnet) =>
          this.#enter(
            "task",
            placement.name,
            { address: placement.name },
            subnet,
            placement.groups.items,
            placement.groups.unknown,
            placement.isPublic,
            TASK_PORTS,
          ),
        ),
      );
    }
    for (const balancer of this.loadBalancers) {
      const { resource, subnets, groups, isInternal } = balancer;
      const isPublic = isUnknown(isInternal) ? isInternal : !isInternal;
      this.#balancing.set(
        balancer,
        subnets.items.map((subnet) =>
          this.#enter(
            "balancer",
            resource.address,
            { address: resource.address },
            subnet,
            groups.items,
            groups.unknown,
            isPublic,
            GATEWAY_PORTS,
          ),
        ),
      );
    }
    for (const endpoint of this.endpoints) {
      const { resource, subnets, groups } = endpoint;
      this.#answering.set(
        endpoint,
        subnets.items.map((subnet) =>
          this.#enter(
            "endpoint",
            resource.address,
            { address: resource.address },
            subnet,
            groups.items,
            groups.unknown,
            false,
            GATEWAY_PORTS,
          ),
        ),
      );
    }
    for (const nat of this.plan.resourcesOfType("aws_nat_gateway")) this.#nat(nat);
    for (const instance of this.plan.resourcesOfType("aws_instance")) this.#instance(instance);
    for (const networkInterface of this.plan.resourcesOfType("aws_network_interface"))
      this.#face(networkInterface);
    this.#builders.set("internet", () => this.#internet());
  }

  #enter(
    kind: string,
    who: string,
    origin: Origin,
    subnet: Subnet,
    groups: readonly string[],
    unknownGroups: readonly Unknown[],
    isPublic: boolean | Unknown,
    clientPorts: Intervals,
    forwards?: NetworkInterface["forwards"],
  ): NetworkInterface {
    const name = `${kind} ${who} in ${subnet.key}`;
    const actor = this.interfaces.add({
      name,
      origin,
      subnet,
      groups,
      isPublic,
      clientPorts,
      mayHaveMoreGroups: unknownGroups.length > 0,
      ...(forwards ? { forwards } : {}),
    });
    this.#meet(subnet);
    this.#builders.set(name, () => ({
      name,
      origin: { address: origin.address, rule: `in ${subnet.key}` },
      accepts: only(actor.address),
      clientPorts,
      ...(forwards === undefined ? {} : { translatesTo: only(actor.address) }),
      routes: [
        {
          destination: ANY,
          specificity: 0,
          origin: { address: subnet.key, rule: "its subnet" },
          nextHops: [
            {
              to: `subnet ${subnet.key}`,
              filters: [
                ...(forwards === "refusing" ? [REFUSING(origin)] : []),
                this.#groups.filter(groups, "egress", unknownGroups),
              ],
              returnFilters: [],
            },
          ],
        },
      ],
    }));
    this.#unknownGroups.set(actor, unknownGroups);
    return actor;
  }

  readonly #unknownGroups = new Map<NetworkInterface, readonly Unknown[]>();

  #meet(subnet: Subnet): void {
    const name = `subnet ${subnet.key}`;
    if (!this.#builders.has(name)) this.#builders.set(name, () => this.#subnet(subnet));
  }

  #nat(nat: Resource): void {
    const target = nat.referencesTo(SUBNETS, "subnet_id");
    const type = nat.value("connectivity_type") ?? "public";
    const isPublic = isUnknown(type) ? type : type === "public";
    const subnets = [
      ...target.references.map((hit) => subnetOf(this.plan, hit.resource)),
      ...target.externalIds.map((key): Subnet => ({ key })),
    ];
    this.#nats.set(
      nat.address,
      subnets.map((subnet) => {
        const name = `nat ${nat.address} in ${subnet.key}`;
        const actor = this.interfaces.add({
          name,
          origin: { address: nat.address },
          subnet,
          groups: [],
          isPublic,
          clientPorts: GATEWAY_PORTS,
        });
        this.#meet(subnet);
        this.#builders.set(name, () => ({
          name,
          origin: { address: nat.address },
          accepts: [],
          clientPorts: GATEWAY_PORTS,
          translatesTo: only(actor.address),
          routes: [
            {
              destination: ANY,
              specificity: 0,
              origin: { address: nat.address, rule: `stands in ${subnet.key}` },
              nextHops: [{ to: `subnet ${subnet.key}`, filters: [], returnFilters: [] }],
            },
          ],
        }));
        return actor;
      }),
    );
  }

  #instance(instance: Resource): void {
    const [hit] = instance.referencesTo(SUBNETS, "subnet_id").references;
    if (!hit) return;
    const subnet = subnetOf(this.plan, hit.resource);
    const groups = groupsAt(instance, subnet.vpc, "vpc_security_group_ids");
    const forwards = instance.value("source_dest_check") === false ? "translating" : "refusing";
    const shown = instance.value("associate_public_ip_address");
    const isPublic =
      this.plan
        .resourcesOfType("aws_eip", "aws_eip_association")
        .some((eip) =>
          eip
            .referencesTo(["aws_instance"], eip.type === "aws_eip" ? "instance" : "instance_id")
            .references.some((found) => found.resource === instance),
        ) || (isUnknown(shown) ? shown : shown === true);
    this.#instances.set(
      instance.address,
      this.#enter(
        "instance",
        instance.address,
        { address: instance.address },
        subnet,
        groups.items,
        groups.unknown,
        isPublic,
        GATEWAY_PORTS,
        forwards,
      ),
    );
  }

  #face(networkInterface: Resource): void {
    const [hit] = networkInterface.referencesTo(SUBNETS, "subnet_id").references;
    if (!hit) return;
    const subnet = subnetOf(this.plan, hit.resource);
    const groups = groupsAt(networkInterface, subnet.vpc, "security_groups");
    const forwards =
      networkInterface.value("source_dest_check") === false ? "translating" : "refusing";
    const isPublic = this.plan
      .resourcesOfType("aws_eip")
      .some((eip) =>
        eip
          .referencesTo(["aws_network_interface"], "network_interface")
          .references.some((found) => found.resource === networkInterface),
      );
    this.#instances.set(
      networkInterface.address,
      this.#enter(
        "interface",
        networkInterface.address,
        { address: networkInterface.address },
        subnet,
        groups.items,
        groups.unknown,
        isPublic,
        GATEWAY_PORTS,
        forwards,
      ),
    );
  }

  /** A subnet sends on by its route table, through its network ACL. */
  #subnet(subnet: Subnet): Node {
    const name = `subnet ${subnet.key}`;
    const table = this.routeTables.of(subnet);
    return {
      name,
      origin: isUnknown(table)
        ? { address: subnet.key }
        : { address: table.name, rule: `the route table of ${subnet.key}` },
      accepts: [],
      clientPorts: ANY,
      routes: [
        ...this.#local(subnet),
        ...(isUnknown(table) ? [this.#lost(table)] : this.#written(subnet, table)),
      ],
    };
  }

  #lost(why: Unknown): Route {
    return {
      destination: ANY,
      specificity: -1,
      origin: { address: why.address },
      nextHops: [],
      unknown: String(why),
    };
  }

  #local(subnet: Subnet): Route[] {
    const { vpc } = subnet;
    if (vpc === undefined) return [];
    return (this.#inVpc.get(vpc) ?? []).map((actor) => ({
      destination: only(actor.address),
      specificity: 64,
      origin: { address: vpc, rule: "the local route" },
      nextHops: [this.#toActor(subnet, actor)],
    }));
  }

  #toActor(subnet: Subnet, actor: NetworkInterface): NextHop {
    const isNear = actor.subnet.key === subnet.key;
    return {
      to: actor.name,
      filters: [
        ...(isNear ? [] : this.#acl(subnet, "egress")),
        ...(isNear ? [] : this.#acl(actor.subnet, "ingress")),
        this.#groups.filter(actor.groups, "ingress", this.#unknownGroups.get(actor) ?? []),
      ],
      returnFilters: isNear
        ? []
        : [...this.#acl(actor.subnet, "egress"), ...this.#acl(subnet, "ingress")],
    };
  }

  #acl(subnet: Subnet, side: "ingress" | "egress"): Filter[] {
    const filter = this.#acls.filter(subnet, side);
    return filter ? [filter] : [];
  }

  #written(subnet: Subnet, table: RouteTable): Route[] {
    return [
      ...table.routes.map((route) => this.#route(subnet, route)),
      ...table.endpoints.flatMap((endpoint) => this.#gatewayEndpoint(subnet, endpoint)),
      ...table.unknown.map((otherUnknown) => this.#lost(otherUnknown)),
    ];
  }

  #gatewayEndpoint(subnet: Subnet, endpoint: Resource): Route[] {
    const service = endpoint.text("service_name");
    const origin = { address: endpoint.address, rule: "its prefix list" };
    if (isUnknown(service))
      return [
        { destination: ANY, specificity: -1, origin, nextHops: [], unknown: String(service) },
      ];
    const short = service?.split(".").at(-1) ?? "";
    return [
      {
        destination: only(this.interfaces.host(serviceHost(short)).address),
        specificity: 65,
        origin,
        nextHops: [
          {
            to: `gateway endpoint ${endpoint.address}`,
            filters: this.#acl(subnet, "egress"),
            returnFilters: this.#acl(subnet, "ingress"),
          },
        ],
      },
    ];
  }

  #route(subnet: Subnet, { from, path, destination, by, target }: WrittenRoute): Route {
    const origin = {
      address: from.address,
      rule: `${shownDestination(destination)} to ${shownTarget(target, by)}`,
    };
    if (isUnknown(destination))
      return {
        destination: ANY,
        specificity: 0,
        origin,
        nextHops: [],
        unknown: String(destination),
      };
    if (destination.kind === "ipv6")
      return { destination: [], specificity: 0, origin, nextHops: [] };
    if (destination.kind === "prefix-list")
      return {
        destination: ANY,
        specificity: 0,
        origin,
        nextHops: [],
        unknown: `what the prefix list of ${from.address} holds is not known`,
      };
    const { block } = destination;
    const route = {
      destination: this.interfaces.within(block).certain,
      specificity: Number(block.split("/")[1] ?? 0),
      origin,
    };
    const known = from.value(...path, by);
    if (known === "local") return { ...route, destination: [], nextHops: [] };
    if (target.references.length === 0 || target.unknown.length > 0) {
      const what = target.unknown[0];
      if (what) return { ...route, nextHops: [], unknown: String(what) };
      const [id = ""] = target.externalIds;
      if (id === "") return { ...route, nextHops: [] };
      const gone = this.plan.planJson.deleted.find((resource) => resource.before?.["id"] === id);
      const blackhole = gone && BLACKHOLES[gone.type];
      if (blackhole)
        return {
          ...route,
          nextHops: [],
          origin: { ...origin, rule: `${block} to ${id}, which goes away` },
          blackhole,
        };
      return { ...route, nextHops: [], unknown: `${id} is not in this plan` };
    }
    const legs = target.references.flatMap(({ resource }) => this.#legsTo(subnet, resource) ?? []);
    const beyond = target.references.find(
      ({ resource }) => this.#legsTo(subnet, resource) === undefined,
    );
    return beyond
      ? {
          ...route,
          nextHops: [],
          unknown: `what is beyond ${beyond.resource.address} is not in this plan`,
        }
      : {
          ...route,
          nextHops: legs,
          blackhole:
            target.references.flatMap(({ resource }) => BLACKHOLES[resource.type] ?? [])[0] ??
            "none",
        };
  }

  /** Ways to a gateway; undefined where nobody knows what is beyond it. */
  #legsTo(subnet: Subnet, resource: Resource): NextHop[] | undefined {
    const out = this.#acl(subnet, "egress");
    const home = this.#acl(subnet, "ingress");
    switch (resource.type) {
      case "aws_internet_gateway":
        return this.#internetLegs(subnet, resource, out, home);
      case "aws_nat_gateway":
        return (this.#nats.get(resource.address) ?? []).map((actor) => {
          const isNear = actor.subnet.key === subnet.key;
          return {
            to: actor.name,
            filters: isNear ? [] : [...out, ...this.#acl(actor.subnet, "ingress")],
            returnFilters: isNear ? [] : [...this.#acl(actor.subnet, "egress"), ...home],
          };
        });
      case "aws_instance":
      case "aws_network_interface": {
        const actor = this.#instances.get(resource.address);
        return actor ? [this.#toActor(subnet, actor)] : undefined;
      }
      default:
        return undefined;
    }
  }

  #internetLegs(
    subnet: Subnet,
    gateway: Resource,
    out: readonly Filter[],
    home: readonly Filter[],
  ): NextHop[] {
    const attached = this.#vpcsOf(gateway);
    const isHere = subnet.vpc !== undefined && attached.includes(subnet.vpc);
    const { certain, possible } = this.interfaces.publicOnes;
    const rules: Rule[] = [
      {
        action: "allow",
        match: from(certain),
        origin: { address: gateway.address, rule: "its public address" },
      },
      ...possible.map((actor): Rule => ({
        action: "allow",
        match: from(only(actor.address)),
        origin: { address: gateway.address },
        unknown: String(actor.isPublic),
      })),
    ];
    return [
      {
        to: "internet",
        filters: [
          ...(isHere || attached.length === 0
            ? []
            : [
                {
                  origin: { address: gateway.address },
                  reason: { kind: "detached-gateway" as const },
                  rules: [],
                },
              ]),
          ...out,
          { origin: { address: gateway.address }, reason: { kind: "no-public-address" }, rules },
        ],
        returnFilters: home,
      },
    ];
  }

  #vpcsOf(gateway: Resource): string[] {
    const own = keyOf(gateway.referencesTo(VPCS, "vpc_id"));
    const attached = this.plan
      .resourcesOfType("aws_internet_gateway_attachment")
      .filter((internetGatewayAttachment) =>
        internetGatewayAttachment
          .referencesTo(["aws_internet_gateway"], "internet_gateway_id")
          .references.some((hit) => hit.resource === gateway),
      )
      .flatMap(
        (internetGatewayAttachment) =>
          keyOf(internetGatewayAttachment.referencesTo(VPCS, "vpc_id")) ?? [],
      );
    return [...(own === undefined ? [] : [own]), ...attached];
  }

  #gateway(name: string): Node | undefined {
    const [, address] = /^gateway endpoint (.+)$/.exec(name) ?? [];
    return address === undefined
      ? undefined
      : { name, origin: { address: address }, accepts: ANY, clientPorts: ANY, routes: [] };
  }

  /** Everybody outside: takes what is for public addresses, and sends to who has one. */
  #internet(): Node {
    const inside = this.interfaces.all.filter(
      (actor) => actor.isPublic !== false && actor.forwards === undefined,
    );
    const away = this.interfaces.all.map((actor) => [actor.address, actor.address] as const);
    return {
      name: "internet",
      origin: { address: "the internet" },
      accepts: this.interfaces.outside,
      clientPorts: GATEWAY_PORTS,
      routes: [
        ...inside.map((actor): Route => ({
          destination: only(actor.address),
          specificity: 32,
          origin: { address: actor.origin.address, rule: "its public address" },
          ...(isUnknown(actor.isPublic) ? { unknown: String(actor.isPublic) } : {}),
          nextHops: [
            {
              to: actor.name,
              filters: [
                ...this.#acl(actor.subnet, "ingress"),
                this.#groups.filter(actor.groups, "ingress", this.#unknownGroups.get(actor) ?? []),
              ],
              returnFilters: [...this.#acl(actor.subnet, "egress"), this.#wayOut(actor.subnet)],
            },
          ],
        })),
        {
          destination: intervals(...away),
          specificity: 0,
          origin: { address: "the internet", rule: "no public address" },
          nextHops: [],
        },
      ],
    };
  }

  /** Whether a subnet's answers to the internet leave by an internet gateway. */
  #wayOut(subnet: Subnet): Filter {
    const table = this.routeTables.of(subnet);
    const origin = { address: isUnknown(table) ? table.address : table.name };
    const reason: Reason = { kind: "no-return-route", subnet: subnet.key };
    const rule = (unknown?: string): Rule => ({
      action: "allow",
      match: from(ANY),
      origin: { ...origin, rule: "0.0.0.0/0 to the internet gateway" },
      ...(unknown === undefined ? {} : { unknown }),
    });
    if (isUnknown(table)) return { origin, reason, rules: [rule(String(table))] };
    const leads = table.routes.some(
      ({ destination, target }) =>
        !isUnknown(destination) &&
        destination.kind === "cidr" &&
        destination.block === "0.0.0.0/0" &&
        target.references.some((hit) => hit.resource.type === "aws_internet_gateway"),
    );
    if (leads) return { origin, reason, rules: [rule()] };
    const lost =
      table.unknown[0] ??
      table.routes.flatMap((route) => [
        ...route.target.unknown,
        ...(isUnknown(route.destination) ? [route.destination] : []),
        ...route.target.externalIds
          .filter((id) => id.startsWith("igw-"))
          .map((id) => new Unknown(id, "route", "is not in this plan")),
      ])[0];
    return { origin, reason, rules: lost ? [rule(String(lost))] : [] };
  }
}

/** Gateways that a route may lead to when they are no longer there. */
const BLACKHOLES: Readonly<Record<string, BlackholeTarget>> = {
  aws_internet_gateway: "internet-gateway",
  aws_nat_gateway: "nat-gateway",
};

const REFUSING = (origin: Origin): Filter => ({
  origin,
  reason: { kind: "source-dest-check" },
  rules: [],
});

const from = (source: Intervals): Rule["match"] => ({
  source,
  destination: ANY,
  protocol: ANY,
  port: ANY,
});

const shownTarget = (
  { references, externalIds, unknown }: WrittenRoute["target"],
  by: string,
): string =>
  [...references.map((hit) => hit.resource.address), ...externalIds].join(" or ") ||
  (unknown.length > 0 ? `an unknown ${by}` : "nothing");
