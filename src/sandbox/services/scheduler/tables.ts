import type * as scheduler from "@aws-sdk/client-scheduler";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Invocation } from "../events/invocations.ts";

/** A schedule. Its next invocation is stored, so that a call does not compute it for every schedule. */
export interface Schedule {
  readonly name: string;
  readonly group: string;
  readonly arn: string;
  readonly expression: string;
  /** Name of a time zone in the IANA database. */
  readonly timeZone: string;
  readonly state: scheduler.ScheduleState;
  readonly window: scheduler.FlexibleTimeWindow;
  readonly target: scheduler.Target;
  readonly description?: string;
  readonly start?: Date;
  readonly end?: Date;
  readonly kmsKeyArn?: string;
  readonly afterCompletion: scheduler.ActionAfterCompletion;
  readonly created: Date;
  readonly modified: Date;
  /** Undefined if no invocation is left. */
  readonly next?: Date;
}

export interface ScheduleGroup {
  readonly name: string;
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  readonly modified: Date;
}

/** The group that every account has. */
export const DEFAULT_GROUP = "default";

/** Schedules by group and name. */
export const schedules: TableKey<Schedule> = table("scheduler/schedule");
export const scheduleGroups: TableKey<ScheduleGroup> = table("scheduler/group", {
  exists: ({ name }) => name !== DEFAULT_GROUP,
});
export const scheduleInvocations: TableKey<Invocation> = table("scheduler/invocation", {
  exists: () => false,
});

export const scheduleKey = (group: string, name: string): string => `${group}/${name}`;

export const groupArn = (context: Context, name: string): string =>
  context.arn("scheduler", `schedule-group/${name}`);

/** The error of EventBridge Scheduler for an invalid request. */
export const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

const notFound = (message: string): AwsError =>
  new AwsError("ResourceNotFoundException", message, 404);

/** @throws AwsError ResourceNotFoundException */
export function requireGroup(context: Context, name: string): ScheduleGroup {
  const row = context.in(scheduleGroups).get(name);
  if (row) return row;
  if (name !== DEFAULT_GROUP) throw notFound(`Schedule group ${name} does not exist.`);
  const created = new Date(0);
  return { name, arn: groupArn(context, name), tags: {}, created, modified: created };
}

/** @throws AwsError ResourceNotFoundException */
export function requireSchedule(
  context: Context,
  name: string,
  group: string = DEFAULT_GROUP,
): Schedule {
  requireGroup(context, group);
  const row = context.in(schedules).get(scheduleKey(group, name));
  if (row) return row;
  throw notFound(`Schedule ${name} does not exist.`);
}
