import type * as elasticache from "@aws-sdk/client-elasticache";
import type { Context, Operations } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";
import { dailyWindow, weeklyWindow } from "../../resource-store/time-windows.ts";
import { RECORD_PAGE } from "../../resource-store/record-page.ts";
import { ResourceType, type StoredResource } from "../../resource-store/resource-type.ts";
import { deleteNetworkInterfacesOf, setGroupsOfInterfaces } from "../ec2/network-interfaces.ts";
import {
  createServiceInterface,
  groupProblem,
  groupsOrDefault,
  type Placement,
} from "../ec2/service-interfaces.ts";
import { parameterGroups, placementOf, requireParameterGroup, subnetGroups } from "./groups.ts";
import {
  cacheName,
  checkIdentifier,
  domainOf,
  type Engine,
  engineOf,
  familyOf,
  invalidCombination,
  invalidValue,
  portOf,
  rejectSnapshot,
  versionOf,
} from "./shared.ts";

export type CacheCluster = StoredResource<elasticache.CacheCluster>;

/**
 * Clusters, and the nodes of replication groups, which ElastiCache also lists as clusters.
 *
 * Sources of the texts: aws/aws-cli#4816 (not found), cloudposse/terraform-aws-elasticache-memcached#60 (exists). No public
 * source of the text for a cluster in transition is known.
 */
export const clusters: ResourceType<elasticache.CacheCluster> =
  new ResourceType<elasticache.CacheCluster>({
    service: "elasticache",
    table: "elasticache/cluster",
    structure: "CacheCluster",
    identifier: "CacheClusterId",
    normalize: cacheName,
    arn: (context, id) => context.arn("elasticache", `cluster:${id}`),
    notFound: (id) => new AwsError("CacheClusterNotFound", `CacheCluster not found: ${id}`, 404),
    exists: () => new AwsError("CacheClusterAlreadyExists", "Cache cluster already exists"),
    isCreated: ({ members }) => members.ReplicationGroupId === undefined,
    states: {
      member: "CacheClusterStatus",
      ready: "available",
      pending: {
        create: { state: "creating", seconds: 180 },
        change: { state: "modifying", seconds: 60 },
        delete: { state: "deleting", seconds: 60 },
      },
      busy: (id, state) =>
        new AwsError(
          "InvalidCacheClusterState",
          `The cache cluster ${id} can't be changed, because its status is ${state}.`,
        ),
    },
    describe: (_context, { arn, created }) => ({ ARN: arn, CacheClusterCreateTime: created }),
    removed: (context, { arn }) => deleteNetworkInterfacesOf(context, arn),
  });

/** @throws AwsError InvalidParameterValue. No public source of the texts is known */
export function checkGroups(context: Context, ids: readonly string[], vpcId: string): void {
  const problem = groupProblem(context, ids, vpcId);
  if (problem?.kind === "group-not-found")
    throw invalidValue(`Invalid security group: ${problem.id}`);
  if (problem)
    throw invalidValue(
      `Some security groups are not in the VPC ${vpcId} of the cache subnet group: ${ids.join(", ")}`,
    );
}

/** The settings that a cluster and a replication group have in common. */
interface CacheRequest {
  readonly EngineVersion?: string | undefined;
  readonly CacheParameterGroupName?: string | undefined;
  readonly CacheSubnetGroupName?: string | undefined;
  readonly SecurityGroupIds?: readonly string[] | undefined;
  readonly CacheNodeType?: string | undefined;
  readonly Port?: number | undefined;
  readonly PreferredMaintenanceWindow?: string | undefined;
  readonly SnapshotRetentionLimit?: number | undefined;
  readonly SnapshotWindow?: string | undefined;
  readonly AutoMinorVersionUpgrade?: boolean | undefined;
  readonly TransitEncryptionEnabled?: boolean | undefined;
  readonly NotificationTopicArn?: string | undefined;
  readonly AuthToken?: string | undefined;
}

/** The minutes of a snapshot window and of a maintenance window at least. */
const SHORTEST = 60;

/**
 * Checks the windows, the snapshots and the port of a cache.
 *
 * Source of the rules: Amazon ElastiCache API Reference, CreateCacheCluster and CreateReplicationGroup. No public source of the
 * texts is known.
 */
export function checkSchedule(
  {
    PreferredMaintenanceWindow: maintenance,
    SnapshotWindow: snapshots,
    SnapshotRetentionLimit: days,
    Port: port,
  }: Pick<
    CacheRequest,
    "PreferredMaintenanceWindow" | "SnapshotWindow" | "SnapshotRetentionLimit" | "Port"
  >,
  engine: Engine,
): void {
  if (maintenance !== undefined && (weeklyWindow(maintenance)?.length ?? 0) < SHORTEST)
    throw invalidValue(
      `Invalid maintenance window: ${maintenance}. Specify ddd:hh24:mi-ddd:hh24:mi with at least ${SHORTEST} minutes.`,
    );
  if (engine === "memcached" && (snapshots !== undefined || (days ?? 0) > 0))
    throw invalidCombination("Snapshots are supported by Redis OSS and Valkey only.");
  if (snapshots !== undefined && (dailyWindow(snapshots)?.length ?? 0) < SHORTEST)
    throw invalidValue(
      `Invalid snapshot window: ${snapshots}. Specify hh24:mi-hh24:mi with at least ${SHORTEST} minutes.`,
    );
  if (days !== undefined && (days < 0 || days > 35))
    throw invalidValue(
      `Invalid value for SnapshotRetentionLimit: ${days}. It must be from 0 to 35.`,
    );
  if (port !== undefined && (port < 1 || port > 65_535))
    throw invalidValue(`Invalid value for Port: ${port}. It must be from 1 to 65535.`);
}

export interface CheckedRequest {
  readonly placement: Placement;
  readonly port: number;
  readonly members: elasticache.CacheCluster;
}

/** Checks the settings of a cache. Returns the members that each of its nodes has. */
export function checkRequest(
  context: Context,
  input: CacheRequest,
  engine: Engine,
  isClusterMode = false,
): CheckedRequest {
  if (input.CacheNodeType === undefined)
    throw invalidValue("The parameter CacheNodeType must be provided and must not be null.");
  if (!/^cache\.\w+\.\w+$/.test(input.CacheNodeType))
    throw invalidValue(`Invalid cache node type: ${input.CacheNodeType}`);
  checkSchedule(input, engine);
  const version = versionOf(engine, input.EngineVersion);
  const family = familyOf(engine, version);
  const parameterGroup =
    input.CacheParameterGroupName ?? `default.${family}${isClusterMode ? ".cluster.on" : ""}`;
  requireParameterGroup(context, parameterGroup, family);
  const placement = placementOf(context, input.CacheSubnetGroupName);
  const groupIds = groupsOrDefault(context, input.SecurityGroupIds, placement.vpcId);
  checkGroups(context, groupIds, placement.vpcId);
  if (input.AuthToken !== undefined && input.TransitEncryptionEnabled !== true)
    throw invalidCombination("AuthToken can only be enabled with Transit Encryption.");
  return {
    placement,
    port: input.Port ?? portOf(engine),
    members: {
      Engine: engine,
      EngineVersion: version,
      CacheNodeType: input.CacheNodeType,
      CacheSubnetGroupName: cacheName(input.CacheSubnetGroupName ?? "default"),
      CacheParameterGroup: {
        CacheParameterGroupName: parameterGroup,
        ParameterApplyStatus: "in-sync",
        CacheNodeIdsToReboot: [],
      },
      SecurityGroups: groupIds.map((id) => ({ SecurityGroupId: id, Status: "active" })),
      CacheSecurityGroups: [],
      PreferredMaintenanceWindow: (
        input.PreferredMaintenanceWindow ?? "sun:05:00-sun:06:00"
      ).toLowerCase(),
      AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
      AuthTokenEnabled: input.AuthToken !== undefined,
      TransitEncryptionEnabled: input.TransitEncryptionEnabled ?? false,
      AtRestEncryptionEnabled: false,
      NetworkType: "ipv4",
      IpDiscovery: "ipv4",
      ...(engine === "memcached"
        ? {}
        : {
            SnapshotRetentionLimit: input.SnapshotRetentionLimit ?? 0,
            SnapshotWindow: input.SnapshotWindow ?? "07:00-08:00",
          }),
      ...(input.NotificationTopicArn === undefined
        ? {}
        : {
            NotificationConfiguration: {
              TopicArn: input.NotificationTopicArn,
              TopicStatus: "active",
            },
          }),
      PendingModifiedValues: {},
    },
  };
}

/** The subnet of a node: in the requested zone, or in the next of all subnets. */
export function subnetOfNode(
  { subnets }: Placement,
  index: number,
  zone: string | undefined,
): Placement["subnets"][number] {
  const subnet =
    zone === undefined
      ? subnets[index % subnets.length]
      : subnets.find((candidate) => candidate.zone === zone);
  if (subnet === undefined)
    throw invalidValue(`The availability zone ${zone} is not covered by the cache subnet group.`);
  return subnet;
}

const nodeId = (index: number): string => String(index + 1).padStart(4, "0");

/** The host name of a node. Source: Amazon ElastiCache User Guide, "Finding connection endpoints". */
function nodeHost(context: Context, id: string, index: number): string {
  const { part, suffix } = domainOf(context);
  return `${id}.${part}.${nodeId(index)}.${suffix}`;
}

const configurationHost = (context: Context, id: string): string => {
  const { part, suffix } = domainOf(context);
  return `${id}.${part}.cfg.${suffix}`;
};

function nodesOf(
  context: Context,
  id: string,
  input: elasticache.CreateCacheClusterMessage,
  { placement, port }: CheckedRequest,
  count: number,
): elasticache.CacheNode[] {
  const isCrossZone = input.AZMode === "cross-az";
  return Array.from({ length: count }, (_, index) => ({
    CacheNodeId: nodeId(index),
    CacheNodeStatus: "available",
    CacheNodeCreateTime: context.now,
    Endpoint: { Address: nodeHost(context, id, index), Port: port },
    ParameterGroupStatus: "in-sync",
    CustomerAvailabilityZone: subnetOfNode(
      placement,
      isCrossZone ? index : 0,
      input.PreferredAvailabilityZones?.[index] ?? input.PreferredAvailabilityZone,
    ).zone,
  }));
}

function newCluster(
  context: Context,
  input: elasticache.CreateCacheClusterMessage,
  id: string,
): elasticache.CacheCluster {
  checkIdentifier("CacheClusterId", id, 50);
  const engine = engineOf(input.Engine);
  const count = input.NumCacheNodes ?? 1;
  if (engine !== "memcached" && count !== 1)
    throw invalidValue(
      `Cannot create a ${engine} cluster with a NumCacheNodes parameter greater than 1.`,
    );
  // Source: Amazon ElastiCache API Reference, CreateCacheCluster: AZMode. No public source of the text is known.
  if (input.AZMode === "cross-az" && (engine !== "memcached" || count < 2))
    throw invalidCombination("AZMode cross-az needs a Memcached cluster with at least two nodes.");
  if (count < 1 || count > 60)
    throw invalidValue(`Invalid value for NumCacheNodes: ${count}. It must be between 1 and 60.`);
  const checked = checkRequest(context, input, engine);
  const nodes = nodesOf(context, id, input, checked, count);
  const zones = new Set(nodes.map(({ CustomerAvailabilityZone }) => CustomerAvailabilityZone));
  return {
    ...checked.members,
    NumCacheNodes: count,
    PreferredAvailabilityZone: zones.size > 1 ? "Multiple" : nodes[0]?.CustomerAvailabilityZone,
    CacheNodes: nodes,
    ...(engine === "memcached"
      ? { ConfigurationEndpoint: { Address: configurationHost(context, id), Port: checked.port } }
      : {}),
  };
}

/** Places the network interfaces of a cluster's nodes. */
function placeNodes(context: Context, { id, arn, members }: CacheCluster): void {
  const placement = placementOf(context, members.CacheSubnetGroupName);
  for (const [index, node] of (members.CacheNodes ?? []).entries())
    createServiceInterface(context, subnetOfNode(placement, index, node.CustomerAvailabilityZone), {
      owner: arn,
      description: `ElastiCache ${id}`,
      groupIds: (members.SecurityGroups ?? []).flatMap((group) => group.SecurityGroupId ?? []),
      hostNames: [node.Endpoint, index === 0 ? members.ConfigurationEndpoint : undefined].flatMap(
        (endpoint) => endpoint?.Address ?? [],
      ),
    });
}

/** The members of a node that a change of its cache sets. */
export function changedMembers(
  context: Context,
  input: elasticache.ModifyCacheClusterMessage | elasticache.ModifyReplicationGroupMessage,
  { arn, members }: CacheCluster,
): elasticache.CacheCluster {
  const engine = engineOf(members.Engine);
  const version =
    input.EngineVersion === undefined ? undefined : versionOf(engine, input.EngineVersion);
  if (input.CacheParameterGroupName !== undefined)
    requireParameterGroup(
      context,
      input.CacheParameterGroupName,
      familyOf(engine, version ?? members.EngineVersion ?? ""),
    );
  if (input.SecurityGroupIds) {
    checkGroups(
      context,
      input.SecurityGroupIds,
      placementOf(context, members.CacheSubnetGroupName).vpcId,
    );
    setGroupsOfInterfaces(context, arn, input.SecurityGroupIds);
  }
  return {
    EngineVersion: version,
    CacheNodeType: input.CacheNodeType,
    PreferredMaintenanceWindow: input.PreferredMaintenanceWindow?.toLowerCase(),
    SnapshotRetentionLimit: input.SnapshotRetentionLimit,
    SnapshotWindow: input.SnapshotWindow,
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade,
    CacheParameterGroup:
      input.CacheParameterGroupName === undefined
        ? undefined
        : {
            CacheParameterGroupName: input.CacheParameterGroupName,
            ParameterApplyStatus: "in-sync",
            CacheNodeIdsToReboot: [],
          },
    SecurityGroups: input.SecurityGroupIds?.map((id) => ({
      SecurityGroupId: id,
      Status: "active",
    })),
    NotificationConfiguration:
      input.NotificationTopicArn === undefined
        ? undefined
        : {
            TopicArn: input.NotificationTopicArn,
            TopicStatus: input.NotificationTopicStatus ?? "active",
          },
  };
}

/** Members of a change that are set with another name, or with a check. */
export const CHANGED = [
  "ApplyImmediately",
  "AutoMinorVersionUpgrade",
  "CacheNodeType",
  "CacheParameterGroupName",
  "EngineVersion",
  "NotificationTopicArn",
  "NotificationTopicStatus",
  "PreferredMaintenanceWindow",
  "SecurityGroupIds",
  "SnapshotRetentionLimit",
  "SnapshotWindow",
] as const;

export const clusterOperations: Operations = {
  ...clusters.create<elasticache.CreateCacheClusterMessage>("CreateCacheCluster", {
    supports: [
      "AZMode",
      "AuthToken",
      "AutoMinorVersionUpgrade",
      "CacheParameterGroupName",
      "EngineVersion",
      "NotificationTopicArn",
      "NumCacheNodes",
      "Port",
      "PreferredAvailabilityZone",
      "PreferredAvailabilityZones",
      "PreferredMaintenanceWindow",
      "SecurityGroupIds",
      "SnapshotRetentionLimit",
      "SnapshotWindow",
    ],
    effective: ["CacheSubnetGroupName", "Engine"],
    rejects: ["ReplicationGroupId", "PreferredOutpostArn"],
    alsoUses: [
      ["CacheSubnetGroupName", subnetGroups],
      ["CacheParameterGroupName", parameterGroups],
    ],
    values: newCluster,
    created: placeNodes,
  }),
  ...clusters.list<elasticache.DescribeCacheClustersMessage>("DescribeCacheClusters", {
    supports: ["ShowCacheNodeInfo", "ShowCacheClustersNotInReplicationGroups"],
    result: "CacheClusters",
    page: RECORD_PAGE,
    selects: ({ members }, input) =>
      input.ShowCacheClustersNotInReplicationGroups !== true ||
      members.ReplicationGroupId === undefined,
    entry: (context, cluster, input) => {
      const { CacheNodes: nodes, ...described } = clusters.describe(context, cluster);
      return input.ShowCacheNodeInfo === true ? { ...described, CacheNodes: nodes } : described;
    },
  }),
  ...clusters.change<elasticache.ModifyCacheClusterMessage>("ModifyCacheCluster", {
    supports: [...CHANGED],
    rejects: ["NumCacheNodes", "Engine", "IpDiscovery"],
    values: (context, input, cluster) => {
      if (cluster.members.ReplicationGroupId !== undefined)
        throw invalidCombination(
          `The cache cluster ${cluster.id} is part of a replication group. Use ModifyReplicationGroup.`,
        );
      return changedMembers(context, input, cluster);
    },
  }),
  ...clusters.delete<elasticache.DeleteCacheClusterMessage>("DeleteCacheCluster", {
    supports: ["FinalSnapshotIdentifier"],
    check: (_context, input, { id, members }) => {
      if (members.ReplicationGroupId !== undefined)
        throw new AwsError(
          "InvalidCacheClusterState",
          `Cache cluster ${id} is serving as primary or replica of the replication group ${members.ReplicationGroupId} and cannot be deleted.`,
        );
      rejectSnapshot(input.FinalSnapshotIdentifier, "DeleteCacheCluster");
    },
  }),
};
