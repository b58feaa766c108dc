import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../protocol/errors.ts";
import { operation, type Operations } from "../../core/operation.ts";
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
import { type ScheduledAction, scheduledActions } from "./tables.ts";

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

export const scheduledActionOperations: Operations = {
  // The sandbox stores schedules, but does not execute them.
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
      if (!/^(at|rate|cron)\(.+\)$/.test(input.Schedule ?? ""))
        throw invalid(`The schedule '${input.Schedule}' is not an at, rate or cron expression.`);
      const key = rowKey(resourceId, input.ScheduledActionName);
      const existing = context.in(scheduledActions).get(key);
      context.in(scheduledActions).put(key, {
        arn:
          existing?.arn ??
          newArn(context, "scheduledAction", resourceId, input.ScheduledActionName),
        name: input.ScheduledActionName,
        resourceId,
        schedule: input.Schedule ?? "",
        action: input.ScalableTargetAction ?? {},
        created: existing?.created ?? context.now,
        ...(input.Timezone === undefined ? {} : { timezone: input.Timezone }),
        ...(input.StartTime === undefined ? {} : { start: input.StartTime }),
        ...(input.EndTime === undefined ? {} : { end: input.EndTime }),
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
