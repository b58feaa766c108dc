import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { isTimeZone, nextOccurrence, parseSchedule } from "../scheduler/expression.ts";
import { applyCapacityBounds, recordActivity } from "./capacity.ts";
import {
  checkKind,
  DESCRIBE_PARAMETERS,
  describedRows,
  DIMENSION,
  invalid,
  NAMESPACE,
  newArn,
  requireTarget,
  rowKey,
} from "./shared.ts";
import {
  type ScalableTarget,
  scalableTargets,
  type ScheduledAction,
  scheduledActions,
} from "./tables.ts";

const describeAction = (row: ScheduledAction): scaling.ScheduledAction => ({
  ScheduledActionARN: row.arn,
  ScheduledActionName: row.name,
  ServiceNamespace: NAMESPACE,
  ResourceId: row.resourceId,
  ScalableDimension: DIMENSION,
  Schedule: row.schedule,
  ScalableTargetAction: row.action,
  CreationTime: row.created,
  ...(row.timezone === undefined ? {} : { Timezone: row.timezone }),
  ...(row.start ? { StartTime: row.start } : {}),
  ...(row.end ? { EndTime: row.end } : {}),
});

/** Source: Application Auto Scaling API Reference, ScalableTargetAction. */
function checkAction({ MinCapacity: min, MaxCapacity: max }: scaling.ScalableTargetAction): void {
  if (min === undefined && max === undefined)
    throw invalid("A ScalableTargetAction needs MinCapacity, MaxCapacity or both.");
  if ((min ?? 0) > (max ?? Infinity))
    throw invalid("Maximum capacity cannot be less than minimum capacity");
}

/** Runs the actions that are due. Runs that have passed since the last call are one run. */
export function runScheduledActions(context: Context): void {
  if (context.settings.schedules === "manual") return;
  for (const row of context.in(scheduledActions).all()) {
    const { next, ...action } = row;
    if (next === undefined || next > context.now) continue;
    const target = context.in(scalableTargets).get(row.resourceId);
    if (target && target.suspended.ScheduledScalingSuspended !== true)
      setCapacity(context, target, row);
    const expression = parseSchedule(row.schedule);
    const following = expression && nextOccurrence(expression, context.now, next, row.timezone);
    const isLeft = following !== undefined && following <= (row.end ?? following);
    context
      .in(scheduledActions)
      .put(rowKey(row.resourceId, row.name), { ...action, ...(isLeft ? { next: following } : {}) });
  }
}

function setCapacity(
  context: Context,
  target: ScalableTarget,
  { name, action }: ScheduledAction,
): void {
  const min = action.MinCapacity ?? Math.min(target.min, action.MaxCapacity ?? target.min);
  const max = action.MaxCapacity ?? Math.max(target.max, min);
  const changed = context.in(scalableTargets).put(target.resourceId, { ...target, min, max });
  const capacity = [
    ...(action.MinCapacity === undefined ? [] : [`min capacity to ${min}`]),
    ...(action.MaxCapacity === undefined ? [] : [`max capacity to ${max}`]),
  ].join(" and ");
  recordActivity(context, target.resourceId, {
    description: `Setting ${capacity}`,
    cause: `scheduled action name ${name} was triggered`,
    message: `Successfully set ${capacity}`,
  });
  applyCapacityBounds(context, changed);
}

export const scheduledActionOperations: Operations = {
  PutScheduledAction: operation<scaling.PutScheduledActionRequest, object>()(
    [
      "ServiceNamespace",
      "Schedule",
      "Timezone",
      "ScheduledActionName",
      "ResourceId",
      "ScalableDimension",
      "StartTime",
      "EndTime",
      "ScalableTargetAction",
    ],
    (context, input) => {
      checkKind(input.ServiceNamespace, input.ScalableDimension);
      const { resourceId } = requireTarget(context, input.ResourceId);
      const key = rowKey(resourceId, input.ScheduledActionName);
      const existing = context.in(scheduledActions).get(key);
      // Of an existing action, omitted members are left unchanged, except the start and end time. Source: Application Auto Scaling API
      // Reference, PutScheduledAction.
      const schedule = input.Schedule ?? existing?.schedule ?? "";
      const timezone = input.Timezone ?? existing?.timezone;
      const action = input.ScalableTargetAction ?? existing?.action ?? {};
      const expression = parseSchedule(schedule);
      if (!expression)
        throw invalid(`The schedule '${schedule}' is not an at, rate or cron expression.`);
      if (timezone !== undefined && !isTimeZone(timezone))
        throw invalid(`The time zone '${timezone}' is not valid.`);
      checkAction(action);
      const { StartTime: start, EndTime: end } = input;
      const base = start ?? context.now;
      const next = nextOccurrence(expression, base, base, timezone);
      context.in(scheduledActions).put(key, {
        arn:
          existing?.arn ??
          newArn(context, "scheduledAction", resourceId, input.ScheduledActionName),
        name: input.ScheduledActionName,
        resourceId,
        schedule,
        action,
        created: existing?.created ?? context.now,
        ...(timezone === undefined ? {} : { timezone }),
        ...(start ? { start } : {}),
        ...(end ? { end } : {}),
        ...(next && next <= (end ?? next) ? { next } : {}),
      });
      return {};
    },
  ),

  DescribeScheduledActions: operation<
    scaling.DescribeScheduledActionsRequest,
    scaling.DescribeScheduledActionsResponse
  >()(["ScheduledActionNames", ...DESCRIBE_PARAMETERS], (context, input) => {
    const { items, nextPage } = describedRows(
      context,
      scheduledActions,
      input,
      input.ScheduledActionNames,
    );
    return { ScheduledActions: items.map(describeAction), ...nextPage };
  }),

  DeleteScheduledAction: operation<scaling.DeleteScheduledActionRequest, object>()(
    ["ServiceNamespace", "ScheduledActionName", "ResourceId", "ScalableDimension"],
    (context, input) => {
      checkKind(input.ServiceNamespace, input.ScalableDimension);
      const key = rowKey(input.ResourceId, input.ScheduledActionName);
      if (!context.in(scheduledActions).has(key))
        throw new AwsError(
          "ObjectNotFoundException",
          `No scheduled action found for service namespace: ${input.ServiceNamespace}, resource ID: ${input.ResourceId}: ${input.ScheduledActionName}`,
        );
      context.in(scheduledActions).delete(key);
      return {};
    },
  ),
};
