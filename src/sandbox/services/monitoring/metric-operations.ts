import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { Simulation } from "../../core/service.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";
import { loadModel } from "../../../service-models/index.ts";
import { decodeInput } from "../../protocol/wire.ts";
import {
  aggregate,
  checkStatistic,
  metricId,
  metricSeries,
  recordSample,
  type Sample,
  sampleOf,
  samplesByPeriod,
} from "./metrics.ts";
import { evaluateQuery, isPeriod, parseQueries } from "./queries.ts";

const DAY = 86_400_000;

const invalidValue = (message: string): AwsError => new AwsError("InvalidParameterValue", message);
const invalidCombination = (message: string): AwsError =>
  new AwsError("InvalidParameterCombination", message);

/** Source: Amazon CloudWatch API Reference, MetricDatum and StatisticSet. */
function statisticsOf(datum: cloudwatch.MetricDatum): Omit<Sample, "at" | "unit"> {
  const { MetricName, Value, Values, Counts, StatisticValues: set } = datum;
  const given = [Value, Values, set].filter((value) => value !== undefined);
  if (given.length > 1)
    throw invalidCombination(
      `The parameters MetricData.member.Value, MetricData.member.Values and MetricData.member.StatisticValues are mutually exclusive and you have specified more than one for ${MetricName}.`,
    );
  if (given.length === 0)
    throw new AwsError(
      "MissingParameter",
      "At least one of the parameters Value, Values or StatisticValues must be specified.",
    );
  if (set) {
    const {
      SampleCount: count = 0,
      Sum: sum = 0,
      Minimum: minimum = 0,
      Maximum: maximum = 0,
    } = set;
    if (count <= 0 || minimum > maximum)
      throw invalidValue(`The statistic values of ${MetricName} are not valid.`);
    return { count, sum, minimum, maximum };
  }
  const values = Values ?? [Value ?? 0];
  if (Counts !== undefined && Counts.length !== values.length)
    throw invalidValue(
      "The parameters MetricData.member.Values and MetricData.member.Counts must be of the same size.",
    );
  if (values.length === 0 || values.length > 150)
    throw invalidValue("The parameter MetricData.member.Values must have 1 to 150 values.");
  if (!values.every((value) => Number.isFinite(value)))
    throw invalidValue(
      "The value for parameter MetricData.member.Value is not valid: it must be a finite number.",
    );
  return sampleOf(values.map((value, index) => [value, Counts?.[index] ?? 1] as const));
}

/**
 * Records metric data.
 *
 * @throws AwsError if a datum is invalid
 */
function recordMetricData(
  context: Context,
  Namespace: string,
  data: readonly cloudwatch.MetricDatum[],
): object {
  if (data.length > 1000)
    throw invalidValue("The collection MetricData must not have a size greater than 1000.");
  for (const datum of data) {
    const { MetricName, Timestamp: at = context.now, Unit, StorageResolution = 60 } = datum;
    if (![1, 60].includes(StorageResolution))
      throw invalidValue("The value of StorageResolution must be 1 or 60.");
    const age = context.now.getTime() - at.getTime();
    if (age > 14 * DAY || age < -DAY / 12)
      throw invalidValue(
        "The parameter MetricData.member.Timestamp must be between two weeks in the past and two hours in the future.",
      );
    recordSample(context, metricId(Namespace, MetricName, datum.Dimensions), {
      // Data of standard resolution is stored by the minute.
      at: Math.floor(at.getTime() / (StorageResolution * 1000)) * StorageResolution * 1000,
      unit: Unit ?? "None",
      ...statisticsOf(datum),
    });
  }
  return {};
}

/** Records metrics in the namespace of an AWS service, which a client cannot do. The input is that of PutMetricData. */
export const recordMetrics: Simulation = (context, input) => {
  const call = decodeInput(loadModel("monitoring"), "PutMetricData", input);
  const { Namespace = "", MetricData = [] } = call.input as Partial<cloudwatch.PutMetricDataInput>; // decoded against the model
  return { ...recordMetricData(context, Namespace, MetricData) };
};

export const metricOperations: Operations = {
  PutMetricData: operation<cloudwatch.PutMetricDataInput, object>()(
    ["Namespace", "MetricData"],
    (context, { Namespace, MetricData = [] }) => {
      if (Namespace.startsWith("AWS/"))
        throw invalidValue(`The value ${Namespace} for parameter Namespace is invalid.`);
      return recordMetricData(context, Namespace, MetricData);
    },
  ),

  GetMetricStatistics: operation<
    cloudwatch.GetMetricStatisticsInput,
    cloudwatch.GetMetricStatisticsOutput
  >()(
    [
      "Namespace",
      "MetricName",
      "Dimensions",
      "StartTime",
      "EndTime",
      "Period",
      "Statistics",
      "ExtendedStatistics",
      "Unit",
    ],
    (context, input) => {
      const { Statistics = [], ExtendedStatistics = [], Period: period, Unit } = input;
      if (!isPeriod(period))
        throw invalidValue(
          `The parameter Period must be 1, 5, 10, 20, 30, or any multiple of 60, not ${period}.`,
        );
      if (Statistics.length === 0 && ExtendedStatistics.length === 0)
        throw invalidCombination(
          "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
        );
      for (const statistic of [...Statistics, ...ExtendedStatistics]) checkStatistic(statistic);
      const resolution = Math.min(period, 60) * 1000;
      const from = Math.floor(input.StartTime.getTime() / resolution) * resolution;
      const to = input.EndTime.getTime();
      if (to <= from)
        throw invalidCombination(
          "The parameter StartTime must be less than the parameter EndTime.",
        );
      const count = Math.ceil((to - from) / (period * 1000));
      if (count > 1440)
        throw invalidCombination(
          `You have requested up to ${count} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
        );
      const range = {
        id: metricId(input.Namespace, input.MetricName, input.Dimensions),
        period,
        from,
        to,
      };
      const units = new Set(
        [...samplesByPeriod(context, { ...range, unit: Unit }).values()]
          .flat()
          .map(({ unit }) => unit),
      );
      const datapoints = [...units].flatMap((unit) => {
        const valuesOf = (statistic: string) => aggregate(context, { ...range, unit, statistic });
        const statistics = Statistics.map((name) => [name, valuesOf(name)] as const);
        const extended = ExtendedStatistics.map((name) => [name, valuesOf(name)] as const);
        return [...samplesByPeriod(context, { ...range, unit }).keys()].map((time) => ({
          Timestamp: new Date(time),
          Unit: unit,
          ...Object.fromEntries(statistics.map(([name, values]) => [name, values.get(time)])),
          ...(extended.length > 0
            ? {
                ExtendedStatistics: Object.fromEntries(
                  extended.flatMap(([name, values]) => {
                    const value = values.get(time);
                    return value === undefined ? [] : [[name, value]];
                  }),
                ),
              }
            : {}),
        }));
      });
      return { Label: input.MetricName, Datapoints: datapoints };
    },
  ),

  GetMetricData: operation<cloudwatch.GetMetricDataInput, cloudwatch.GetMetricDataOutput>()(
    ["MetricDataQueries", "StartTime", "EndTime", "NextToken", "ScanBy", "MaxDatapoints"],
    (context, input) => {
      const queries = parseQueries(input.MetricDataQueries);
      const [from, to] = [input.StartTime.getTime(), input.EndTime.getTime()];
      if (to <= from)
        throw new AwsError("ValidationError", "The parameter StartTime must be less than EndTime.");
      const results = input.MetricDataQueries.filter(({ ReturnData }) => ReturnData !== false).map(
        ({ Id = "", Label, MetricStat, Expression }) => {
          const points = [...evaluateQuery(context, queries, Id, from, to)].sort(([a], [b]) =>
            input.ScanBy === "TimestampAscending" ? a - b : b - a,
          );
          return { Id, Label: Label ?? MetricStat?.Metric?.MetricName ?? Expression ?? Id, points };
        },
      );
      // A page has at most MaxDatapoints values of all results together.
      const datapoints = results.flatMap(({ Id, points }) =>
        points.map((point) => ({ Id, point })),
      );
      const { items, next } = page(datapoints, input.MaxDatapoints ?? 100_800, input.NextToken);
      return {
        MetricDataResults: results.map(({ Id, Label }) => {
          const points = items.filter((item) => item.Id === Id).map(({ point }) => point);
          return {
            Id,
            Label,
            Timestamps: points.map(([time]) => new Date(time)),
            Values: points.map(([, value]) => value),
            StatusCode: next === undefined ? ("Complete" as const) : ("PartialData" as const),
          };
        }),
        Messages: [],
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  ),

  ListMetrics: operation<cloudwatch.ListMetricsInput, cloudwatch.ListMetricsOutput>()(
    ["Namespace", "MetricName", "Dimensions", "NextToken", "RecentlyActive"],
    (context, input) => {
      const recent = context.now.getTime() - DAY / 8;
      const rows = context
        .in(metricSeries)
        .filter(
          (row) =>
            (input.Namespace ?? row.namespace) === row.namespace &&
            (input.MetricName ?? row.name) === row.name &&
            (input.RecentlyActive === undefined || (row.samples.at(-1)?.at ?? 0) >= recent) &&
            (input.Dimensions ?? []).every(({ Name, Value }) =>
              row.dimensions.some(
                (dimension) =>
                  dimension.Name === Name && (Value ?? dimension.Value) === dimension.Value,
              ),
            ),
        );
      const { items, next } = page(rows, 500, input.NextToken);
      return {
        Metrics: items.map(({ namespace, name, dimensions }) => ({
          Namespace: namespace,
          MetricName: name,
          Dimensions: dimensions.map((dimension) => ({ ...dimension })),
        })),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  ),
};
