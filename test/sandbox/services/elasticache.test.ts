import { DescribeNetworkInterfacesCommand } from "@aws-sdk/client-ec2";
import {
  AddTagsToResourceCommand,
  CreateCacheClusterCommand,
  CreateCacheParameterGroupCommand,
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  type CreateReplicationGroupCommandInput,
  CreateServerlessCacheCommand,
  CreateUserCommand,
  DeleteCacheClusterCommand,
  DeleteCacheSubnetGroupCommand,
  DeleteReplicationGroupCommand,
  DeleteServerlessCacheCommand,
  DescribeCacheClustersCommand,
  DescribeCacheParametersCommand,
  DescribeReplicationGroupsCommand,
  DescribeServerlessCachesCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
  ModifyCacheParameterGroupCommand,
  ModifyReplicationGroupCommand,
} from "@aws-sdk/client-elasticache";
import { beforeEach, describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const client = (): ElastiCacheClient => new ElastiCacheClient(fixture.clientOptions);

beforeEach(async () => {
  await client().send(
    new CreateCacheSubnetGroupCommand({
      CacheSubnetGroupName: "cache",
      CacheSubnetGroupDescription: "cache",
      SubnetIds: fixture.network.privateSubnetIds,
    }),
  );
});

const create = (changes: Partial<CreateReplicationGroupCommandInput> = {}) =>
  client().send(
    new CreateReplicationGroupCommand({
      ReplicationGroupId: "sessions",
      ReplicationGroupDescription: "sessions",
      Engine: "redis",
      EngineVersion: "7.1",
      CacheNodeType: "cache.t4g.micro",
      NumCacheClusters: 2,
      CacheSubnetGroupName: "cache",
      ...changes,
    }),
  );
const group = async () =>
  (await client().send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: "sessions" })))
    .ReplicationGroups?.[0];
const interfaces = async () =>
  (
    await fixture.aws.ec2.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: "requester-managed", Values: ["true"] }],
      }),
    )
  ).NetworkInterfaces?.map(({ Description }) => Description).sort();

describe("a replication group of ElastiCache", () => {
  it("is created with its nodes, changed and deleted", async () => {
    const { ReplicationGroup } = await create({
      AutomaticFailoverEnabled: true,
      TransitEncryptionEnabled: true,
      AtRestEncryptionEnabled: true,
      SnapshotRetentionLimit: 3,
    });
    expect(ReplicationGroup?.Status).toBe("creating");
    expect(await group()).toMatchObject({
      Status: "available",
      ARN: "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions",
      MemberClusters: ["sessions-001", "sessions-002"],
      AutomaticFailover: "enabled",
      ClusterEnabled: false,
      SnapshotRetentionLimit: 3,
      TransitEncryptionMode: "required",
      NodeGroups: [
        {
          PrimaryEndpoint: {
            Address: expect.stringMatching(
              /^master\.sessions\.\w{6}\.use1\.cache\.amazonaws\.com$/,
            ) as string,
            Port: 6379,
          },
          NodeGroupMembers: [{ CurrentRole: "primary" }, { CurrentRole: "replica" }],
        },
      ],
    });
    const { CacheClusters } = await client().send(
      new DescribeCacheClustersCommand({ CacheClusterId: "sessions-001", ShowCacheNodeInfo: true }),
    );
    expect(CacheClusters).toMatchObject([
      {
        ReplicationGroupId: "sessions",
        EngineVersion: "7.1.0",
        CacheSubnetGroupName: "cache",
        CacheParameterGroup: { CacheParameterGroupName: "default.redis7" },
        CacheNodes: [{ CacheNodeStatus: "available" }],
      },
    ]);
    expect(await interfaces()).toEqual(["ElastiCache sessions-001", "ElastiCache sessions-002"]);
    await client().send(
      new ModifyReplicationGroupCommand({
        ReplicationGroupId: "sessions",
        ReplicationGroupDescription: "changed",
        SnapshotRetentionLimit: 5,
      }),
    );
    expect(await group()).toMatchObject({ Description: "changed", SnapshotRetentionLimit: 5 });
    await client().send(new DeleteReplicationGroupCommand({ ReplicationGroupId: "sessions" }));
    expect(await fixture.errorOf(group)).toContain(
      "The replication group sessions does not exist.",
    );
    expect(await interfaces()).toEqual([]);
  });

  it("has shards in cluster mode", async () => {
    await create({
      NumCacheClusters: undefined,
      NumNodeGroups: 2,
      ReplicasPerNodeGroup: 1,
      AutomaticFailoverEnabled: true,
    });
    expect(await group()).toMatchObject({
      ClusterEnabled: true,
      NodeGroups: [{ Slots: "0-8191" }, { Slots: "8192-16383" }],
      MemberClusters: [
        "sessions-0001-001",
        "sessions-0001-002",
        "sessions-0002-001",
        "sessions-0002-002",
      ],
    });
  });

  it.each<[Partial<CreateReplicationGroupCommandInput>, string]>([
    [{ NumCacheClusters: 1, AutomaticFailoverEnabled: true }, "InvalidParameterCombination"],
    [{ AuthToken: "0123456789abcdef" }, "AuthToken can only be enabled with Transit Encryption."],
    [{ CacheNodeType: "t4g.micro" }, "Invalid cache node type: t4g.micro"],
    [{ CacheSubnetGroupName: "none" }, "Cache Subnet Group none does not exist."],
    [
      { CacheParameterGroupName: "default.redis6.x" },
      "Expected a parameter group of family redis7",
    ],
    [
      { SecurityGroupIds: ["sg-00000000000000000"] },
      "Invalid security group: sg-00000000000000000",
    ],
    [{ UserGroupIds: ["users"] }, "NotImplemented"],
    [{ SnapshotRetentionLimit: 36 }, "Invalid value for SnapshotRetentionLimit: 36."],
    [{ SnapshotWindow: "05:00-05:30" }, "Invalid snapshot window: 05:00-05:30."],
    [{ PreferredMaintenanceWindow: "sunday" }, "Invalid maintenance window: sunday."],
    [{ Port: 70_000 }, "Invalid value for Port: 70000."],
    [{ DataTieringEnabled: true }, "Data tiering must be enabled for r6gd nodes"],
    [{ CacheNodeType: "cache.r6gd.xlarge" }, "Data tiering must be enabled for r6gd nodes"],
  ])("is rejected with %j", async (changes, message) => {
    expect(await fixture.errorOf(() => create(changes))).toContain(message);
  });

  it("keeps tags, and its subnet group is in use", async () => {
    await create({ Tags: [{ Key: "team", Value: "a" }] });
    const ResourceName = (await group())?.ARN;
    await client().send(
      new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key: "stage", Value: "b" }] }),
    );
    expect((await client().send(new ListTagsForResourceCommand({ ResourceName }))).TagList).toEqual(
      [
        { Key: "team", Value: "a" },
        { Key: "stage", Value: "b" },
      ],
    );
    expect(
      await fixture.errorOf(() =>
        client().send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName: "cache" })),
      ),
    ).toContain("CacheSubnetGroupInUse: A cache cluster uses the cache subnet group cache.");
  });
});

describe("other resources of ElastiCache", () => {
  it.each([
    [
      { Engine: "memcached", NumCacheNodes: 1, AZMode: "cross-az" as const },
      "AZMode cross-az needs",
    ],
    [{ Engine: "memcached", SnapshotRetentionLimit: 1 }, "Snapshots are supported by Redis OSS"],
  ])("are not clusters with %j", async (changes, message) => {
    const command = new CreateCacheClusterCommand({
      CacheClusterId: "pages",
      NumCacheNodes: 2,
      CacheNodeType: "cache.t4g.micro",
      ...changes,
    });
    expect(await fixture.errorOf(() => client().send(command))).toContain(message);
  });

  it("are clusters of Memcached", async () => {
    const id = { CacheClusterId: "pages" };
    await client().send(
      new CreateCacheClusterCommand({
        ...id,
        Engine: "memcached",
        NumCacheNodes: 2,
        AZMode: "cross-az",
        CacheNodeType: "cache.t4g.micro",
        CacheSubnetGroupName: "cache",
      }),
    );
    const { CacheClusters } = await client().send(
      new DescribeCacheClustersCommand({ ...id, ShowCacheNodeInfo: true }),
    );
    expect(CacheClusters).toMatchObject([
      {
        CacheClusterStatus: "available",
        NumCacheNodes: 2,
        PreferredAvailabilityZone: "Multiple",
        ConfigurationEndpoint: { Port: 11_211 },
        CacheNodes: [{ CacheNodeId: "0001" }, { CacheNodeId: "0002" }],
      },
    ]);
    await client().send(new DeleteCacheClusterCommand(id));
    expect(await interfaces()).toEqual([]);
  });

  it("are serverless caches", async () => {
    const name = { ServerlessCacheName: "fast" };
    await client().send(
      new CreateServerlessCacheCommand({
        ...name,
        Engine: "valkey",
        SubnetIds: fixture.network.privateSubnetIds,
      }),
    );
    expect(
      (await client().send(new DescribeServerlessCachesCommand(name))).ServerlessCaches,
    ).toMatchObject([
      { Status: "available", Engine: "valkey", SubnetIds: fixture.network.privateSubnetIds },
    ]);
    await client().send(new DeleteServerlessCacheCommand(name));
    expect(await interfaces()).toEqual([]);
  });

  it("are parameter groups", async () => {
    const name = { CacheParameterGroupName: "own" };
    await client().send(
      new CreateCacheParameterGroupCommand({
        ...name,
        CacheParameterGroupFamily: "redis7",
        Description: "own",
      }),
    );
    await client().send(
      new ModifyCacheParameterGroupCommand({
        ...name,
        ParameterNameValues: [{ ParameterName: "maxmemory-policy", ParameterValue: "allkeys-lru" }],
      }),
    );
    expect(
      (await client().send(new DescribeCacheParametersCommand({ ...name, Source: "user" })))
        .Parameters,
    ).toMatchObject([{ ParameterName: "maxmemory-policy", ParameterValue: "allkeys-lru" }]);
  });

  it("are not users", async () => {
    expect(
      await fixture.errorOf(() =>
        client().send(
          new CreateUserCommand({
            UserId: "u",
            UserName: "u",
            Engine: "redis",
            AccessString: "on",
          }),
        ),
      ),
    ).toContain("NotImplemented");
  });
});
