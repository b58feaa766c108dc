import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import { describe, expect, it } from "vitest";
import type { SandboxOptions } from "../../../src/sandbox/server.ts";
import { account, allow, givenStage, type Stage } from "../failures/stage.ts";

const ARN = `arn:aws:ecs:us-east-1:${account}`;
const GONE = { images: { "gone:*": { exists: false } } };
const ROLL_BACK = { deploymentCircuitBreaker: { enable: true, rollback: true } };
const BREAKER_REASON =
  "Service deployment rolled back because the circuit breaker threshold was exceeded.";

/** A healthy service of the revision app:1. */
async function givenService(
  deploymentConfiguration: ecs.DeploymentConfiguration = {},
  options: SandboxOptions = {},
): Promise<Stage> {
  const stage = await givenStage("nat", { apps: GONE, ...options });
  await stage.register();
  await stage.create({ deploymentConfiguration });
  await stage.poll();
  return stage;
}

const send = {
  list: (stage: Stage, input: Partial<ecs.ListServiceDeploymentsRequest> = {}) =>
    stage.aws.ecs.send(
      new ecs.ListServiceDeploymentsCommand({ cluster: "app", service: "app", ...input }),
    ),
  describe: (stage: Stage, serviceDeploymentArns: string[]) =>
    stage.aws.ecs.send(new ecs.DescribeServiceDeploymentsCommand({ serviceDeploymentArns })),
  revisions: (stage: Stage, serviceRevisionArns: string[]) =>
    stage.aws.ecs.send(new ecs.DescribeServiceRevisionsCommand({ serviceRevisionArns })),
  stop: (
    stage: Stage,
    serviceDeploymentArn: string,
    stopType?: ecs.StopServiceDeploymentStopType,
  ) => stage.aws.ecs.send(new ecs.StopServiceDeploymentCommand({ serviceDeploymentArn, stopType })),
};

/** Updates the service and returns the ARN of its service deployment. */
async function update(stage: Stage, more: Partial<ecs.UpdateServiceRequest>): Promise<string> {
  const { service } = await stage.aws.ecs.send(
    new ecs.UpdateServiceCommand({ cluster: "app", service: "app", ...more }),
  );
  return service?.currentServiceDeployment ?? "";
}

/** Deploys a new revision with an image. */
async function deploy(stage: Stage, image?: string): Promise<string> {
  await stage.register({
    container: {
      environment: [{ name: "A", value: "2" }],
      ...(image === undefined ? {} : { image }),
    },
  });
  return update(stage, { taskDefinition: "app" });
}

async function read(stage: Stage, arn: string): Promise<ecs.ServiceDeployment> {
  const { serviceDeployments = [] } = await send.describe(stage, [arn]);
  const [deployment] = serviceDeployments;
  if (!deployment) throw new Error(`${arn} does not exist`);
  return deployment;
}

const statuses = async (stage: Stage): Promise<(string | undefined)[]> =>
  (await send.list(stage)).serviceDeployments?.map(({ status }) => status) ?? [];

describe("a service deployment", () => {
  it("is recorded when a service is created and when an update starts a deployment", async () => {
    const stage = await givenService();
    await update(stage, { desiredCount: 2 });
    await update(stage, { deploymentConfiguration: { maximumPercent: 150 } });
    expect(await statuses(stage)).toEqual(["SUCCESSFUL"]);
    await deploy(stage);
    await update(stage, { forceNewDeployment: true });
    expect(await statuses(stage)).toEqual(["SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"]);
    await stage.close();
  });

  it("has the source and target revisions, their counts and its times", async () => {
    const stage = await givenService(ROLL_BACK);
    const arn = await deploy(stage);
    expect(arn).toMatch(new RegExp(`^${ARN}:service-deployment/app/app/[A-Za-z0-9_-]{21}$`));
    const deployment = await read(stage, arn);
    const service = await stage.describe();
    const target = deployment.targetServiceRevision?.arn ?? "";
    expect(target).toBe(
      `${ARN}:service-revision/app/app/${service?.deployments?.[0]?.id?.split("/")[1]}`,
    );
    expect(deployment).toMatchObject({
      serviceArn: `${ARN}:service/app/app`,
      clusterArn: `${ARN}:cluster/app`,
      status: "SUCCESSFUL",
      createdAt: expect.any(Date) as Date,
      startedAt: expect.any(Date) as Date,
      finishedAt: expect.any(Date) as Date,
      updatedAt: expect.any(Date) as Date,
      targetServiceRevision: { requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
      deploymentConfiguration: {
        ...ROLL_BACK,
        maximumPercent: 200,
        minimumHealthyPercent: 100,
      },
      deploymentCircuitBreaker: { status: "MONITORING_COMPLETE", failureCount: 0, threshold: 3 },
      alarms: { status: "DISABLED", alarmNames: [], triggeredAlarmNames: [] },
    });
    expect(deployment.sourceServiceRevisions).toEqual([
      {
        arn: expect.not.stringMatching(target) as string,
        requestedTaskCount: 0,
        runningTaskCount: 0,
        pendingTaskCount: 0,
      },
    ]);
    expect(deployment).not.toHaveProperty("rollback");
    expect(deployment).not.toHaveProperty("stoppedAt");
    expect(service).toMatchObject({
      currentServiceDeployment: arn,
      currentServiceRevisions: [
        { arn: target, requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
      ],
    });
    await stage.close();
  });

  it("has service revisions with the configuration of the service", async () => {
    const stage = await givenService();
    const before = await read(stage, (await stage.describe())?.currentServiceDeployment ?? "");
    const after = await read(
      stage,
      await deploy(
        stage,
        `${account}.dkr.ecr.us-east-1.amazonaws.com/app@sha256:${"a".repeat(64)}`,
      ),
    );
    const unknown = `${ARN}:service-revision/app/app/1`;
    const answer = await send.revisions(stage, [
      before.targetServiceRevision?.arn ?? "",
      after.targetServiceRevision?.arn ?? "",
      unknown,
    ]);
    expect(answer.failures).toEqual([{ arn: unknown, reason: "MISSING" }]);
    expect(answer.serviceRevisions).toMatchObject([
      {
        serviceArn: `${ARN}:service/app/app`,
        taskDefinition: `${ARN}:task-definition/app:1`,
        launchType: "FARGATE",
        platformVersion: "LATEST",
        containerImages: [
          { containerName: "app", image: expect.stringMatching(/app:1$/) as string },
        ],
        networkConfiguration: { awsvpcConfiguration: { subnets: [...stage.ids.privates] } },
        loadBalancers: [{ targetGroupArn: stage.ids.targets }],
      },
      {
        taskDefinition: `${ARN}:task-definition/app:2`,
        containerImages: [{ imageDigest: `sha256:${"a".repeat(64)}` }],
      },
    ]);
    await stage.close();
  });

  it("is rolled back by the circuit breaker", async () => {
    const stage = await givenService(ROLL_BACK);
    const first = await read(stage, (await stage.describe())?.currentServiceDeployment ?? "");
    const arn = await deploy(stage, "gone:1");
    // ListServiceDeployments does not let time pass, so that ECS has not tried again.
    expect(await statuses(stage)).toEqual(["IN_PROGRESS", "SUCCESSFUL"]);
    await stage.poll(5);
    const after = await read(stage, arn);
    expect(after).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      statusReason: BREAKER_REASON,
      rollback: {
        reason: BREAKER_REASON,
        startedAt: expect.any(Date) as Date,
        serviceRevisionArn: first.targetServiceRevision?.arn,
      },
      deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 4, threshold: 3 },
      sourceServiceRevisions: [{ requestedTaskCount: 2, runningTaskCount: 2 }],
      targetServiceRevision: { requestedTaskCount: 0, runningTaskCount: 0, pendingTaskCount: 0 },
    });
    expect(await stage.describe()).toMatchObject({
      taskDefinition: `${ARN}:task-definition/app:1`,
      currentServiceDeployment: arn,
      currentServiceRevisions: [{ arn: first.targetServiceRevision?.arn }],
      deployments: [{ status: "PRIMARY", rolloutState: "COMPLETED", runningCount: 2 }],
    });
    await stage.close();
  });

  it("restores all settings of the service revision in a rollback", async () => {
    const stage = await givenService(ROLL_BACK);
    await stage.register({ container: { image: "gone:1" } });
    const { service } = await stage.aws.ecs.send(
      new ecs.UpdateServiceCommand({
        cluster: "app",
        service: "app",
        taskDefinition: "app",
        platformVersion: "1.4.0",
      }),
    );
    expect(service?.platformVersion).toBe("1.4.0");
    await stage.poll(5);
    expect(await statuses(stage)).toEqual(["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
    expect(await stage.describe()).toMatchObject({ platformVersion: "LATEST" });
    await stage.close();
  });

  it("fails to roll back the first deployment of a service", async () => {
    const stage = await givenStage("nat", { apps: GONE });
    await stage.register({ container: { image: "gone:1" } });
    const { service } = await stage.create({ deploymentConfiguration: ROLL_BACK });
    await stage.poll(5);
    const deployment = await read(stage, service?.currentServiceDeployment ?? "");
    expect(deployment).toMatchObject({
      status: "ROLLBACK_FAILED",
      statusReason: "No rollback candidate was found to run the rollback.",
      sourceServiceRevisions: [],
    });
    expect(deployment).not.toHaveProperty("rollback");
    await stage.close();
  });

  it("stops without a rollback if the circuit breaker has none", async () => {
    const stage = await givenService({
      deploymentCircuitBreaker: { enable: true, rollback: false },
    });
    const arn = await deploy(stage, "gone:1");
    await stage.poll(5);
    expect(await read(stage, arn)).toMatchObject({
      status: "STOPPED",
      stoppedAt: expect.any(Date) as Date,
      deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 4 },
    });
    expect(await stage.describe()).toMatchObject({
      taskDefinition: `${ARN}:task-definition/app:2`,
      runningCount: 2,
      deployments: [
        { status: "PRIMARY", rolloutState: "FAILED", runningCount: 0 },
        { status: "ACTIVE", runningCount: 2 },
      ],
    });
    await stage.close();
  });

  it("is stopped by a newer one", async () => {
    const stage = await givenService();
    const superseded = await deploy(stage, "gone:1");
    expect((await read(stage, superseded)).status).toBe("IN_PROGRESS");
    const arn = await deploy(stage);
    expect(await read(stage, superseded)).toMatchObject({
      status: "STOPPED",
      finishedAt: expect.any(Date) as Date,
    });
    expect(await read(stage, arn)).toMatchObject({ status: "SUCCESSFUL" });
    await stage.close();
  });

  it("takes the time of its tasks at the pace real", async () => {
    let now = Date.parse("2026-05-01T12:00:00Z");
    const stage = await givenService({}, { pace: "real", now: () => new Date(now) });
    for (const seconds of [40, 600]) {
      now += seconds * 1000;
      await stage.poll();
    }
    const arn = await deploy(stage);
    expect(await read(stage, arn)).toMatchObject({
      status: "IN_PROGRESS",
      startedAt: new Date(now),
      targetServiceRevision: { requestedTaskCount: 2, runningTaskCount: 0, pendingTaskCount: 2 },
    });
    now += 40_000;
    expect(await read(stage, arn)).toMatchObject({
      targetServiceRevision: { runningTaskCount: 2, pendingTaskCount: 0 },
      sourceServiceRevisions: [{ runningTaskCount: 2 }],
    });
    now += 600_000;
    expect(await read(stage, arn)).toMatchObject({
      status: "SUCCESSFUL",
      finishedAt: new Date(now),
    });
    await stage.close();
  });

  it("is deleted with its service", async () => {
    const stage = await givenService();
    const { serviceDeployments = [] } = await send.list(stage);
    const arn = serviceDeployments[0]?.serviceDeploymentArn ?? "";
    await stage.aws.ecs.send(
      new ecs.DeleteServiceCommand({ cluster: "app", service: "app", force: true }),
    );
    expect(await send.describe(stage, [arn])).toMatchObject({
      serviceDeployments: [],
      failures: [{ arn, reason: "MISSING" }],
    });
    await expect(send.list(stage)).rejects.toMatchObject({ name: "ServiceNotFoundException" });
    await stage.close();
  });
});

describe("ListServiceDeployments", () => {
  it("returns the newest first, in pages, by status and time, for 90 days", async () => {
    let now = Date.parse("2026-05-01T12:00:00Z");
    const stage = await givenService({}, { now: () => new Date(now) });
    const times = [now];
    for (let count = 0; count < 2; count++) {
      now += 24 * 3_600_000;
      times.push(now);
      await update(stage, { forceNewDeployment: true });
    }
    await deploy(stage, "gone:1");
    const created = async (input: Partial<ecs.ListServiceDeploymentsRequest>) =>
      (await send.list(stage, input)).serviceDeployments?.map(({ createdAt }) =>
        createdAt?.getTime(),
      );
    const [first = 0, second = 0, third = 0] = times;
    expect(await created({})).toEqual([third, third, second, first]);
    expect(await created({ status: ["IN_PROGRESS"] })).toEqual([third]);
    expect(await created({ createdAt: { after: new Date(first) } })).toEqual([
      third,
      third,
      second,
    ]);
    expect(await created({ createdAt: { before: new Date(second) } })).toEqual([first]);
    const page = await send.list(stage, { maxResults: 3 });
    expect(page.serviceDeployments).toHaveLength(3);
    expect(await created({ maxResults: 3, nextToken: page.nextToken })).toEqual([first]);
    now = first + 90 * 24 * 3_600_000;
    expect(await created({})).toEqual([third, third, second]);
    await stage.close();
  });

  it("rejects unknown services and invalid numbers", async () => {
    const stage = await givenService();
    await expect(send.list(stage, { service: "none" })).rejects.toMatchObject({
      name: "ServiceNotFoundException",
    });
    await expect(send.list(stage, { cluster: "none" })).rejects.toMatchObject({
      name: "ClusterNotFoundException",
    });
    await expect(send.list(stage, { maxResults: 101 })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await expect(
      send.describe(
        stage,
        Array.from({ length: 21 }, () => `${ARN}:service-deployment/a/b/c`),
      ),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(send.revisions(stage, ["app"])).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await stage.close();
  });

  it("requires permissions for services, service deployments and service revisions", async () => {
    const stage = await givenService();
    const UserName = "reader";
    await stage.aws.iam.send(new iam.CreateUserCommand({ UserName }));
    const { AccessKey } = await stage.aws.iam.send(new iam.CreateAccessKeyCommand({ UserName }));
    const reader = new ecs.ECSClient({
      ...stage.options(account),
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? "",
        secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      },
    });
    const { serviceDeployments = [] } = await send.list(stage);
    const arn = serviceDeployments[0]?.serviceDeploymentArn ?? "";
    const revision = serviceDeployments[0]?.targetServiceRevisionArn ?? "";
    const calls = [
      {
        resource: `${ARN}:service/app/app`,
        action: "ecs:ListServiceDeployments",
        call: () =>
          reader.send(new ecs.ListServiceDeploymentsCommand({ cluster: "app", service: "app" })),
      },
      {
        resource: arn,
        action: "ecs:DescribeServiceDeployments",
        call: () =>
          reader.send(new ecs.DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] })),
      },
      {
        resource: revision,
        action: "ecs:DescribeServiceRevisions",
        call: () =>
          reader.send(new ecs.DescribeServiceRevisionsCommand({ serviceRevisionArns: [revision] })),
      },
    ];
    for (const { resource, action, call } of calls) {
      await expect(call()).rejects.toThrow(
        `not authorized to perform: ${action} on resource: ${resource}`,
      );
      await stage.aws.iam.send(
        new iam.PutUserPolicyCommand({
          UserName,
          PolicyName: action.replace(":", "-"),
          PolicyDocument: allow([action], [resource]),
        }),
      );
      await call();
    }
    await expect(
      reader.send(new ecs.StopServiceDeploymentCommand({ serviceDeploymentArn: arn })),
    ).rejects.toThrow(`ecs:StopServiceDeployment on resource: ${arn}`);
    await stage.close();
  });
});

describe("StopServiceDeployment", () => {
  it("rolls back a deployment without a circuit breaker", async () => {
    const stage = await givenService();
    const arn = await deploy(stage, "gone:1");
    expect(await send.stop(stage, arn)).toMatchObject({ serviceDeploymentArn: arn });
    expect(await read(stage, arn)).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      deploymentCircuitBreaker: { status: "DISABLED" },
      rollback: { serviceRevisionArn: expect.stringContaining("service-revision") as string },
    });
    expect(await stage.describe()).toMatchObject({
      taskDefinition: `${ARN}:task-definition/app:1`,
      runningCount: 2,
    });
    await stage.close();
  });

  it("starts the tasks of the previous revision again", async () => {
    let now = Date.parse("2026-05-01T12:00:00Z");
    const stage = await givenService(
      { minimumHealthyPercent: 0, maximumPercent: 100 },
      { pace: "real", now: () => new Date(now) },
    );
    const pass = async (seconds: number): Promise<void> => {
      now += seconds * 1000;
      await stage.poll();
    };
    await pass(60);
    await pass(600);
    const arn = await deploy(stage, "gone:1");
    await pass(1);
    expect((await stage.describe())?.runningCount).toBe(0);
    await send.stop(stage, arn, "ROLLBACK");
    expect((await read(stage, arn)).status).toBe("ROLLBACK_IN_PROGRESS");
    // A further request changes nothing.
    await send.stop(stage, arn, "ROLLBACK");
    expect((await read(stage, arn)).status).toBe("ROLLBACK_IN_PROGRESS");
    await pass(60);
    await pass(600);
    expect((await read(stage, arn)).status).toBe("ROLLBACK_SUCCESSFUL");
    expect(await stage.describe()).toMatchObject({ runningCount: 2 });
    await stage.close();
  });

  it("stops a deployment without a rollback by ABORT", async () => {
    const stage = await givenService();
    const arn = await deploy(stage, "gone:1");
    await send.stop(stage, arn, "ABORT");
    const deployment = await read(stage, arn);
    expect(deployment).toMatchObject({ status: "STOPPED", stoppedAt: expect.any(Date) as Date });
    expect(deployment).not.toHaveProperty("rollback");
    const { failedTasks } = (await stage.describe())?.deployments?.[0] ?? {};
    await stage.poll(3);
    expect((await stage.describe())?.deployments?.[0]).toMatchObject({
      rolloutState: "FAILED",
      failedTasks,
    });
    await stage.close();
  });

  it("rejects a finished and an unknown service deployment", async () => {
    const stage = await givenService();
    const arn = (await stage.describe())?.currentServiceDeployment ?? "";
    await expect(send.stop(stage, arn)).rejects.toMatchObject({ name: "ConflictException" });
    await expect(send.stop(stage, `${arn.slice(0, -1)}!`)).rejects.toMatchObject({
      name: "ServiceDeploymentNotFoundException",
    });
    await expect(send.stop(stage, "app")).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await stage.close();
  });
});

describe("deployment alarms", () => {
  const ALARMS = { alarms: { alarmNames: ["errors", "latency"], enable: true, rollback: true } };

  async function givenAlarms(
    configuration: ecs.DeploymentConfiguration = ALARMS,
    options: SandboxOptions = {},
  ): Promise<{
    readonly stage: Stage;
    readonly setAlarm: (state: cloudwatch.StateValue) => Promise<unknown>;
  }> {
    const stage = await givenService(configuration, options);
    const client = new cloudwatch.CloudWatchClient(stage.options(account));
    for (const AlarmName of ["errors", "latency"]) {
      await client.send(
        new cloudwatch.PutMetricAlarmCommand({
          AlarmName,
          MetricName: "HTTPCode_Target_5XX_Count",
          Namespace: "AWS/ApplicationELB",
          Statistic: "Sum",
          Period: 60,
          EvaluationPeriods: 2,
          Threshold: 1,
          ComparisonOperator: "GreaterThanOrEqualToThreshold",
        }),
      );
    }
    const setAlarm = (StateValue: cloudwatch.StateValue): Promise<unknown> =>
      client.send(
        new cloudwatch.SetAlarmStateCommand({
          AlarmName: "errors",
          StateValue,
          StateReason: "test",
        }),
      );
    return { stage, setAlarm };
  }

  it("roll back a deployment whose tasks are healthy", async () => {
    const { stage, setAlarm } = await givenAlarms();
    const arn = await deploy(stage);
    await setAlarm("ALARM");
    expect(await read(stage, arn)).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      alarms: {
        status: "TRIGGERED",
        alarmNames: ["errors", "latency"],
        triggeredAlarmNames: ["errors"],
      },
      deploymentCircuitBreaker: { status: "DISABLED" },
    });
    const outcome = await stage.poll();
    expect(outcome.running).toBe(2);
    expect(outcome.events.filter((event) => /deployment failed|rolling back/.test(event))).toEqual([
      expect.stringMatching(/deployment failed: alarm detected\.$/),
      expect.stringMatching(/rolling back to deployment ecs-svc\/\d+\.$/),
    ]);
    expect((await stage.describe())?.taskDefinition).toBe(`${ARN}:task-definition/app:1`);
    await stage.close();
  });

  it("let a deployment succeed after the bake time", async () => {
    const { stage, setAlarm } = await givenAlarms();
    const arn = await deploy(stage);
    await stage.poll(2);
    expect(await read(stage, arn)).toMatchObject({
      status: "SUCCESSFUL",
      alarms: { status: "MONITORING_COMPLETE", triggeredAlarmNames: [] },
    });
    await setAlarm("ALARM");
    expect(await read(stage, arn)).toMatchObject({ status: "SUCCESSFUL" });
    await stage.close();
  });

  it("stop a deployment without a rollback", async () => {
    const { stage, setAlarm } = await givenAlarms({
      alarms: { ...ALARMS.alarms, rollback: false },
    });
    const arn = await deploy(stage);
    await setAlarm("ALARM");
    await stage.poll(3);
    expect(await read(stage, arn)).toMatchObject({
      status: "STOPPED",
      alarms: { status: "TRIGGERED" },
    });
    expect(await stage.describe()).toMatchObject({
      taskDefinition: `${ARN}:task-definition/app:2`,
      deployments: [
        { status: "PRIMARY", rolloutState: "FAILED", runningCount: 2 },
        { status: "ACTIVE", runningCount: 0 },
      ],
    });
    await stage.close();
  });

  it("are ignored if an alarm is in the state ALARM at the start", async () => {
    const { stage, setAlarm } = await givenAlarms();
    await setAlarm("ALARM");
    expect(await read(stage, await deploy(stage))).toMatchObject({
      status: "SUCCESSFUL",
      alarms: { status: "DISABLED", triggeredAlarmNames: [] },
    });
    await stage.close();
  });

  it("are monitored for the configured bake time", async () => {
    let now = Date.parse("2026-05-01T12:00:00Z");
    const { stage } = await givenAlarms(
      { ...ALARMS, bakeTimeInMinutes: 10 },
      { pace: "real", now: () => new Date(now) },
    );
    const statusAfter = async (seconds: number): Promise<string | undefined> => {
      now += seconds * 1000;
      const { serviceDeployments } = await send.list(stage);
      return serviceDeployments?.[0]?.status;
    };
    expect(await statusAfter(60)).toBe("IN_PROGRESS");
    expect(await statusAfter(300)).toBe("IN_PROGRESS");
    expect(await statusAfter(599)).toBe("IN_PROGRESS");
    expect(await statusAfter(1)).toBe("SUCCESSFUL");
    await stage.close();
  });

  it("need the deployment controller ECS", async () => {
    const stage = await givenStage();
    await stage.register();
    await expect(
      stage.create({
        deploymentController: { type: "CODE_DEPLOY" },
        deploymentConfiguration: ALARMS,
      }),
    ).rejects.toThrow(
      "Alarm based rollback feature is only supported with ECS deployment controller. Update to ECS deployment controller and try again.",
    );
    await stage.close();
  });
});
