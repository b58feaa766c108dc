import {
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DescribeNetworkInterfacesCommand,
} from "@aws-sdk/client-ec2";
import {
  AddTagsToResourceCommand,
  CreateDBClusterCommand,
  type CreateDBClusterCommandInput,
  CreateDBInstanceCommand,
  type CreateDBInstanceCommandInput,
  CreateDBParameterGroupCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DeleteDBParameterGroupCommand,
  DeleteDBSubnetGroupCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  ModifyDBParameterGroupCommand,
  RDSClient,
  RemoveTagsFromResourceCommand,
  StartDBInstanceCommand,
} from "@aws-sdk/client-rds";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { beforeEach, describe, expect, it } from "vitest";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { clientOptions } from "../../support/clients.ts";
import { givenNetwork } from "../../support/given.ts";
import { clientsFor } from "../../support/clients.ts";
import { REGION, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const client = (): RDSClient => new RDSClient(fixture.clientOptions);
let groupId: string;

beforeEach(async () => {
  const { GroupId = "" } = await fixture.aws.ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: "db",
      Description: "db",
      VpcId: fixture.network.vpcId,
    }),
  );
  groupId = GroupId;
  await createSubnetGroup(fixture.network.privateSubnetIds);
});

const createSubnetGroup = (SubnetIds: string[], DBSubnetGroupName = "db") =>
  client().send(
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName,
      DBSubnetGroupDescription: "db",
      SubnetIds,
    }),
  );

const settings = (): CreateDBInstanceCommandInput => ({
  DBInstanceIdentifier: "Orders",
  DBInstanceClass: "db.t4g.micro",
  Engine: "postgres",
  EngineVersion: "16.4",
  AllocatedStorage: 20,
  MasterUsername: "app",
  MasterUserPassword: "long-enough",
  DBSubnetGroupName: "db",
  VpcSecurityGroupIds: [groupId],
});
const create = (changes: Partial<CreateDBInstanceCommandInput> = {}) =>
  client().send(new CreateDBInstanceCommand({ ...settings(), ...changes }));
const instance = async () =>
  (await client().send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: "orders" })))
    .DBInstances?.[0];
const remove = (changes: object = { SkipFinalSnapshot: true }) =>
  client().send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: "orders", ...changes }));

const ARN = "arn:aws:rds:us-east-1:111122223333:db:orders";

describe("a DB instance", () => {
  it("is created, returns every accepted member, and is deleted", async () => {
    const { DBInstance } = await create({
      BackupRetentionPeriod: 7,
      StorageEncrypted: true,
      PerformanceInsightsRetentionPeriod: 31,
      EnableIAMDatabaseAuthentication: true,
      EnableCloudwatchLogsExports: ["postgresql"],
    });
    expect(DBInstance?.DBInstanceStatus).toBe("creating");
    expect(await instance()).toMatchObject({
      DBInstanceIdentifier: "orders",
      DBInstanceArn: ARN,
      DBInstanceStatus: "available",
      DBInstanceClass: "db.t4g.micro",
      EngineVersion: "16.4",
      StorageType: "gp2",
      BackupRetentionPeriod: 7,
      PerformanceInsightsRetentionPeriod: 31,
      IAMDatabaseAuthenticationEnabled: true,
      EnabledCloudwatchLogsExports: ["postgresql"],
      KmsKeyId: expect.stringContaining(":key/") as string,
      Endpoint: {
        Address: expect.stringMatching(
          /^orders\.c\w{11}\.us-east-1\.rds\.amazonaws\.com$/,
        ) as string,
        Port: 5432,
      },
      DBSubnetGroup: { DBSubnetGroupName: "db", VpcId: fixture.network.vpcId },
      DBParameterGroups: [{ DBParameterGroupName: "default.postgres16" }],
      OptionGroupMemberships: [{ OptionGroupName: "default:postgres-16" }],
      VpcSecurityGroups: [{ VpcSecurityGroupId: groupId, Status: "active" }],
    });
    expect((await remove()).DBInstance?.DBInstanceStatus).toBe("deleting");
    expect(await fixture.errorOf(instance)).toBe(
      "DBInstanceNotFoundFault: DBInstance orders not found.",
    );
  });

  it("has a network interface, which prevents the deletion of its subnet and security group", async () => {
    await create();
    const { ec2 } = fixture.aws;
    const filters = [{ Name: "group-id", Values: [groupId] }];
    const { NetworkInterfaces = [] } = await ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters: filters }),
    );
    expect(NetworkInterfaces).toMatchObject([
      { Description: "RDSNetworkInterface", RequesterManaged: true, InterfaceType: "interface" },
    ]);
    const SubnetId = NetworkInterfaces[0]?.SubnetId ?? "";
    const deleteGroup = () => ec2.send(new DeleteSecurityGroupCommand({ GroupId: groupId }));
    const deleteSubnet = () => ec2.send(new DeleteSubnetCommand({ SubnetId }));
    expect(await fixture.errorOf(deleteGroup)).toContain("DependencyViolation");
    expect(await fixture.errorOf(deleteSubnet)).toContain("DependencyViolation");
    await remove();
    await deleteGroup();
    await client().send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: "db" }));
    await deleteSubnet();
  });

  it("changes immediately, or keeps what waits for the maintenance window", async () => {
    await create();
    const modify = (changes: object) =>
      client().send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: "orders", ...changes }));
    await modify({ DBInstanceClass: "db.t4g.small", BackupRetentionPeriod: 3 });
    expect(await instance()).toMatchObject({
      DBInstanceClass: "db.t4g.micro",
      BackupRetentionPeriod: 3,
      PendingModifiedValues: { DBInstanceClass: "db.t4g.small" },
    });
    await modify({ DBInstanceClass: "db.t4g.medium", ApplyImmediately: true });
    expect((await instance())?.DBInstanceClass).toBe("db.t4g.medium");
    expect(await fixture.errorOf(() => modify({ EngineVersion: "17.2" }))).toContain(
      "The AllowMajorVersionUpgrade flag must be present",
    );
  });

  it("has a secret with its password, if RDS manages it", async () => {
    await create({ MasterUserPassword: undefined, ManageMasterUserPassword: true });
    const SecretId = (await instance())?.MasterUserSecret?.SecretArn;
    const secrets = new SecretsManagerClient(fixture.clientOptions);
    const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    expect(JSON.parse(SecretString)).toMatchObject({ username: "app" });
    await client().send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: "orders",
        ManageMasterUserPassword: false,
        MasterUserPassword: "long-enough",
      }),
    );
    expect((await instance())?.MasterUserSecret).toBeUndefined();
    expect(
      await fixture.errorOf(() => secrets.send(new GetSecretValueCommand({ SecretId }))),
    ).toContain("ResourceNotFoundException");
  });

  it("keeps tags", async () => {
    await create({ Tags: [{ Key: "team", Value: "a" }] });
    await client().send(
      new AddTagsToResourceCommand({ ResourceName: ARN, Tags: [{ Key: "stage", Value: "b" }] }),
    );
    await client().send(
      new RemoveTagsFromResourceCommand({ ResourceName: ARN, TagKeys: ["team"] }),
    );
    const expected = [{ Key: "stage", Value: "b" }];
    expect(
      (await client().send(new ListTagsForResourceCommand({ ResourceName: ARN }))).TagList,
    ).toEqual(expected);
    expect((await instance())?.TagList).toEqual(expected);
  });

  it("is protected, and leaves a final snapshot", async () => {
    await create({ DeletionProtection: true });
    expect(await fixture.errorOf(remove)).toContain("Cannot delete protected DB Instance");
    await client().send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: "orders", DeletionProtection: false }),
    );
    expect(await fixture.errorOf(() => remove({}))).toContain(
      "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
    );
    await remove({ FinalDBSnapshotIdentifier: "last" });
    expect((await client().send(new DescribeDBSnapshotsCommand({}))).DBSnapshots).toMatchObject([
      { DBSnapshotIdentifier: "last", DBInstanceIdentifier: "orders" },
    ]);
    expect(fixture.sandbox.contents().filter(({ kind }) => kind === "rds/snapshot")).toEqual([]);
  });

  it.each<[Partial<CreateDBInstanceCommandInput>, string]>([
    [{ DBInstanceIdentifier: "1st" }, "DBInstanceIdentifier is not a valid identifier"],
    [{ Engine: "access" }, "InvalidParameterValue: Invalid DB engine"],
    [{ MasterUserPassword: "short" }, "shorter than 8 characters"],
    [{ MasterUserPassword: "with/slash" }, "Only printable ASCII characters"],
    [
      { AllocatedStorage: 5 },
      "Invalid storage size for engine name postgres and storage type gp2: 5",
    ],
    [
      { DBSubnetGroupName: "none" },
      "DBSubnetGroupNotFoundFault: DB subnet group 'none' does not exist.",
    ],
    [
      { DBParameterGroupName: "default.postgres15" },
      "Use a parameter group with DBParameterGroupFamily postgres16.",
    ],
    [
      { VpcSecurityGroupIds: ["sg-00000000000000000"] },
      "Invalid security group , groupId= sg-00000000000000000",
    ],
    [{ StorageEncrypted: true, KmsKeyId: "alias/none" }, "KMSKeyNotAccessibleFault"],
    [{ MonitoringInterval: 60 }, "A MonitoringRoleARN value is required"],
    [{ Engine: "aurora-postgresql" }, "requires a DB cluster"],
    [{ Domain: "d-1" }, "NotImplemented"],
    [{ DBInstanceClass: "t3.micro" }, "InvalidParameterValue: Invalid DB Instance class: t3.micro"],
    [
      { MasterUsername: "admin" },
      "MasterUsername admin cannot be used as it is a reserved word used by the engine",
    ],
    [{ MasterUsername: "1st" }, "MasterUsername must have letters, digits and underscores only"],
    [{ MasterUsername: "u".repeat(64) }, "MasterUsername must have 1 to 63 characters."],
    [{ DBName: "my-app" }, "DBName must begin with a letter and contain only alphanumeric"],
    [{ BackupRetentionPeriod: 36 }, "BackupRetentionPeriod: 36. It must be from 0 to 35."],
    [{ Port: 80 }, "Invalid value for Port: 80. It must be from 1150 to 65535."],
    [{ NetworkType: "ipv6" }, "Invalid value for NetworkType: ipv6. It must be one of IPV4, DUAL."],
    [{ LicenseModel: "free" }, "Invalid value for LicenseModel: free."],
    [{ MonitoringInterval: 7 }, "Invalid value for MonitoringInterval: 7."],
    [{ PerformanceInsightsRetentionPeriod: 10 }, "PerformanceInsightsRetentionPeriod: 10."],
    [{ CACertificateIdentifier: "rds-ca-2015" }, "CertificateNotFoundFault"],
    [{ PreferredBackupWindow: "3:00-4:00" }, "Invalid backup window: 3:00-4:00."],
    [
      { PreferredMaintenanceWindow: "sun:03:00-sun:03:15" },
      "Invalid maintenance window: sun:03:00-sun:03:15.",
    ],
    [
      { PreferredBackupWindow: "04:00-05:00", PreferredMaintenanceWindow: "mon:04:30-mon:05:30" },
      "The backup window and maintenance window must not overlap.",
    ],
    [
      { EnableCloudwatchLogsExports: ["audit", "error"] },
      "You cannot use the log types 'audit', 'error' with engine version postgres 16.4.",
    ],
    [
      { MultiAZ: true, AvailabilityZone: "us-east-1a" },
      "Requesting a specific availability zone is not valid for Multi-AZ instances.",
    ],
    [{ MaxAllocatedStorage: 20 }, "Max storage size must be greater than storage size"],
    [
      { MaxAllocatedStorage: 21 },
      "The maximum allocated storage must be increased by at least 10 percent.",
    ],
    [
      { StorageType: "gp3", Iops: 3000 },
      "You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400.",
    ],
  ])("is rejected with %j", async (changes, message) => {
    expect(await fixture.errorOf(() => create(changes))).toContain(message);
  });

  it("is not found by the ARN of another region, account or kind", async () => {
    await create();
    const find = (DBInstanceIdentifier: string) => () =>
      client().send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
    expect((await find(ARN)()).DBInstances).toHaveLength(1);
    for (const other of [
      ARN.replace("us-east-1", "eu-west-1"),
      ARN.replace("111122223333", "999999999999"),
      ARN.replace(":db:", ":cluster:"),
    ])
      expect(await fixture.errorOf(find(other))).toBe(
        `DBInstanceNotFoundFault: DBInstance ${other} not found.`,
      );
  });

  it("gets windows that do not overlap, also when one changes", async () => {
    await create({ PreferredMaintenanceWindow: "Sun:07:00-Sun:08:00" });
    expect(await instance()).toMatchObject({
      PreferredMaintenanceWindow: "sun:07:00-sun:08:00",
      PreferredBackupWindow: "08:00-08:30",
    });
    const change = (PreferredBackupWindow: string) =>
      client().send(
        new ModifyDBInstanceCommand({ DBInstanceIdentifier: "orders", PreferredBackupWindow }),
      );
    expect(await fixture.errorOf(() => change("06:45-07:15"))).toContain("must not overlap");
    await change("09:00-09:30");
    expect((await instance())?.PreferredBackupWindow).toBe("09:00-09:30");
  });

  it.each([
    [{ PreferredMaintenanceWindow: "sat:23:45-sun:23:15" }, "23:15-23:45", "sat:23:45-sun:23:15"],
    [{ PreferredBackupWindow: "00:15-23:45" }, "00:15-23:45", "sun:23:45-mon:00:15"],
    [{}, "07:00-07:30", "sun:05:00-sun:05:30"],
  ])(
    "gets default windows that do not overlap, if the request has %j",
    async (windows, backup, maintenance) => {
      await create(windows);
      expect(await instance()).toMatchObject({
        PreferredBackupWindow: backup,
        PreferredMaintenanceWindow: maintenance,
      });
    },
  );

  it("is rejected if its maintenance leaves no time for backups", async () => {
    const PreferredMaintenanceWindow = "sun:05:00-mon:05:00";
    expect(await fixture.errorOf(() => create({ PreferredMaintenanceWindow }))).toContain(
      "must not overlap",
    );
  });

  it("has the default version of its engine, if the version is empty", async () => {
    await create({ EngineVersion: "", DBParameterGroupName: "default.postgres17" });
    expect((await instance())?.EngineVersion).toBe("17.6");
  });

  it("has no storage autoscaling, if the maximum is its size", async () => {
    await create({ MaxAllocatedStorage: 22 });
    expect((await instance())?.MaxAllocatedStorage).toBe(22);
    const modify = (changes: object) =>
      client().send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier: "orders",
          ApplyImmediately: true,
          ...changes,
        }),
      );
    expect(await fixture.errorOf(() => modify({ MaxAllocatedStorage: 19 }))).toContain(
      "Max storage size must be greater than storage size",
    );
    await modify({ MaxAllocatedStorage: 20 });
    expect((await instance())?.MaxAllocatedStorage).toBeUndefined();
    await modify({ AllocatedStorage: 40 });
    expect(await instance()).toMatchObject({ AllocatedStorage: 40 });
  });

  it("is rejected a second time; what it does is not implemented", async () => {
    await create();
    expect(await fixture.errorOf(create)).toContain("DB instance already exists");
    expect(
      await fixture.errorOf(() =>
        client().send(new StartDBInstanceCommand({ DBInstanceIdentifier: "orders" })),
      ),
    ).toContain("NotImplemented");
  });

  it("takes its time at the pace of AWS", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const sandbox = await startSandbox({ pace: "real", now: () => new Date(now) });
    try {
      const { privateSubnetIds } = await givenNetwork(clientsFor(sandbox.url, REGION).ec2, REGION);
      const rds = new RDSClient(clientOptions(sandbox.url, REGION));
      await rds.send(
        new CreateDBSubnetGroupCommand({
          DBSubnetGroupName: "db",
          DBSubnetGroupDescription: "db",
          SubnetIds: privateSubnetIds,
        }),
      );
      await rds.send(
        new CreateDBInstanceCommand({ ...settings(), VpcSecurityGroupIds: undefined }),
      );
      const status = async () =>
        (await rds.send(new DescribeDBInstancesCommand({}))).DBInstances?.[0]?.DBInstanceStatus;
      expect(await status()).toBe("creating");
      now += 299_000;
      expect(await status()).toBe("creating");
      now += 1000;
      expect(await status()).toBe("available");
    } finally {
      await sandbox.close();
    }
  });
});

describe("groups of RDS", () => {
  it("of subnets need two zones and one VPC, and are in use by an instance", async () => {
    const { privateSubnetIds, publicSubnetIds } = fixture.network;
    const oneZone = [privateSubnetIds[0] ?? "", publicSubnetIds[0] ?? ""];
    expect(await fixture.errorOf(() => createSubnetGroup(oneZone, "other"))).toContain(
      "DBSubnetGroupDoesNotCoverEnoughAZs",
    );
    expect(
      await fixture.errorOf(() => createSubnetGroup(["subnet-00000000000000000"], "other")),
    ).toBe("InvalidParameterValue: Some input subnets in :[subnet-00000000000000000] are invalid.");
    await create();
    expect(
      await fixture.errorOf(() =>
        client().send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: "db" })),
      ),
    ).toContain("orders is still using it.");
  });

  it("of parameters have a family of an engine, and are listed 20 to 100 in a page", async () => {
    const createGroup = (DBParameterGroupFamily: string) =>
      client().send(
        new CreateDBParameterGroupCommand({
          DBParameterGroupName: "own",
          DBParameterGroupFamily,
          Description: "own",
        }),
      );
    expect(await fixture.errorOf(() => createGroup("postgres10.7"))).toBe(
      "InvalidParameterValue: ParameterGroupFamily postgres10.7 is not a valid parameter group family",
    );
    expect(
      await fixture.errorOf(() =>
        client().send(new DescribeDBInstancesCommand({ MaxRecords: 10 })),
      ),
    ).toBe("InvalidParameterValue: Invalid value 10 for MaxRecords. Must be between 20 and 100");
  });

  it("of parameters keep the values of requests", async () => {
    const name = { DBParameterGroupName: "own" };
    await client().send(
      new CreateDBParameterGroupCommand({
        ...name,
        DBParameterGroupFamily: "postgres16",
        Description: "own",
      }),
    );
    const parameter = {
      ParameterName: "log_connections",
      ParameterValue: "1",
      ApplyMethod: "immediate" as const,
    };
    await client().send(new ModifyDBParameterGroupCommand({ ...name, Parameters: [parameter] }));
    expect(
      (await client().send(new DescribeDBParametersCommand({ ...name, Source: "user" })))
        .Parameters,
    ).toMatchObject([parameter]);
    await create(name);
    const remove_ = () => client().send(new DeleteDBParameterGroupCommand(name));
    expect(await fixture.errorOf(remove_)).toContain("are still members of this parameter group");
    await remove();
    await remove_();
  });
});

describe("a DB cluster", () => {
  const createCluster = (changes: Partial<CreateDBClusterCommandInput> = {}) =>
    client().send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: "store",
        Engine: "aurora-postgresql",
        EngineVersion: "16.4",
        MasterUsername: "app",
        MasterUserPassword: "long-enough",
        DBSubnetGroupName: "db",
        VpcSecurityGroupIds: [groupId],
        ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 2 },
        ...changes,
      }),
    );

  it.each<[Partial<CreateDBClusterCommandInput>, string]>([
    [{ EngineMode: "serverless" }, "The engine mode serverless you requested is currently"],
    [{ BackupRetentionPeriod: 0 }, "BackupRetentionPeriod: 0. It must be from 1 to 35."],
    [{ DatabaseName: "my-app" }, "DatabaseName must begin with a letter"],
    [
      { ServerlessV2ScalingConfiguration: { MinCapacity: 4, MaxCapacity: 2 } },
      "MinCapacity 4 is greater than MaxCapacity 2.",
    ],
    [
      { ServerlessV2ScalingConfiguration: { MinCapacity: 0.7, MaxCapacity: 2 } },
      "in steps of 0.5.",
    ],
    [{ EnableCloudwatchLogsExports: ["slowquery"] }, "You cannot use the log types 'slowquery'"],
  ])("is rejected with %j", async (changes, message) => {
    expect(await fixture.errorOf(() => createCluster(changes))).toContain(message);
  });

  it("is rejected without its parameter group", async () => {
    expect(
      await fixture.errorOf(() => createCluster({ DBClusterParameterGroupName: "none" })),
    ).toBe("DBClusterParameterGroupNotFoundFault: DBClusterParameterGroup not found: none");
  });

  const createMember = (changes: Partial<CreateDBInstanceCommandInput> = {}) =>
    client().send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: "orders",
        DBInstanceClass: "db.serverless",
        Engine: "aurora-postgresql",
        DBClusterIdentifier: "store",
        ...changes,
      }),
    );

  it.each([
    [{ MasterUserPassword: "long-enough" }, "Set master user password for the DB Cluster."],
    [{ MasterUsername: "app" }, "Set master user name for the DB Cluster."],
    [{ BackupRetentionPeriod: 7 }, "Set backup retention for the DB Cluster."],
  ])("has the settings of its instances: %j is rejected", async (changes, message) => {
    await createCluster();
    expect(await fixture.errorOf(() => createMember(changes))).toBe(
      `InvalidParameterCombination: The requested DB Instance will be a member of a DB Cluster. ${message}`,
    );
  });

  it("has the deletion protection of its instances", async () => {
    await createCluster();
    expect(await fixture.errorOf(() => createMember({ DeletionProtection: true }))).toBe(
      "InvalidParameterCombination: Deletion Protection can only be applied on the Cluster level, not for individual instances",
    );
  });

  it("changes the settings of its instances", async () => {
    await createCluster();
    await createMember();
    expect(
      await fixture.errorOf(() =>
        client().send(
          new ModifyDBInstanceCommand({
            DBInstanceIdentifier: "orders",
            PreferredBackupWindow: "04:00-05:00",
          }),
        ),
      ),
    ).toBe(
      "InvalidParameterCombination: The specified DB Instance is a member of a cluster. Modify backup window for the DB Cluster using the ModifyDbCluster API",
    );
  });

  it("needs a capacity before it has serverless instances", async () => {
    await createCluster({ ServerlessV2ScalingConfiguration: undefined });
    expect(await fixture.errorOf(() => createMember())).toBe(
      "InvalidDBClusterStateFault: Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.",
    );
  });

  it("has instances, which must be deleted first", async () => {
    await createCluster();
    await client().send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: "orders",
        DBInstanceClass: "db.serverless",
        Engine: "aurora-postgresql",
        DBClusterIdentifier: "store",
      }),
    );
    const cluster = async () =>
      (await client().send(new DescribeDBClustersCommand({}))).DBClusters?.[0];
    expect(await cluster()).toMatchObject({
      Status: "available",
      Endpoint: expect.stringMatching(/^store\.cluster-c/) as string,
      DBSubnetGroup: "db",
      DBClusterParameterGroup: "default.aurora-postgresql16",
      ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 2 },
      DBClusterMembers: [{ DBInstanceIdentifier: "orders", IsClusterWriter: true }],
    });
    expect(await instance()).toMatchObject({
      DBClusterIdentifier: "store",
      VpcSecurityGroups: [{ VpcSecurityGroupId: groupId }],
    });
    const removeCluster = () =>
      client().send(
        new DeleteDBClusterCommand({ DBClusterIdentifier: "store", SkipFinalSnapshot: true }),
      );
    expect(await fixture.errorOf(removeCluster)).toContain("it still contains DB instances");
    await remove();
    await removeCluster();
    expect(await cluster()).toBeUndefined();
  });

  it("with deletion protection is rejected with the text that the provider of Terraform expects", async () => {
    await createCluster({ DeletionProtection: true });
    expect(
      await fixture.errorOf(() =>
        client().send(
          new DeleteDBClusterCommand({ DBClusterIdentifier: "store", SkipFinalSnapshot: true }),
        ),
      ),
    ).toMatch(/InvalidParameterCombination: .*disable deletion pro/);
  });

  it("accepts no Performance Insights, and has the backup window of its instances", async () => {
    await createCluster({ PerformanceInsightsRetentionPeriod: 0 });
    await client().send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: "orders",
        DBInstanceClass: "db.serverless",
        DBClusterIdentifier: "store",
        Engine: "aurora-postgresql",
      }),
    );
    const PreferredMaintenanceWindow = "mon:07:00-mon:08:00";
    await client().send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: "orders", PreferredMaintenanceWindow }),
    );
    expect(await instance()).toMatchObject({ PreferredMaintenanceWindow });
  });
});
