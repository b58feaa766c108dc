import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { Context } from "../../core/operation.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { evaluateExpression, type Expression, parseExpression } from "./math.ts";
import { aggregate, checkStatistic, type MetricId, metricId, type TimeSeries } from "./metrics.ts";

const invalid = (message: string): AwsError => new AwsError("ValidationError", message);

/** Source: Amazon CloudWatch API Reference, PutMetricAlarm and MetricStat. */
export const isPeriod = (seconds: number): boolean =>
  [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0);

/** A metric, or an expression of other queries. */
type Query =
  | {
      readonly id: MetricId;
      readonly statistic: string;
      readonly period: number;
      readonly unit?: cloudwatch.StandardUnit;
    }
  | { readonly expression: Expression };

/** The queries by ID. */
export type Queries = ReadonlyMap<string, Query>;

/**
 * Parses the queries of a request or alarm.
 *
 * Source: Amazon CloudWatch API Reference, MetricDataQuery.
 *
 * @throws AwsError ValidationError, and NotImplemented for functions and statistics that the sandbox does not compute
 */
export function parseQueries(queries: readonly cloudwatch.MetricDataQuery[]): Queries {
  const parsed = new Map<string, Query>();
  for (const { Id = "", MetricStat: stat, Expression: text, AccountId } of queries) {
    if (!/^[a-z]\w{0,254}$/.test(Id))
      throw invalid(`The value ${Id} for parameter Id is not valid.`);
    if (parsed.has(Id)) throw invalid(`The id ${Id} is used by more than one query.`);
    if (AccountId !== undefined) throw notImplemented("metrics of another account");
    if ((stat === undefined) === (text === undefined))
      throw invalid(`The query ${Id} must have either MetricStat or Expression.`);
    if (stat) {
      const { Metric: metric, Period = 0, Stat = "", Unit } = stat;
      if (!isPeriod(Period)) throw invalid(`The period ${Period} of the query ${Id} is not valid.`);
      checkStatistic(Stat);
      parsed.set(Id, {
        id: metricId(metric?.Namespace, metric?.MetricName, metric?.Dimensions),
        statistic: Stat,
        period: Period,
        ...(Unit === undefined ? {} : { unit: Unit }),
      });
    } else parsed.set(Id, { expression: parseExpression(text ?? "") });
  }
  for (const id of parsed.keys()) checkReferences(parsed, id, []);
  return parsed;
}

function checkReferences(queries: Queries, id: string, path: readonly string[]): void {
  const query = queries.get(id);
  if (!query || path.includes(id))
    throw invalid(
      query
        ? `The expression ${id} refers to itself.`
        : `The expression refers to an unknown id: ${id}.`,
    );
  if ("expression" in query)
    for (const other of query.expression.ids) checkReferences(queries, other, [...path, id]);
}

/** The metrics that a query uses. */
export function metricsOf(queries: Queries, id: string): readonly MetricId[] {
  const query = queries.get(id);
  if (!query) return [];
  return "expression" in query
    ? query.expression.ids.flatMap((other) => metricsOf(queries, other))
    : [query.id];
}

/** The longest period of the metrics that a query uses, in seconds. */
export function periodOf(queries: Queries, id: string): number {
  const query = queries.get(id);
  if (!query) return 60;
  return "expression" in query
    ? Math.max(1, ...query.expression.ids.map((other) => periodOf(queries, other)))
    : query.period;
}

/** The start of the period that contains a time. */
export const startOfPeriod = (time: number, seconds: number): number =>
  Math.floor(time / (seconds * 1000)) * seconds * 1000;

/**
 * The values of a query by the start of their period.
 *
 * @param from start of the range in milliseconds since 1970; it is rounded down to a period
 * @param to end of the range; it is not part of it
 */
export function evaluateQuery(
  context: Context,
  queries: Queries,
  id: string,
  from: number,
  to: number,
): TimeSeries {
  const period = periodOf(queries, id) * 1000;
  const times: number[] = [];
  for (let time = startOfPeriod(from, period / 1000); time < to; time += period) times.push(time);
  const valuesOf = (queryId: string): number | TimeSeries => {
    const query = queries.get(queryId);
    if (!query) throw new TypeError(`unknown query ${queryId}`);
    return "expression" in query
      ? evaluateExpression(query.expression, valuesOf, times)
      : aggregate(context, { ...query, from: startOfPeriod(from, query.period), to });
  };
  const value = valuesOf(id);
  if (typeof value !== "number") return value;
  return new Map(Number.isFinite(value) ? times.map((time) => [time, value]) : []);
}
