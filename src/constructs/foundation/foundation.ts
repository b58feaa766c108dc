import { DataAwsCallerIdentity } from "@cdktn/provider-aws/lib/data-aws-caller-identity/index.js";
import { Construct } from "constructs";
import { zonesOf } from "../../aws/regions.ts";
import type { Egress, FoundationOptions } from "../../config/options.ts";
import { UserError } from "../../shared/errors.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import { Cluster } from "./cluster.ts";
import { Endpoints, neededEndpoints } from "./vpc-endpoints.ts";
import { EncryptionKey, type IKey } from "./encryption-key.ts";
import { listenerPort, LoadBalancer } from "./load-balancer.ts";
import { Logs } from "./log-group.ts";
import { type INetwork, Network } from "./network.ts";
import { applyOverrides, applyTags } from "../synth/overrides.ts";
import { Published } from "./published-outputs.ts";
import { type IRepository, Repository } from "./repository.ts";
import { peer, SecurityGroup } from "./security-group.ts";

const ANYWHERE = { cidrIpv4: "0.0.0.0/0" };

/** The NAT gateways that each way out means. */
const NAT: Readonly<Record<Egress, "none" | "one" | "per-zone">> = {
  endpoints: "none",
  nat: "one",
  "nat-per-zone": "per-zone",
  public: "none",
};

/** A construct id from what a person wrote: 10.1.0.0/16 becomes 10-1-0-0-16. */
const slug = (text: string): string => text.replace(/[^A-Za-z0-9]+/g, "-");

/**
 * Everything an ECS service on Fargate stands on. In this order it creates
 *
 * 1. a KMS key with its alias and policy (`EncryptionKey`),
 * 2. an encrypted log group (`Logs`),
 * 3. a VPC with public and private subnets in each zone (`Network`),
 * 4. security groups for the load balancer, the tasks and the endpoints (`SecurityGroup`),
 * 5. VPC endpoints for what tasks need (`Endpoints`),
 * 6. an image repository (`Repository`),
 * 7. an ECS cluster (`Cluster`),
 * 8. a load balancer with its target group and listener (`LoadBalancer`).
 *
 * Cost: with the defaults in us-east-1 some $69 a month at rest: the load balancer $16.43 and its two public addresses
 * $7.30, three interface endpoints in two zones $43.80, the key $1. NAT gateways ($32.85 each, and an address) take the
 * endpoints' place where `egress` says so. Source: the pricing pages of Elastic Load Balancing, Amazon VPC, AWS
 * PrivateLink and AWS KMS.
 *
 * @throws UserError for what cannot be; see FoundationOptions for what can
 * @example
 * new Foundation(this, "foundation", {
 *   name: "hello",
 *   region: "eu-west-1",
 *   loadBalancer: { allowFrom: ["0.0.0.0/0"] },
 * });
 */
export class Foundation extends CheckedConstruct {
  readonly key: IKey;
  readonly logs: Logs;
  readonly network: INetwork;
  readonly taskSecurityGroup: SecurityGroup;
  readonly endpoints: Endpoints;
  readonly repository: IRepository;
  readonly cluster: Cluster;
  readonly loadBalancer: LoadBalancer | undefined;
  /** What whoever deploys the service needs, under the names of the Terraform outputs. */
  readonly outputs: Readonly<Record<string, unknown>>;

  constructor(scope: Construct, id: string, options: FoundationOptions) {
    super(scope, id, options);
    const { name, region, egress = "endpoints", tasks = {}, loadBalancer } = options;
    const { containerPort = 8080, egressRules = [] } = tasks;
    const withoutInternet = egress === "endpoints";
    const isPublicFacing = loadBalancer !== false && loadBalancer.scheme !== "internal";
    const uses = [
      ...(tasks.uses ?? []),
      ...(options.cluster?.exec === true ? (["ssmmessages"] as const) : []),
    ];
    const needed = neededEndpoints(uses, withoutInternet);

    const logGroupName = options.logs?.name ?? `/ecs/${name}`;
    this.key = this.makeKey(options, logGroupName);
    this.logs = new Logs(this, "logs", {
      name: logGroupName,
      key: this.key,
      retentionDays: options.logs?.retentionDays ?? 365,
    });

    const { network = {} } = options;
    this.network =
      "vpcId" in network
        ? Network.fromIds(network)
        : new Network(this, "network", {
            name,
            zones: settleZones(options),
            publicSubnets: isPublicFacing || !withoutInternet,
            nat: NAT[egress],
            ...(network.cidr === undefined ? {} : { cidr: network.cidr }),
          });
    const { vpcId } = this.network;
    const runsInPublic = egress === "public";
    const taskSubnetIds = runsInPublic
      ? this.network.publicSubnetIds
      : this.network.privateSubnetIds;

    const groups = new Construct(this, "security-groups");
    const group = (role: string, description: string): SecurityGroup =>
      new SecurityGroup(groups, role, { vpcId, name: `${name}-${role}`, description });
    this.taskSecurityGroup = group("tasks", "Tasks of the service");
    const front =
      loadBalancer === false ? undefined : group("load-balancer", "Load balancer of the service");
    const guard =
      needed.interfaces.length > 0
        ? group("endpoints", "Endpoints of the AWS services that tasks use")
        : undefined;

    this.endpoints = new Endpoints(this, "endpoints", {
      name,
      region,
      vpcId,
      gateways: this.network.privateRouteTableIds.length > 0 ? needed.gateways : [],
      routeTableIds: runsInPublic
        ? this.network.publicRouteTableIds
        : this.network.privateRouteTableIds,
      interfaces: needed.interfaces,
      subnetIds: this.network.privateSubnetIds,
      ...(guard ? { securityGroup: guard } : {}),
    });

    if (front && loadBalancer !== false) {
      const ports = loadBalancer.certificateArn === undefined ? [] : [80];
      for (const port of [listenerPort(loadBalancer), ...ports]) {
        for (const source of loadBalancer.allowFrom)
          front.allowFrom(slug(source), peer(source), port);
      }
      for (const port of new Set([
        containerPort,
        loadBalancer.healthCheck?.port ?? containerPort,
      ])) {
        front.allowTo("tasks", this.taskSecurityGroup, port);
      }
    }
    if (guard) this.taskSecurityGroup.allowTo("endpoints", guard, 443);
    if (!withoutInternet) this.taskSecurityGroup.allowOut("internet", ANYWHERE, 443);
    for (const [service, endpoint] of this.endpoints.gateways) {
      this.taskSecurityGroup.allowOut(service, { prefixListId: endpoint.prefixListId }, 443);
    }
    for (const { to, port } of egressRules)
      this.taskSecurityGroup.allowOut(slug(to), peer(to), port);

    this.repository = this.makeRepository(options);
    this.cluster = new Cluster(this, "cluster", {
      ...options.cluster,
      name,
      key: this.key,
      logs: this.logs,
    });
    this.loadBalancer =
      front && loadBalancer !== false
        ? new LoadBalancer(this, "load-balancer", {
            ...loadBalancer,
            name,
            network: this.network,
            securityGroup: front,
            containerPort,
            deletionProtection: loadBalancer.deletionProtection ?? options.production ?? false,
          })
        : undefined;

    this.outputs = this.settleOutputs(region, runsInPublic, taskSubnetIds, containerPort);
    if (options.publish !== undefined && options.publish !== false) {
      new Published(this, "published", {
        name: options.publish === true ? `/berth/${name}` : options.publish,
        key: this.key,
        values: this.outputs,
      });
    }
    applyTags(this, options.tags ?? {});
    applyOverrides(this, options.override ?? {});
  }

  private makeKey(options: FoundationOptions, logGroup: string): IKey {
    const { key = {}, region } = options;
    if ("arn" in key) return EncryptionKey.fromArn(key.arn);
    return new EncryptionKey(this, "key", {
      alias: options.name,
      account: options.account ?? new DataAwsCallerIdentity(this, "account").accountId,
      region,
      logGroups: [logGroup],
      ...key,
    });
  }

  private makeRepository(options: FoundationOptions): IRepository {
    const { repository = {} } = options;
    return "url" in repository
      ? Repository.fromUrl(repository.url)
      : new Repository(this, "repository", { name: options.name, ...repository, key: this.key });
  }

  private settleOutputs(
    region: string,
    runsInPublic: boolean,
    taskSubnetIds: readonly string[],
    containerPort: number,
  ): Record<string, unknown> {
    const balancer = this.loadBalancer;
    return {
      region,
      vpc_id: this.network.vpcId,
      public_subnet_ids: this.network.publicSubnetIds,
      private_subnet_ids: this.network.privateSubnetIds,
      task_subnet_ids: taskSubnetIds,
      task_security_group_id: this.taskSecurityGroup.id,
      assign_public_ip: runsInPublic,
      container_port: containerPort,
      cluster_arn: this.cluster.cluster.arn,
      cluster_name: this.cluster.cluster.name,
      log_group_name: this.logs.group.name,
      repository_url: this.repository.url,
      key_arn: this.key.arn,
      ...(this.cluster.namespace ? { namespace_arn: this.cluster.namespace.arn } : {}),
      ...(balancer
        ? {
            load_balancer_arn: balancer.loadBalancer.arn,
            load_balancer_dns_name: balancer.loadBalancer.dnsName,
            listener_arn: balancer.listener.arn,
            target_group_arn: balancer.targetGroup.arn,
          }
        : {}),
    };
  }
}

/** The zones by name; a number takes the first of the region. */
function settleZones({ region, zones = 2, loadBalancer }: FoundationOptions): readonly string[] {
  const available = zonesOf(region);
  if (typeof zones === "number" && zones > available.length) {
    throw new UserError(
      "BERTH-E2001",
      `zones: ${region} has ${available.length} zones, not ${zones}`,
      {
        fix: "name the zones, or take fewer",
      },
    );
  }
  const chosen = typeof zones === "number" ? available.slice(0, zones) : zones;
  if (chosen.length < (loadBalancer === false ? 1 : 2)) {
    throw new UserError("BERTH-E2001", "zones: a load balancer needs at least two zones", {
      fix: "set zones: 2, or loadBalancer: false",
    });
  }
  return chosen;
}
