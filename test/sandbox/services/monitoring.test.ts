import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { clientOptions } from "../../support/clients.ts";

const START = Date.parse("2026-03-01T12:00:30Z");
const MINUTE = 60_000;
const Namespace = "shop";
const MetricName = "Latency";
const Dimensions = [{ Name: "Service", Value: "web" }];

let now: number;
let sandbox: Sandbox;
let client: cloudwatch.CloudWatchClient;

beforeEach(async () => {
  now = START;
  sandbox = await startSandbox({ now: () => new Date(now) });
  client = new cloudwatch.CloudWatchClient(clientOptions(sandbox.url, "us-east-1"));
});
afterEach(() => sandbox.close());

/** Records values, the last one in the current minute, and each other one a minute earlier. Undefined is a gap. */
const record = async (...values: readonly (number | undefined)[]): Promise<void> => {
  await client.send(
    new cloudwatch.PutMetricDataCommand({
      Namespace,
      MetricData: values.flatMap((Value, index) =>
        Value === undefined
          ? []
          : [
              {
                MetricName,
                Dimensions,
                Value,
                Timestamp: new Date(now - (values.length - 1 - index) * MINUTE),
              },
            ],
      ),
    }),
  );
};

const putAlarm = (more: Partial<cloudwatch.PutMetricAlarmInput> = {}): Promise<unknown> =>
  client.send(
    new cloudwatch.PutMetricAlarmCommand({
      AlarmName: "slow",
      Namespace,
      MetricName,
      Dimensions,
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 3,
      Threshold: 10,
      ComparisonOperator: "GreaterThanThreshold",
      ...more,
    }),
  );

const alarm = async (): Promise<cloudwatch.MetricAlarm | undefined> =>
  (await client.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: ["slow"] })))
    .MetricAlarms?.[0];

const errorOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "",
    ({ name, message }: Error) => `${name}: ${message}`,
  );

describe("CloudWatch metrics", () => {
  it("aggregates recorded values by period and statistic", async () => {
    await client.send(
      new cloudwatch.PutMetricDataCommand({
        Namespace,
        MetricData: [
          { MetricName, Dimensions, Values: [1, 3], Counts: [2, 1], Unit: "Seconds" },
          {
            MetricName,
            Dimensions,
            StatisticValues: { SampleCount: 2, Sum: 20, Minimum: 5, Maximum: 15 },
            Unit: "Seconds",
            Timestamp: new Date(START - MINUTE),
          },
          { MetricName, Value: 100, Unit: "Seconds" },
        ],
      }),
    );
    const request = {
      Namespace,
      MetricName,
      StartTime: new Date(START - 10 * MINUTE),
      EndTime: new Date(START + MINUTE),
      Period: 60,
    };
    const statistics = async (more: object) =>
      (
        await client.send(
          new cloudwatch.GetMetricStatisticsCommand({ ...request, Dimensions, ...more }),
        )
      ).Datapoints;
    expect(
      await statistics({ Statistics: ["Average", "Sum", "Minimum", "Maximum", "SampleCount"] }),
    ).toEqual([
      {
        Timestamp: new Date("2026-03-01T11:59:00Z"),
        Unit: "Seconds",
        Average: 10,
        Sum: 20,
        Minimum: 5,
        Maximum: 15,
        SampleCount: 2,
      },
      {
        Timestamp: new Date("2026-03-01T12:00:00Z"),
        Unit: "Seconds",
        Average: 5 / 3,
        Sum: 5,
        Minimum: 1,
        Maximum: 3,
        SampleCount: 3,
      },
    ]);
    expect(await statistics({ ExtendedStatistics: ["p50", "p99"] })).toEqual([
      { Timestamp: new Date("2026-03-01T11:59:00Z"), Unit: "Seconds", ExtendedStatistics: {} },
      {
        Timestamp: new Date("2026-03-01T12:00:00Z"),
        Unit: "Seconds",
        ExtendedStatistics: { p50: 1, p99: 3 },
      },
    ]);
    // A metric with other dimensions is another metric.
    expect(await statistics({ Dimensions: [], Statistics: ["Sum"] })).toMatchObject([{ Sum: 100 }]);
    expect(await statistics({ Statistics: ["Sum"], Unit: "Bytes" })).toEqual([]);
    expect(await statistics({ Statistics: ["Sum"], Period: 300 })).toMatchObject([
      { Timestamp: new Date("2026-03-01T11:55:00Z"), Sum: 20 },
      { Timestamp: new Date("2026-03-01T12:00:00Z"), Sum: 5 },
    ]);
    const { Metrics } = await client.send(
      new cloudwatch.ListMetricsCommand({ Dimensions: [{ Name: "Service" }] }),
    );
    expect(Metrics).toEqual([{ Namespace, MetricName, Dimensions }]);
  });

  it("evaluates metric math", async () => {
    await record(2, undefined, 6);
    await client.send(
      new cloudwatch.PutMetricDataCommand({
        Namespace,
        MetricData: [{ MetricName: "Requests", Value: 3 }],
      }),
    );
    const stat = (name: string, dimensions?: cloudwatch.Dimension[]) => ({
      Metric: { Namespace, MetricName: name, ...(dimensions ? { Dimensions: dimensions } : {}) },
      Period: 60,
      Stat: "Sum",
    });
    const evaluate = async (Expression: string) => {
      const { MetricDataResults } = await client.send(
        new cloudwatch.GetMetricDataCommand({
          StartTime: new Date(START - 3 * MINUTE),
          EndTime: new Date(START),
          ScanBy: "TimestampAscending",
          MetricDataQueries: [
            { Id: "m1", MetricStat: stat(MetricName, Dimensions), ReturnData: false },
            { Id: "m2", MetricStat: stat("Requests"), ReturnData: false },
            { Id: "e1", Expression },
          ],
        }),
      );
      return MetricDataResults?.map(({ Id, Values }) => [Id, Values]);
    };
    expect(await evaluate("100 * m1 / m2")).toEqual([["e1", [200]]]);
    expect(await evaluate("FILL(m1, 0) + 1")).toEqual([["e1", [1, 3, 1, 7]]]);
    expect(await evaluate("FILL(m1, REPEAT)")).toEqual([["e1", [2, 2, 6]]]);
    expect(await evaluate("IF(m1 > 5, m1, -1)")).toEqual([["e1", [-1, 6]]]);
    expect(await evaluate("MAX([m1, m2]) - 2 ^ 2")).toEqual([["e1", [2]]]);
    expect(await evaluate("m1 - AVG(m1)")).toEqual([["e1", [-2, 2]]]);
    expect(await errorOf(evaluate("ANOMALY_DETECTION_BAND(m1, 2)"))).toContain(
      "does not implement the metric math function ANOMALY_DETECTION_BAND",
    );
    expect(await errorOf(evaluate("m1 +"))).toContain(
      "ValidationException: Error in expression 'm1 +'",
    );
    expect(await errorOf(evaluate("m3 * 2"))).toContain("unknown id: m3");
    expect(await errorOf(evaluate("e1 * 2"))).toContain("refers to itself");
  });

  it("returns metric data in pages", async () => {
    await record(1, 2, 3);
    const get = (NextToken?: string) =>
      client.send(
        new cloudwatch.GetMetricDataCommand({
          StartTime: new Date(START - 5 * MINUTE),
          EndTime: new Date(START + MINUTE),
          MaxDatapoints: 2,
          NextToken,
          MetricDataQueries: [
            {
              Id: "m1",
              Label: "latency",
              MetricStat: {
                Metric: { Namespace, MetricName, Dimensions },
                Period: 60,
                Stat: "Maximum",
              },
            },
          ],
        }),
      );
    const first = await get();
    expect(first.MetricDataResults).toMatchObject([
      { Label: "latency", Values: [3, 2], StatusCode: "PartialData" },
    ]);
    expect((await get(first.NextToken)).MetricDataResults).toMatchObject([
      { Values: [1], StatusCode: "Complete" },
    ]);
  });

  it.each([
    ["two kinds of values", { Value: 1, Values: [1] }, /^InvalidParameterCombination/],
    ["no value", {}, /^MissingRequiredParameterException/],
    ["counts of another length", { Values: [1, 2], Counts: [1] }, /^InvalidParameterValue/],
    [
      "a time of three weeks ago",
      { Value: 1, Timestamp: new Date(START - 21 * 1440 * MINUTE) },
      /^InvalidParameterValue/,
    ],
    [
      "a time in three hours",
      { Value: 1, Timestamp: new Date(START + 180 * MINUTE) },
      /^InvalidParameterValue/,
    ],
    ["a storage resolution of 30", { Value: 1, StorageResolution: 30 }, /^InvalidParameterValue/],
  ])("rejects %s", async (_, datum, message) => {
    const MetricData = [{ MetricName, ...datum }];
    expect(
      await errorOf(client.send(new cloudwatch.PutMetricDataCommand({ Namespace, MetricData }))),
    ).toMatch(message);
  });

  it("rejects metrics of AWS, which only a simulation can record", async () => {
    const data = { Namespace: "AWS/ECS", MetricData: [{ MetricName: "CPUUtilization", Value: 5 }] };
    expect(await errorOf(client.send(new cloudwatch.PutMetricDataCommand(data)))).toBe(
      "InvalidParameterValueException: The value AWS/ECS for parameter Namespace is invalid.",
    );
    sandbox.simulate("monitoring", "RecordMetrics", data);
    const { Metrics } = await client.send(new cloudwatch.ListMetricsCommand({}));
    expect(Metrics).toEqual([
      { Namespace: "AWS/ECS", MetricName: "CPUUtilization", Dimensions: [] },
    ]);
  });
});

describe("a CloudWatch alarm", () => {
  // Source of the cases: Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data". The columns are the
  // states for missing, ignore (the current state is OK or ALARM), breaching and notBreaching.
  const X = 20;
  const gap = undefined;
  it.each([
    [3, [0, gap, X, gap, X], ["OK", "OK", "OK", "OK"]],
    [3, [gap, gap, gap, gap, 0], ["OK", "OK", "OK", "OK"]],
    [3, [gap, gap, gap, gap, gap], ["INSUFFICIENT_DATA", "retained", "ALARM", "OK"]],
    [3, [0, X, X, gap, X], ["ALARM", "ALARM", "ALARM", "ALARM"]],
    [3, [gap, gap, X, gap, gap], ["ALARM", "retained", "ALARM", "OK"]],
    [2, [0, gap, X, gap, X], ["ALARM", "ALARM", "ALARM", "ALARM"]],
    [2, [0, 0, X, 0, X], ["ALARM", "ALARM", "ALARM", "ALARM"]],
    [2, [0, gap, X, gap, gap], ["OK", "OK", "ALARM", "OK"]],
    [2, [gap, gap, gap, gap, 0], ["OK", "OK", "ALARM", "OK"]],
    [2, [gap, gap, gap, X, gap], ["ALARM", "retained", "ALARM", "OK"]],
  ] as const)("with %i of 3 values evaluates %j as %j", async (required, values, expected) => {
    const states: (string | undefined)[] = [];
    for (const TreatMissingData of ["missing", "ignore", "breaching", "notBreaching"]) {
      await sandbox.reset();
      // The current minute has no value yet.
      await record(...values, gap);
      await putAlarm({ DatapointsToAlarm: required, TreatMissingData });
      states.push((await alarm())?.StateValue);
    }
    // A new alarm is in the state INSUFFICIENT_DATA.
    expect(states).toEqual(
      expected.map((state) => (state === "retained" ? "INSUFFICIENT_DATA" : state)),
    );
  });

  it.each([
    ["GreaterThanThreshold", ["OK", "OK", "ALARM"]],
    ["GreaterThanOrEqualToThreshold", ["OK", "ALARM", "ALARM"]],
    ["LessThanThreshold", ["ALARM", "OK", "OK"]],
    ["LessThanOrEqualToThreshold", ["ALARM", "ALARM", "OK"]],
  ] as const)("compares with %s", async (ComparisonOperator, expected) => {
    const states: (string | undefined)[] = [];
    for (const value of [9, 10, 11]) {
      await sandbox.reset();
      await putAlarm({ ComparisonOperator, EvaluationPeriods: 1 });
      await record(value);
      states.push((await alarm())?.StateValue);
    }
    expect(states).toEqual(expected);
  });

  it("changes its state with its metric and with time, and writes its history", async () => {
    await putAlarm({ EvaluationPeriods: 2, DatapointsToAlarm: 2 });
    await record(5, 6);
    expect(await alarm()).toMatchObject({ StateValue: "OK" });
    now += 2 * MINUTE;
    await record(20.5, 30);
    const inAlarm = await alarm();
    expect(inAlarm).toMatchObject({
      StateValue: "ALARM",
      StateReason:
        "Threshold Crossed: 2 out of the last 2 datapoints [30.0 (01/03/26 12:02:00), 20.5 (01/03/26 12:01:00)] were greater than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM transition).",
      StateUpdatedTimestamp: new Date(now),
    });
    expect(JSON.parse(inAlarm?.StateReasonData ?? "")).toMatchObject({
      recentDatapoints: [20.5, 30],
      threshold: 10,
      period: 60,
    });
    now += 10 * MINUTE;
    sandbox.runBackgroundWork();
    expect(await alarm()).toMatchObject({
      StateValue: "INSUFFICIENT_DATA",
      StateReason: "Insufficient Data: 2 datapoints were unknown.",
    });
    const history = async (more: object) =>
      (
        await client.send(
          new cloudwatch.DescribeAlarmHistoryCommand({ AlarmName: "slow", ...more }),
        )
      ).AlarmHistoryItems;
    expect((await history({}))?.map(({ HistorySummary }) => HistorySummary)).toEqual([
      "Alarm updated from ALARM to INSUFFICIENT_DATA",
      "Alarm updated from OK to ALARM",
      "Alarm updated from INSUFFICIENT_DATA to OK",
      'Alarm "slow" created',
    ]);
    const [update] =
      (await history({ HistoryItemType: "StateUpdate", ScanBy: "TimestampAscending" })) ?? [];
    expect(JSON.parse(update?.HistoryData ?? "")).toMatchObject({
      oldState: { stateValue: "INSUFFICIENT_DATA" },
      newState: { stateValue: "OK" },
    });
    expect(await history({ StartDate: new Date(now + 1) })).toEqual([]);
  });

  it("keeps a state that is set until there is new data, and reports the actions that it cannot execute", async () => {
    const topic = "arn:aws:sns:us-east-1:111122223333:alerts";
    await putAlarm({ EvaluationPeriods: 1, AlarmActions: [topic] });
    await record(5);
    await client.send(
      new cloudwatch.SetAlarmStateCommand({
        AlarmName: "slow",
        StateValue: "ALARM",
        StateReason: "test",
      }),
    );
    sandbox.runBackgroundWork();
    expect(await alarm()).toMatchObject({ StateValue: "ALARM", StateReason: "test" });
    const { AlarmHistoryItems: actions } = await client.send(
      new cloudwatch.DescribeAlarmHistoryCommand({ HistoryItemType: "Action" }),
    );
    expect(actions?.map(({ HistorySummary }) => HistorySummary)).toEqual([
      `Failed to execute action ${topic}`,
    ]);
    await record(5);
    expect(await alarm()).toMatchObject({ StateValue: "OK" });
  });

  it("watches an expression", async () => {
    await putAlarm({
      Namespace: undefined,
      MetricName: undefined,
      Dimensions: undefined,
      Statistic: undefined,
      Period: undefined,
      EvaluationPeriods: 1,
      Threshold: 150,
      Metrics: [
        {
          Id: "m1",
          ReturnData: false,
          MetricStat: {
            Metric: { Namespace, MetricName, Dimensions },
            Period: 60,
            Stat: "Maximum",
          },
        },
        { Id: "e1", Expression: "100 * m1", ReturnData: true },
      ],
    });
    await record(1);
    expect((await alarm())?.StateValue).toBe("OK");
    await record(2);
    expect((await alarm())?.StateValue).toBe("ALARM");
  });

  it("of an expression without values has no data", async () => {
    const Metrics = (Expression: string): cloudwatch.MetricDataQuery[] => [
      {
        Id: "m1",
        ReturnData: false,
        MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat: "Maximum" },
      },
      { Id: "e1", Expression },
    ];
    const single = {
      Namespace: undefined,
      MetricName: undefined,
      Dimensions: undefined,
      Statistic: undefined,
      Period: undefined,
    };
    await putAlarm({ ...single, EvaluationPeriods: 1, Metrics: Metrics("MIN(m1)") });
    now += 5 * MINUTE;
    sandbox.runBackgroundWork();
    expect((await alarm())?.StateValue).toBe("INSUFFICIENT_DATA");
    // An expression that cannot be evaluated is rejected before the background work evaluates it.
    for (const expression of ["FILL(m1)", "IF(m1)", "ABS(m1, m1)", "SUM()", "SUM(REPEAT)"])
      expect(await errorOf(putAlarm({ ...single, Metrics: Metrics(expression) }))).toMatch(
        /^ValidationException: Error in expression/,
      );
    expect(await errorOf(putAlarm({ ...single, Metrics: Metrics("m1 + REPEAT") }))).toMatch(
      /^NotImplemented/,
    );
  });

  it("of a metric that only AWS publishes waits for a simulated value", async () => {
    await putAlarm({
      Namespace: "AWS/ECS",
      EvaluationPeriods: 1,
      TreatMissingData: "breaching",
    });
    now += 5 * MINUTE;
    sandbox.runBackgroundWork();
    expect((await alarm())?.StateValue).toBe("INSUFFICIENT_DATA");
    sandbox.simulate("monitoring", "RecordMetrics", {
      Namespace: "AWS/ECS",
      MetricData: [{ MetricName, Dimensions, Value: 1 }],
    });
    expect((await alarm())?.StateValue).toBe("OK");
    now += 5 * MINUTE;
    sandbox.runBackgroundWork();
    expect((await alarm())?.StateValue).toBe("ALARM");
  });

  it("of a percentile keeps its state with too few values, if it is configured to do so", async () => {
    const percentile = { Statistic: undefined, ExtendedStatistic: "p90", EvaluationPeriods: 1 };
    await putAlarm({ ...percentile, EvaluateLowSampleCountPercentile: "ignore" });
    await record(20);
    expect((await alarm())?.StateValue).toBe("INSUFFICIENT_DATA");
    await putAlarm(percentile);
    expect((await alarm())?.StateValue).toBe("ALARM");
  });

  it.each([
    [
      "an anomaly detection band",
      {
        ComparisonOperator: "GreaterThanUpperThreshold",
        Threshold: undefined,
        ThresholdMetricId: "e1",
      },
      /^NotImplemented/,
    ],
    ["a trimmed mean", { Statistic: undefined, ExtendedStatistic: "tm90" }, /^NotImplemented/],
    [
      "an unknown statistic",
      { Statistic: undefined, ExtendedStatistic: "p101" },
      /^InvalidParameterValue/,
    ],
    ["no threshold", { Threshold: undefined }, /^ValidationException/],
    ["an unknown treatment", { TreatMissingData: "ok" }, /TreatMissingData must be one of/],
    ["minutes of more than a day", { EvaluationPeriods: 1441 }, /must be <= 86400/],
    ["an action that is no ARN", { AlarmActions: ["arn:bad"] }, /Invalid arn syntax: arn:bad/],
    [
      "two returned metrics",
      {
        Namespace: undefined,
        MetricName: undefined,
        Dimensions: undefined,
        Statistic: undefined,
        Period: undefined,
        Metrics: ["m1", "m2"].map((Id) => ({
          Id,
          MetricStat: { Metric: { Namespace, MetricName }, Period: 60, Stat: "Sum" },
        })),
      },
      /^ValidationException/,
    ],
  ] as const)("with %s is rejected", async (_, more, message) => {
    expect(await errorOf(putAlarm(more as object))).toMatch(message);
  });

  it("is found by its metric only with all dimensions", async () => {
    await putAlarm({ Dimensions: [...Dimensions, { Name: "Zone", Value: "a" }] });
    const find = async (dimensions: cloudwatch.Dimension[]) =>
      (
        await client.send(
          new cloudwatch.DescribeAlarmsForMetricCommand({
            Namespace,
            MetricName,
            Dimensions: dimensions,
          }),
        )
      ).MetricAlarms?.length;
    expect(await find([{ Name: "Zone", Value: "a" }, ...Dimensions])).toBe(1);
    expect(await find(Dimensions)).toBe(0);
  });
});
