import * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("ECS", () => {
  it.each([
    [
      "the launch type",
      { launchType: "Fargate" },
      "launch type should be one of [EC2,EXTERNAL,FARGATE,MANAGED_INSTANCES]",
    ],
    [
      "a nested member",
      { networkConfiguration: { awsvpcConfiguration: { subnets: ["s"], assignPublicIp: "YES" } } },
      "assign public ip should be one of [DISABLED,ENABLED]",
    ],
  ])("rejects an unknown value for %s", async (_title, invalidInput, message) => {
    const command = new ecs.RunTaskCommand({ taskDefinition: "app", ...invalidInput } as never);
    expect(await fixture.errorOf(() => fixture.aws.ecs.send(command))).toBe(
      `InvalidParameterException: ${message}`,
    );
  });

  it("distributes the tasks of RunTask over the providers of a strategy, by base and weight", async () => {
    const { aws, network } = fixture;
    await aws.ecs.send(
      new ecs.CreateClusterCommand({
        clusterName: "hello",
        capacityProviders: ["FARGATE", "FARGATE_SPOT"],
      }),
    );
    await aws.ecs.send(
      new ecs.RegisterTaskDefinitionCommand({
        family: "app",
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "256",
        memory: "512",
        containerDefinitions: [{ name: "app", image: "public.ecr.aws/docker/library/nginx:1" }],
      }),
    );
    const { tasks = [] } = await aws.ecs.send(
      new ecs.RunTaskCommand({
        cluster: "hello",
        taskDefinition: "app",
        count: 4,
        capacityProviderStrategy: [
          { capacityProvider: "FARGATE", base: 1, weight: 1 },
          { capacityProvider: "FARGATE_SPOT", weight: 2 },
        ],
        networkConfiguration: { awsvpcConfiguration: { subnets: network.publicSubnetIds } },
      }),
    );
    expect(tasks.map((task) => task.capacityProviderName)).toEqual([
      "FARGATE",
      "FARGATE",
      "FARGATE_SPOT",
      "FARGATE_SPOT",
    ]);
  });

  it("does not find a cluster by the ARN of another region, account or kind", async () => {
    const { cluster } = await fixture.aws.ecs.send(
      new ecs.CreateClusterCommand({ clusterName: "hello" }),
    );
    const arn = cluster?.clusterArn ?? "";
    const others = [
      arn.replace("us-east-1", "eu-west-1"),
      arn.replace("111122223333", "999999999999"),
      arn.replace(":cluster/", ":service/"),
    ];
    const described = await fixture.aws.ecs.send(
      new ecs.DescribeClustersCommand({ clusters: [arn, ...others] }),
    );
    expect(described.clusters).toMatchObject([{ clusterArn: arn }]);
    expect(described.failures).toEqual(others.map((other) => ({ arn: other, reason: "MISSING" })));
    for (const other of others)
      expect(
        await fixture.errorOf(() =>
          fixture.aws.ecs.send(new ecs.ListServicesCommand({ cluster: other })),
        ),
      ).toContain("ClusterNotFoundException");
  });

  it("rejects a default strategy with a capacity provider that the cluster does not have", async () => {
    await fixture.aws.ecs.send(new ecs.CreateClusterCommand({ clusterName: "hello" }));
    const put = (capacityProviders: string[], capacityProvider: string) =>
      fixture.aws.ecs.send(
        new ecs.PutClusterCapacityProvidersCommand({
          cluster: "hello",
          capacityProviders,
          defaultCapacityProviderStrategy: [{ capacityProvider }],
        }),
      );
    expect(await fixture.errorOf(() => put(["FARGATE"], "FARGATE_SPOT"))).toContain(
      "cannot contain a capacity provider that is not associated with the cluster",
    );
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ecs.send(new ecs.DeleteClusterCommand({ cluster: "none" })),
      ),
    ).toBe("ClusterNotFoundException: Cluster not found.");
  });
});

describe("capacity providers", () => {
  const GROUP =
    "arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:12345678-1234-1234-1234-123456789012:autoScalingGroupName/quay";
  const create = () =>
    fixture.aws.ecs.send(
      new ecs.CreateCapacityProviderCommand({
        name: "crane",
        autoScalingGroupProvider: {
          autoScalingGroupArn: GROUP,
          managedScaling: { targetCapacity: 90 },
        },
      }),
    );
  const read = async () =>
    (
      await fixture.aws.ecs.send(
        new ecs.DescribeCapacityProvidersCommand({ capacityProviders: ["crane"] }),
      )
    ).capacityProviders?.[0];
  const remove = () =>
    fixture.aws.ecs.send(new ecs.DeleteCapacityProviderCommand({ capacityProvider: "crane" }));

  it("have the defaults of ECS", async () => {
    await create();
    expect((await read())?.autoScalingGroupProvider).toEqual({
      autoScalingGroupArn: GROUP,
      managedTerminationProtection: "DISABLED",
      managedDraining: "ENABLED",
      managedScaling: {
        status: "DISABLED",
        targetCapacity: 90,
        minimumScalingStepSize: 1,
        maximumScalingStepSize: 10_000,
        instanceWarmupPeriod: 300,
      },
    });
  });

  it("stay ACTIVE if they are deleted while a cluster has them", async () => {
    await create();
    await fixture.aws.ecs.send(
      new ecs.CreateClusterCommand({ clusterName: "quay", capacityProviders: ["crane"] }),
    );
    await remove();
    expect(await read()).toMatchObject({
      status: "ACTIVE",
      updateStatus: "DELETE_FAILED",
      updateStatusReason:
        "The capacity provider cannot be deleted because it is associated with cluster: quay. Remove the capacity provider from the cluster and try again.",
    });
    await fixture.aws.ecs.send(
      new ecs.PutClusterCapacityProvidersCommand({
        cluster: "quay",
        capacityProviders: [],
        defaultCapacityProviderStrategy: [],
      }),
    );
    await remove();
    expect(await read()).toBeUndefined();
  });
});

describe("task definitions", () => {
  it.each([
    ["dnsServers", ["192.0.2.53"]],
    ["dnsSearchDomains", ["example.com"]],
    ["disableNetworking", true],
  ])("for Fargate reject %s", async (member, value) => {
    const command = new ecs.RegisterTaskDefinitionCommand({
      family: "app",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "app", image: "nginx", [member]: value }],
    });
    expect(await fixture.errorOf(() => fixture.aws.ecs.send(command))).toBe(
      `ClientException: Fargate compatible task definitions do not support ${member}`,
    );
  });

  it("have the defaults of ECS at every depth", async () => {
    const { taskDefinition } = await fixture.aws.ecs.send(
      new ecs.RegisterTaskDefinitionCommand({
        family: "app",
        networkMode: "awsvpc",
        cpu: "256",
        memory: "0.5 GB",
        containerDefinitions: [
          {
            name: "app",
            image: "app",
            portMappings: [{ containerPort: 80 }, { containerPortRange: "90-99" }],
            healthCheck: { command: ["CMD-SHELL", "true"], retries: 5 },
          },
        ],
        volumes: [
          { name: "scratch" },
          { name: "data", efsVolumeConfiguration: { fileSystemId: "fs-0123456789abcdef0" } },
          { name: "launch", configuredAtLaunch: true },
        ],
      }),
    );
    expect(taskDefinition).toMatchObject({ memory: "512", placementConstraints: [] });
    expect(taskDefinition?.containerDefinitions).toEqual([
      {
        name: "app",
        image: "app",
        cpu: 0,
        essential: true,
        environment: [],
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
        portMappings: [
          { containerPort: 80, hostPort: 80, protocol: "tcp" },
          { containerPortRange: "90-99", protocol: "tcp" },
        ],
        healthCheck: { command: ["CMD-SHELL", "true"], interval: 30, timeout: 5, retries: 5 },
      },
    ]);
    expect(taskDefinition?.volumes).toEqual([
      { name: "scratch", host: {} },
      {
        name: "data",
        efsVolumeConfiguration: { fileSystemId: "fs-0123456789abcdef0", rootDirectory: "/" },
      },
      { name: "launch", configuredAtLaunch: true },
    ]);
  });
});
