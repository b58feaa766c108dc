import type * as rds from "@aws-sdk/client-rds";
import type { Context, Operations } from "../../core/operation.ts";
import { tagList } from "../../core/tags.ts";
import { AwsError } from "../../protocol/errors.ts";
import { RECORD_PAGE } from "../../resource-store/record-page.ts";
import { ResourceType, type StoredResource } from "../../resource-store/resource-type.ts";
import { deleteNetworkInterfacesOf, setGroupsOfInterfaces } from "../ec2/network-interfaces.ts";
import { createServiceInterface, groupsOrDefault } from "../ec2/service-interfaces.ts";
import { clusterParameterGroups, placementOf, requireParameterGroup } from "./groups.ts";
import { changedMasterSecret, deleteMasterSecret, masterSecretFor } from "./master-secret.ts";
import {
  checkGroups,
  checkIdentifier,
  encryptionKey,
  familyOf,
  groupIdsOf,
  groupMemberships,
  hostName,
  invalidCombination,
  invalidValue,
  rdsName,
  requireEngine,
  requireMasterUser,
  versionOf,
} from "./shared.ts";
import {
  checkDatabaseName,
  checkedWindows,
  checkLogTypes,
  checkSettings,
} from "./check-settings.ts";
import { clusterSnapshots, takeFinalSnapshot } from "./snapshots.ts";
import { changedLogExports, filterValues } from "./requests.ts";

export type Cluster = StoredResource<rds.DBCluster>;

/**
 * Sources of the texts: terraform-aws-modules/terraform-aws-rds-aurora#495 (exists), hashicorp/terraform-provider-aws,
 * `internal/service/rds/cluster.go` (a part of the text for a cluster in transition, which the provider of Terraform expects).
 * No public source of the other texts is known.
 */
export const clusters: ResourceType<rds.DBCluster> = new ResourceType<rds.DBCluster>({
  service: "rds",
  table: "rds/cluster",
  structure: "DBCluster",
  identifier: "DBClusterIdentifier",
  normalize: rdsName,
  arn: (context, id) => context.arn("rds", `cluster:${id}`),
  notFound: (id) =>
    new AwsError("DBClusterNotFoundFault", `The DB cluster ${id} does not exist.`, 404),
  exists: () => new AwsError("DBClusterAlreadyExistsFault", "DB Cluster already exists"),
  states: {
    member: "Status",
    ready: "available",
    pending: {
      create: { state: "creating", seconds: 60 },
      change: { state: "modifying", seconds: 60 },
      delete: { state: "deleting", seconds: 60 },
    },
    busy: (id, state) =>
      new AwsError(
        "InvalidDBClusterStateFault",
        `The DB cluster ${id} is not currently in the available state: its status is ${state}.`,
      ),
  },
  describe: (_context, { arn, created, tags }) => ({
    DBClusterArn: arn,
    ClusterCreateTime: created,
    EarliestRestorableTime: created,
    LatestRestorableTime: created,
    TagList: tagList(tags),
  }),
  removed: (context, { arn, members }) => {
    deleteMasterSecret(context, members.MasterUserSecret);
    deleteNetworkInterfacesOf(context, arn);
  },
});

/** Members of a request that AWS describes under another name or with another type. */
function renamed(input: rds.ModifyDBClusterMessage | rds.CreateDBClusterMessage): rds.DBCluster {
  return {
    IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication,
    HttpEndpointEnabled: input.EnableHttpEndpoint,
    PerformanceInsightsEnabled: input.EnablePerformanceInsights,
    DBClusterParameterGroup: input.DBClusterParameterGroupName,
    ScalingConfigurationInfo: input.ScalingConfiguration,
    VpcSecurityGroups: input.VpcSecurityGroupIds && groupMemberships(input.VpcSecurityGroupIds),
  };
}

const RENAMED = [
  "EnableIAMDatabaseAuthentication",
  "EnableHttpEndpoint",
  "EnablePerformanceInsights",
  "DBClusterParameterGroupName",
  "ScalingConfiguration",
  "VpcSecurityGroupIds",
] as const;

/**
 * Checks the engine mode and the capacity of a cluster.
 *
 * Sources: of the rules, Amazon Aurora User Guide, "Using Amazon Aurora Serverless v1" (no new clusters since January 2025)
 * and "Aurora Serverless v2 scaling configuration"; of the text for a mode, aws-samples/aws-healthimaging-samples#75. No
 * public source of the other texts is known.
 */
function checkCapacity({
  EngineMode: mode,
  ServerlessV2ScalingConfiguration: capacity,
}: rds.CreateDBClusterMessage | rds.ModifyDBClusterMessage): void {
  if (mode === "serverless")
    throw invalidValue(`The engine mode ${mode} you requested is currently unavailable.`);
  const { MinCapacity: least = 0, MaxCapacity: most = 256 } = capacity ?? {};
  if ([least, most].some((units) => units < 0 || units > 256 || units % 0.5 !== 0) || most < 1)
    throw invalidValue(
      "MinCapacity must be from 0 to 256 and MaxCapacity from 1 to 256, in steps of 0.5.",
    );
  if (least > most)
    throw invalidCombination(`MinCapacity ${least} is greater than MaxCapacity ${most}.`);
}

function newCluster(
  context: Context,
  input: rds.CreateDBClusterMessage,
  id: string,
): rds.DBCluster {
  checkIdentifier("DBClusterIdentifier", id);
  const engineName = input.Engine ?? "";
  const engine = requireEngine(engineName);
  checkSettings(engineName, { ...input, DBInstanceClass: input.DBClusterInstanceClass }, true);
  checkDatabaseName(engineName, "DatabaseName", input.DatabaseName);
  checkCapacity(input);
  if (engine.isAurora !== true && input.DBClusterInstanceClass === undefined)
    throw invalidValue(
      `The engine ${engineName} requires DBClusterInstanceClass, AllocatedStorage and StorageType for a Multi-AZ DB cluster.`,
    );
  const version = versionOf(engineName, input.EngineVersion);
  checkLogTypes(engineName, version, input.EnableCloudwatchLogsExports);
  const family = familyOf(engineName, version);
  const parameterGroup = input.DBClusterParameterGroupName ?? `default.${family}`;
  requireParameterGroup(context, clusterParameterGroups, parameterGroup, family);
  const { vpcId, subnets } = placementOf(context, input.DBSubnetGroupName);
  const groupIds = groupsOrDefault(context, input.VpcSecurityGroupIds, vpcId);
  checkGroups(context, groupIds, vpcId);
  const kmsKey = encryptionKey(context, input.KmsKeyId, input.StorageEncrypted);
  requireMasterUser(input.MasterUsername);
  const arn = clusters.arn(context, id);
  return {
    ...renamed({ ...input, VpcSecurityGroupIds: [...groupIds] }),
    DBClusterParameterGroup: parameterGroup,
    DBSubnetGroup: rdsName(input.DBSubnetGroupName ?? "default"),
    EngineVersion: version,
    EngineMode: input.EngineMode ?? "provisioned",
    Port: input.Port ?? engine.port,
    Endpoint: hostName(context, id, "cluster"),
    ReaderEndpoint: hostName(context, id, "cluster-ro"),
    MultiAZ: false,
    AvailabilityZones:
      input.AvailabilityZones ?? [...new Set(subnets.map(({ zone }) => zone))].slice(0, 3),
    AllocatedStorage: input.AllocatedStorage ?? 1,
    BackupRetentionPeriod: input.BackupRetentionPeriod ?? 1,
    ...checkedWindows(input),
    DbClusterResourceId: `cluster-${context.hex(26).toUpperCase()}`,
    StorageEncrypted: input.StorageEncrypted ?? false,
    KmsKeyId: kmsKey,
    DeletionProtection: input.DeletionProtection ?? false,
    CopyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication ?? false,
    HttpEndpointEnabled: input.EnableHttpEndpoint ?? false,
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    EnabledCloudwatchLogsExports: input.EnableCloudwatchLogsExports,
    EngineLifecycleSupport: input.EngineLifecycleSupport ?? "open-source-rds-extended-support",
    NetworkType: input.NetworkType ?? "IPV4",
    DBClusterMembers: [],
    AssociatedRoles: [],
    MasterUserSecret: masterSecretFor(context, input, arn),
  };
}

function changedCluster(
  context: Context,
  input: rds.ModifyDBClusterMessage,
  { arn, members }: Cluster,
): rds.DBCluster {
  const engine = members.Engine ?? "";
  const version = input.EngineVersion ?? members.EngineVersion ?? "";
  checkSettings(engine, { ...input, DBInstanceClass: input.DBClusterInstanceClass }, true);
  checkLogTypes(engine, version, input.CloudwatchLogsExportConfiguration?.EnableLogTypes);
  checkCapacity(input);
  const windows = checkedWindows({
    PreferredBackupWindow: input.PreferredBackupWindow ?? members.PreferredBackupWindow,
    PreferredMaintenanceWindow:
      input.PreferredMaintenanceWindow ?? members.PreferredMaintenanceWindow,
  });
  if (input.DBClusterParameterGroupName !== undefined)
    requireParameterGroup(
      context,
      clusterParameterGroups,
      input.DBClusterParameterGroupName,
      familyOf(engine, version),
    );
  if (input.VpcSecurityGroupIds) {
    const { vpcId } = placementOf(context, members.DBSubnetGroup);
    checkGroups(context, input.VpcSecurityGroupIds, vpcId);
    setGroupsOfInterfaces(context, arn, input.VpcSecurityGroupIds);
  }
  return {
    ...renamed(input),
    ...windows,
    EnabledCloudwatchLogsExports: changedLogExports(
      members.EnabledCloudwatchLogsExports,
      input.CloudwatchLogsExportConfiguration,
    ),
    MasterUserSecret: changedMasterSecret(
      context,
      { ...input, MasterUsername: members.MasterUsername },
      arn,
      members.MasterUserSecret,
    ),
  };
}

/** Members that join a cluster to others, which the sandbox does not have. */
const JOINS = ["ReplicationSourceIdentifier", "GlobalClusterIdentifier", "DBSystemId"] as const;

export const clusterOperations: Operations = {
  ...clusters.create<rds.CreateDBClusterMessage>("CreateDBCluster", {
    supports: [
      ...RENAMED,
      "DBSubnetGroupName",
      "EnableCloudwatchLogsExports",
      "MasterUserPassword",
      "ManageMasterUserPassword",
      "MasterUserSecretKmsKeyId",
    ],
    effective: ["DeletionProtection", "KmsKeyId", "StorageEncrypted", "Engine", "EngineVersion"],
    rejects: [
      ...JOINS,
      "AssociatedRoles",
      "RdsCustomClusterConfiguration",
      "ClusterScalabilityType",
    ],
    values: newCluster,
    // The endpoints lead to the writer; the first instance creates the interface.
  }),
  ...clusters.list<rds.DescribeDBClustersMessage>("DescribeDBClusters", {
    supports: ["Filters", "IncludeShared"],
    result: "DBClusters",
    page: RECORD_PAGE,
    selects: ({ id, members }, input) =>
      filterValues(input.Filters, {
        "db-cluster-id": id,
        "db-cluster-resource-id": members.DbClusterResourceId,
        engine: members.Engine,
      }),
  }),
  ...clusters.change<rds.ModifyDBClusterMessage>("ModifyDBCluster", {
    supports: [
      ...RENAMED,
      "ApplyImmediately",
      "AllowMajorVersionUpgrade",
      "CloudwatchLogsExportConfiguration",
      "MasterUserPassword",
      "ManageMasterUserPassword",
      "MasterUserSecretKmsKeyId",
    ],
    effective: ["DeletionProtection", "EngineVersion"],
    rejects: ["EngineMode", "AwsBackupRecoveryPointArn"],
    values: changedCluster,
    removes: (input) => (input.ManageMasterUserPassword === false ? ["MasterUserSecret"] : []),
  }),
  ...clusters.delete<rds.DeleteDBClusterMessage>("DeleteDBCluster", {
    supports: ["SkipFinalSnapshot", "FinalDBSnapshotIdentifier", "DeleteAutomatedBackups"],
    check: (context, input, { id, members }) => {
      // No public source of the text is known, except for "disable deletion pro", which the provider of Terraform expects:
      // hashicorp/terraform-provider-aws, `internal/service/rds/cluster.go`.
      if (members.DeletionProtection === true)
        throw invalidCombination(
          `The DB cluster ${id} can't be deleted: disable deletion protection and delete it again.`,
        );
      // Source of the text: aws-controllers-k8s/community#1151.
      if ((members.DBClusterMembers ?? []).length > 0)
        throw new AwsError(
          "InvalidDBClusterStateFault",
          "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
        );
      takeFinalSnapshot(context, input, clusterSnapshots, {
        DBClusterIdentifier: id,
        Engine: members.Engine,
        EngineVersion: members.EngineVersion,
        StorageEncrypted: members.StorageEncrypted,
        KmsKeyId: members.KmsKeyId,
      });
    },
  }),
};

/** Adds an instance to its cluster. The first one is the writer, to which the endpoints lead. */
export function joinCluster(context: Context, cluster: Cluster, instanceId: string): void {
  const others = cluster.members.DBClusterMembers ?? [];
  clusters.update(context, cluster, {
    DBClusterMembers: [
      ...others,
      {
        DBInstanceIdentifier: instanceId,
        IsClusterWriter: others.length === 0,
        DBClusterParameterGroupStatus: "in-sync",
        PromotionTier: 1,
      },
    ],
  });
  if (others.length > 0) return;
  const [subnet] = placementOf(context, cluster.members.DBSubnetGroup).subnets;
  const { Endpoint, ReaderEndpoint } = cluster.members;
  if (subnet)
    createServiceInterface(context, subnet, {
      owner: cluster.arn,
      description: "RDSNetworkInterface",
      groupIds: groupIdsOf(cluster.members),
      hostNames: [Endpoint, ReaderEndpoint].flatMap((name) => name ?? []),
    });
}

/** Removes an instance from its cluster. Another instance becomes the writer. */
export function leaveCluster(context: Context, clusterId: string, instanceId: string): void {
  const cluster = clusters.find(context, clusterId);
  if (cluster === undefined) return;
  const others = (cluster.members.DBClusterMembers ?? []).filter(
    ({ DBInstanceIdentifier }) => DBInstanceIdentifier !== instanceId,
  );
  const hasWriter = others.some(({ IsClusterWriter }) => IsClusterWriter);
  clusters.update(context, cluster, {
    DBClusterMembers: others.map((member, index) =>
      hasWriter || index > 0 ? member : { ...member, IsClusterWriter: true },
    ),
  });
  if (others.length === 0) deleteNetworkInterfacesOf(context, cluster.arn);
}
