import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { Context } from "../../core/operation.ts";
import { samplesByPeriod, metricId, percentileOf, seriesOf } from "./metrics.ts";
import {
  evaluateQuery,
  metricsOf,
  parseQueries,
  periodOf,
  type Queries,
  startOfPeriod,
} from "./queries.ts";
import { addHistory, type Alarm, alarms, type AlarmSettings } from "./tables.ts";

/** The queries of an alarm, and the ID of the one that it watches. */
interface WatchedMetric {
  readonly queries: Queries;
  readonly id: string;
}

function watchedMetric(settings: AlarmSettings): WatchedMetric {
  if (settings.Metrics !== undefined) {
    const watched = settings.Metrics.find(({ ReturnData }) => ReturnData !== false);
    return { queries: parseQueries(settings.Metrics), id: watched?.Id ?? "" };
  }
  const {
    Namespace,
    MetricName,
    Dimensions,
    Period = 60,
    Statistic,
    ExtendedStatistic,
    Unit,
  } = settings;
  const query = {
    id: metricId(Namespace, MetricName, Dimensions),
    statistic: Statistic ?? ExtendedStatistic ?? "Average",
    period: Period,
    ...(Unit === undefined ? {} : { unit: Unit }),
  };
  return { queries: new Map([["m", query]]), id: "m" };
}

const COMPARISONS: Readonly<
  Record<string, readonly [words: string, breaches: (value: number, threshold: number) => boolean]>
> = {
  GreaterThanThreshold: ["greater than", (value, threshold) => value > threshold],
  GreaterThanOrEqualToThreshold: [
    "greater than or equal to",
    (value, threshold) => value >= threshold,
  ],
  LessThanThreshold: ["less than", (value, threshold) => value < threshold],
  LessThanOrEqualToThreshold: ["less than or equal to", (value, threshold) => value <= threshold],
};

/** The comparison operators that the sandbox evaluates. The others need an anomaly detection model. */
export const isSupportedComparison = (operator: string): boolean =>
  Object.hasOwn(COMPARISONS, operator);

interface Datapoint {
  readonly at: number;
  readonly value: number | undefined;
}

/**
 * The new state of an alarm. If fewer values than evaluation periods exist, the missing ones are treated as the alarm says.
 *
 * Source: Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data".
 *
 * @param points the values of the evaluation range, the newest first
 */
function stateOf(
  { state, settings }: Pick<Alarm, "state" | "settings">,
  points: readonly Datapoint[],
): cloudwatch.StateValue {
  const periods = settings.EvaluationPeriods ?? 1;
  const required = settings.DatapointsToAlarm ?? periods;
  const breaches = COMPARISONS[settings.ComparisonOperator ?? ""]?.[1];
  if (!breaches) throw new TypeError(`unknown comparison ${settings.ComparisonOperator}`);
  const evaluated = points
    .map(({ value }, index) => ({ value, age: index + 1 }))
    .flatMap(({ value, age }) =>
      value === undefined ? [] : [{ isBreaching: breaches(value, settings.Threshold ?? 0), age }],
    )
    .slice(0, periods);
  const missing = periods - evaluated.length;
  const breaching = evaluated.filter(({ isBreaching }) => isBreaching);
  const treatment = settings.TreatMissingData ?? "missing";
  if (breaching.length + (treatment === "breaching" ? missing : 0) >= required) return "ALARM";
  if (missing === 0 || treatment === "breaching" || treatment === "notBreaching") return "OK";
  if (breaching.length < evaluated.length) return "OK";
  if (treatment === "ignore") return state;
  if (evaluated.length === 0) return "INSUFFICIENT_DATA";
  // All existing values breach. The alarm does not wait for missing values if the oldest value is old enough.
  return (breaching.at(-1)?.age ?? 0) >= required ? "ALARM" : state;
}

/** A number as in AWS's reasons, such as 5.0. */
const decimal = (value: number): string =>
  Number.isInteger(value) ? value.toFixed(1) : String(value);

/** A time as in AWS's reasons, such as 28/11/26 12:00:00. */
function shortTime(time: number): string {
  const [date = "", clock = ""] = new Date(time).toISOString().split("T");
  return `${date.slice(2).split("-").toReversed().join("/")} ${clock.slice(0, 8)}`;
}

function reasonOf(
  { state: from, settings }: Alarm,
  to: cloudwatch.StateValue,
  points: readonly Datapoint[],
): string {
  const periods = settings.EvaluationPeriods ?? 1;
  const existing = points.filter(({ value }) => value !== undefined).slice(0, periods);
  const missing = periods - existing.length;
  if (to === "INSUFFICIENT_DATA")
    return `Insufficient Data: ${missing} datapoint${missing === 1 ? " was" : "s were"} unknown.`;
  const treatment = settings.TreatMissingData === "breaching" ? "Breaching" : "NonBreaching";
  if (existing.length === 0)
    return `Threshold Crossed: no datapoints were received for ${periods} period${periods === 1 ? "" : "s"} and ${missing} missing datapoint${missing === 1 ? " was" : "s were"} treated as [${treatment}].`;
  const [words = "", breaches] = COMPARISONS[settings.ComparisonOperator ?? ""] ?? [];
  const threshold = settings.Threshold ?? 0;
  const counted = existing.filter(
    ({ value = 0 }) => breaches?.(value, threshold) === (to === "ALARM"),
  );
  const values = counted.map(({ at, value = 0 }) => `${decimal(value)} (${shortTime(at)})`);
  const required = settings.DatapointsToAlarm ?? periods;
  const minimum = to === "ALARM" ? required : periods - required + 1;
  return `Threshold Crossed: ${counted.length} out of the last ${periods} datapoints [${values.join(", ")}] ${counted.length === 1 ? "was" : "were"} ${to === "ALARM" ? "" : "not "}${words} the threshold (${decimal(threshold)}) (minimum ${minimum} datapoint${minimum === 1 ? "" : "s"} for ${from} -> ${to} transition).`;
}

/** Whether too few values exist for a percentile. Source: Amazon CloudWatch API Reference, PutMetricAlarm. */
function hasTooFewSamples(
  context: Context,
  settings: AlarmSettings,
  from: number,
  to: number,
): boolean {
  const percent = percentileOf(settings.ExtendedStatistic ?? "");
  if (percent === undefined || settings.EvaluateLowSampleCountPercentile !== "ignore") return false;
  const fraction = percent / 100;
  const required = 10 / (fraction >= 0.5 ? 1 - fraction : fraction);
  const { Namespace, MetricName, Dimensions, Period: period = 60 } = settings;
  const groups = samplesByPeriod(context, {
    id: metricId(Namespace, MetricName, Dimensions),
    period,
    from,
    to,
  });
  return [...groups.values()].some(
    (samples) => samples.reduce((sum, { count }) => sum + count, 0) < required,
  );
}

/** The actions of a state. */
function actionsOf(
  { ActionsEnabled, OKActions, AlarmActions, InsufficientDataActions }: AlarmSettings,
  state: cloudwatch.StateValue,
): readonly string[] {
  if (ActionsEnabled === false) return [];
  const actions = {
    OK: OKActions,
    ALARM: AlarmActions,
    INSUFFICIENT_DATA: InsufficientDataActions,
  };
  return actions[state] ?? [];
}

const isScalingPolicy = (arn: string): boolean => /^arn:[^:]+:autoscaling:/.test(arn);

/** Changes the state of an alarm, writes its history and executes the actions of the new state. */
export function changeState(
  context: Context,
  alarm: Alarm,
  change: Pick<Alarm, "state" | "reason"> & { readonly reasonData?: string | undefined },
): Alarm {
  const name = alarm.settings.AlarmName ?? "";
  const { reasonData: previousData, ...rest } = alarm;
  const isTransition = change.state !== alarm.state;
  const actions = isTransition ? actionsOf(alarm.settings, change.state) : [];
  const changed = context.in(alarms).put(name, {
    ...rest,
    state: change.state,
    reason: change.reason,
    changed: context.now,
    ...(change.reasonData === undefined ? {} : { reasonData: change.reasonData }),
    pendingActions: actions.filter(isScalingPolicy),
  });
  if (!isTransition) return changed;
  const stateIn = (state: string, reason: string, data: string | undefined): object => ({
    stateValue: state,
    stateReason: reason,
    ...(data === undefined ? {} : { stateReasonData: JSON.parse(data) as unknown }),
  });
  addHistory(context, name, "StateUpdate", `Alarm updated from ${alarm.state} to ${change.state}`, {
    oldState: stateIn(alarm.state, alarm.reason, previousData),
    newState: stateIn(change.state, change.reason, change.reasonData),
  });
  for (const arn of actions.filter((action) => !isScalingPolicy(action)))
    addHistory(context, name, "Action", `Failed to execute action ${arn}`, {
      actionState: "Failed",
      stateUpdateTimestamp: context.now.getTime(),
      notificationResource: arn,
      error: "Berth's sandbox does not deliver notifications",
    });
  return changed;
}

/** The number of recorded changes of the metrics of an alarm; undefined if none of them was ever recorded. */
function versionOf(context: Context, { queries, id }: WatchedMetric): number | undefined {
  const versions = metricsOf(queries, id).flatMap(
    (metric) => seriesOf(context, metric)?.version ?? [],
  );
  return versions.length === 0 ? undefined : versions.reduce((sum, version) => sum + version, 0);
}

/** Namespaces of AWS, whose metrics the sandbox does not publish itself: no data does not mean that data is missing. */
const isPublishedByAws = ({ queries, id }: WatchedMetric): boolean =>
  metricsOf(queries, id).every(({ namespace }) => /^(AWS|ECS)\//.test(namespace));

/** Marks the current data as evaluated, so that a state that a client sets remains until there is new data. */
export function withCurrentVersion(context: Context, alarm: Alarm): Alarm {
  const version = versionOf(context, watchedMetric(alarm.settings)) ?? 0;
  return { ...alarm, evaluated: context.now, evaluatedVersion: version };
}

/** Evaluates the alarms whose metrics have changed, or whose last evaluation is a period ago. */
export function evaluateAlarms(context: Context): void {
  for (const alarm of context.in(alarms).all()) evaluateAlarm(context, alarm);
}

function evaluateAlarm(context: Context, alarm: Alarm): void {
  const { settings } = alarm;
  const watched = watchedMetric(settings);
  const version = versionOf(context, watched);
  if (version === undefined && isPublishedByAws(watched)) return;
  const seconds = periodOf(watched.queries, watched.id);
  const now = context.now.getTime();
  const isDue = now - (alarm.evaluated?.getTime() ?? 0) >= seconds * 1000;
  if (!isDue && alarm.evaluatedVersion === (version ?? 0)) return;
  const periods = settings.EvaluationPeriods ?? 1;
  const current = startOfPeriod(now, seconds);
  const from = current - (periods + 2) * seconds * 1000;
  const values = evaluateQuery(
    context,
    watched.queries,
    watched.id,
    from,
    current + seconds * 1000,
  );
  // The period that has just begun counts if it has a value.
  const newest = values.has(current) ? current : current - seconds * 1000;
  const points = Array.from({ length: periods + 2 }, (_, index) => {
    const at = newest - index * seconds * 1000;
    return { at, value: values.get(at) };
  });
  const existing = points.filter(({ value }) => value !== undefined).slice(0, periods);
  const state = hasTooFewSamples(context, settings, from, current + seconds * 1000)
    ? alarm.state
    : stateOf(alarm, points);
  const evaluated: Alarm = {
    ...alarm,
    evaluated: context.now,
    evaluatedVersion: version ?? 0,
    datapoints: existing.map(({ value = 0 }) => value),
  };
  if (state !== alarm.state) {
    const reasonData = {
      version: "1.0",
      queryDate: context.now.toISOString(),
      ...(existing.length > 0
        ? { startDate: new Date(existing.at(-1)?.at ?? 0).toISOString() }
        : {}),
      statistic: settings.Statistic ?? settings.ExtendedStatistic,
      period: seconds,
      recentDatapoints: existing.map(({ value }) => value).toReversed(),
      threshold: settings.Threshold,
    };
    changeState(context, evaluated, {
      state,
      reason: reasonOf(alarm, state, points),
      reasonData: JSON.stringify(reasonData),
    });
    return;
  }
  // An alarm invokes scaling policies in each period in which it remains in the state. Source: Amazon CloudWatch User Guide, "Alarm
  // actions".
  context.in(alarms).put(settings.AlarmName ?? "", {
    ...evaluated,
    pendingActions: actionsOf(settings, state).filter(isScalingPolicy),
  });
}
