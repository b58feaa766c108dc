import { DataAwsCallerIdentity } from "../provider/data-caller-identity.generated.ts";
import { Construct } from "../construct.ts";
import { type EndpointService, zonesOf } from "../../aws/index.ts";
import type { Egress, FoundationOptions } from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import { Cluster } from "./cluster.ts";
import { VpcEndpoints, requiredEndpoints } from "./vpc-endpoints.ts";
import { EncryptionKey, type IKey } from "./encryption-key.ts";
import { listenerPort, LoadBalancer } from "./load-balancer.ts";
import { LogGroup } from "./log-group.ts";
import { type INetwork, Network } from "./network.ts";
import { applyOverrides, applyTags } from "../synth/overrides.ts";
import { PublishedOutputs } from "./published-outputs.ts";
import { type IRepository, Repository } from "./repository.ts";
import { peer, SecurityGroup } from "./security-group.ts";
import { type FoundationReference, referenceOf } from "../service/foundation-reference.ts";
import {
  requirementTexts,
  type WorkloadRequirements,
  workloadRequirements,
} from "./workload-requirements.ts";

const ANYWHERE = { cidrIpv4: "0.0.0.0/0" };

/** The NAT gateways for each egress option. */
const NAT_GATEWAYS: Readonly<Record<Egress, "none" | "one" | "per-zone">> = {
  endpoints: "none",
  nat: "one",
  "nat-per-zone": "per-zone",
  public: "none",
};

/** A construct ID from a value in the config: 10.1.0.0/16 becomes 10-1-0-0-16. */
const slug = (text: string): string => text.replace(/[^A-Za-z0-9]+/g, "-");

/**
 * Everything that an ECS service on Fargate needs before it can run. It creates, in this order:
 *
 * 1. a KMS key with its alias and policy (`EncryptionKey`),
 * 2. an encrypted log group (`LogGroup`),
 * 3. a VPC with public and private subnets in each zone (`Network`),
 * 4. security groups for the load balancer, the tasks and the VPC endpoints (`SecurityGroup`),
 * 5. VPC endpoints for the AWS services that tasks use (`VpcEndpoints`),
 * 6. an image repository (`Repository`),
 * 7. an ECS cluster (`Cluster`),
 * 8. a load balancer with its target group and listener (`LoadBalancer`).
 *
 * Cost: with the defaults in us-east-1 about $69 a month without traffic: the load balancer $16.43 and its two public
 * addresses $7.30, three interface endpoints in two zones $43.80, the key $1. With `egress: "nat"` or `"nat-per-zone"`, NAT
 * gateways ($32.85 each, and an address) replace the interface endpoints. Source: the pricing pages of Elastic Load
 * Balancing, Amazon VPC, AWS PrivateLink and AWS KMS.
 *
 * @throws UserError for invalid options; see FoundationOptions
 * @example
 * new Foundation(this, "foundation", {
 *   name: "hello",
 *   region: "eu-west-1",
 *   loadBalancer: { allowFrom: ["0.0.0.0/0"] },
 * });
 */
export class Foundation extends CheckedConstruct {
  readonly key: IKey;
  readonly logGroup: LogGroup;
  readonly network: INetwork;
  readonly taskSecurityGroup: SecurityGroup;
  readonly endpoints: VpcEndpoints;
  readonly repository: IRepository;
  readonly cluster: Cluster;
  readonly loadBalancer: LoadBalancer | undefined;
  /** Values for the deployment of the service, by the names of the Terraform outputs. */
  readonly outputs: Readonly<Record<string, unknown>>;

  readonly #options: FoundationOptions;

  constructor(scope: Construct, id: string, options: FoundationOptions) {
    super(scope, id, options);
    this.#options = options;
    const { name, region, egress = "endpoints", tasks = {}, loadBalancer } = options;
    const requirements = workloadRequirements(options);
    const containerPort = tasks.containerPort ?? 8080;
    const withoutInternet = egress === "endpoints";
    const usesPublicSubnets = egress === "public";
    const endpointServices = requiredEndpoints(
      [...servicesUsedByTasks(options), ...requirements.endpoints],
      withoutInternet,
    );

    const logGroupName = options.logs?.name ?? `/ecs/${name}`;
    this.key = this.makeKey(options, [logGroupName, ...requirements.logGroups]);
    this.logGroup = new LogGroup(this, "logs", {
      name: logGroupName,
      key: this.key,
      retentionDays: options.logs?.retentionDays ?? 365,
    });
    this.network = this.makeNetwork(options);

    const securityGroups = this.makeSecurityGroups(
      name,
      loadBalancer !== false,
      endpointServices.interfaces.length > 0,
    );
    this.taskSecurityGroup = securityGroups.tasks;
    this.endpoints = this.makeEndpoints(options, endpointServices, securityGroups.endpoints);
    this.makeLoadBalancerRules(
      options,
      [containerPort, ...requirements.loadBalancerPorts],
      securityGroups.loadBalancer,
    );
    this.makeTaskRules(options, requirements, securityGroups.endpoints);

    this.repository = this.makeRepository(options);
    this.cluster = new Cluster(this, "cluster", {
      ...(requirements.namespace ? { namespace: name } : {}),
      ...options.cluster,
      name,
      key: this.key,
      logGroup: this.logGroup,
    });
    this.loadBalancer = this.makeLoadBalancer(options, containerPort, securityGroups.loadBalancer);

    const texts = requirementTexts(requirements);
    this.outputs = {
      ...this.outputValues(region, usesPublicSubnets, containerPort),
      ...(texts.length === 0 ? {} : { service_requirements: texts }),
    };
    const { publish = requirements.logGroups.length > 0 } = options;
    if (publish !== false) {
      new PublishedOutputs(this, "published", {
        name: publish === true ? `/berth/${name}` : publish,
        key: this.key,
        values: this.outputs,
      });
    }
    applyTags(this, options.tags ?? {});
    applyOverrides(this, options.override ?? {});
  }

  /** The foundation for `Service` and `ScheduledTask` in the same Terraform state. */
  get reference(): FoundationReference {
    const { network, loadBalancer } = this;
    const options = this.#options;
    const reference = referenceOf(options, this.accountId(), (output) =>
      String(this.outputs[output]),
    );
    return {
      ...reference,
      subnetIds: options.egress === "public" ? network.publicSubnetIds : network.privateSubnetIds,
      ...(loadBalancer && reference.loadBalancer
        ? {
            loadBalancer: {
              ...reference.loadBalancer,
              arnSuffix: loadBalancer.loadBalancer.arnSuffix,
            },
          }
        : {}),
    };
  }

  /** The account in the options, or that of the credentials. */
  private accountId(): string {
    const { account } = this.#options;
    if (account !== undefined) return account;
    const found = this.node.tryFindChild("account");
    return found instanceof DataAwsCallerIdentity
      ? found.accountId
      : new DataAwsCallerIdentity(this, "account").accountId;
  }

  private makeKey(options: FoundationOptions, logGroups: readonly string[]): IKey {
    const { key = {}, region } = options;
    if ("arn" in key) return EncryptionKey.fromArn(key.arn);
    return new EncryptionKey(this, "key", {
      alias: options.name,
      account: this.accountId(),
      region,
      logGroups,
      ...key,
    });
  }

  private makeNetwork(options: FoundationOptions): INetwork {
    const { name, network = {}, egress = "endpoints", loadBalancer } = options;
    if ("vpcId" in network) return Network.fromIds(network);
    const isInternetFacing = loadBalancer !== false && loadBalancer.scheme !== "internal";
    return new Network(this, "network", {
      name,
      zones: selectZones(options),
      publicSubnets: isInternetFacing || egress !== "endpoints",
      nat: NAT_GATEWAYS[egress],
      ...(network.cidr === undefined ? {} : { cidr: network.cidr }),
    });
  }

  private makeSecurityGroups(
    name: string,
    hasLoadBalancer: boolean,
    hasInterfaceEndpoints: boolean,
  ): SecurityGroups {
    const scope = new Construct(this, "security-groups");
    const { vpcId } = this.network;
    const make = (role: string, description: string): SecurityGroup =>
      new SecurityGroup(scope, role, { vpcId, name: `${name}-${role}`, description });
    return {
      tasks: make("tasks", "Tasks of the service"),
      loadBalancer: hasLoadBalancer
        ? make("load-balancer", "Load balancer of the service")
        : undefined,
      endpoints: hasInterfaceEndpoints
        ? make("endpoints", "Endpoints of the AWS services that tasks use")
        : undefined,
    };
  }

  private makeEndpoints(
    { name, region, egress }: FoundationOptions,
    endpointServices: ReturnType<typeof requiredEndpoints>,
    endpointSecurityGroup: SecurityGroup | undefined,
  ): VpcEndpoints {
    const { network } = this;
    return new VpcEndpoints(this, "endpoints", {
      name,
      region,
      vpcId: network.vpcId,
      gateways: network.privateRouteTableIds.length > 0 ? endpointServices.gateways : [],
      routeTableIds:
        egress === "public" ? network.publicRouteTableIds : network.privateRouteTableIds,
      interfaces: endpointServices.interfaces,
      subnetIds: network.privateSubnetIds,
      ...(endpointSecurityGroup ? { securityGroup: endpointSecurityGroup } : {}),
    });
  }

  /** Allows clients to reach the load balancer, and the load balancer to reach the tasks. */
  private makeLoadBalancerRules(
    { loadBalancer }: FoundationOptions,
    ports: readonly number[],
    loadBalancerSecurityGroup: SecurityGroup | undefined,
  ): void {
    if (!loadBalancerSecurityGroup || loadBalancer === false) return;
    const redirectPorts = loadBalancer.certificateArn === undefined ? [] : [80];
    for (const port of [listenerPort(loadBalancer), ...redirectPorts]) {
      for (const source of loadBalancer.allowFrom)
        loadBalancerSecurityGroup.addIngressRule(slug(source), peer(source), port);
    }
    const healthCheckPorts = loadBalancer.healthCheck?.port ?? [];
    for (const port of new Set([...ports].concat(healthCheckPorts)))
      loadBalancerSecurityGroup.allowTo("tasks", this.taskSecurityGroup, port);
  }

  /** Allows tasks to reach AWS services, the internet, each other and the peers in the config. */
  private makeTaskRules(
    { egress = "endpoints", tasks = {} }: FoundationOptions,
    { taskPorts }: WorkloadRequirements,
    endpointSecurityGroup: SecurityGroup | undefined,
  ): void {
    if (endpointSecurityGroup)
      this.taskSecurityGroup.allowTo("endpoints", endpointSecurityGroup, 443);
    if (egress !== "endpoints") this.taskSecurityGroup.addEgressRule("internet", ANYWHERE, 443);
    for (const [service, endpoint] of this.endpoints.gateways)
      this.taskSecurityGroup.addEgressRule(service, { prefixListId: endpoint.prefixListId }, 443);
    for (const port of taskPorts)
      this.taskSecurityGroup.allowTo("tasks", this.taskSecurityGroup, port);
    for (const { to, port } of tasks.egressRules ?? [])
      this.taskSecurityGroup.addEgressRule(slug(to), peer(to), port);
  }

  private makeRepository(options: FoundationOptions): IRepository {
    const { repository = {} } = options;
    return "url" in repository
      ? Repository.fromUrl(repository.url)
      : new Repository(this, "repository", { name: options.name, ...repository, key: this.key });
  }

  private makeLoadBalancer(
    { name, loadBalancer, production = false }: FoundationOptions,
    containerPort: number,
    loadBalancerSecurityGroup: SecurityGroup | undefined,
  ): LoadBalancer | undefined {
    if (!loadBalancerSecurityGroup || loadBalancer === false) return undefined;
    return new LoadBalancer(this, "load-balancer", {
      ...loadBalancer,
      name,
      network: this.network,
      securityGroup: loadBalancerSecurityGroup,
      containerPort,
      deletionProtection: loadBalancer.deletionProtection ?? production,
    });
  }

  private outputValues(
    region: string,
    usesPublicSubnets: boolean,
    containerPort: number,
  ): Record<string, unknown> {
    const { network, loadBalancer } = this;
    return {
      region,
      vpc_id: network.vpcId,
      public_subnet_ids: network.publicSubnetIds,
      private_subnet_ids: network.privateSubnetIds,
      task_subnet_ids: usesPublicSubnets ? network.publicSubnetIds : network.privateSubnetIds,
      task_security_group_id: this.taskSecurityGroup.id,
      assign_public_ip: usesPublicSubnets,
      container_port: containerPort,
      cluster_arn: this.cluster.cluster.arn,
      cluster_name: this.cluster.cluster.name,
      log_group_name: this.logGroup.group.name,
      repository_url: this.repository.url,
      key_arn: this.key.arn,
      ...(this.cluster.namespace ? { namespace_arn: this.cluster.namespace.arn } : {}),
      ...(loadBalancer
        ? {
            load_balancer_arn: loadBalancer.loadBalancer.arn,
            load_balancer_dns_name: loadBalancer.loadBalancer.dnsName,
            listener_arn: loadBalancer.listener.arn,
            target_group_arn: loadBalancer.targetGroup.arn,
          }
        : {}),
    };
  }
}

/** The security groups of a foundation. */
interface SecurityGroups {
  readonly tasks: SecurityGroup;
  readonly loadBalancer: SecurityGroup | undefined;
  readonly endpoints: SecurityGroup | undefined;
}

/** AWS services that tasks use: those in the config, and Session Manager if ECS Exec is enabled. */
const servicesUsedByTasks = ({ tasks, cluster }: FoundationOptions): readonly EndpointService[] => [
  ...(tasks?.uses ?? []),
  ...(cluster?.exec === true ? (["ssmmessages"] as const) : []),
];

/** The availability zones by name. A number selects the first zones of the region. */
function selectZones({ region, zones = 2, loadBalancer }: FoundationOptions): readonly string[] {
  const available = zonesOf(region);
  if (typeof zones === "number" && zones > available.length) {
    throw new UserError(
      "BERTH-E2001",
      `zones: ${region} has ${available.length} zones, not ${zones}`,
      {
        fix: "list the zones by name, or set a smaller number",
      },
    );
  }
  const selected = typeof zones === "number" ? available.slice(0, zones) : zones;
  if (selected.length < (loadBalancer === false ? 1 : 2)) {
    throw new UserError("BERTH-E2001", "zones: a load balancer needs at least two zones", {
      fix: "set zones: 2, or loadBalancer: false",
    });
  }
  return selected;
}
