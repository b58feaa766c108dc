import { none, single } from "../ip/index.ts";
import { type PlanModel, type Resource, isUnknown } from "../plan/index.ts";
import { type Filter, type Node, type Origin, ANY } from "../reachability/index.ts";
import type { LoadBalancer } from "./load-balancers.ts";
import {
  GATEWAY_PORTS,
  type NetworkInterface,
  type NetworkInterfaces,
  TASK_PORTS,
} from "./network-interfaces.ts";
import type { PacketFilters } from "./packet-filters.ts";
import { securityGroupsAt } from "./security-group-keys.ts";
import { type PartiallyKnown, type Subnet, SUBNET_TYPES, subnetOf } from "./subnets.ts";
import type { VpcEndpoint } from "./vpc-endpoints.ts";
import type { Workload } from "./workloads.ts";

/** What has network interfaces in a plan. */
export interface InterfaceOwners {
  readonly workloads: readonly Workload[];
  readonly loadBalancers: readonly LoadBalancer[];
  readonly endpoints: readonly VpcEndpoint[];
}

interface InterfaceProperties extends Pick<
  NetworkInterface,
  "kind" | "subnet" | "hasPublicIp" | "clientPorts" | "forwarding" | "isUnfiltered"
> {
  /** Terraform's address of the owner. */
  readonly address: string;
  readonly securityGroups: PartiallyKnown<string>;
}

/** The name of a subnet's node. */
export const subnetNode = (subnet: Subnet): string => `subnet ${subnet.key}`;

/** Network interfaces of tasks, load balancers, endpoints, EFS mount targets, NAT gateways and instances, one in each subnet. */
export class WorkloadInterfaces {
  readonly #plan: PlanModel;
  readonly #interfaces: NetworkInterfaces;
  readonly #byNode = new Map<string, NetworkInterface>();
  readonly #subnets = new Map<string, Subnet>();
  readonly #tasks = new Map<Workload, readonly NetworkInterface[]>();
  readonly #loadBalancers = new Map<LoadBalancer, readonly NetworkInterface[]>();
  readonly #endpoints = new Map<VpcEndpoint, readonly NetworkInterface[]>();
  readonly #natGateways = new Map<string, readonly NetworkInterface[]>();
  readonly #mountTargets = new Map<string, NetworkInterface>();
  readonly #instances = new Map<string, NetworkInterface>();
  readonly #byVpc = new Map<string, NetworkInterface[]>();

  constructor(plan: PlanModel, interfaces: NetworkInterfaces, owners: InterfaceOwners) {
    this.#plan = plan;
    this.#interfaces = interfaces;
    for (const workload of owners.workloads) this.#addTasks(workload);
    for (const loadBalancer of owners.loadBalancers) this.#addLoadBalancer(loadBalancer);
    for (const endpoint of owners.endpoints) this.#addEndpoint(endpoint);
    for (const mountTarget of plan.resourcesOfType("aws_efs_mount_target"))
      this.#addMountTarget(mountTarget);
    for (const natGateway of plan.resourcesOfType("aws_nat_gateway"))
      this.#addNatGateway(natGateway);
    for (const instance of plan.resourcesOfType("aws_instance")) this.#addInstance(instance);
    for (const resource of plan.resourcesOfType("aws_network_interface"))
      this.#addNetworkInterface(resource);
    for (const networkInterface of interfaces.all) {
      const { vpc } = networkInterface.subnet;
      if (vpc === undefined) continue;
      const list = this.#byVpc.get(vpc) ?? [];
      list.push(networkInterface);
      this.#byVpc.set(vpc, list);
    }
  }

  /** Network interfaces of a workload's tasks. */
  ofTasks(workload: Workload): readonly NetworkInterface[] {
    return this.#tasks.get(workload) ?? [];
  }

  ofLoadBalancer(loadBalancer: LoadBalancer): readonly NetworkInterface[] {
    return this.#loadBalancers.get(loadBalancer) ?? [];
  }

  ofEndpoint(endpoint: VpcEndpoint): readonly NetworkInterface[] {
    return this.#endpoints.get(endpoint) ?? [];
  }

  /** The network interface of an aws_efs_mount_target; undefined if its subnet is unknown. */
  ofMountTarget(address: string): NetworkInterface | undefined {
    return this.#mountTargets.get(address);
  }

  ofNatGateway(address: string): readonly NetworkInterface[] {
    return this.#natGateways.get(address) ?? [];
  }

  /** The network interface of an aws_instance or aws_network_interface; undefined if its subnet is unknown. */
  ofInstance(address: string): NetworkInterface | undefined {
    return this.#instances.get(address);
  }

  inVpc(vpc: string): readonly NetworkInterface[] {
    return this.#byVpc.get(vpc) ?? [];
  }

  /** The subnet of a node name, if it has network interfaces. */
  subnetAt(node: string): Subnet | undefined {
    return this.#subnets.get(node);
  }

  /** The node of a network interface; undefined for any other node name. */
  node(name: string, filters: PacketFilters): Node | undefined {
    const networkInterface = this.#byNode.get(name);
    return networkInterface && nodeOf(networkInterface, filters);
  }

  #addTasks(workload: Workload): void {
    const { name, subnets, securityGroups, assignPublicIp } = workload;
    this.#tasks.set(
      workload,
      subnets.items.map((subnet) =>
        this.#add({
          kind: "task",
          address: name,
          subnet,
          securityGroups,
          hasPublicIp: assignPublicIp,
          clientPorts: TASK_PORTS,
        }),
      ),
    );
  }

  #addLoadBalancer(loadBalancer: LoadBalancer): void {
    const { resource, subnets, securityGroups, hasNoSecurityGroups, isInternal } = loadBalancer;
    this.#loadBalancers.set(
      loadBalancer,
      subnets.items.map((subnet) =>
        this.#add({
          kind: "load balancer",
          address: resource.address,
          subnet,
          securityGroups,
          isUnfiltered: hasNoSecurityGroups,
          hasPublicIp: isUnknown(isInternal) ? isInternal : !isInternal,
          clientPorts: GATEWAY_PORTS,
        }),
      ),
    );
  }

  #addEndpoint(endpoint: VpcEndpoint): void {
    const { resource, subnets, securityGroups } = endpoint;
    this.#endpoints.set(
      endpoint,
      subnets.items.map((subnet) =>
        this.#add({
          kind: "endpoint",
          address: resource.address,
          subnet,
          securityGroups,
          hasPublicIp: false,
          clientPorts: GATEWAY_PORTS,
        }),
      ),
    );
  }

  #addMountTarget(mountTarget: Resource): void {
    const subnet = this.#subnetOf(mountTarget);
    if (!subnet) return;
    this.#mountTargets.set(
      mountTarget.address,
      this.#add({
        kind: "EFS mount target",
        address: mountTarget.address,
        subnet,
        securityGroups: securityGroupsAt(mountTarget, subnet.vpc, "security_groups"),
        hasPublicIp: false,
        clientPorts: GATEWAY_PORTS,
      }),
    );
  }

  #addNatGateway(natGateway: Resource): void {
    const { references, externalIds } = natGateway.referencesTo(SUBNET_TYPES, "subnet_id");
    const type = natGateway.value("connectivity_type") ?? "public";
    const subnets = [
      ...references.map((reference) => subnetOf(this.#plan, reference.resource)),
      ...externalIds.map((key): Subnet => ({ key })),
    ];
    this.#natGateways.set(
      natGateway.address,
      subnets.map((subnet) =>
        this.#add({
          kind: "NAT gateway",
          address: natGateway.address,
          subnet,
          securityGroups: { items: [], unknown: [] },
          hasPublicIp: isUnknown(type) ? type : type === "public",
          clientPorts: GATEWAY_PORTS,
        }),
      ),
    );
  }

  #addInstance(instance: Resource): void {
    const subnet = this.#subnetOf(instance);
    if (!subnet) return;
    const hasElasticIp = this.#plan
      .resourcesOfType("aws_eip", "aws_eip_association")
      .some((eip) =>
        refersTo(
          eip,
          instance,
          ["aws_instance"],
          eip.type === "aws_eip" ? "instance" : "instance_id",
        ),
      );
    const associatesPublicIp = instance.value("associate_public_ip_address");
    const networkInterface = this.#add({
      kind: "instance",
      address: instance.address,
      subnet,
      securityGroups: securityGroupsAt(instance, subnet.vpc, "vpc_security_group_ids"),
      hasPublicIp:
        hasElasticIp ||
        (isUnknown(associatesPublicIp) ? associatesPublicIp : associatesPublicIp === true),
      clientPorts: GATEWAY_PORTS,
      forwarding: forwardingOf(instance),
    });
    this.#instances.set(instance.address, networkInterface);
  }

  #addNetworkInterface(resource: Resource): void {
    const subnet = this.#subnetOf(resource);
    if (!subnet) return;
    const networkInterface = this.#add({
      kind: "network interface",
      address: resource.address,
      subnet,
      securityGroups: securityGroupsAt(resource, subnet.vpc, "security_groups"),
      hasPublicIp: this.#plan
        .resourcesOfType("aws_eip")
        .some((eip) => refersTo(eip, resource, ["aws_network_interface"], "network_interface")),
      clientPorts: GATEWAY_PORTS,
      forwarding: forwardingOf(resource),
    });
    this.#instances.set(resource.address, networkInterface);
  }

  #subnetOf(resource: Resource): Subnet | undefined {
    const [reference] = resource.referencesTo(SUBNET_TYPES, "subnet_id").references;
    return reference && subnetOf(this.#plan, reference.resource);
  }

  #add({
    kind,
    address,
    subnet,
    securityGroups,
    ...properties
  }: InterfaceProperties): NetworkInterface {
    const networkInterface = this.#interfaces.add({
      ...properties,
      kind,
      name: `${kind} ${address} in ${subnet.key}`,
      origin: { address },
      subnet,
      securityGroups: securityGroups.items,
      unknownSecurityGroups: securityGroups.unknown,
    });
    this.#byNode.set(networkInterface.name, networkInterface);
    const name = subnetNode(subnet);
    if (!this.#subnets.has(name)) this.#subnets.set(name, subnet);
    return networkInterface;
  }
}

function refersTo(
  from: Resource,
  target: Resource,
  types: readonly string[],
  attribute: string,
): boolean {
  return from
    .referencesTo(types, attribute)
    .references.some((reference) => reference.resource === target);
}

const forwardingOf = (resource: Resource): "nat" | "blocked" =>
  resource.value("source_dest_check") === false ? "nat" : "blocked";

function nodeOf(networkInterface: NetworkInterface, filters: PacketFilters): Node {
  const { kind, name, origin, subnet, address, clientPorts, forwarding } = networkInterface;
  const to = subnetNode(subnet);
  if (kind === "NAT gateway")
    return {
      name,
      origin,
      accepts: none,
      clientPorts,
      translatesTo: single(address),
      routes: [
        {
          destination: ANY,
          specificity: 0,
          origin: { ...origin, rule: `in ${subnet.key}` },
          nextHops: [{ to, filters: [], returnFilters: [] }],
        },
      ],
    };
  return {
    name,
    origin: { ...origin, rule: `in ${subnet.key}` },
    accepts: single(address),
    clientPorts,
    ...(forwarding === undefined ? {} : { translatesTo: single(address) }),
    routes: [
      {
        destination: ANY,
        specificity: 0,
        origin: { address: subnet.key, rule: "the subnet of the network interface" },
        nextHops: [
          {
            to,
            filters: [
              ...(forwarding === "blocked" ? [sourceDestinationCheck(origin)] : []),
              filters.securityGroups(networkInterface, "egress"),
            ],
            returnFilters: [],
          },
        ],
      },
    ],
  };
}

/** Drops all packets: the routes of an instance only apply to packets that are not addressed to it. */
const sourceDestinationCheck = (origin: Origin): Filter => ({
  origin,
  reason: { kind: "source-dest-check" },
  rules: [],
});
