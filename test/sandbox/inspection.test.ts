import * as ec2 from "@aws-sdk/client-ec2";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as events from "@aws-sdk/client-eventbridge";
import * as iam from "@aws-sdk/client-iam";
import { beforeEach, describe, expect, it } from "vitest";
import { inspect, type Inspection } from "../../src/sandbox/inspection/index.ts";
import { REGION, useSandbox } from "../support/sandbox-calls.ts";

const fixture = useSandbox();
const ACCOUNT = "111122223333";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/execution`;
const SERVICE = `arn:aws:ecs:${REGION}:${ACCOUNT}:service/shop/web`;
const IMAGE = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/web:1`;
const PORT = 8080;

const inspection = (): Inspection => inspect(fixture.sandbox);

/** Creates a role for a service principal, with the managed policy of the execution role. */
async function createRole(name: string, principal: string): Promise<void> {
  const client = new iam.IAMClient(fixture.clientOptions);
  await client.send(
    new iam.CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: principal }, Action: "sts:AssumeRole" },
        ],
      }),
    }),
  );
  await client.send(
    new iam.AttachRolePolicyCommand({
      RoleName: name,
      PolicyArn: "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    }),
  );
}

async function createSecurityGroup(name: string): Promise<string> {
  const { GroupId = "" } = await fixture.aws.ec2.send(
    new ec2.CreateSecurityGroupCommand({
      GroupName: name,
      Description: name,
      VpcId: fixture.network.vpcId,
    }),
  );
  return GroupId;
}

const allowIngress = (GroupId: string, port: number, peer: ec2.IpPermission): Promise<unknown> =>
  fixture.aws.ec2.send(
    new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [{ IpProtocol: "tcp", FromPort: port, ToPort: port, ...peer }],
    }),
  );

interface Shop {
  readonly taskGroup: string;
  readonly balancerGroup: string;
  readonly listener: string;
}

/** A load balancer with a listener, and a cluster with a task definition. Tasks accept requests of the load balancer. */
async function createShop(): Promise<Shop> {
  const { aws, network } = fixture;
  const [taskGroup, balancerGroup] = [
    await createSecurityGroup("tasks"),
    await createSecurityGroup("balancer"),
  ];
  await allowIngress(balancerGroup, 80, { IpRanges: [{ CidrIp: "0.0.0.0/0" }] });
  await allowIngress(taskGroup, PORT, { UserIdGroupPairs: [{ GroupId: balancerGroup }] });
  const { LoadBalancers } = await aws.elb.send(
    new elb.CreateLoadBalancerCommand({
      Name: "shop",
      Subnets: network.publicSubnetIds,
      SecurityGroups: [balancerGroup],
    }),
  );
  const { TargetGroups } = await aws.elb.send(
    new elb.CreateTargetGroupCommand({
      Name: "web",
      Protocol: "HTTP",
      Port: PORT,
      VpcId: network.vpcId,
      TargetType: "ip",
    }),
  );
  const { Listeners } = await aws.elb.send(
    new elb.CreateListenerCommand({
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: "HTTP",
      Port: 80,
      DefaultActions: [{ Type: "forward", TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn }],
    }),
  );
  await createRole("execution", "ecs-tasks.amazonaws.com");
  await aws.ecs.send(new ecs.CreateClusterCommand({ clusterName: "shop" }));
  await aws.ecs.send(
    new ecs.RegisterTaskDefinitionCommand({
      family: "web",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      executionRoleArn: ROLE,
      containerDefinitions: [
        { name: "web", image: IMAGE, portMappings: [{ containerPort: PORT }] },
      ],
    }),
  );
  return { taskGroup, balancerGroup, listener: Listeners?.[0]?.ListenerArn ?? "" };
}

/** Creates the service `web` with one task, in public subnets with public addresses or in private subnets. */
async function createService({ taskGroup, listener }: Shop, isPublic: boolean): Promise<void> {
  const { aws, network } = fixture;
  const [targetGroup] =
    inspection()
      .listeners()
      .find(({ arn }) => arn === listener)?.targetGroups ?? [];
  await aws.ecs.send(
    new ecs.CreateServiceCommand({
      cluster: "shop",
      serviceName: "web",
      taskDefinition: "web",
      desiredCount: 1,
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: isPublic ? network.publicSubnetIds : network.privateSubnetIds,
          securityGroups: [taskGroup],
          assignPublicIp: isPublic ? "ENABLED" : "DISABLED",
        },
      },
      loadBalancers: [{ targetGroupArn: targetGroup, containerName: "web", containerPort: PORT }],
    }),
  );
}

describe("a service that runs", () => {
  let shop: Shop;

  beforeEach(async () => {
    shop = await createShop();
    await createService(shop, true);
  });

  it("lists its tasks, deployments and events", () => {
    expect(inspection().services()).toMatchObject([
      {
        account: ACCOUNT,
        region: REGION,
        arn: SERVICE,
        cluster: "shop",
        desiredCount: 1,
        runningCount: 1,
        usesCapacityProviders: false,
        deployments: [
          {
            status: "PRIMARY",
            rollout: "COMPLETED",
            subnetIds: fixture.network.publicSubnetIds,
            taskDefinition: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/web:1`,
          },
        ],
      },
    ]);
    expect(inspection().services()[0]?.events[0]?.message).toBe(
      "(service web) has reached a steady state.",
    );
    const tasks = inspection().tasksOf(SERVICE);
    expect(tasks).toMatchObject([
      { status: "RUNNING", cluster: "shop", service: SERVICE, containers: [{ image: IMAGE }] },
    ]);
    expect(inspection().taskDefinition(tasks[0]?.taskDefinition ?? "")).toMatchObject({
      executionRole: ROLE,
      containers: [{ name: "web", image: IMAGE, secrets: [] }],
    });
  });

  it("answers requests through the load balancer", () => {
    const [listener] = inspection().listeners();
    expect(listener).toMatchObject({
      arn: shop.listener,
      port: 80,
      protocol: "HTTP",
      loadBalancer: { scheme: "internet-facing", zoneCount: 2 },
    });
    expect(inspection().allowedClient(shop.listener)).toEqual({
      kind: "internet",
      from: { internet: "203.0.113.10" },
    });
    expect(inspection().requestsFor(shop.listener)).toMatchObject([{ path: "/", method: "GET" }]);
    expect(inspection().request(shop.listener, { path: "/cart" })).toMatchObject({
      kind: "answered",
      status: 200,
      by: { container: "web", service: SERVICE, task: inspection().tasks()[0]?.arn },
    });
  });

  it("traces a request of a client to the task, hop by hop, up to the rule that denies it", () => {
    const [task = ""] = inspection()
      .tasks()
      .map(({ arn }) => arn);
    const [subnetId = ""] = fixture.network.privateSubnetIds;
    const from = (securityGroupIds: string[]) => ({ subnetId, securityGroupIds });
    const denied = inspection().trace(from([]), { task }, PORT);
    expect(denied).toMatchObject({
      arrives: false,
      stopped: {
        ids: [shop.taskGroup],
        reason: { kind: "security-group", direction: "ingress" },
      },
    });
    const delivered = inspection().trace(from([shop.balancerGroup]), { task }, PORT);
    expect(delivered.arrives).toBe(true);
    // A network ACL has one hop for the first port of the range for responses, and one for the last.
    expect(delivered.hops.map(({ ids: [id] }) => id?.split("-")[0])).toEqual([
      "sg",
      "acl",
      "rtb",
      "acl",
      "sg",
      "rtb",
      "acl",
      "acl",
      "acl",
      "acl",
    ]);
    // A task has a public address, but its security group allows only the load balancer.
    expect(inspection().trace({ internet: "198.51.100.7" }, { task }, PORT)).toMatchObject({
      arrives: false,
      stopped: { reason: { kind: "security-group", direction: "ingress" } },
    });
    expect(inspection().trace({ task }, { host: `api.ecr.${REGION}.amazonaws.com` }).arrives).toBe(
      true,
    );
  });

  it("starts a task in another subnet for a test, and repeats the start of a running one", async () => {
    const before = JSON.stringify(fixture.sandbox.contents());
    const [privateSubnet = ""] = fixture.network.privateSubnetIds;
    const [publicSubnet = ""] = fixture.network.publicSubnetIds;
    expect(inspection().tryStart(SERVICE, publicSubnet)).toMatchObject({
      subnetId: publicSubnet,
      health: [{ state: "healthy" }],
    });
    expect(inspection().tryStart(SERVICE, privateSubnet)?.failure).toMatchObject({
      step: "registry",
      cause: { kind: "unreachable", host: `api.ecr.${REGION}.amazonaws.com` },
      stopped: { reason: { kind: "no-route" } },
    });
    const [task] = inspection().tasks();
    expect(inspection().tryStartAgain(task?.arn ?? "")).toBeUndefined();
    expect(JSON.stringify(fixture.sandbox.contents())).toBe(before);

    await fixture.aws.ec2.send(
      new ec2.RevokeSecurityGroupEgressCommand({
        GroupId: shop.taskGroup,
        IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
      }),
    );
    expect(inspection().tryStartAgain(task?.arn ?? "")).toMatchObject({
      stopped: { ids: [shop.taskGroup], reason: { kind: "security-group", direction: "egress" } },
    });
  });

  it("reports why a task stopped that a caller stopped", async () => {
    const [task] = inspection().tasks();
    await fixture.aws.ecs.send(
      new ecs.StopTaskCommand({ cluster: "shop", task: task?.arn, reason: "maintenance" }),
    );
    expect(inspection().tasksOf(SERVICE)[0]?.stopped).toEqual({
      reason: "maintenance",
      cause: { kind: "stopped-by-caller" },
    });
    expect(() => inspection().tryStartAgain(task?.arn ?? "")).toThrow(/has no network interface/);
    expect(() => inspection().trace({ task: task?.arn ?? "" }, { internet: "1.1.1.1" })).toThrow(
      /it is STOPPED/,
    );
  });
});

describe("a service that does not run", () => {
  it("reports the typed cause and the path for a task without a route", async () => {
    await createService(await createShop(), false);
    const [task] = inspection().tasksOf(SERVICE);
    expect(task?.status).toBe("STOPPED");
    expect(task?.networkInterfaceId).toBeUndefined();
    expect(task?.stopped?.reason).toMatch(/^ResourceInitializationError: /);
    expect(task?.stopped?.cause).toMatchObject({
      kind: "start-failed",
      failure: {
        step: "registry",
        seconds: 289,
        cause: { kind: "unreachable", host: `api.ecr.${REGION}.amazonaws.com` },
        stopped: { ids: fixture.network.routeTableIds, reason: { kind: "no-route" } },
      },
    });
    expect(inspection().services()[0]).toMatchObject({ desiredCount: 1, runningCount: 0 });
  });
});

describe("resources and permissions", () => {
  it("lists resources by kind, and finds one by its ID in any account", async () => {
    const { vpcId, privateSubnetIds, publicSubnetIds } = fixture.network;
    expect(inspection().resources("vpc")).toMatchObject([
      { account: ACCOUNT, region: REGION, isDefault: true },
      { account: ACCOUNT, region: REGION, id: vpcId, cidr: "10.9.0.0/16" },
    ]);
    expect(
      inspection()
        .resources("subnet")
        .filter((subnet) => subnet.vpcId === vpcId)
        .map(({ id }) => id),
    ).toEqual([...publicSubnetIds, ...privateSubnetIds]);
    expect(inspection().resource("vpc", vpcId)).toMatchObject({ id: vpcId });
    expect(inspection().resource("vpc", vpcId, { account: "444455556666" })).toBeUndefined();
    expect(inspection().resource("repository", "web")).toBeUndefined();
    await createRole("execution", "ecs-tasks.amazonaws.com");
    expect(inspection().resource("role", "execution", { region: "eu-west-1" })).toEqual({
      account: ACCOUNT,
      region: "",
      name: "execution",
      arn: ROLE,
    });
  });

  it("decides whether a role may do something, and reports the policy type that denies", async () => {
    await createRole("execution", "ecs-tasks.amazonaws.com");
    const request = (action: string) => ({ principal: ROLE, action, resource: "*" });
    expect(inspection().isAllowed(request("ecr:GetAuthorizationToken"))).toEqual({ allowed: true });
    expect(inspection().isAllowed(request("ecs:DeleteCluster"))).toMatchObject({
      allowed: false,
      isExplicit: false,
      policyType: "identity-based policy",
    });
    expect(() =>
      inspection().isAllowed({ ...request("ecs:DeleteCluster"), principal: `${ROLE}-missing` }),
    ).toThrow(/does not exist/);
    expect(
      inspection().requiredPermissions({
        service: "ecs",
        operation: "DeleteCluster",
        input: { cluster: "shop" },
        account: ACCOUNT,
        region: REGION,
      }),
    ).toEqual([
      {
        action: "ecs:DeleteCluster",
        resource: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/shop`,
        conditions: {},
      },
    ]);
  });
});

it("starts the task of a schedule for a test", async () => {
  const { taskGroup } = await createShop();
  await createRole("scheduler", "events.amazonaws.com");
  const client = new events.EventBridgeClient(fixture.clientOptions);
  const { RuleArn = "" } = await client.send(
    new events.PutRuleCommand({ Name: "nightly", ScheduleExpression: "rate(1 day)" }),
  );
  await client.send(
    new events.PutTargetsCommand({
      Rule: "nightly",
      Targets: [
        {
          Id: "task",
          Arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/shop`,
          RoleArn: `arn:aws:iam::${ACCOUNT}:role/scheduler`,
          EcsParameters: {
            TaskDefinitionArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/web:1`,
            LaunchType: "FARGATE",
            NetworkConfiguration: {
              awsvpcConfiguration: {
                Subnets: fixture.network.publicSubnetIds,
                SecurityGroups: [taskGroup],
              },
            },
          },
        },
      ],
    }),
  );
  const [scheduled] = inspection().scheduledTasks();
  expect(scheduled).toEqual({ rule: RuleArn, name: "nightly", targetId: "task", taskCount: 1 });
  // The role of the rule has no permission for ecs:RunTask.
  expect(inspection().tryScheduledTask({ rule: RuleArn, targetId: "task" })).toMatchObject([
    { rejection: { isRoleNotAssumable: false } },
  ]);
  expect(() => inspection().tryScheduledTask({ rule: RuleArn, targetId: "other" })).toThrow(
    /has no target other/,
  );
});
