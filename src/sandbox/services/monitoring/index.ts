import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import { parseArn } from "../../../aws/index.ts";
import { accessDenied, AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import {
  changeState,
  evaluateAlarms,
  isSupportedComparison,
  withCurrentVersion,
} from "./evaluation.ts";
import { historyOperations } from "./history.ts";
import { metricOperations, recordMetrics } from "./metric-operations.ts";
import { checkStatistic } from "./metrics.ts";
import { parseQueries } from "./queries.ts";
import { type Alarm, alarms, type AlarmSettings, putAlarm } from "./tables.ts";
import { arnsFrom } from "../../authorization/request-members.ts";
import { dashboardArn, dashboardOperations } from "./dashboards.ts";
import { cloudWatchTagRules } from "./tag-rules.ts";

const invalid = (message: string): AwsError => new AwsError("ValidationError", message);

function describe({ arn, settings, ...row }: Alarm): cloudwatch.MetricAlarm {
  return {
    ...settings,
    AlarmArn: arn,
    ActionsEnabled: settings.ActionsEnabled ?? true,
    OKActions: settings.OKActions ?? [],
    AlarmActions: settings.AlarmActions ?? [],
    InsufficientDataActions: settings.InsufficientDataActions ?? [],
    Dimensions: settings.Dimensions ?? [],
    StateValue: row.state,
    StateReason: row.reason,
    StateUpdatedTimestamp: row.changed,
    StateTransitionedTimestamp: row.changed,
    AlarmConfigurationUpdatedTimestamp: row.configured,
    ...(row.reasonData === undefined ? {} : { StateReasonData: row.reasonData }),
  };
}

const MISSING_DATA: readonly string[] = ["breaching", "notBreaching", "ignore", "missing"];

/** Source: Amazon CloudWatch API Reference, PutMetricAlarm. */
function check(settings: AlarmSettings): void {
  const name = settings.AlarmName ?? "";
  if (name.length === 0 || name.length > 255)
    throw invalid("AlarmName must be 1 to 255 characters long.");
  const isExpression = settings.Metrics !== undefined;
  if (isExpression && settings.MetricName !== undefined)
    throw invalid("MetricName and Metrics cannot be used together.");
  if (!isSupportedComparison(settings.ComparisonOperator ?? ""))
    throw notImplemented("alarms that detect anomalies");
  if (settings.ThresholdMetricId !== undefined)
    throw notImplemented("alarms that detect anomalies");
  if (isExpression) {
    parseQueries(settings.Metrics ?? []);
    if (settings.Metrics?.filter(({ ReturnData }) => ReturnData !== false).length !== 1)
      throw invalid("Exactly one element of the metrics list should return data.");
  }
  if (!isExpression) {
    if (settings.MetricName === undefined || settings.Namespace === undefined)
      throw invalid("MetricName and Namespace are required.");
    if ((settings.Statistic === undefined) === (settings.ExtendedStatistic === undefined))
      throw invalid("Exactly one of Statistic and ExtendedStatistic must be given.");
    checkStatistic(settings.Statistic ?? settings.ExtendedStatistic ?? "");
    const period = settings.Period ?? 0;
    if (![10, 20, 30].includes(period) && (period < 60 || period % 60 !== 0))
      throw invalid("The Period must be 10, 20, 30 or any multiple of 60.");
    if (period * (settings.EvaluationPeriods ?? 1) > 7 * 86_400)
      throw invalid(
        "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).",
      );
    if (period < 3600 && period * (settings.EvaluationPeriods ?? 1) > 86_400)
      throw invalid(
        "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
      );
  }
  const periods = settings.EvaluationPeriods ?? 0;
  if (periods < 1) throw invalid("EvaluationPeriods must be 1 or more.");
  if ((settings.DatapointsToAlarm ?? 1) > periods)
    throw invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods.");
  if (settings.Threshold === undefined) throw invalid("A Threshold must be given.");
  if (!MISSING_DATA.includes(settings.TreatMissingData ?? "missing"))
    throw invalid(`TreatMissingData must be one of ${MISSING_DATA.join(", ")}.`);
  const actions = [
    ...(settings.AlarmActions ?? []),
    ...(settings.OKActions ?? []),
    ...(settings.InsufficientDataActions ?? []),
  ];
  const invalidAction = actions.find((arn) => parseArn(arn) === undefined);
  if (invalidAction !== undefined) throw invalid(`Invalid arn syntax: ${invalidAction}`);
}

/** Source: Amazon CloudWatch API Reference, SetAlarmState: the reason data is JSON. */
function checkReasonData(text: string | undefined): void {
  if (text === undefined) return;
  try {
    JSON.parse(text);
  } catch {
    throw new AwsError("InvalidFormat", "StateReasonData was not valid JSON");
  }
}

/** Whether two lists have the same dimensions, in any order. */
const hasDimensions = (
  a: readonly cloudwatch.Dimension[] = [],
  b: readonly cloudwatch.Dimension[] = [],
): boolean => {
  const texts = (list: readonly cloudwatch.Dimension[]): string =>
    JSON.stringify(list.map(({ Name, Value }) => [Name, Value].join("=")).sort());
  return texts(a) === texts(b);
};

function byArn(context: Context, arn: string): Alarm {
  const row = context.in(alarms).find((alarm) => alarm.arn === arn);
  if (row) return row;
  throw new AwsError("ResourceNotFoundException", `${arn} does not exist`);
}

function requireAlarm(context: Context, name: string): Alarm {
  const row = context.in(alarms).get(name);
  if (row) return row;
  throw new AwsError("ResourceNotFound", "Unknown alarm");
}

function enable(context: Context, names: readonly string[], ActionsEnabled: boolean): object {
  for (const name of names) {
    const row = context.in(alarms).get(name);
    if (row)
      context.in(alarms).put(name, { ...row, settings: { ...row.settings, ActionsEnabled } });
  }
  return {};
}

export const service: Service = {
  name: "monitoring",
  tagRules: cloudWatchTagRules,
  // Source: Service Authorization Reference, "Amazon CloudWatch".
  permissions: {
    resources: (context, _operation, input) => {
      const alarm = (name: string): string => context.arn("cloudwatch", `alarm:${name}`);
      const names = input["AlarmNames"];
      return [
        ...arnsFrom(input["AlarmName"], alarm),
        ...arnsFrom(input["ResourceARN"], String),
        ...arnsFrom(input["DashboardName"], (name) => dashboardArn(context, name)),
        ...(Array.isArray(names) ? names.flatMap((name) => arnsFrom(name, alarm)) : []),
      ];
    },
    denied: accessDenied,
  },
  backgroundWork: { tables: [alarms], run: evaluateAlarms },
  simulations: { RecordMetrics: recordMetrics },
  operations: {
    ...dashboardOperations,
    ...historyOperations,
    ...metricOperations,

    PutMetricAlarm: operation<cloudwatch.PutMetricAlarmInput, object>()(
      [
        "AlarmName",
        "AlarmDescription",
        "ActionsEnabled",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
        "MetricName",
        "Namespace",
        "Statistic",
        "ExtendedStatistic",
        "Dimensions",
        "Period",
        "Unit",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
        "EvaluateLowSampleCountPercentile",
        "Metrics",
        "Tags",
        "ThresholdMetricId",
      ],
      (context, { Tags, ...settings }) => {
        check(settings);
        putAlarm(context, settings, Tags);
        return {};
      },
    ),

    DescribeAlarms: operation<cloudwatch.DescribeAlarmsInput, cloudwatch.DescribeAlarmsOutput>()(
      [
        "AlarmNames",
        "AlarmNamePrefix",
        "AlarmTypes",
        "StateValue",
        "ActionPrefix",
        "MaxRecords",
        "NextToken",
      ],
      (context, input) => {
        const rows = context
          .in(alarms)
          .filter(
            (row) =>
              (input.AlarmTypes?.includes("MetricAlarm") ?? true) &&
              (input.AlarmNames?.includes(row.settings.AlarmName ?? "") ?? true) &&
              (row.settings.AlarmName ?? "").startsWith(input.AlarmNamePrefix ?? "") &&
              (input.StateValue ?? row.state) === row.state &&
              (input.ActionPrefix === undefined ||
                (row.settings.AlarmActions ?? []).some((arn) =>
                  arn.startsWith(input.ActionPrefix ?? ""),
                )),
          );
        const { items, next } = page(rows, input.MaxRecords ?? 50, input.NextToken);
        return {
          MetricAlarms: items.map(describe),
          CompositeAlarms: [],
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    DescribeAlarmsForMetric: operation<
      cloudwatch.DescribeAlarmsForMetricInput,
      cloudwatch.DescribeAlarmsForMetricOutput
    >()(
      ["MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"],
      (context, input) => ({
        MetricAlarms: context
          .in(alarms)
          .filter(
            ({ settings }) =>
              settings.MetricName === input.MetricName &&
              settings.Namespace === input.Namespace &&
              (input.Statistic ?? settings.Statistic) === settings.Statistic &&
              (input.ExtendedStatistic ?? settings.ExtendedStatistic) ===
                settings.ExtendedStatistic &&
              (input.Period ?? settings.Period) === settings.Period &&
              (input.Unit ?? settings.Unit) === settings.Unit &&
              // Source: Amazon CloudWatch API Reference, DescribeAlarmsForMetric: all dimensions must be given.
              hasDimensions(input.Dimensions, settings.Dimensions),
          )
          .map(describe),
      }),
    ),

    DeleteAlarms: operation<cloudwatch.DeleteAlarmsInput, object>()(
      ["AlarmNames"],
      (context, input) => {
        for (const name of input.AlarmNames) requireAlarm(context, name);
        for (const name of input.AlarmNames) context.in(alarms).delete(name);
        return {};
      },
    ),

    SetAlarmState: operation<cloudwatch.SetAlarmStateInput, object>()(
      ["AlarmName", "StateValue", "StateReason", "StateReasonData"],
      (context, input) => {
        const row = requireAlarm(context, input.AlarmName);
        checkReasonData(input.StateReasonData);
        changeState(context, withCurrentVersion(context, row), {
          state: input.StateValue,
          reason: input.StateReason,
          reasonData: input.StateReasonData,
        });
        return {};
      },
    ),

    EnableAlarmActions: operation<cloudwatch.EnableAlarmActionsInput, object>()(
      ["AlarmNames"],
      (context, input) => enable(context, input.AlarmNames, true),
    ),

    DisableAlarmActions: operation<cloudwatch.DisableAlarmActionsInput, object>()(
      ["AlarmNames"],
      (context, input) => enable(context, input.AlarmNames, false),
    ),

    ListTagsForResource: operation<
      cloudwatch.ListTagsForResourceInput,
      cloudwatch.ListTagsForResourceOutput
    >()(["ResourceARN"], (context, input) => ({
      Tags: tagList(byArn(context, input.ResourceARN).tags),
    })),

    TagResource: operation<cloudwatch.TagResourceInput, object>()(
      ["ResourceARN", "Tags"],
      (context, input) => {
        const row = byArn(context, input.ResourceARN);
        const tags = addTags(cloudWatchTagRules, "TagResource", row.tags, tagMap(input.Tags));
        context.in(alarms).put(row.settings.AlarmName ?? "", { ...row, tags });
        return {};
      },
    ),

    UntagResource: operation<cloudwatch.UntagResourceInput, object>()(
      ["ResourceARN", "TagKeys"],
      (context, input) => {
        const row = byArn(context, input.ResourceARN);
        const tags = without(row.tags, input.TagKeys);
        context.in(alarms).put(row.settings.AlarmName ?? "", { ...row, tags });
        return {};
      },
    ),
  },
};
