import { append, type PlanModel, type Resource, isUnknown, Unknown } from "../plan/index.ts";
import type { Network, Node } from "../reachability/index.ts";
import { Internet, INTERNET_NODE } from "./internet.ts";
import { type LoadBalancer, loadBalancersOf } from "./load-balancers.ts";
import { NetworkAcls } from "./network-acls.ts";
import {
  ANY_REGISTRY,
  hostKey,
  type HostName,
  type NetworkInterface,
  NetworkInterfaces,
  serviceHost,
} from "./network-interfaces.ts";
import { PacketFilters } from "./packet-filters.ts";
import { PrivateZones, type ZoneAnswer } from "./private-zones.ts";
import { RouteTables } from "./route-tables.ts";
import { SecurityGroups } from "./security-groups.ts";
import { gatewayEndpoint, SubnetRouter } from "./subnet-router.ts";
import { dnsOf, type Subnet } from "./subnets.ts";
import { type VpcEndpoint, vpcEndpointsOf } from "./vpc-endpoints.ts";
import { WorkloadInterfaces } from "./workload-interfaces.ts";
import { type Workload, workloadsOf } from "./workloads.ts";

/** Hosts that tasks connect to. */
const HOSTS: readonly HostName[] = [
  ...["s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "ssmmessages"].map(serviceHost),
  ANY_REGISTRY,
];

/** `Resolution.address` of a name that resolves to network interfaces of an endpoint. */
const NO_HOST_ADDRESS = -1;

/** The result of resolving a host name in a VPC. */
export interface Resolution {
  /** Network interfaces of the interface endpoint; none if the name resolves to a public address. */
  readonly interfaces: readonly NetworkInterface[];
  /** The number that represents the host's public address; -1 if the name resolves to an endpoint. */
  readonly address: number;
  /** The interface endpoint whose private DNS name it is. */
  readonly endpoint?: VpcEndpoint;
  /** The private hosted zone that contains the domain of the name, but no record for it. */
  readonly zoneWithoutName?: Resource;
  /** Set if the plan does not determine whether an endpoint has the name. */
  readonly unknown?: Unknown;
}

/** The network of a plan, for tracing packets. */
export class PlanNetwork implements Network {
  readonly plan: PlanModel;
  readonly interfaces: NetworkInterfaces = new NetworkInterfaces();
  readonly routeTables: RouteTables;
  readonly workloads: readonly Workload[];
  readonly loadBalancers: readonly LoadBalancer[];
  readonly endpoints: readonly VpcEndpoint[];
  readonly #workloadInterfaces: WorkloadInterfaces;
  readonly #filters: PacketFilters;
  readonly #internet: Internet;
  readonly #router: SubnetRouter;
  readonly #privateZones: PrivateZones;
  readonly #nodes = new Map<string, Node>();
  /** Results of resolve: the tasks of a VPC connect to the same hosts. */
  readonly #resolutions = new Map<string, Resolution>();
  #endpointsByVpc: Map<string | undefined, VpcEndpoint[]> | undefined;

  constructor(plan: PlanModel) {
    this.plan = plan;
    this.routeTables = new RouteTables(plan);
    this.workloads = workloadsOf(plan);
    this.loadBalancers = loadBalancersOf(plan);
    this.endpoints = vpcEndpointsOf(plan);
    // All hosts are added before the rules are read: the CIDR block of a rule may contain hosts.
    for (const name of [...HOSTS, ...registriesOf(this.workloads)]) this.interfaces.host(name);
    this.#workloadInterfaces = new WorkloadInterfaces(plan, this.interfaces, this);
    this.#filters = new PacketFilters(
      new SecurityGroups(plan, this.interfaces),
      new NetworkAcls(plan, this.interfaces),
    );
    this.#internet = new Internet(plan, this.interfaces, this.routeTables, this.#filters);
    this.#privateZones = new PrivateZones(plan);
    this.#router = new SubnetRouter({
      plan,
      interfaces: this.interfaces,
      workloadInterfaces: this.#workloadInterfaces,
      routeTables: this.routeTables,
      filters: this.#filters,
      internet: this.#internet,
    });
  }

  /** Network interfaces of a workload's tasks, one in each subnet. */
  tasksOf(workload: Workload): readonly NetworkInterface[] {
    return this.#workloadInterfaces.ofTasks(workload);
  }

  /** Network interfaces of a load balancer, one in each subnet. */
  interfacesOf(loadBalancer: LoadBalancer): readonly NetworkInterface[] {
    return this.#workloadInterfaces.ofLoadBalancer(loadBalancer);
  }

  /** The network interface of an aws_efs_mount_target; undefined if its subnet is unknown. */
  mountTargetInterface(mountTarget: Resource): NetworkInterface | undefined {
    return this.#workloadInterfaces.ofMountTarget(mountTarget.address);
  }

  get(name: string): Node | undefined {
    const cached = this.#nodes.get(name);
    if (cached) return cached;
    const node = this.#buildNode(name);
    if (node) this.#nodes.set(name, node);
    return node;
  }

  /**
   * Resolves a host name in the VPC of a subnet: by a private hosted zone, by an interface endpoint with private DNS, or to a
   * public address.
   *
   * @param name the DNS name of the host
   */
  resolve({ vpc }: Subnet, host: HostName, name: string): Resolution {
    const key = `${vpc ?? ""}|${hostKey(host)}|${name}`;
    let resolution = this.#resolutions.get(key);
    if (!resolution) this.#resolutions.set(key, (resolution = this.#resolveIn(vpc, host, name)));
    return resolution;
  }

  #resolveIn(vpc: string | undefined, host: HostName, name: string): Resolution {
    const endpoints = vpc === undefined ? [] : this.endpointsIn(vpc);
    // An endpoint serves its own region only.
    const ofService =
      host.kind === "service" && host.region === undefined
        ? endpoints.filter((endpoint) => !endpoint.isGateway && endpoint.service === host.service)
        : [];
    const withPrivateDns = ofService.find((endpoint) => endpoint.privateDnsEnabled === true);
    const vpcResource = vpc === undefined ? undefined : this.plan.resourceAt(vpc);
    const { support, hostnames } = vpcResource
      ? dnsOf(vpcResource)
      : { support: false, hostnames: false };
    const usesPrivateNames = support === true && hostnames === true;
    const zoneAnswer =
      vpc === undefined || support === false || hostnames === false
        ? undefined
        : this.#privateZones.lookUp(vpc, name);
    const privateDnsDomain =
      host.kind === "service" ? privateDnsDomainOf(host.service, name) : name;
    if (
      zoneAnswer &&
      !(usesPrivateNames && withPrivateDns && isLonger(privateDnsDomain, zoneAnswer.domain))
    )
      return usesPrivateNames
        ? this.#inZone(zoneAnswer)
        : {
            interfaces: [],
            address: NO_HOST_ADDRESS,
            unknown: [support, hostnames].find(isUnknown) ?? unknownZone(zoneAnswer),
          };
    if (withPrivateDns && usesPrivateNames) return this.#toEndpoint(withPrivateDns);
    const unknownDns =
      ofService.map((endpoint) => endpoint.privateDnsEnabled).find(isUnknown) ??
      (withPrivateDns && support !== false && hostnames !== false
        ? [support, hostnames].find(isUnknown)
        : undefined);
    const unknownService = endpoints.find((endpoint) => endpoint.service === undefined);
    const unknown =
      unknownDns ??
      (unknownService
        ? new Unknown(unknownService.resource.address, "service_name", "is known after apply")
        : undefined);
    return {
      interfaces: [],
      address: this.interfaces.host(host).address,
      ...(unknown ? { unknown } : {}),
    };
  }

  #toEndpoint(endpoint: VpcEndpoint): Resolution {
    const [unknownSubnets] = endpoint.subnets.unknown;
    return {
      interfaces: this.#workloadInterfaces.ofEndpoint(endpoint),
      address: NO_HOST_ADDRESS,
      endpoint,
      ...(unknownSubnets ? { unknown: unknownSubnets } : {}),
    };
  }

  #inZone(answer: ZoneAnswer): Resolution {
    if (answer.kind === "no-such-host")
      return { interfaces: [], address: NO_HOST_ADDRESS, zoneWithoutName: answer.zone };
    const endpoint =
      answer.kind === "endpoint"
        ? this.endpoints.find(({ resource }) => resource === answer.endpoint)
        : undefined;
    return endpoint
      ? this.#toEndpoint(endpoint)
      : { interfaces: [], address: NO_HOST_ADDRESS, unknown: unknownZone(answer) };
  }

  /**
   * The VPC endpoints in a VPC.
   *
   * @param vpc address or ID of the VPC; undefined for the endpoints whose VPC is unknown
   */
  endpointsIn(vpc: string | undefined): readonly VpcEndpoint[] {
    if (!this.#endpointsByVpc) {
      this.#endpointsByVpc = new Map();
      for (const endpoint of this.endpoints) append(this.#endpointsByVpc, endpoint.vpc, endpoint);
    }
    return this.#endpointsByVpc.get(vpc) ?? [];
  }

  #buildNode(name: string): Node | undefined {
    if (name === INTERNET_NODE) return this.#internet.node();
    const subnet = this.#workloadInterfaces.subnetAt(name);
    if (subnet) return this.#router.node(subnet);
    return this.#workloadInterfaces.node(name, this.#filters) ?? gatewayEndpoint(name);
  }
}

/** The domain of the private DNS name of an endpoint: ecr.dkr has a wildcard, other services have one name. */
const privateDnsDomainOf = (service: string, name: string): string =>
  service === "ecr.dkr" ? name.slice(name.indexOf(".") + 1) : name;

const isLonger = (domain: string, other: string | undefined): boolean =>
  other !== undefined && domain.length > other.length;

const unknownZone = (answer: ZoneAnswer): Unknown =>
  answer.kind === "unknown"
    ? answer.unknown
    : new Unknown(
        answer.kind === "endpoint" ? answer.endpoint.address : answer.zone.address,
        "name",
        "is not known to this plan",
      );

/** Public registries of the workloads' images. */
function registriesOf(workloads: readonly Workload[]): HostName[] {
  return workloads.flatMap(({ definition }) =>
    definition && !isUnknown(definition)
      ? definition.containers.flatMap(({ image }): HostName[] =>
          image.registry === undefined ? [] : [{ kind: "registry", name: image.registry }],
        )
      : [],
  );
}
