import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";

/** Values that were recorded for one time. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly unit: cloudwatch.StandardUnit;
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Each value with its number of occurrences. Absent if only statistics were recorded. */
  readonly values?: readonly (readonly [value: number, count: number])[];
}

/** A metric: a name in a namespace, with dimensions. */
export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  /** Sorted by name. */
  readonly dimensions: readonly { readonly Name: string; readonly Value: string }[];
}

export interface MetricSeries extends MetricId {
  /** Sorted by time. */
  readonly samples: readonly Sample[];
  /** Number of changes. */
  readonly version: number;
}

/** Recorded metrics. On AWS, a metric cannot be deleted either. */
export const metricSeries: TableKey<MetricSeries> = table("cloudwatch/metric", {
  exists: () => false,
});

/** Stored samples per metric; the oldest are dropped. */
const KEPT_SAMPLES = 2000;

export function metricId(
  namespace = "",
  name = "",
  dimensions: readonly cloudwatch.Dimension[] = [],
): MetricId {
  return {
    namespace,
    name,
    dimensions: dimensions
      .map(({ Name = "", Value = "" }) => ({ Name, Value }))
      .sort((a, b) => (a.Name < b.Name ? -1 : 1)),
  };
}

const keyOf = ({ namespace, name, dimensions }: MetricId): string =>
  JSON.stringify([namespace, name, dimensions.map(({ Name, Value }) => [Name, Value])]);

/** The recorded samples of a metric. The dimensions must be exactly the same. */
export const seriesOf = (context: Context, id: MetricId): MetricSeries | undefined =>
  context.in(metricSeries).get(keyOf(id));

export function recordSample(context: Context, id: MetricId, sample: Sample): void {
  const key = keyOf(id);
  const { samples = [], version = 0 } = context.in(metricSeries).get(key) ?? {};
  const index = samples.findLastIndex(({ at }) => at <= sample.at) + 1;
  context.in(metricSeries).put(key, {
    ...id,
    samples: samples.toSpliced(index, 0, sample).slice(-KEPT_SAMPLES),
    version: version + 1,
  });
}

/** Records the value 1 of a metric that a service of AWS publishes. */
export const countEvent = (
  context: Context,
  namespace: string,
  name: string,
  dimensions: readonly cloudwatch.Dimension[],
): void =>
  recordSample(context, metricId(namespace, name, dimensions), {
    at: context.now.getTime(),
    unit: "Count",
    ...sampleOf([[1, 1]]),
  });

/** The statistics of values. */
export function sampleOf(
  values: readonly (readonly [value: number, count: number])[],
): Omit<Sample, "at" | "unit"> {
  const numbers = values.map(([value]) => value);
  return {
    count: values.reduce((sum, [, count]) => sum + count, 0),
    sum: values.reduce((sum, [value, count]) => sum + value * count, 0),
    minimum: Math.min(...numbers),
    maximum: Math.max(...numbers),
    values,
  };
}

/** Values by time, in milliseconds since 1970. */
export type TimeSeries = ReadonlyMap<number, number>;

/** Selects and aggregates the samples of a metric. */
export interface Aggregation {
  readonly id: MetricId;
  /** A statistic such as Average, or a percentile such as p99.9. */
  readonly statistic: string;
  /** Seconds. */
  readonly period: number;
  readonly unit?: cloudwatch.StandardUnit | undefined;
  /** Range in milliseconds since 1970; `to` is not part of it. The first period begins at `from`. */
  readonly from: number;
  readonly to: number;
}

/** The percentile of a statistic such as p99.9; undefined for another statistic. */
export function percentileOf(statistic: string): number | undefined {
  const percent = Number(/^p(\d{1,3}(?:\.\d{1,10})?)$/.exec(statistic)?.[1] ?? NaN);
  return percent <= 100 ? percent : undefined;
}

/**
 * Checks a statistic.
 *
 * @throws AwsError for an unknown statistic, and NotImplemented for one that the sandbox does not compute
 */
export function checkStatistic(statistic: string): void {
  if (["Average", "Sum", "Minimum", "Maximum", "SampleCount"].includes(statistic)) return;
  if (percentileOf(statistic) !== undefined) return;
  if (/^(tm|wm|tc|ts|TM|WM|TC|TS|PR|IQM)/.test(statistic))
    throw notImplemented(`the statistic ${statistic}`);
  throw new AwsError(
    "InvalidParameterValue",
    `The value ${statistic} for parameter ExtendedStatistic is not supported.`,
  );
}

/** Percentiles need the values. Source: Amazon CloudWatch API Reference, PutMetricData. */
function valuesIn({ values, count, minimum, maximum }: Sample): Sample["values"] {
  return values ?? (minimum === maximum ? [[minimum, count]] : undefined);
}

function percentile(samples: readonly Sample[], percent: number): number | undefined {
  const known = samples.flatMap((sample) => valuesIn(sample) ?? []);
  if (samples.some((sample) => valuesIn(sample) === undefined)) return undefined;
  const sorted = known.toSorted(([a], [b]) => a - b);
  const rank = (sorted.reduce((sum, [, count]) => sum + count, 0) * percent) / 100;
  let seen = 0;
  return sorted.find(([, count]) => (seen += count) >= rank)?.[0];
}

function statisticOf(samples: readonly Sample[], statistic: string): number | undefined {
  const percent = percentileOf(statistic);
  if (percent !== undefined) return percentile(samples, percent);
  const count = samples.reduce((sum, sample) => sum + sample.count, 0);
  const sum = samples.reduce((total, sample) => total + sample.sum, 0);
  switch (statistic) {
    case "SampleCount":
      return count;
    case "Sum":
      return sum;
    case "Average":
      return sum / count;
    case "Minimum":
      return Math.min(...samples.map(({ minimum }) => minimum));
    case "Maximum":
      return Math.max(...samples.map(({ maximum }) => maximum));
    default:
      throw new TypeError(`unknown statistic ${statistic}`);
  }
}

/** The samples of a metric in a range, by the start of their period. */
export function samplesByPeriod(
  context: Context,
  { id, period, unit, from, to }: Omit<Aggregation, "statistic">,
): ReadonlyMap<number, readonly Sample[]> {
  const groups = new Map<number, Sample[]>();
  const milliseconds = period * 1000;
  for (const sample of seriesOf(context, id)?.samples ?? []) {
    if (sample.at < from || sample.at >= to || (unit ?? sample.unit) !== sample.unit) continue;
    const start = from + Math.floor((sample.at - from) / milliseconds) * milliseconds;
    groups.set(start, [...(groups.get(start) ?? []), sample]);
  }
  return groups;
}

/** Aggregates a metric: a value for each period that has samples. */
export function aggregate(context: Context, aggregation: Aggregation): TimeSeries {
  const values = new Map<number, number>();
  for (const [start, samples] of samplesByPeriod(context, aggregation)) {
    const value = statisticOf(samples, aggregation.statistic);
    if (value !== undefined) values.set(start, value);
  }
  return values;
}
