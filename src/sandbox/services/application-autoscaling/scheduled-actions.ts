import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../protocol/errors.ts";
import { operation, type Operations, page } from "../../core/operation.ts";
import {
  checkKind,
  DIMENSION,
  invalid,
  matchesRequest,
  NAMESPACE,
  requireTarget,
  policyKey,
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
      const key = policyKey(resourceId, input.ScheduledActionName);
      const existing = context.in(scheduledActions).get(key);
      context.in(scheduledActions).put(key, {
        arn:
          existing?.arn ??
          context.arn(
            "autoscaling",
            `scheduledAction:${context.uuid()}:resource/${NAMESPACE}/${resourceId}:scheduledActionName/${input.ScheduledActionName}`,
          ),
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
  >()(
    [
      "ScheduledActionNames",
      "ServiceNamespace",
      "ResourceId",
      "ScalableDimension",
      "MaxResults",
      "NextToken",
    ],
    (context, input) => {
      const rows = context
        .in(scheduledActions)
        .filter((row) => matchesRequest(row, input, input.ScheduledActionNames));
      const { items, next } = page(rows, input.MaxResults ?? 50, input.NextToken);
      return {
        ScheduledActions: items.map(describeAction),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  ),

  DeleteScheduledAction: operation<scaling.DeleteScheduledActionRequest, object>()(
    ["ServiceNamespace", "ScheduledActionName", "ResourceId", "ScalableDimension"],
    (context, input) => {
      const key = policyKey(input.ResourceId, input.ScheduledActionName);
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
