import type * as rds from "@aws-sdk/client-rds";
import type { Context, Operations } from "../../core/operation.ts";
import { tagList } from "../../core/tags.ts";
import { AwsError } from "../../protocol/errors.ts";
import { RECORD_PAGE } from "../../resource-store/record-page.ts";
import { ResourceType, type StoredResource } from "../../resource-store/resource-type.ts";
import { deleteNetworkInterfacesOf, setGroupsOfInterfaces } from "../ec2/network-interfaces.ts";
import { createServiceInterface, groupsOrDefault } from "../ec2/service-interfaces.ts";
import { type Cluster, clusters, joinCluster, leaveCluster } from "./clusters.ts";
import {
  checkDatabaseName,
  checkedWindows,
  checkLogTypes,
  checkSettings,
  checkStorageSettings,
} from "./check-settings.ts";
import {
  describeSubnetGroup,
  parameterGroups,
  placementOf,
  requireParameterGroup,
  subnetGroups,
} from "./groups.ts";
import { changedMasterSecret, deleteMasterSecret, masterSecretFor } from "./master-secret.ts";
import { defaultOptionGroup, requireOptionGroup } from "./option-groups.ts";
import { changedLogExports, filterValues } from "./requests.ts";
import {
  checkGroups,
  checkIdentifier,
  checkMonitoring,
  encryptionKey,
  familyOf,
  groupIdsOf,
  groupMemberships,
  hostName,
  invalidCombination,
  invalidValue,
  majorVersionOf,
  rdsName,
  requireEngine,
  requireMasterUser,
  versionOf,
} from "./shared.ts";
import { snapshots, takeFinalSnapshot } from "./snapshots.ts";

type Instance = StoredResource<rds.DBInstance>;

/**
 * Sources of the texts: aws/aws-cdk#20205 (not found), crossplane-contrib/provider-upjet-aws#1346 (exists),
 * hashicorp/terraform-provider-aws#5624 and #31594 (states).
 */
export const instances: ResourceType<rds.DBInstance> = new ResourceType<rds.DBInstance>({
  service: "rds",
  table: "rds/instance",
  structure: "DBInstance",
  identifier: "DBInstanceIdentifier",
  normalize: rdsName,
  arn: (context, id) => context.arn("rds", `db:${id}`),
  notFound: (id) => new AwsError("DBInstanceNotFound", `DBInstance ${id} not found.`, 404),
  exists: () => new AwsError("DBInstanceAlreadyExists", "DB instance already exists"),
  states: {
    member: "DBInstanceStatus",
    ready: "available",
    pending: {
      create: { state: "creating", seconds: 300 },
      change: { state: "modifying", seconds: 60 },
      delete: { state: "deleting", seconds: 120 },
    },
    busy: (id, state) =>
      new AwsError(
        "InvalidDBInstanceState",
        state === "deleting"
          ? `Instance ${id} is already being deleted.`
          : "Database instance is not in available state.",
      ),
  },
  describe: (context, { arn, created, tags, members }) => ({
    DBInstanceArn: arn,
    InstanceCreateTime: created,
    DBSubnetGroup: describeSubnetGroup(
      context,
      members.DBSubnetGroup?.DBSubnetGroupName ?? "default",
    ),
    TagList: tagList(tags),
    MaxAllocatedStorage: isAutoscaled(members) ? members.MaxAllocatedStorage : undefined,
    LatestRestorableTime: (members.BackupRetentionPeriod ?? 0) > 0 ? created : undefined,
  }),
  removed: (context, { id, arn, members }) => {
    deleteNetworkInterfacesOf(context, arn);
    deleteMasterSecret(context, members.MasterUserSecret);
    if (members.DBClusterIdentifier !== undefined)
      leaveCluster(context, members.DBClusterIdentifier, id);
  },
});

/**
 * Whether storage autoscaling is on. A maximum that is the current size turns it off.
 *
 * Source: hashicorp/terraform-provider-aws, `internal/service/rds/instance.go`: max_allocated_storage.
 */
const isAutoscaled = ({ AllocatedStorage, MaxAllocatedStorage }: rds.DBInstance): boolean =>
  MaxAllocatedStorage !== undefined && MaxAllocatedStorage !== AllocatedStorage;

/** Smallest volume in GiB. Source: Amazon RDS API Reference, CreateDBInstance: AllocatedStorage. */
const MIN_STORAGE: Readonly<Record<string, number>> = {
  gp2: 20,
  gp3: 20,
  io1: 100,
  io2: 100,
  standard: 5,
};

function checkStorage(engine: string, type: string, size: number | undefined): void {
  const minimum = MIN_STORAGE[type];
  if (minimum === undefined) throw invalidValue(`Invalid storage type: ${type}`);
  if (size === undefined || size < minimum || size > 65_536)
    throw invalidValue(
      `Invalid storage size for engine name ${engine} and storage type ${type}: ${size ?? "null"}`,
    );
}

/** The settings of an instance that is not in a cluster. */
function ownSettings(
  context: Context,
  input: rds.CreateDBInstanceMessage,
  engineName: string,
  version: string,
  arn: string,
): rds.DBInstance {
  const storageType = input.StorageType ?? (input.Iops === undefined ? "gp2" : "io1");
  checkStorage(engineName, storageType, input.AllocatedStorage);
  checkStorageSettings(engineName, { ...input, StorageType: storageType });
  requireMasterUser(input.MasterUsername);
  const { vpcId } = placementOf(context, input.DBSubnetGroupName);
  const groupIds = groupsOrDefault(context, input.VpcSecurityGroupIds, vpcId);
  checkGroups(context, groupIds, vpcId);
  return {
    StorageType: storageType,
    VpcSecurityGroups: groupMemberships(groupIds),
    DBSubnetGroup: { DBSubnetGroupName: rdsName(input.DBSubnetGroupName ?? "default") },
    KmsKeyId: encryptionKey(context, input.KmsKeyId, input.StorageEncrypted),
    StorageEncrypted: input.StorageEncrypted ?? false,
    BackupRetentionPeriod: input.BackupRetentionPeriod ?? 1,
    LicenseModel: input.LicenseModel ?? requireEngine(engineName).license,
    EngineVersion: version,
    MasterUserSecret: masterSecretFor(context, input, arn),
  };
}

/** Settings that the members of a cluster have from it, as the errors name them. */
const OF_CLUSTER = [
  ["MasterUsername", "master user name"],
  ["MasterUserPassword", "master user password"],
  ["BackupRetentionPeriod", "backup retention"],
] as const;

/**
 * Checks the settings of an instance in a cluster.
 *
 * Sources: Amazon RDS API Reference, CreateDBInstance; of the texts, ansible-collections/community.aws#850 (password), Optum/dce#244
 * (retention), hashicorp/terraform-provider-aws#6009 (deletion protection), cloudposse/terraform-aws-rds-cluster#181 (serverless).
 */
function checkMember({ members }: Cluster, input: rds.CreateDBInstanceMessage): void {
  const own = OF_CLUSTER.find(([member]) => input[member] !== undefined);
  if (own)
    throw invalidCombination(
      `The requested DB Instance will be a member of a DB Cluster. Set ${own[1]} for the DB Cluster.`,
    );
  if (input.DeletionProtection === true)
    throw invalidCombination(
      "Deletion Protection can only be applied on the Cluster level, not for individual instances",
    );
  if (
    input.DBInstanceClass === "db.serverless" &&
    members.ServerlessV2ScalingConfiguration === undefined
  )
    throw new AwsError(
      "InvalidDBClusterStateFault",
      "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.",
    );
}

function clusterSettings(cluster: Cluster, engineName: string): rds.DBInstance {
  const { members } = cluster;
  if (members.Engine !== engineName)
    throw invalidCombination(
      `The engine name requested for your DB instance (${engineName}) doesn't match the engine name of your DB cluster (${members.Engine}).`,
    );
  return {
    StorageType: members.StorageType ?? "aurora",
    AllocatedStorage: 1,
    VpcSecurityGroups: members.VpcSecurityGroups,
    DBSubnetGroup: { DBSubnetGroupName: members.DBSubnetGroup },
    KmsKeyId: members.KmsKeyId,
    StorageEncrypted: members.StorageEncrypted,
    BackupRetentionPeriod: members.BackupRetentionPeriod,
    LicenseModel: requireEngine(engineName).license,
    EngineVersion: members.EngineVersion,
    MasterUsername: members.MasterUsername,
    DBName: members.DatabaseName,
    IAMDatabaseAuthenticationEnabled: members.IAMDatabaseAuthenticationEnabled,
  };
}

/**
 * Settings that only the cluster of an instance can change, as the errors name them. Sources of the texts:
 * aws-controllers-k8s/rds-controller#99 (window), Optum/dce#244 (retention), crossplane-contrib/provider-aws#1529 (protection),
 * aws-controllers-k8s/community#2683 (version).
 */
const CHANGED_BY_CLUSTER = [
  ["BackupRetentionPeriod", "backup retention"],
  ["PreferredBackupWindow", "backup window"],
  ["DeletionProtection", "deletion protection"],
  ["EngineVersion", "the DB engine version"],
] as const;

function checkMemberChange(input: rds.ModifyDBInstanceMessage): void {
  const changed = CHANGED_BY_CLUSTER.find(([member]) => input[member] !== undefined);
  if (changed)
    throw invalidCombination(
      `The specified DB Instance is a member of a cluster. Modify ${changed[1]} for the DB Cluster using the ModifyDbCluster API`,
    );
}

function newInstance(
  context: Context,
  input: rds.CreateDBInstanceMessage,
  id: string,
): rds.DBInstance {
  checkIdentifier("DBInstanceIdentifier", id);
  const engineName = input.Engine ?? "";
  const engine = requireEngine(engineName);
  checkSettings(engineName, input, false);
  checkDatabaseName(engineName, "DBName", input.DBName);
  // Source of the text: hashicorp/terraform-provider-aws#39225.
  if (input.MultiAZ === true && input.AvailabilityZone !== undefined)
    throw invalidCombination(
      "Requesting a specific availability zone is not valid for Multi-AZ instances.",
    );
  const cluster =
    input.DBClusterIdentifier === undefined
      ? undefined
      : clusters.require(context, input.DBClusterIdentifier);
  if (engine.isAurora === true && cluster === undefined)
    throw invalidCombination(
      `The engine ${engineName} requires a DB cluster: DBClusterIdentifier must be specified.`,
    );
  if (cluster) checkMember(cluster, input);
  const version = cluster?.members.EngineVersion ?? versionOf(engineName, input.EngineVersion);
  checkLogTypes(engineName, version, input.EnableCloudwatchLogsExports);
  const family = familyOf(engineName, version);
  const parameterGroup = input.DBParameterGroupName ?? `default.${family}`;
  requireParameterGroup(context, parameterGroups, parameterGroup, family);
  checkMonitoring(context, input.MonitoringInterval, input.MonitoringRoleArn);
  const major = majorVersionOf(engineName, version);
  if (input.OptionGroupName !== undefined)
    requireOptionGroup(context, input.OptionGroupName, engineName, major);
  const settings = cluster
    ? clusterSettings(cluster, engineName)
    : ownSettings(context, input, engineName, version, instances.arn(context, id));
  const placement = placementOf(context, settings.DBSubnetGroup?.DBSubnetGroupName);
  const zone = input.AvailabilityZone ?? placement.subnets[0]?.zone;
  if (!placement.subnets.some((subnet) => subnet.zone === zone))
    throw invalidCombination(
      `The availability zone ${zone} is not covered by the DB subnet group.`,
    );
  const port = cluster?.members.Port ?? input.Port ?? engine.port;
  return {
    ...settings,
    DBInstanceIdentifier: id,
    Endpoint: { Address: hostName(context, id), Port: port },
    DbInstancePort: 0,
    AvailabilityZone: zone,
    MultiAZ: input.MultiAZ ?? false,
    PubliclyAccessible: input.PubliclyAccessible ?? false,
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    CopyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    DeletionProtection: input.DeletionProtection ?? false,
    MonitoringInterval: input.MonitoringInterval ?? 0,
    ...checkedWindows(input),
    CACertificateIdentifier: input.CACertificateIdentifier ?? "rds-ca-rsa2048-g1",
    DBParameterGroups: [{ DBParameterGroupName: parameterGroup, ParameterApplyStatus: "in-sync" }],
    OptionGroupMemberships: [
      {
        OptionGroupName: input.OptionGroupName ?? defaultOptionGroup(engineName, major),
        Status: "in-sync",
      },
    ],
    DbiResourceId: `db-${context.hex(26).toUpperCase()}`,
    IAMDatabaseAuthenticationEnabled:
      input.EnableIAMDatabaseAuthentication ?? settings.IAMDatabaseAuthenticationEnabled ?? false,
    PerformanceInsightsEnabled: input.EnablePerformanceInsights ?? false,
    EnabledCloudwatchLogsExports: input.EnableCloudwatchLogsExports,
    EngineLifecycleSupport: input.EngineLifecycleSupport ?? "open-source-rds-extended-support",
    NetworkType: input.NetworkType ?? "IPV4",
    BackupTarget: input.BackupTarget ?? "region",
    DedicatedLogVolume: input.DedicatedLogVolume ?? false,
    PromotionTier: cluster ? (input.PromotionTier ?? 1) : input.PromotionTier,
    PendingModifiedValues: {},
    DBSecurityGroups: [],
    ReadReplicaDBInstanceIdentifiers: [],
    DomainMemberships: [],
    AssociatedRoles: [],
  };
}

/** Places the network interfaces of a new instance: one, and another for the standby. */
function placeInterfaces(context: Context, { id, arn, members }: Instance): void {
  const { subnets } = placementOf(context, members.DBSubnetGroup?.DBSubnetGroupName);
  const primary = subnets.find(({ zone }) => zone === members.AvailabilityZone);
  const standby = subnets.find(({ zone }) => zone !== members.AvailabilityZone);
  for (const subnet of [primary, members.MultiAZ === true ? standby : undefined])
    if (subnet)
      createServiceInterface(context, subnet, {
        owner: arn,
        description: "RDSNetworkInterface",
        groupIds: groupIdsOf(members),
        hostNames: subnet === primary ? [hostName(context, id)] : [],
      });
}

/** Changes that wait for the maintenance window, unless they are applied immediately. */
const DEFERRED = [
  "DBInstanceClass",
  "AllocatedStorage",
  "EngineVersion",
  "MultiAZ",
  "StorageType",
  "Iops",
  "StorageThroughput",
  "LicenseModel",
  "CACertificateIdentifier",
] as const;

/**
 * The members that a change sets. Without ApplyImmediately, some wait for the maintenance window, which the sandbox does
 * not have: they stay in PendingModifiedValues.
 *
 * Source: Amazon RDS User Guide, "Modifying an Amazon RDS DB instance".
 */
function changedInstance(
  context: Context,
  input: rds.ModifyDBInstanceMessage,
  { arn, members }: Instance,
): rds.DBInstance {
  const engine = members.Engine ?? "";
  if (members.DBClusterIdentifier !== undefined) checkMemberChange(input);
  const version = input.EngineVersion ?? members.EngineVersion ?? "";
  const current = majorVersionOf(engine, members.EngineVersion ?? "");
  if (majorVersionOf(engine, version) !== current && input.AllowMajorVersionUpgrade !== true)
    throw invalidCombination(
      "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
    );
  checkSettings(engine, { ...input, Port: input.DBPortNumber }, false);
  checkLogTypes(engine, version, input.CloudwatchLogsExportConfiguration?.EnableLogTypes);
  // The backup window of an instance in a cluster is that of the cluster. Source: Amazon RDS API Reference, ModifyDBInstance.
  const ownBackups =
    members.DBClusterIdentifier === undefined ? members.PreferredBackupWindow : undefined;
  const windows = checkedWindows({
    PreferredBackupWindow: input.PreferredBackupWindow ?? ownBackups,
    PreferredMaintenanceWindow:
      input.PreferredMaintenanceWindow ?? members.PreferredMaintenanceWindow,
  });
  if (input.DBParameterGroupName !== undefined)
    requireParameterGroup(
      context,
      parameterGroups,
      input.DBParameterGroupName,
      familyOf(engine, version),
    );
  if (input.OptionGroupName !== undefined)
    requireOptionGroup(context, input.OptionGroupName, engine, majorVersionOf(engine, version));
  if (input.MonitoringInterval !== undefined || input.MonitoringRoleArn !== undefined)
    checkMonitoring(
      context,
      input.MonitoringInterval ?? members.MonitoringInterval,
      input.MonitoringRoleArn ??
        (input.MonitoringInterval === 0 ? undefined : members.MonitoringRoleArn),
    );
  if (input.AllocatedStorage !== undefined) {
    checkStorage(engine, input.StorageType ?? members.StorageType ?? "gp2", input.AllocatedStorage);
    if (input.AllocatedStorage < (members.AllocatedStorage ?? 0))
      throw invalidCombination(
        `Requested storage size (${input.AllocatedStorage}) cannot be less than the current storage size (${members.AllocatedStorage}).`,
      );
  }
  const size = input.AllocatedStorage ?? members.AllocatedStorage;
  if (input.AllocatedStorage !== undefined || input.MaxAllocatedStorage !== undefined)
    checkStorageSettings(engine, {
      AllocatedStorage: size,
      MaxAllocatedStorage:
        input.MaxAllocatedStorage === size ? undefined : input.MaxAllocatedStorage,
      StorageType: input.StorageType ?? members.StorageType,
      Iops: input.Iops,
      StorageThroughput: input.StorageThroughput,
    });
  if (input.VpcSecurityGroupIds) {
    const { vpcId } = placementOf(context, members.DBSubnetGroup?.DBSubnetGroupName);
    checkGroups(context, input.VpcSecurityGroupIds, vpcId);
    setGroupsOfInterfaces(context, arn, input.VpcSecurityGroupIds);
  }
  const deferred = DEFERRED.flatMap((name) =>
    input[name] === undefined || input[name] === members[name]
      ? []
      : [[name, input[name]] as const],
  );
  const isImmediate = input.ApplyImmediately === true;
  return {
    ...windows,
    ...(isImmediate
      ? Object.fromEntries(deferred)
      : {
          PendingModifiedValues: {
            ...members.PendingModifiedValues,
            ...Object.fromEntries(deferred),
          },
        }),
    Endpoint:
      input.DBPortNumber === undefined
        ? undefined
        : { ...members.Endpoint, Port: input.DBPortNumber },
    VpcSecurityGroups: input.VpcSecurityGroupIds && groupMemberships(input.VpcSecurityGroupIds),
    DBParameterGroups:
      input.DBParameterGroupName === undefined
        ? undefined
        : [
            {
              DBParameterGroupName: input.DBParameterGroupName,
              ParameterApplyStatus: "pending-reboot",
            },
          ],
    OptionGroupMemberships:
      input.OptionGroupName === undefined
        ? undefined
        : [{ OptionGroupName: input.OptionGroupName, Status: "in-sync" }],
    IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication,
    PerformanceInsightsEnabled: input.EnablePerformanceInsights,
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

export const instanceOperations: Operations = {
  ...instances.create<rds.CreateDBInstanceMessage>("CreateDBInstance", {
    supports: [
      "DBParameterGroupName",
      "DBSubnetGroupName",
      "EnableCloudwatchLogsExports",
      "EnableIAMDatabaseAuthentication",
      "EnablePerformanceInsights",
      "ManageMasterUserPassword",
      "MasterUserPassword",
      "MasterUserSecretKmsKeyId",
      "OptionGroupName",
      "Port",
      "VpcSecurityGroupIds",
    ],
    effective: [
      "AllocatedStorage",
      "AvailabilityZone",
      "DBClusterIdentifier",
      "DeletionProtection",
      "Engine",
      "EngineVersion",
      "KmsKeyId",
      "MonitoringInterval",
      "MonitoringRoleArn",
      "MultiAZ",
      "StorageEncrypted",
      "StorageType",
    ],
    rejects: ["CustomIamInstanceProfile", "DBSystemId", "AdditionalStorageVolumes"],
    alsoUses: [
      ["DBSubnetGroupName", subnetGroups],
      ["DBParameterGroupName", parameterGroups],
      ["DBClusterIdentifier", clusters],
    ],
    values: newInstance,
    created: (context, instance) => {
      placeInterfaces(context, instance);
      const cluster = clusters.find(context, instance.members.DBClusterIdentifier ?? "");
      if (cluster) joinCluster(context, cluster, instance.id);
    },
  }),
  ...instances.list<rds.DescribeDBInstancesMessage>("DescribeDBInstances", {
    supports: ["Filters"],
    result: "DBInstances",
    page: RECORD_PAGE,
    selects: ({ id, members }, input) =>
      filterValues(input.Filters, {
        "db-instance-id": id,
        "db-cluster-id": members.DBClusterIdentifier,
        "dbi-resource-id": members.DbiResourceId,
        engine: members.Engine,
      }),
  }),
  ...instances.change<rds.ModifyDBInstanceMessage>("ModifyDBInstance", {
    supports: [
      ...DEFERRED,
      "AllowMajorVersionUpgrade",
      "ApplyImmediately",
      "CertificateRotationRestart",
      "CloudwatchLogsExportConfiguration",
      "DBParameterGroupName",
      "DBPortNumber",
      "EnableIAMDatabaseAuthentication",
      "EnablePerformanceInsights",
      "ManageMasterUserPassword",
      "MasterUserPassword",
      "MasterUserSecretKmsKeyId",
      "OptionGroupName",
      "VpcSecurityGroupIds",
    ],
    effective: ["DeletionProtection", "MonitoringInterval", "MonitoringRoleArn"],
    rejects: ["Engine", "ReplicaMode", "AutomationMode", "AwsBackupRecoveryPointArn"],
    values: changedInstance,
    removes: (input) => (input.ManageMasterUserPassword === false ? ["MasterUserSecret"] : []),
  }),
  ...instances.delete<rds.DeleteDBInstanceMessage>("DeleteDBInstance", {
    supports: ["SkipFinalSnapshot", "FinalDBSnapshotIdentifier", "DeleteAutomatedBackups"],
    check: (context, input, { id, members }) => {
      // Source of the text: hashicorp/terraform-provider-aws#26233.
      if (members.DeletionProtection === true)
        throw invalidCombination(
          "Cannot delete protected DB Instance, please disable deletion protection and try again.",
        );
      if (members.DBClusterIdentifier === undefined)
        takeFinalSnapshot(context, input, snapshots, {
          DBInstanceIdentifier: id,
          Engine: members.Engine,
          EngineVersion: members.EngineVersion,
          AllocatedStorage: members.AllocatedStorage,
          Encrypted: members.StorageEncrypted,
          KmsKeyId: members.KmsKeyId,
        });
    },
  }),
};
