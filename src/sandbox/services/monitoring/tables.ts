import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { tagMap } from "../../core/tags.ts";

/** Settings of an alarm: the parameters of PutMetricAlarm. */
export type AlarmSettings = Omit<cloudwatch.PutMetricAlarmInput, "Tags">;

export interface Alarm {
  readonly arn: string;
  readonly settings: AlarmSettings;
  readonly state: cloudwatch.StateValue;
  readonly reason: string;
  readonly reasonData?: string;
  readonly configured: Date;
  /** Last change of the state. */
  readonly changed: Date;
  readonly tags: Readonly<Record<string, string>>;
  /** Last evaluation, or the time at which SetAlarmState set the state. */
  readonly evaluated?: Date;
  /** The number of recorded changes of the alarm's metrics that were evaluated. Undefined before the first evaluation. */
  readonly evaluatedVersion?: number;
  /** The evaluated values, the newest first. */
  readonly datapoints?: readonly number[];
  /** ARNs of scaling policies that the alarm invokes. Application Auto Scaling removes them. */
  readonly pendingActions?: readonly string[];
}

/** An entry of the history of an alarm. */
export interface HistoryItem {
  readonly alarm: string;
  readonly at: Date;
  readonly type: cloudwatch.HistoryItemType;
  readonly summary: string;
  /** JSON text. */
  readonly data: string;
}

export const alarms: TableKey<Alarm> = table("cloudwatch/alarm");
export const alarmHistory: TableKey<HistoryItem> = table("cloudwatch/alarm-history", {
  exists: () => false,
});

/** Entries of all alarms per account and region. */
const KEPT_HISTORY = 2000;

export function addHistory(
  context: Context,
  alarm: string,
  type: cloudwatch.HistoryItemType,
  summary: string,
  data: Readonly<Record<string, unknown>>,
): void {
  context.in(alarmHistory).put(context.uuid(), {
    alarm,
    at: context.now,
    type,
    summary,
    data: JSON.stringify({ version: "1.0", ...data }),
  });
  context.in(alarmHistory).keepNewest(KEPT_HISTORY);
}

/**
 * Creates or updates an alarm. A new alarm is in the state INSUFFICIENT_DATA; an update does not change the state. Source: Amazon
 * CloudWatch API Reference, PutMetricAlarm.
 */
export function putAlarm(
  context: Context,
  settings: AlarmSettings,
  tags?: readonly cloudwatch.Tag[],
): Alarm {
  const name = settings.AlarmName ?? "";
  const existing = context.in(alarms).get(name);
  addHistory(
    context,
    name,
    "ConfigurationUpdate",
    `Alarm "${name}" ${existing ? "updated" : "created"}`,
    { type: existing ? "Update" : "Create" },
  );
  return context.in(alarms).put(name, {
    arn: context.arn("cloudwatch", `alarm:${name}`),
    settings,
    state: existing?.state ?? "INSUFFICIENT_DATA",
    reason: existing?.reason ?? "Unchecked: Initial alarm creation",
    configured: context.now,
    changed: existing?.changed ?? context.now,
    tags: existing?.tags ?? tagMap(tags),
    evaluated: context.now,
  });
}
