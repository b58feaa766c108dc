import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { addTags, without } from "../../core/tags.ts";
import { ensureServiceLinkedRole } from "../iam/roles.ts";
import { applyCapacityBounds, serviceOf } from "./capacity.ts";
import { deletePolicy } from "./policies.ts";
import {
  checkKind,
  DESCRIBE_PARAMETERS,
  DIMENSION,
  invalid,
  isScaledKind,
  NAMESPACE,
  pageOf,
  requireTarget,
  rowKey,
} from "./shared.ts";
import {
  activities,
  type ScalableTarget,
  scalableTargets,
  scalingPolicies,
  scheduledActions,
} from "./tables.ts";
import { scalingTagRules } from "./tag-rules.ts";

const describeTarget = (row: ScalableTarget): scaling.ScalableTarget => ({
  ServiceNamespace: NAMESPACE,
  ResourceId: row.resourceId,
  ScalableDimension: DIMENSION,
  MinCapacity: row.min,
  MaxCapacity: row.max,
  RoleARN: row.roleArn,
  CreationTime: row.created,
  SuspendedState: {
    DynamicScalingInSuspended: false,
    DynamicScalingOutSuspended: false,
    ScheduledScalingSuspended: false,
    ...row.suspended,
  },
  ScalableTargetARN: row.arn,
});

function byArn(context: Context, arn: string): ScalableTarget {
  const row = context.in(scalableTargets).find((scalableTarget) => scalableTarget.arn === arn);
  if (row) return row;
  throw new AwsError("ResourceNotFoundException", `The resource ${arn} is not found.`);
}

export const targetOperations: Operations = {
  RegisterScalableTarget: operation<
    scaling.RegisterScalableTargetRequest,
    scaling.RegisterScalableTargetResponse
  >()(
    [
      "ServiceNamespace",
      "ResourceId",
      "ScalableDimension",
      "MinCapacity",
      "MaxCapacity",
      "RoleARN",
      "SuspendedState",
      "Tags",
    ],
    (context, input) => {
      checkKind(input.ServiceNamespace, input.ScalableDimension);
      const existing = context.in(scalableTargets).get(input.ResourceId);
      const [min, max] = [input.MinCapacity ?? existing?.min, input.MaxCapacity ?? existing?.max];
      if (serviceOf(context, input.ResourceId)?.status !== "ACTIVE")
        throw invalid(`ECS service doesn't exist: ${input.ResourceId}`);
      if (min === undefined || max === undefined)
        throw invalid("MinCapacity and MaxCapacity are required to register a scalable target.");
      if (min < 0 || min > max)
        throw invalid("Maximum capacity cannot be less than minimum capacity");
      const row: ScalableTarget = {
        arn:
          existing?.arn ??
          context.arn("application-autoscaling", `scalable-target/${context.hex(34)}`),
        resourceId: input.ResourceId,
        min,
        max,
        // A role in the request has no effect: Application Auto Scaling uses its service-linked role. Source: its API
        // Reference, RegisterScalableTarget.
        roleArn: ensureServiceLinkedRole(context, "ecs.application-autoscaling.amazonaws.com").arn,
        // Members that the request does not have are left unchanged.
        suspended: { ...existing?.suspended, ...input.SuspendedState },
        tags: addTags(scalingTagRules, "RegisterScalableTarget", existing?.tags, input.Tags ?? {}),
        created: existing?.created ?? context.now,
      };
      context.in(scalableTargets).put(row.resourceId, row);
      applyCapacityBounds(context, row);
      return { ScalableTargetARN: row.arn };
    },
  ),

  DescribeScalableTargets: operation<
    scaling.DescribeScalableTargetsRequest,
    scaling.DescribeScalableTargetsResponse
  >()(
    ["ServiceNamespace", "ResourceIds", "ScalableDimension", "MaxResults", "NextToken"],
    (context, input) => {
      const rows = context
        .in(scalableTargets)
        .filter(
          (row) => isScaledKind(input) && (input.ResourceIds?.includes(row.resourceId) ?? true),
        );
      const { items, nextPage } = pageOf(rows, input);
      return {
        ScalableTargets: items.map(describeTarget),
        ...nextPage,
      };
    },
  ),

  DeregisterScalableTarget: operation<scaling.DeregisterScalableTargetRequest, object>()(
    ["ServiceNamespace", "ResourceId", "ScalableDimension"],
    (context, input) => {
      checkKind(input.ServiceNamespace, input.ScalableDimension);
      const { resourceId } = requireTarget(context, input.ResourceId);
      // The policies and scheduled actions of the target are deleted too. Source: Application Auto Scaling API
      // Reference, DeregisterScalableTarget.
      const belongsToTarget = (row: { readonly resourceId: string }): boolean =>
        row.resourceId === resourceId;
      for (const row of context.in(scalingPolicies).filter(belongsToTarget))
        deletePolicy(context, row);
      for (const row of context.in(scheduledActions).filter(belongsToTarget))
        context.in(scheduledActions).delete(rowKey(resourceId, row.name));
      context.in(scalableTargets).delete(resourceId);
      return {};
    },
  ),

  DescribeScalingActivities: operation<
    scaling.DescribeScalingActivitiesRequest,
    scaling.DescribeScalingActivitiesResponse
  >()(DESCRIBE_PARAMETERS, (context, input) => {
    const rows = context
      .in(activities)
      .filter(
        (row) => isScaledKind(input) && (input.ResourceId ?? row.resourceId) === row.resourceId,
      )
      .toReversed();
    const { items, nextPage } = pageOf(rows, input);
    return {
      ScalingActivities: items.map((row) => ({
        ActivityId: row.id,
        ServiceNamespace: NAMESPACE,
        ResourceId: row.resourceId,
        ScalableDimension: DIMENSION,
        Description: row.description,
        Cause: row.cause,
        StartTime: row.at,
        EndTime: row.at,
        StatusCode: "Successful" as const,
        ...(row.message === undefined ? {} : { StatusMessage: row.message }),
      })),
      ...nextPage,
    };
  }),

  ListTagsForResource: operation<
    scaling.ListTagsForResourceRequest,
    scaling.ListTagsForResourceResponse
  >()(["ResourceARN"], (context, input) => ({
    Tags: { ...byArn(context, input.ResourceARN).tags },
  })),

  TagResource: operation<scaling.TagResourceRequest, object>()(
    ["ResourceARN", "Tags"],
    (context, input) => {
      const row = byArn(context, input.ResourceARN);
      context.in(scalableTargets).put(row.resourceId, {
        ...row,
        tags: addTags(scalingTagRules, "TagResource", row.tags, input.Tags),
      });
      return {};
    },
  ),

  UntagResource: operation<scaling.UntagResourceRequest, object>()(
    ["ResourceARN", "TagKeys"],
    (context, input) => {
      const row = byArn(context, input.ResourceARN);
      context
        .in(scalableTargets)
        .put(row.resourceId, { ...row, tags: without(row.tags, input.TagKeys) });
      return {};
    },
  ),
};
