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
  readonly changed: Date;
  readonly tags: Readonly<Record<string, string>>;
}

export const alarms: TableKey<Alarm> = table("cloudwatch/alarm");

/**
 * Creates or updates an alarm. A new alarm is in the state INSUFFICIENT_DATA. Source: Amazon CloudWatch API Reference,
 * PutMetricAlarm.
 */
export function putAlarm(
  context: Context,
  settings: AlarmSettings,
  tags?: readonly cloudwatch.Tag[],
): Alarm {
  const name = settings.AlarmName ?? "";
  const existing = context.in(alarms).get(name);
  return context.in(alarms).put(name, {
    arn: context.arn("cloudwatch", `alarm:${name}`),
    settings,
    state: existing?.state ?? "INSUFFICIENT_DATA",
    reason: existing?.reason ?? "Unchecked: Initial alarm creation",
    configured: context.now,
    changed: existing?.changed ?? context.now,
    tags: existing?.tags ?? tagMap(tags),
  });
}
