import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as scheduler from "@aws-sdk/client-scheduler";
import * as sqs from "@aws-sdk/client-sqs";
import * as sts from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inspect } from "../../../src/sandbox/inspection/index.ts";
import { account, allow, givenStage, region, type Stage, trust } from "../failures/stage.ts";

const START = Date.parse("2026-03-01T02:30:00Z");
const cluster = `arn:aws:ecs:${region}:${account}:cluster/app`;
const roleArn = `arn:aws:iam::${account}:role/scheduler`;
const scheduleArn = (name: string, group = "default"): string =>
  `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;

let now: number;
let stage: Stage;
let client: scheduler.SchedulerClient;
let metrics: cloudwatch.CloudWatchClient;

beforeEach(async () => {
  now = START;
  stage = await givenStage("nat", { now: () => new Date(now) });
  client = new scheduler.SchedulerClient(stage.options(account));
  metrics = new cloudwatch.CloudWatchClient(stage.options(account));
  await stage.register({ container: { portMappings: [] } });
  await stage.aws.iam.send(
    new iam.CreateRoleCommand({
      RoleName: "scheduler",
      AssumeRolePolicyDocument: trust("scheduler.amazonaws.com"),
    }),
  );
});
afterEach(() => stage.close());

const permit = (actions: readonly string[]): Promise<unknown> =>
  stage.aws.iam.send(
    new iam.PutRolePolicyCommand({
      RoleName: "scheduler",
      PolicyName: "run",
      PolicyDocument: allow(actions),
    }),
  );

const target = (more: Partial<scheduler.EcsParameters> = {}): scheduler.Target => ({
  Arn: cluster,
  RoleArn: roleArn,
  EcsParameters: {
    TaskDefinitionArn: `arn:aws:ecs:${region}:${account}:task-definition/app:1`,
    LaunchType: "FARGATE",
    NetworkConfiguration: {
      awsvpcConfiguration: {
        Subnets: [...stage.ids.privates],
        SecurityGroups: [stage.ids.taskGroup],
        AssignPublicIp: "DISABLED",
      },
    },
    ...more,
  },
});

const input = (
  more: Partial<scheduler.CreateScheduleInput> = {},
): scheduler.CreateScheduleInput => ({
  Name: "nightly",
  ScheduleExpression: "cron(0 3 * * ? *)",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: target(),
  ...more,
});

const create = (more: Partial<scheduler.CreateScheduleInput> = {}): Promise<unknown> =>
  client.send(new scheduler.CreateScheduleCommand(input(more)));

/** The sandbox at a later time, after its background work. */
function at(time: string): void {
  now = Date.parse(time);
  stage.sandbox.runBackgroundWork();
}

const tasks = async (desiredStatus: ecs.DesiredStatus = "RUNNING"): Promise<ecs.Task[]> => {
  const { taskArns = [] } = await stage.aws.ecs.send(
    new ecs.ListTasksCommand({ cluster: "app", desiredStatus }),
  );
  if (taskArns.length === 0) return [];
  const described = await stage.aws.ecs.send(
    new ecs.DescribeTasksCommand({ cluster: "app", tasks: taskArns, include: ["TAGS"] }),
  );
  return described.tasks ?? [];
};

const errorOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "",
    ({ name, message, $metadata }: scheduler.SchedulerServiceException) =>
      `${$metadata.httpStatusCode} ${name}: ${message}`,
  );

describe("EventBridge Scheduler", () => {
  it("stores a schedule with its defaults, changes it as a whole and deletes it", async () => {
    const settings = {
      Description: "a",
      State: "DISABLED" as const,
      ScheduleExpressionTimezone: "Europe/Zurich",
      FlexibleTimeWindow: { Mode: "FLEXIBLE" as const, MaximumWindowInMinutes: 15 },
      EndDate: new Date("2027-01-01T00:00:00Z"),
      KmsKeyArn: `arn:aws:kms:${region}:${account}:key/a`,
      Target: {
        ...target({ TaskCount: 2 }),
        Input: '{"containerOverrides":[]}',
        RetryPolicy: { MaximumRetryAttempts: 3 },
        DeadLetterConfig: { Arn: `arn:aws:sqs:${region}:${account}:failed` },
      },
    };
    expect(await create(settings)).toMatchObject({ ScheduleArn: scheduleArn("nightly") });
    const get = () => client.send(new scheduler.GetScheduleCommand({ Name: "nightly" }));
    const { $metadata: _, ...created } = await get();
    expect(created).toEqual({
      ...settings,
      Arn: scheduleArn("nightly"),
      Name: "nightly",
      GroupName: "default",
      ScheduleExpression: "cron(0 3 * * ? *)",
      ActionAfterCompletion: "NONE",
      CreationDate: new Date(START),
      LastModificationDate: new Date(START),
      Target: {
        ...settings.Target,
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 86_400 },
      },
    });
    now += 60_000;
    await client.send(
      new scheduler.UpdateScheduleCommand(input({ ScheduleExpression: "rate(2 hours)" })),
    );
    const { $metadata: __, ...updated } = await get();
    expect(updated).toEqual({
      Arn: scheduleArn("nightly"),
      Name: "nightly",
      GroupName: "default",
      ScheduleExpression: "rate(2 hours)",
      ScheduleExpressionTimezone: "UTC",
      State: "ENABLED",
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "NONE",
      CreationDate: new Date(START),
      LastModificationDate: new Date(START + 60_000),
      Target: {
        ...target(),
        RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
      },
    });
    expect(await errorOf(create())).toBe("409 ConflictException: Schedule nightly already exists.");
    await client.send(new scheduler.DeleteScheduleCommand({ Name: "nightly" }));
    expect(await errorOf(get())).toBe(
      "404 ResourceNotFoundException: Schedule nightly does not exist.",
    );
  });

  it("lists schedules by group, prefix and state, in pages", async () => {
    await client.send(new scheduler.CreateScheduleGroupCommand({ Name: "jobs" }));
    for (const name of ["a1", "a2", "b1"]) await create({ Name: name, GroupName: "jobs" });
    await create({ Name: "a3", State: "DISABLED" });
    const list = async (request: scheduler.ListSchedulesInput) => {
      const { Schedules = [], NextToken } = await client.send(
        new scheduler.ListSchedulesCommand(request),
      );
      return { names: Schedules.map(({ Name }) => Name), NextToken };
    };
    expect((await list({})).names).toEqual(["a1", "a2", "b1", "a3"]);
    expect((await list({ GroupName: "jobs", NamePrefix: "a" })).names).toEqual(["a1", "a2"]);
    expect((await list({ State: "DISABLED" })).names).toEqual(["a3"]);
    const first = await list({ MaxResults: 3 });
    expect(first.names).toEqual(["a1", "a2", "b1"]);
    expect((await list({ MaxResults: 3, NextToken: first.NextToken })).names).toEqual(["a3"]);
    expect(await errorOf(list({ GroupName: "other" }))).toBe(
      "404 ResourceNotFoundException: Schedule group other does not exist.",
    );
  });

  it("has groups with tags, and deletes the schedules of a group with it", async () => {
    const group = { Name: "jobs", Tags: [{ Key: "a", Value: "1" }] };
    const { ScheduleGroupArn: ResourceArn } = await client.send(
      new scheduler.CreateScheduleGroupCommand(group),
    );
    expect(ResourceArn).toBe(`arn:aws:scheduler:${region}:${account}:schedule-group/jobs`);
    await client.send(
      new scheduler.TagResourceCommand({ ResourceArn, Tags: [{ Key: "b", Value: "2" }] }),
    );
    await client.send(new scheduler.UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
    const { Tags } = await client.send(new scheduler.ListTagsForResourceCommand({ ResourceArn }));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
    await create({ GroupName: "jobs" });
    const { ScheduleGroups } = await client.send(new scheduler.ListScheduleGroupsCommand({}));
    expect(ScheduleGroups?.map(({ Name, State }) => [Name, State])).toEqual([
      ["default", "ACTIVE"],
      ["jobs", "ACTIVE"],
    ]);
    await client.send(new scheduler.DeleteScheduleGroupCommand({ Name: "jobs" }));
    expect(
      await errorOf(
        client.send(new scheduler.GetScheduleCommand({ Name: "nightly", GroupName: "jobs" })),
      ),
    ).toBe("404 ResourceNotFoundException: Schedule group jobs does not exist.");
    expect(
      await errorOf(client.send(new scheduler.DeleteScheduleGroupCommand({ Name: "default" }))),
    ).toContain("400 ValidationException");
  });

  it("answers a repeated client token, and rejects it for another request", async () => {
    await create({ ClientToken: "once" });
    await create({ ClientToken: "once" });
    expect(await errorOf(create({ ClientToken: "once", Description: "b" }))).toContain(
      "409 ConflictException: The request uses the same client token",
    );
  });

  it.each([
    [
      "an expression with five fields",
      { ScheduleExpression: "cron(0 3 * * ?)" },
      /^400 ValidationException: Invalid Schedule Expression cron\(0 3 \* \* \?\)\.$/,
    ],
    ["two days", { ScheduleExpression: "cron(0 3 1 * 2 *)" }, /Invalid Schedule Expression/],
    ["an hour 24", { ScheduleExpression: "cron(0 24 * * ? *)" }, /Invalid Schedule Expression/],
    ["a rate of zero", { ScheduleExpression: "rate(0 minutes)" }, /Invalid Schedule Expression/],
    ["a rate in weeks", { ScheduleExpression: "rate(1 weeks)" }, /Invalid Schedule Expression/],
    [
      "a date that does not exist",
      { ScheduleExpression: "at(2026-02-30T00:00:00)" },
      /Invalid Schedule Expression/,
    ],
    [
      "an unknown time zone",
      { ScheduleExpressionTimezone: "Mars/Base" },
      /Invalid ScheduleExpressionTimezone Mars\/Base/,
    ],
    [
      "a flexible window without length",
      { FlexibleTimeWindow: { Mode: "FLEXIBLE" } },
      /MaximumWindowInMinutes/,
    ],
    [
      "a fixed window with length",
      { FlexibleTimeWindow: { Mode: "OFF", MaximumWindowInMinutes: 5 } },
      /MaximumWindowInMinutes/,
    ],
    [
      "a window of more than a day",
      { FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 1441 } },
      /1 validation error detected: Value '1441' at 'flexibleTimeWindow\.maximumWindowInMinutes'/,
    ],
    [
      "a start in the past",
      { StartDate: new Date(START - 600_000) },
      /^400 ValidationException: The StartDate you specify cannot be earlier than 5 minutes ago\.$/,
    ],
    [
      "an end before the start",
      { StartDate: new Date(START + 7_200_000), EndDate: new Date(START + 3_600_000) },
      /StartDate you specify must come before/,
    ],
    [
      "a group that does not exist",
      { GroupName: "other" },
      /^404 ResourceNotFoundException: Schedule group other does not exist/,
    ],
    ["a name with a space", { Name: "a b" }, /failed to satisfy constraint/],
  ] as const)("rejects %s", async (_, more, message) => {
    expect(await errorOf(create(more as object))).toMatch(message);
    expect((await client.send(new scheduler.ListSchedulesCommand({}))).Schedules).toEqual([]);
  });

  it("rejects a target that it cannot invoke", async () => {
    const ecsTarget = target();
    const lambda = `arn:aws:lambda:${region}:${account}:function:a`;
    const withTarget = (more: object): Promise<string> =>
      errorOf(create({ Target: { ...ecsTarget, ...more } }));
    expect(await withTarget({ Arn: "app" })).toBe(
      "400 ValidationException: Provided Arn is not in correct format.",
    );
    expect(await withTarget({ Arn: lambda })).toContain("501 NotImplemented");
    expect(await withTarget({ EcsParameters: undefined })).toContain("EcsParameters must be");
    expect(await withTarget({ Input: "text" })).toContain("must be a JSON object");
    expect(await withTarget({ SqsParameters: { MessageGroupId: "a" } })).toContain("SqsParameters");
    expect(await withTarget({ RoleArn: `arn:aws:iam::${account}:role/none` })).toBe(
      "400 ValidationException: The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    );
    expect(await withTarget({ RoleArn: stage.ids.taskRole })).toContain(
      "must allow AWS EventBridge Scheduler to assume the role",
    );
    expect(
      await errorOf(create({ Target: target({ PlacementStrategy: [{ type: "spread" }] }) })),
    ).toContain("501 NotImplemented");
  });

  it("requires the permissions for the schedule and to pass its role", async () => {
    await stage.aws.iam.send(
      new iam.CreateRoleCommand({
        RoleName: "deploy",
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: `arn:aws:iam::${account}:root` },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      }),
    );
    const permitDeploy = (actions: readonly string[], resources: readonly string[]) =>
      stage.aws.iam.send(
        new iam.PutRolePolicyCommand({
          RoleName: "deploy",
          PolicyName: "deploy",
          PolicyDocument: allow(actions, resources),
        }),
      );
    const { Credentials: keys } = await stage.aws.sts.send(
      new sts.AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${account}:role/deploy`,
        RoleSessionName: "ci",
      }),
    );
    const limited = new scheduler.SchedulerClient({
      ...stage.options(account),
      credentials: {
        accessKeyId: keys?.AccessKeyId ?? "",
        secretAccessKey: keys?.SecretAccessKey ?? "",
        sessionToken: keys?.SessionToken ?? "",
      },
    });
    const call = () => errorOf(limited.send(new scheduler.CreateScheduleCommand(input())));
    expect(await call()).toContain(
      `403 AccessDeniedException: User: arn:aws:sts::${account}:assumed-role/deploy/ci is not authorized to perform: scheduler:CreateSchedule on resource: ${scheduleArn("nightly")}`,
    );
    await permitDeploy(["scheduler:CreateSchedule"], [scheduleArn("nightly")]);
    expect(await call()).toContain(`perform: iam:PassRole on resource: ${roleArn}`);
    await permitDeploy(
      ["scheduler:CreateSchedule", "iam:PassRole"],
      [scheduleArn("nightly"), roleArn],
    );
    expect(await call()).toBe("");
  });

  it("starts the tasks of a schedule when it is due, with the overrides and tags of its target", async () => {
    await permit(["ecs:RunTask", "ecs:TagResource", "iam:PassRole"]);
    await create({
      Target: {
        ...target({ TaskCount: 2, Tags: [{ key: "job", value: "nightly" }] }),
        Input: JSON.stringify({
          containerOverrides: [{ name: "app", command: ["run", "<aws.scheduler.scheduled-time>"] }],
        }),
      },
    });
    at("2026-03-01T02:59:59Z");
    expect(await tasks()).toEqual([]);
    at("2026-03-01T03:00:10Z");
    // The program of a job ends after its start.
    const started = await tasks("STOPPED");
    expect(
      started.map(({ lastStatus, startedBy, tags }) => ({ lastStatus, startedBy, tags })),
    ).toEqual(
      Array.from({ length: 2 }, () => ({
        lastStatus: "STOPPED",
        startedBy: "chronos-schedule/nightly",
        tags: [{ key: "job", value: "nightly" }],
      })),
    );
    expect(started[0]?.overrides?.containerOverrides?.[0]?.command).toEqual([
      "run",
      "2026-03-01T03:00:00Z",
    ]);
    const invocations = inspect(stage.sandbox).invocations();
    const arns = invocations.flatMap((invocation) => invocation.tasks);
    expect(invocations).toEqual([
      {
        rule: scheduleArn("nightly"),
        targetId: "",
        scheduled: new Date("2026-03-01T03:00:00Z"),
        attempts: 1,
        state: "succeeded",
        tasks: arns,
      },
    ]);
    expect(arns.toSorted()).toEqual(started.map(({ taskArn = "" }) => taskArn).sort());
    at("2026-03-01T03:00:20Z");
    expect(inspect(stage.sandbox).invocations()).toHaveLength(1);
    at("2026-03-02T03:00:00Z");
    expect(inspect(stage.sandbox).invocations()).toHaveLength(2);
  });

  it("shows why a task was not started, by inspection and by metrics", async () => {
    await permit(["ecs:RunTask"]);
    await create({
      Target: {
        ...target(),
        DeadLetterConfig: { Arn: `arn:aws:sqs:${region}:${account}:failed` },
      },
    });
    at("2026-03-01T03:00:10Z");
    expect(await tasks()).toEqual([]);
    expect(inspect(stage.sandbox).invocations()).toMatchObject([
      {
        state: "failed",
        attempts: 1,
        tasks: [],
        rejection: {
          isRoleNotAssumable: false,
          reason: expect.stringMatching(
            /^AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role\/scheduler\/\w{32} is not authorized to perform: iam:PassRole on resource: /,
          ) as string,
        },
      },
    ]);
    const { Metrics } = await metrics.send(
      new cloudwatch.ListMetricsCommand({ Namespace: "AWS/Scheduler" }),
    );
    expect(Metrics?.map(({ MetricName, Dimensions }) => [MetricName, Dimensions])).toEqual(
      [
        "InvocationAttemptCount",
        "TargetErrorCount",
        "InvocationDroppedCount",
        "InvocationsFailedToBeSentToDeadLetterCount",
      ].map((name) => [name, [{ Name: "ScheduleGroup", Value: "default" }]]),
    );
  });

  it.each([
    ["an existing queue, if its role may send to it", "failed", ["sqs:SendMessage"], "Sent"],
    ["no queue, if its role may not send to it", "failed", [], "FailedToBeSent"],
    ["no queue, if the queue does not exist", "other", ["sqs:SendMessage"], "FailedToBeSent"],
  ])("sends a dropped event to %s", async (_, queue, actions, result) => {
    await permit(["ecs:RunTask", ...actions]);
    await new sqs.SQSClient(stage.options(account)).send(
      new sqs.CreateQueueCommand({ QueueName: "failed" }),
    );
    const DeadLetterConfig = { Arn: `arn:aws:sqs:${region}:${account}:${queue}` };
    await create({ Target: { ...target(), DeadLetterConfig } });
    at("2026-03-01T03:00:10Z");
    const { Metrics } = await metrics.send(
      new cloudwatch.ListMetricsCommand({ Namespace: "AWS/Scheduler" }),
    );
    expect(
      Metrics?.map(({ MetricName }) => MetricName).filter((name) => /DeadLetter/.test(name ?? "")),
    ).toEqual([`Invocations${result}ToDeadLetterCount`]);
  });

  it("retries if ECS has no capacity, as often as the retry policy allows", async () => {
    await stage.close();
    stage = await givenStage("nat", { now: () => new Date(now), quotas: { fargateVcpus: 0 } });
    client = new scheduler.SchedulerClient(stage.options(account));
    await stage.register({ container: { portMappings: [] } });
    await stage.aws.iam.send(
      new iam.CreateRoleCommand({
        RoleName: "scheduler",
        AssumeRolePolicyDocument: trust("scheduler.amazonaws.com"),
      }),
    );
    await permit(["ecs:RunTask", "iam:PassRole"]);
    await create({ Target: { ...target(), RetryPolicy: { MaximumRetryAttempts: 1 } } });
    at("2026-03-01T03:00:00Z");
    expect(inspect(stage.sandbox).invocations()).toMatchObject([
      { attempts: 1, state: "retrying" },
    ]);
    at("2026-03-01T03:00:10Z");
    expect(inspect(stage.sandbox).invocations()).toMatchObject([
      {
        attempts: 2,
        state: "failed",
        rejection: {
          reason: "You've reached the limit on the number of vCPUs you can run concurrently.",
        },
      },
    ]);
  });

  it("runs in its time zone, between its dates, and only while it is enabled", async () => {
    await permit(["ecs:RunTask", "iam:PassRole"]);
    await create({
      ScheduleExpressionTimezone: "America/New_York",
      StartDate: new Date("2026-03-02T00:00:00Z"),
      EndDate: new Date("2026-03-03T12:00:00Z"),
    });
    await create({ Name: "off", State: "DISABLED", ScheduleExpression: "rate(1 minute)" });
    const scheduled = () =>
      inspect(stage.sandbox)
        .invocations()
        .map((invocation) => invocation.scheduled.toISOString());
    at("2026-03-01T12:00:00Z");
    expect(scheduled()).toEqual([]);
    at("2026-03-02T12:00:00Z");
    at("2026-03-03T13:00:00Z");
    at("2026-03-09T13:00:00Z");
    expect(scheduled()).toEqual(["2026-03-02T08:00:00.000Z", "2026-03-03T08:00:00.000Z"]);
  });

  it("runs a one-time schedule once, and deletes it if this is configured", async () => {
    await permit(["ecs:RunTask", "iam:PassRole"]);
    const ScheduleExpression = "at(2026-03-01T03:00:00)";
    await create({ ScheduleExpression, ActionAfterCompletion: "DELETE" });
    await create({ Name: "kept", ScheduleExpression });
    at("2026-03-01T03:30:00Z");
    at("2026-03-01T04:30:00Z");
    expect(inspect(stage.sandbox).invocations()).toHaveLength(2);
    const { Schedules } = await client.send(new scheduler.ListSchedulesCommand({}));
    expect(Schedules?.map(({ Name }) => Name)).toEqual(["kept"]);
  });

  it("starts a rate at once, and continues at the rate", async () => {
    await permit(["ecs:RunTask", "iam:PassRole"]);
    await create({ ScheduleExpression: "rate(1 hour)" });
    expect(await tasks("STOPPED")).toHaveLength(1);
    at("2026-03-01T03:29:00Z");
    expect(await tasks("STOPPED")).toHaveLength(1);
    at("2026-03-01T03:30:00Z");
    expect(await tasks("STOPPED")).toHaveLength(2);
  });

  it("is invoked at once by a simulation, in the process and by the admin API", async () => {
    await permit(["ecs:RunTask", "iam:PassRole"]);
    await create();
    stage.sandbox.simulate("scheduler", "InvokeSchedule", { Name: "nightly" });
    expect(await tasks("STOPPED")).toMatchObject([{ stopCode: "EssentialContainerExited" }]);
    const post = (query: string, body: string) =>
      fetch(`${stage.sandbox.url}/_berth/simulate?${query}`, { method: "POST", body });
    const name = "service=scheduler&name=InvokeSchedule";
    expect((await post(name, '{"Name":"nightly"}')).status).toBe(200);
    expect(await tasks("STOPPED")).toHaveLength(2);
    const missing = await post(name, '{"Name":"other"}');
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { code: "ResourceNotFoundException", error: "Schedule other does not exist." },
    ]);
    expect((await post("service=scheduler&name=Nothing", "{}")).status).toBe(501);
    expect((await post(name, "[]")).status).toBe(400);
  });

  it("is tested by inspection in each of its subnets", async () => {
    await create();
    const [scheduled] = inspect(stage.sandbox).scheduledTasks();
    expect(scheduled).toEqual({
      rule: scheduleArn("nightly"),
      name: "nightly",
      targetId: "",
      taskCount: 1,
    });
    const attempt = () =>
      inspect(stage.sandbox).tryScheduledTask({ rule: scheduleArn("nightly"), targetId: "" });
    expect(attempt()).toMatchObject([{ rejection: { isRoleNotAssumable: false } }]);
    await permit(["ecs:RunTask", "iam:PassRole"]);
    expect(attempt().map(({ subnetId, failure }) => [subnetId, failure])).toEqual(
      stage.ids.privates.map((id) => [id, undefined]),
    );
    expect(await tasks()).toEqual([]);
  });

  it("answers an unknown path in its protocol", async () => {
    const authorization = `AWS4-HMAC-SHA256 Credential=x/20260101/${region}/scheduler/aws4_request`;
    const response = await fetch(`${stage.sandbox.url}/nothing`, { headers: { authorization } });
    expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([
      404,
      "UnknownOperationException",
    ]);
    expect(await response.json()).toEqual({ message: "Unknown operation GET /nothing" });
  });
});
