import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as codedeploy from "@aws-sdk/client-codedeploy";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as route53 from "@aws-sdk/client-route-53";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import { describe, expect, it } from "vitest";
import { account, givenStage, IMAGE, type Stage } from "../failures/stage.ts";

const update = (stage: Stage, more: Partial<ecs.UpdateServiceRequest>): Promise<unknown> =>
  stage.aws.ecs.send(new ecs.UpdateServiceCommand({ cluster: "app", service: "app", ...more }));

/** Registers another revision, optionally with another image. */
const revise = (stage: Stage, image?: string): Promise<unknown> =>
  stage.register({
    container: {
      environment: [{ name: "A", value: "2" }],
      ...(image === undefined ? {} : { image }),
    },
  });

describe("ECS service", () => {
  it("is rejected if the port of its load balancer is in two port mappings", async () => {
    const stage = await givenStage();
    const portMappings = (["tcp", "udp"] as const).map((protocol) => ({
      containerPort: 8080,
      protocol,
    }));
    await stage.register({ container: { portMappings } });
    await expect(stage.create()).rejects.toThrow(
      "Container port 8080 is used in more than one port mapping for container app",
    );
    await stage.close();
  });

  it("replaces its tasks in a rolling update", async () => {
    const stage = await givenStage();
    await stage.launch();
    await revise(stage);
    await update(stage, { taskDefinition: "app" });
    const outcome = await stage.poll(2);
    expect(outcome).toMatchObject({ running: 2, rollout: "COMPLETED" });
    expect(outcome.reasons.every((reason) => reason.startsWith("Scaling activity"))).toBe(true);
    const service = await stage.describe();
    expect(service?.taskDefinition).toMatch(/app:2$/);
    expect(service?.deployments).toHaveLength(1);
    expect(stage.request()).toMatchObject({ kind: "answered", status: 200 });
    await stage.close();
  });

  it("is rolled back by the circuit breaker without an outage", async () => {
    const stage = await givenStage("nat", { apps: { images: { "gone:*": { exists: false } } } });
    await stage.register();
    await stage.create({
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    });
    expect(await stage.poll()).toMatchObject({ running: 2, rollout: "COMPLETED" });
    await revise(stage, "gone:1");
    await update(stage, { taskDefinition: "app" });
    expect(stage.request()).toMatchObject({ kind: "answered", status: 200 });
    const outcome = await stage.poll(5);
    expect(outcome.events.join("\n")).toContain("deployment failed: tasks failed to start.");
    expect(outcome.events.join("\n")).toContain("rolling back to deployment");
    const service = await stage.describe();
    expect(service?.deployments?.[0]?.taskDefinition).toMatch(/app:1$/);
    expect(service?.runningCount).toBe(2);
    expect(stage.request()).toMatchObject({ kind: "answered", status: 200 });
    await stage.close();
  });

  it("is deleted once when a client repeats the call after a lost response", async () => {
    const stage = await givenStage();
    await stage.launch();
    const remove = async (): Promise<string | undefined> => {
      const { service } = await stage.aws.ecs.send(
        new ecs.DeleteServiceCommand({ cluster: "app", service: "app", force: true }),
      );
      return service?.status;
    };
    expect([await remove(), await remove()]).toEqual(["DRAINING", "DRAINING"]);
    expect((await stage.describe())?.status).toBe("INACTIVE");
    await expect(remove()).rejects.toMatchObject({ name: "ServiceNotFoundException" });
    await stage.close();
  });

  it("distributes tasks over capacity providers by base and weight", async () => {
    const stage = await givenStage();
    await stage.register();
    await stage.create({
      desiredCount: 7,
      launchType: undefined,
      capacityProviderStrategy: [
        { capacityProvider: "FARGATE", base: 1, weight: 1 },
        { capacityProvider: "FARGATE_SPOT", weight: 2 },
      ],
    });
    await stage.poll();
    const { taskArns } = await stage.aws.ecs.send(new ecs.ListTasksCommand({ cluster: "app" }));
    const { tasks = [] } = await stage.aws.ecs.send(
      new ecs.DescribeTasksCommand({ cluster: "app", tasks: taskArns }),
    );
    const onSpot = tasks.filter((task) => task.capacityProviderName === "FARGATE_SPOT");
    expect([tasks.length, onSpot.length]).toEqual([7, 4]);
    await stage.close();
  });

  it("takes the time of AWS at the pace real, by the clock of the sandbox", async () => {
    let now = Date.now();
    const stage = await givenStage("nat", { pace: "real", now: () => new Date(now) });
    await stage.register();
    await stage.create();
    const states = async (): Promise<string[]> => {
      const { taskArns } = await stage.aws.ecs.send(new ecs.ListTasksCommand({ cluster: "app" }));
      const { tasks = [] } = await stage.aws.ecs.send(
        new ecs.DescribeTasksCommand({ cluster: "app", tasks: taskArns }),
      );
      return tasks.map((task) => task.lastStatus ?? "");
    };
    expect(await states()).toEqual(["PROVISIONING", "PROVISIONING"]);
    now += 20_000;
    expect(await states()).toEqual(["PENDING", "PENDING"]);
    now += 20_000;
    expect(await states()).toEqual(["RUNNING", "RUNNING"]);
    expect((await stage.health()).every((value) => value.startsWith("initial"))).toBe(true);
    now += 200_000;
    expect(await stage.health()).toEqual(["healthy", "healthy"]);
    await stage.close();
  });

  it("creates log streams, whose events can be filtered", async () => {
    const stage = await givenStage();
    await stage.launch();
    const group = { logGroupName: "/ecs/app" };
    const { logStreams = [] } = await stage.aws.logs.send(
      new logs.DescribeLogStreamsCommand(group),
    );
    expect(logStreams.map((logStream) => logStream.logStreamName)).toEqual([
      expect.stringMatching(/^app\/app\/\w{32}$/),
      expect.stringMatching(/^app\/app\/\w{32}$/),
    ]);
    const stream = { ...group, logStreamName: logStreams[0]?.logStreamName };
    const timestamp = Date.now();
    await stage.aws.logs.send(
      new logs.PutLogEventsCommand({
        ...stream,
        logEvents: [
          { timestamp, message: "GET /healthz 200" },
          { timestamp: timestamp + 1, message: "GET /missing 404 ERROR" },
        ],
      }),
    );
    const found = await stage.aws.logs.send(
      new logs.FilterLogEventsCommand({ ...group, filterPattern: "GET -healthz" }),
    );
    expect(found.events?.map((event) => event.message)).toEqual(["GET /missing 404 ERROR"]);
    const answer = await stage.aws.logs.send(
      new logs.GetLogEventsCommand({ ...stream, startFromHead: true }),
    );
    expect(answer.events?.map((event) => event.message)).toEqual([
      `started image ${IMAGE}, listening on port 8080`,
      "GET /healthz 200",
      "GET /missing 404 ERROR",
    ]);
    const more = await stage.aws.logs.send(
      new logs.GetLogEventsCommand({ ...stream, nextToken: answer.nextForwardToken }),
    );
    expect(more.events).toEqual([]);
    await stage.close();
  });

  it("is registered in Cloud Map and in DNS", async () => {
    const stage = await givenStage();
    const { OperationId } = await stage.aws.map.send(
      new servicediscovery.CreatePrivateDnsNamespaceCommand({
        Name: "app.local",
        Vpc: stage.ids.vpc,
      }),
    );
    const { Operation } = await stage.aws.map.send(
      new servicediscovery.GetOperationCommand({ OperationId }),
    );
    const NamespaceId = Operation?.Targets?.NAMESPACE;
    const { Service } = await stage.aws.map.send(
      new servicediscovery.CreateServiceCommand({
        Name: "web",
        NamespaceId,
        DnsConfig: { DnsRecords: [{ Type: "A", TTL: 10 }] },
      }),
    );
    await stage.register();
    await stage.create({ serviceRegistries: [{ registryArn: Service?.Arn }] });
    await stage.poll();
    const { Instances } = await stage.aws.map.send(
      new servicediscovery.DiscoverInstancesCommand({
        NamespaceName: "app.local",
        ServiceName: "web",
      }),
    );
    expect(Instances).toHaveLength(2);
    const dns = new route53.Route53Client(stage.options(account));
    const { HostedZones } = await dns.send(new route53.ListHostedZonesCommand({}));
    const { ResourceRecordSets } = await dns.send(
      new route53.ListResourceRecordSetsCommand({ HostedZoneId: HostedZones?.[0]?.Id }),
    );
    const record = ResourceRecordSets?.find(
      (resourceRecordSet) => resourceRecordSet.Name === "web.app.local.",
    );
    expect(record?.ResourceRecords?.map((resourceRecord) => resourceRecord.Value).sort()).toEqual(
      Instances?.map((instance) => instance.Attributes?.["AWS_INSTANCE_IPV4"]).sort(),
    );
    await stage.close();
  });

  it("is scaled within its capacity bounds, with alarms of the policy", async () => {
    const stage = await givenStage();
    await stage.launch();
    const client = new scaling.ApplicationAutoScalingClient(stage.options(account));
    const target = {
      ServiceNamespace: "ecs",
      ResourceId: "service/app/app",
      ScalableDimension: "ecs:service:DesiredCount",
    } as const;
    await client.send(
      new scaling.RegisterScalableTargetCommand({ ...target, MinCapacity: 4, MaxCapacity: 6 }),
    );
    expect(await stage.poll()).toMatchObject({ running: 4 });
    const { Alarms = [] } = await client.send(
      new scaling.PutScalingPolicyCommand({
        ...target,
        PolicyName: "cpu",
        PolicyType: "TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 50,
          PredefinedMetricSpecification: {
            PredefinedMetricType: "ECSServiceAverageCPUUtilization",
          },
        },
      }),
    );
    const cloudWatch = new cloudwatch.CloudWatchClient(stage.options(account));
    const { MetricAlarms } = await cloudWatch.send(new cloudwatch.DescribeAlarmsCommand({}));
    expect(MetricAlarms?.map((metricAlarm) => metricAlarm.AlarmArn)).toEqual(
      Alarms.map((alarm) => alarm.AlarmARN),
    );
    await client.send(new scaling.DeregisterScalableTargetCommand(target));
    expect((await cloudWatch.send(new cloudwatch.DescribeAlarmsCommand({}))).MetricAlarms).toEqual(
      [],
    );
    await stage.close();
  });

  it("is deployed blue/green by CodeDeploy", async () => {
    const stage = await givenStage();
    await stage.register();
    await stage.create({ deploymentController: { type: "CODE_DEPLOY" } });
    await stage.poll();
    const { TargetGroups } = await stage.aws.elb.send(
      new elb.CreateTargetGroupCommand({
        Name: "green",
        Protocol: "HTTP",
        Port: 8080,
        VpcId: stage.ids.vpc,
        TargetType: "ip",
      }),
    );
    const green = TargetGroups?.[0]?.TargetGroupArn;
    const deploy = new codedeploy.CodeDeployClient(stage.options(account));
    const names = { applicationName: "app", deploymentGroupName: "app" };
    await deploy.send(
      new codedeploy.CreateApplicationCommand({ applicationName: "app", computePlatform: "ECS" }),
    );
    await deploy.send(
      new codedeploy.CreateDeploymentGroupCommand({
        ...names,
        serviceRoleArn: stage.ids.taskRole,
        deploymentStyle: {
          deploymentType: "BLUE_GREEN",
          deploymentOption: "WITH_TRAFFIC_CONTROL",
        },
        blueGreenDeploymentConfiguration: {
          deploymentReadyOption: { actionOnTimeout: "CONTINUE_DEPLOYMENT" },
        },
        ecsServices: [{ clusterName: "app", serviceName: "app" }],
        loadBalancerInfo: {
          targetGroupPairInfoList: [
            {
              targetGroups: [{ name: "app" }, { name: "green" }],
              prodTrafficRoute: { listenerArns: [stage.ids.listener] },
            },
          ],
        },
      }),
    );
    const { taskDefinition } = await stage.register({ container: { stopTimeout: 10 } });
    const { deploymentId } = await deploy.send(
      new codedeploy.CreateDeploymentCommand({
        ...names,
        revision: {
          revisionType: "AppSpecContent",
          appSpecContent: {
            content: JSON.stringify({
              Resources: [
                {
                  TargetService: {
                    Properties: {
                      TaskDefinition: taskDefinition?.taskDefinitionArn,
                      LoadBalancerInfo: { ContainerName: "app", ContainerPort: 8080 },
                    },
                  },
                },
              ],
            }),
          },
        },
      }),
    );
    const { deploymentInfo } = await deploy.send(
      new codedeploy.GetDeploymentCommand({ deploymentId }),
    );
    expect(deploymentInfo?.status).toBe("Succeeded");
    const { Listeners } = await stage.aws.elb.send(
      new elb.DescribeListenersCommand({ ListenerArns: [stage.ids.listener] }),
    );
    expect(Listeners?.[0]?.DefaultActions?.[0]?.TargetGroupArn).toBe(green);
    expect(stage.request()).toMatchObject({ kind: "answered", status: 200 });
    expect(await stage.poll()).toMatchObject({ running: 2 });
    await stage.close();
  });
});
