import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as ecs from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, givenStage, type Stage } from "../failures/stage.ts";

const START = Date.parse("2026-03-01T12:00:00Z");
const MINUTE = 60_000;
const KEY = {
  ServiceNamespace: "ecs",
  ResourceId: "service/app/app",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;
const ofService = [
  { Name: "ClusterName", Value: "app" },
  { Name: "ServiceName", Value: "app" },
];

let now: number;
let stage: Stage;
let client: scaling.ApplicationAutoScalingClient;
let metrics: cloudwatch.CloudWatchClient;

beforeEach(async () => {
  now = START;
  stage = await givenStage("nat", { now: () => new Date(now) });
  client = new scaling.ApplicationAutoScalingClient(stage.options(account));
  metrics = new cloudwatch.CloudWatchClient(stage.options(account));
  await stage.launch();
  await register({ MinCapacity: 1, MaxCapacity: 10 });
});
afterEach(() => stage.close());

const register = (
  more: Partial<scaling.RegisterScalableTargetRequest>,
): Promise<scaling.RegisterScalableTargetResponse> =>
  client.send(new scaling.RegisterScalableTargetCommand({ ...KEY, ...more }));

const track = (
  more: Partial<scaling.TargetTrackingScalingPolicyConfiguration> = {},
  PolicyName = "cpu",
): Promise<scaling.PutScalingPolicyResponse> =>
  client.send(
    new scaling.PutScalingPolicyCommand({
      ...KEY,
      PolicyName,
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        PredefinedMetricSpecification: {
          PredefinedMetricType: "ECSServiceAverageCPUUtilization",
        },
        ...more,
      },
    }),
  );

/** Records the same value for each of the last minutes. */
function load(value: number, minutes: number, MetricName = "CPUUtilization"): void {
  stage.sandbox.simulate("monitoring", "RecordMetrics", {
    Namespace: "AWS/ECS",
    MetricData: Array.from({ length: minutes }, (_, index) => ({
      MetricName,
      Dimensions: ofService,
      Value: value,
      Timestamp: new Date(now - index * MINUTE),
    })),
  });
}

const desired = async (): Promise<number | undefined> => (await stage.describe())?.desiredCount;

const activities = async (): Promise<scaling.ScalingActivity[]> =>
  (await client.send(new scaling.DescribeScalingActivitiesCommand(KEY))).ScalingActivities ?? [];

const errorOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "",
    ({ name, message }: Error) => `${name}: ${message}`,
  );

describe("target tracking", () => {
  it("scales out in proportion to the metric, starts the tasks and records the activity", async () => {
    const { PolicyARN, Alarms } = await track();
    const { MetricAlarms = [] } = await metrics.send(new cloudwatch.DescribeAlarmsCommand({}));
    expect(
      MetricAlarms.map((alarm) => [
        alarm.AlarmName?.replace(/-[0-9a-f-]{36}$/, ""),
        alarm.MetricName,
        alarm.Dimensions,
        alarm.ComparisonOperator,
        alarm.Threshold,
        alarm.EvaluationPeriods,
        alarm.AlarmActions,
      ]),
    ).toEqual([
      [
        "TargetTracking-service/app/app-AlarmHigh",
        "CPUUtilization",
        ofService,
        "GreaterThanThreshold",
        50,
        3,
        [PolicyARN],
      ],
      [
        "TargetTracking-service/app/app-AlarmLow",
        "CPUUtilization",
        ofService,
        "LessThanThreshold",
        45,
        15,
        [PolicyARN],
      ],
    ]);
    load(90, 2);
    expect(await desired()).toBe(2);
    load(90, 3);
    expect(await desired()).toBe(4);
    expect(await stage.poll()).toMatchObject({ running: 4 });
    expect(await activities()).toMatchObject([
      {
        Description: "Setting desired count to 4.",
        Cause: `monitor alarm ${Alarms?.[0]?.AlarmName} in state ALARM triggered policy cpu`,
        StatusCode: "Successful",
        StatusMessage: "Successfully set desired count to 4. Change successfully fulfilled by ecs.",
      },
    ]);
    const { AlarmHistoryItems } = await metrics.send(
      new cloudwatch.DescribeAlarmHistoryCommand({ HistoryItemType: "Action" }),
    );
    expect(AlarmHistoryItems?.at(-1)?.HistorySummary).toBe(
      `Successfully executed action ${PolicyARN}`,
    );
  });

  it("adds only the difference during the cooldown of a scale-out, and scales again after it", async () => {
    await track({ ScaleOutCooldown: 120 });
    load(75, 3);
    expect(await desired()).toBe(3);
    now += MINUTE;
    load(75, 1);
    expect(await desired()).toBe(3);
    // A larger scale-out is immediate: the two tasks before the first scale-out are the base.
    load(100, 3);
    expect(await desired()).toBe(4);
    now += 3 * MINUTE;
    load(100, 3);
    expect(await desired()).toBe(8);
    now += 3 * MINUTE;
    load(100, 3);
    expect(await desired()).toBe(10);
  });

  it("scales in after fifteen minutes, and not again during the cooldown", async () => {
    await stage.aws.ecs.send(
      new ecs.UpdateServiceCommand({ cluster: "app", service: "app", desiredCount: 8 }),
    );
    await stage.poll();
    await track({ ScaleInCooldown: 300 });
    load(25, 14);
    expect(await desired()).toBe(8);
    load(25, 15);
    expect(await desired()).toBe(4);
    now += MINUTE;
    load(25, 1);
    expect(await desired()).toBe(4);
    now += 5 * MINUTE;
    load(10, 6);
    expect(await desired()).toBe(1);
    expect((await activities()).map(({ Description }) => Description)).toEqual([
      "Setting desired count to 1.",
      "Setting desired count to 4.",
    ]);
  });

  it("scales in only if every policy is ready, and out if one is", async () => {
    await stage.aws.ecs.send(
      new ecs.UpdateServiceCommand({ cluster: "app", service: "app", desiredCount: 4 }),
    );
    await stage.poll();
    const PredefinedMetricType = "ECSServiceAverageMemoryUtilization" as const;
    await track();
    await track({ PredefinedMetricSpecification: { PredefinedMetricType } }, "memory");
    load(50, 15, "MemoryUtilization");
    load(10, 15);
    expect(await desired()).toBe(4);
    now += 3 * MINUTE;
    load(100, 3, "MemoryUtilization");
    expect(await desired()).toBe(8);
  });

  it("rejects a second policy for the metric of another one", async () => {
    await track();
    await track({ TargetValue: 60 });
    await expect(track({}, "second")).rejects.toThrow(
      "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
    );
  });

  it("does not scale in with DisableScaleIn, and does not scale while it is suspended", async () => {
    await track({ DisableScaleIn: true });
    const { MetricAlarms = [] } = await metrics.send(new cloudwatch.DescribeAlarmsCommand({}));
    expect(MetricAlarms.map(({ ComparisonOperator }) => ComparisonOperator)).toEqual([
      "GreaterThanThreshold",
    ]);
    await register({ SuspendedState: { DynamicScalingOutSuspended: true } });
    await register({ SuspendedState: { ScheduledScalingSuspended: true } });
    const { ScalableTargets } = await client.send(
      new scaling.DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }),
    );
    expect(ScalableTargets?.[0]?.SuspendedState).toEqual({
      DynamicScalingInSuspended: false,
      DynamicScalingOutSuspended: true,
      ScheduledScalingSuspended: true,
    });
    load(100, 3);
    expect(await desired()).toBe(2);
    await register({ SuspendedState: { DynamicScalingOutSuspended: false } });
    now += MINUTE;
    load(100, 3);
    expect(await desired()).toBe(4);
  });

  it("does not scale in during a deployment", async () => {
    await stage.close();
    stage = await givenStage("nat", { now: () => new Date(now), pace: "real" });
    client = new scaling.ApplicationAutoScalingClient(stage.options(account));
    await stage.register();
    await stage.create({ desiredCount: 4 });
    await register({ MinCapacity: 1, MaxCapacity: 10 });
    await track();
    load(10, 15);
    expect(await desired()).toBe(4);
    now += 60_000;
    await stage.poll();
    now += 400_000;
    expect(await stage.poll()).toMatchObject({ rollout: "COMPLETED" });
    load(10, 15);
    expect(await desired()).toBe(1);
  });

  it("watches the request count of a target group, and a metric of the user with its dimensions", async () => {
    const ResourceLabel = "app/web/50dc6c495c0c9188/targetgroup/web/943f017f100becff";
    await track({
      PredefinedMetricSpecification: {
        PredefinedMetricType: "ALBRequestCountPerTarget",
        ResourceLabel,
      },
    });
    await track(
      {
        PredefinedMetricSpecification: undefined,
        CustomizedMetricSpecification: {
          Namespace: "shop",
          MetricName: "Queue",
          Statistic: "Maximum",
          Unit: "Count",
          Dimensions: [{ Name: "Queue", Value: "orders" }],
        },
      },
      "queue",
    );
    const { MetricAlarms = [] } = await metrics.send(new cloudwatch.DescribeAlarmsCommand({}));
    expect(
      MetricAlarms.filter(({ AlarmName }) => AlarmName?.includes("AlarmHigh")).map(
        ({ Namespace, MetricName, Statistic, Unit, Dimensions }) => ({
          Namespace,
          MetricName,
          Statistic,
          Unit,
          Dimensions,
        }),
      ),
    ).toEqual([
      {
        Namespace: "AWS/ApplicationELB",
        MetricName: "RequestCountPerTarget",
        Statistic: "Sum",
        Unit: undefined,
        Dimensions: [
          { Name: "TargetGroup", Value: "targetgroup/web/943f017f100becff" },
          { Name: "LoadBalancer", Value: "app/web/50dc6c495c0c9188" },
        ],
      },
      {
        Namespace: "shop",
        MetricName: "Queue",
        Statistic: "Maximum",
        Unit: "Count",
        Dimensions: [{ Name: "Queue", Value: "orders" }],
      },
    ]);
    await metrics.send(
      new cloudwatch.PutMetricDataCommand({
        Namespace: "shop",
        MetricData: [0, 1, 2].map((minutes) => ({
          MetricName: "Queue",
          Unit: "Count" as const,
          Dimensions: [{ Name: "Queue", Value: "orders" }],
          Value: 125,
          Timestamp: new Date(now - minutes * MINUTE),
        })),
      }),
    );
    expect(await desired()).toBe(5);
  });
});

describe("step scaling", () => {
  const steps = (
    more: Partial<scaling.StepScalingPolicyConfiguration> = {},
  ): Promise<scaling.PutScalingPolicyResponse> =>
    client.send(
      new scaling.PutScalingPolicyCommand({
        ...KEY,
        PolicyName: "steps",
        PolicyType: "StepScaling",
        StepScalingPolicyConfiguration: {
          AdjustmentType: "ChangeInCapacity",
          Cooldown: 60,
          StepAdjustments: [
            { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 1 },
            { MetricIntervalLowerBound: 20, ScalingAdjustment: 4 },
          ],
          ...more,
        },
      }),
    );

  const alarm = (policy: string, more: Partial<cloudwatch.PutMetricAlarmInput> = {}) =>
    metrics.send(
      new cloudwatch.PutMetricAlarmCommand({
        AlarmName: "busy",
        Namespace: "AWS/ECS",
        MetricName: "CPUUtilization",
        Dimensions: ofService,
        Statistic: "Average",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 60,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        AlarmActions: [policy],
        ...more,
      }),
    );

  it("adds the step of the alarm's value, and describes the alarms that invoke it", async () => {
    const { PolicyARN = "" } = await steps();
    await alarm(PolicyARN);
    const { ScalingPolicies } = await client.send(new scaling.DescribeScalingPoliciesCommand(KEY));
    expect(ScalingPolicies?.[0]?.Alarms).toEqual([
      { AlarmName: "busy", AlarmARN: `arn:aws:cloudwatch:us-east-1:${account}:alarm:busy` },
    ]);
    load(70, 1);
    expect(await desired()).toBe(3);
    now += 2 * MINUTE;
    load(80, 1);
    expect(await desired()).toBe(7);
    now += 2 * MINUTE;
    load(90, 1);
    expect(await desired()).toBe(10);
  });

  it.each([
    ["PercentChangeInCapacity", 30, 3],
    ["PercentChangeInCapacity", 170, 5],
    ["PercentChangeInCapacity", -60, 1],
    ["ExactCapacity", 6, 6],
    ["ChangeInCapacity", -5, 1],
  ] as const)("adjusts by %s %i to %i", async (AdjustmentType, ScalingAdjustment, expected) => {
    const StepAdjustments = [{ MetricIntervalLowerBound: 0, ScalingAdjustment }];
    const { PolicyARN = "" } = await steps({ AdjustmentType, StepAdjustments });
    await alarm(PolicyARN);
    load(70, 1);
    expect(await desired()).toBe(expected);
  });

  it("aggregates the values of the alarm, and changes by a minimum", async () => {
    const { PolicyARN = "" } = await steps({
      AdjustmentType: "PercentChangeInCapacity",
      MinAdjustmentMagnitude: 3,
      MetricAggregationType: "Maximum",
      StepAdjustments: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 30, ScalingAdjustment: 10 },
        { MetricIntervalLowerBound: 30, ScalingAdjustment: 200 },
      ],
    });
    await alarm(PolicyARN, { EvaluationPeriods: 2 });
    load(65, 2);
    expect(await desired()).toBe(5);
  });

  it.each([
    [
      "overlapping steps",
      {
        StepAdjustments: [
          { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 1 },
          { MetricIntervalLowerBound: 10, ScalingAdjustment: 2 },
        ],
      },
    ],
    ["a minimum magnitude of a change", { MinAdjustmentMagnitude: 2 }],
    ["no steps", { StepAdjustments: [] }],
  ])("rejects %s", async (_, more) => {
    expect(await errorOf(steps(more))).toMatch(/^ValidationException/);
  });
});

describe("scheduled scaling", () => {
  const put = (more: Partial<scaling.PutScheduledActionRequest> = {}): Promise<unknown> =>
    client.send(
      new scaling.PutScheduledActionCommand({
        ...KEY,
        ScheduledActionName: "morning",
        Schedule: "cron(0 8 * * ? *)",
        ScalableTargetAction: { MinCapacity: 5, MaxCapacity: 20 },
        ...more,
      }),
    );

  const at = (time: string): void => {
    now = Date.parse(time);
    stage.sandbox.runBackgroundWork();
  };

  it("sets the capacity of the target when it is due, in its time zone", async () => {
    await put({ Timezone: "Europe/Zurich" });
    at("2026-03-02T06:59:00Z");
    expect(await desired()).toBe(2);
    at("2026-03-02T07:00:00Z");
    expect(await desired()).toBe(5);
    const { ScalableTargets } = await client.send(
      new scaling.DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }),
    );
    expect(ScalableTargets).toMatchObject([{ MinCapacity: 5, MaxCapacity: 20 }]);
    expect((await activities()).map(({ Description, Cause }) => [Description, Cause])).toEqual([
      ["Setting desired count to 5.", "minimum capacity was set to 5"],
      [
        "Setting min capacity to 5 and max capacity to 20",
        "scheduled action name morning was triggered",
      ],
    ]);
  });

  it("runs once with at, not after its end, and not while it is suspended", async () => {
    await put({ Schedule: "at(2026-03-01T13:00:00)" });
    await put({ ScheduledActionName: "ended", EndTime: new Date("2026-03-01T20:00:00Z") });
    await register({ SuspendedState: { ScheduledScalingSuspended: true } });
    at("2026-03-01T13:00:00Z");
    await register({ SuspendedState: { ScheduledScalingSuspended: false } });
    at("2026-03-03T13:00:00Z");
    expect(await desired()).toBe(2);
  });

  it("keeps the members that an update does not have, except the times", async () => {
    await put({ Timezone: "Europe/Zurich", StartTime: new Date("2026-04-01T00:00:00Z") });
    await put({ Schedule: undefined, ScalableTargetAction: { MaxCapacity: 30 } });
    const { ScheduledActions } = await client.send(
      new scaling.DescribeScheduledActionsCommand({ ServiceNamespace: "ecs" }),
    );
    expect(ScheduledActions).toMatchObject([
      {
        Schedule: "cron(0 8 * * ? *)",
        Timezone: "Europe/Zurich",
        ScalableTargetAction: { MaxCapacity: 30 },
      },
    ]);
    expect(ScheduledActions?.[0]?.StartTime).toBeUndefined();
  });

  it.each([
    ["an invalid expression", { Schedule: "cron(0 8 * * * *)" }],
    ["an unknown time zone", { Timezone: "Mars/Base" }],
    ["a minimum above the maximum", { ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 2 } }],
    ["no capacity", { ScalableTargetAction: {} }],
  ])("rejects %s", async (_, more) => {
    expect(await errorOf(put(more))).toMatch(/^ValidationException/);
  });
});
