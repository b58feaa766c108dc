import type * as scheduler from "@aws-sdk/client-scheduler";
import type { Context } from "../../core/operation.ts";
import type { Simulation } from "../../core/service.ts";
import type { SettleTrigger } from "../../core/settle-trigger.ts";
import { isCallerAllowed } from "../../authorization/authorize-call.ts";
import { partsOfArn, text } from "../../authorization/request-members.ts";
import {
  type Invocation,
  type InvocationEvent,
  type InvocationPlan,
  invoke,
  retryInvocations,
} from "../events/invocations.ts";
import { assumeRole, type TaskSource, type TaskTarget } from "../events/task-target.ts";
import { countEvent } from "../monitoring/metrics.ts";
import { nameIn, queues } from "../sqs/tables.ts";
import { nextOccurrence, parseSchedule } from "./expression.ts";
import {
  groupArn,
  requireSchedule,
  type Schedule,
  scheduleInvocations,
  scheduleKey,
  schedules,
} from "./tables.ts";

/**
 * The source of the tasks of a schedule. AWS does not document the value of startedBy: public programs recognize the tasks of
 * schedules by its prefix. That the name of the schedule follows has no known public source.
 */
export const sourceOf = (context: Context, { name, group }: Schedule): TaskSource => ({
  principal: "scheduler.amazonaws.com",
  serviceName: "EventBridge Scheduler",
  sourceArn: groupArn(context, group),
  startedBy: `chronos-schedule/${name}`,
});

/** A tag of EcsParameters: a map with a key and a value. */
const tagOf = (tag: Readonly<Record<string, string>>): TaskTarget["tags"][number] => ({
  key: tag["key"] ?? tag["Key"] ?? "",
  value: tag["value"] ?? tag["Value"] ?? "",
});

/** Source: EventBridge Scheduler User Guide, "Adding context attributes". */
function withAttributes(
  input: string,
  { arn }: Schedule,
  { id, scheduled, attempts }: Pick<Invocation, "id" | "scheduled" | "attempts">,
): string {
  const attributes: Readonly<Record<string, string>> = {
    "<aws.scheduler.schedule-arn>": arn,
    "<aws.scheduler.scheduled-time>": scheduled.toISOString().replace(/\.\d+Z$/, "Z"),
    "<aws.scheduler.execution-id>": id,
    "<aws.scheduler.attempt-number>": String(attempts),
  };
  return Object.entries(attributes).reduce(
    (replaced, [name, value]) => replaced.replaceAll(name, value),
    input,
  );
}

export function taskTargetOf(
  schedule: Schedule,
  invocation: Pick<Invocation, "id" | "scheduled" | "attempts">,
): TaskTarget {
  const { Arn = "", RoleArn = "", EcsParameters, Input } = schedule.target;
  const { Tags = [], ...parameters }: Partial<scheduler.EcsParameters> = EcsParameters ?? {};
  return {
    clusterArn: Arn,
    roleArn: RoleArn,
    parameters: { ...parameters, TaskDefinitionArn: parameters.TaskDefinitionArn },
    tags: Tags.map(tagOf),
    ...(Input === undefined ? {} : { input: withAttributes(Input, schedule, invocation) }),
  };
}

/** Source: EventBridge Scheduler User Guide, "Monitoring Amazon EventBridge Scheduler with Amazon CloudWatch". */
const METRICS: Readonly<Record<InvocationEvent, string>> = {
  attempt: "InvocationAttemptCount",
  error: "TargetErrorCount",
  dropped: "InvocationDroppedCount",
};

function recordMetric(context: Context, schedule: Schedule, event: InvocationEvent): void {
  const queue = schedule.target.DeadLetterConfig?.Arn;
  const names = [
    METRICS[event],
    ...(event === "dropped" && queue !== undefined
      ? deadLetterMetrics(context, schedule, queue)
      : []),
  ];
  const dimensions = [{ Name: "ScheduleGroup", Value: schedule.group }];
  for (const name of names) countEvent(context, "AWS/Scheduler", name, dimensions);
}

/**
 * The metrics of a dropped invocation: the role of the schedule must be allowed to send the event to an existing queue. The queues of
 * the sandbox hold no messages: only the metrics show the event.
 *
 * Source: EventBridge Scheduler User Guide, "Configuring a schedule's dead-letter queue in EventBridge Scheduler".
 */
function deadLetterMetrics(
  context: Context,
  schedule: Schedule,
  queueArn: string,
): readonly string[] {
  const { region, account } = partsOfArn(queueArn);
  const queue = context.at({ region, account }).in(queues).get(nameIn(queueArn));
  const role = assumeRole(context, schedule.target.RoleArn ?? "", sourceOf(context, schedule));
  return queue !== undefined &&
    role !== undefined &&
    isCallerAllowed(context.as(role), "sqs:SendMessage", queueArn)
    ? ["InvocationsSentToDeadLetterCount"]
    : ["InvocationsFailedToBeSentToDeadLetterCount"];
}

const planOf = (context: Context, schedule: Schedule): InvocationPlan => ({
  arn: schedule.arn,
  targetId: "",
  source: sourceOf(context, schedule),
  target: (invocation) => taskTargetOf(schedule, invocation),
  retries: schedule.target.RetryPolicy?.MaximumRetryAttempts ?? 185,
  maxAge: schedule.target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
  onEvent: (event) => recordMetric(context, schedule, event),
});

/**
 * Runs the schedules that are due, and retries. Occurrences that have passed since the last call are one invocation. With a
 * flexible time window, the invocation is at its start.
 */
export function runSchedules(context: Context, trigger: SettleTrigger): void {
  retryInvocations(context, scheduleInvocations, trigger, ({ source }) => {
    const schedule = context.in(schedules).find(({ arn }) => arn === source);
    return schedule && planOf(context, schedule);
  });
  if (context.settings.schedules === "manual") return;
  for (const schedule of context.in(schedules).all()) {
    const { next } = schedule;
    if (next === undefined || next > context.now) continue;
    if (schedule.state === "ENABLED")
      invoke(context, scheduleInvocations, planOf(context, schedule), next);
    advance(context, schedule, next);
  }
}

/** Stores the next occurrence. A schedule without one is deleted if its ActionAfterCompletion is DELETE. */
function advance(context: Context, schedule: Schedule, previous: Date): void {
  const { next: _, ...row } = schedule;
  const expression = parseSchedule(row.expression);
  const isOnce = expression?.kind === "at";
  const following =
    expression && !isOnce
      ? nextOccurrence(expression, context.now, previous, row.timeZone)
      : undefined;
  const isLeft = following !== undefined && (row.end === undefined || following <= row.end);
  const key = scheduleKey(row.group, row.name);
  if (!isLeft && row.afterCompletion === "DELETE" && row.state === "ENABLED")
    context.in(schedules).delete(key);
  else context.in(schedules).put(key, { ...row, ...(isLeft ? { next: following } : {}) });
}

/** Invokes the target of a schedule now, also if the schedule is disabled or not due. */
export const invokeSchedule: Simulation = (context, input) => {
  const schedule = requireSchedule(context, text(input["Name"]) ?? "", text(input["GroupName"]));
  return { ...invoke(context, scheduleInvocations, planOf(context, schedule), context.now) };
};
