import type * as scheduler from "@aws-sdk/client-scheduler";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";
import { checkSchedule } from "./checks.ts";
import { nextOccurrence } from "./expression.ts";
import {
  DEFAULT_GROUP,
  requireGroup,
  requireSchedule,
  type Schedule,
  scheduleKey,
  schedules,
} from "./tables.ts";

/** Source: EventBridge Scheduler API Reference, RetryPolicy. */
const DEFAULT_RETRY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

const PARAMETERS = [
  "Name",
  "GroupName",
  "ScheduleExpression",
  "ScheduleExpressionTimezone",
  "StartDate",
  "EndDate",
  "Description",
  "State",
  "KmsKeyArn",
  "Target",
  "FlexibleTimeWindow",
  "ActionAfterCompletion",
] as const;

type ScheduleInput = Pick<
  {
    [Key in keyof scheduler.CreateScheduleInput]: scheduler.CreateScheduleInput[Key];
  },
  (typeof PARAMETERS)[number]
>;

/** Stores a schedule. Settings that the request does not have get their defaults, in an update too. */
function putSchedule(context: Context, input: ScheduleInput, before?: Schedule): Schedule {
  const { Name: name = "", GroupName: group = DEFAULT_GROUP, Target: target } = input;
  const expression = checkSchedule(context, input, before);
  const { StartDate: start, EndDate: end, ScheduleExpressionTimezone: timeZone = "UTC" } = input;
  const isOnce = expression.kind === "at";
  const isSameTime =
    before?.expression === input.ScheduleExpression &&
    before?.timeZone === timeZone &&
    before.start?.getTime() === start?.getTime();
  const base = start && !isOnce ? start : context.now;
  // A rate begins at its start date; without one, immediately. Source: EventBridge Scheduler User Guide, "Schedule types in
  // EventBridge Scheduler". An update of other settings does not change the next invocation; no public source of this is known.
  const next = isSameTime
    ? before.next
    : nextOccurrence(expression, new Date(base.getTime() - 1), base, timeZone);
  const isLeft = next !== undefined && (isOnce || end === undefined || next <= end);
  return context.in(schedules).put(scheduleKey(group, name), {
    name,
    group,
    arn: context.arn("scheduler", `schedule/${group}/${name}`),
    expression: input.ScheduleExpression ?? "",
    timeZone,
    state: input.State ?? "ENABLED",
    window: input.FlexibleTimeWindow ?? { Mode: "OFF" },
    target: {
      ...target,
      Arn: target?.Arn,
      RoleArn: target?.RoleArn,
      RetryPolicy: { ...DEFAULT_RETRY, ...target?.RetryPolicy },
    },
    afterCompletion: input.ActionAfterCompletion ?? "NONE",
    created: before?.created ?? context.now,
    modified: context.now,
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(start ? { start } : {}),
    ...(end ? { end } : {}),
    ...(input.KmsKeyArn === undefined ? {} : { kmsKeyArn: input.KmsKeyArn }),
    ...(isLeft ? { next } : {}),
  });
}

const describe = (row: Schedule): scheduler.GetScheduleOutput => ({
  Arn: row.arn,
  Name: row.name,
  GroupName: row.group,
  ScheduleExpression: row.expression,
  ScheduleExpressionTimezone: row.timeZone,
  State: row.state,
  FlexibleTimeWindow: row.window,
  Target: row.target,
  ActionAfterCompletion: row.afterCompletion,
  CreationDate: row.created,
  LastModificationDate: row.modified,
  ...(row.description === undefined ? {} : { Description: row.description }),
  ...(row.start ? { StartDate: row.start } : {}),
  ...(row.end ? { EndDate: row.end } : {}),
  ...(row.kmsKeyArn === undefined ? {} : { KmsKeyArn: row.kmsKeyArn }),
});

export const scheduleOperations: Operations = {
  CreateSchedule: operation<scheduler.CreateScheduleInput, scheduler.CreateScheduleOutput>()(
    PARAMETERS,
    (context, input) => {
      const { Name: name, GroupName: group = DEFAULT_GROUP } = input;
      requireGroup(context, group);
      if (context.in(schedules).has(scheduleKey(group, name)))
        throw new AwsError("ConflictException", `Schedule ${name} already exists.`, 409);
      return { ScheduleArn: putSchedule(context, input).arn };
    },
  ),

  GetSchedule: operation<scheduler.GetScheduleInput, scheduler.GetScheduleOutput>()(
    ["Name", "GroupName"],
    (context, input) => describe(requireSchedule(context, input.Name, input.GroupName)),
  ),

  UpdateSchedule: operation<scheduler.UpdateScheduleInput, scheduler.UpdateScheduleOutput>()(
    PARAMETERS,
    (context, input) => {
      const before = requireSchedule(context, input.Name, input.GroupName);
      return { ScheduleArn: putSchedule(context, input, before).arn };
    },
  ),

  DeleteSchedule: operation<scheduler.DeleteScheduleInput, scheduler.DeleteScheduleOutput>()(
    ["Name", "GroupName"],
    (context, input) => {
      const { group, name } = requireSchedule(context, input.Name, input.GroupName);
      context.in(schedules).delete(scheduleKey(group, name));
      return {};
    },
  ),

  ListSchedules: operation<scheduler.ListSchedulesInput, scheduler.ListSchedulesOutput>()(
    ["GroupName", "NamePrefix", "State", "NextToken", "MaxResults"],
    (context, input) => {
      if (input.GroupName !== undefined) requireGroup(context, input.GroupName);
      const rows = context
        .in(schedules)
        .filter(
          (row) =>
            (input.GroupName ?? row.group) === row.group &&
            row.name.startsWith(input.NamePrefix ?? "") &&
            (input.State ?? row.state) === row.state,
        );
      const { items, next } = page(rows, input.MaxResults ?? 100, input.NextToken);
      return {
        Schedules: items.map((row) => ({
          Arn: row.arn,
          Name: row.name,
          GroupName: row.group,
          State: row.state,
          CreationDate: row.created,
          LastModificationDate: row.modified,
          Target: { Arn: row.target.Arn },
        })),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  ),
};
