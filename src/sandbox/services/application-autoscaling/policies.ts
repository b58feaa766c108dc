import { isDeepStrictEqual } from "node:util";
import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { alarms } from "../monitoring/tables.ts";
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
import { scalingPolicies, type ScalingPolicy } from "./tables.ts";
import { trackingAlarms } from "./tracking-alarms.ts";

/** The alarms of a policy: those of target tracking, or those that invoke the policy. */
function alarmsOf(context: Context, row: ScalingPolicy): scaling.Alarm[] {
  const found =
    row.type === "TargetTrackingScaling"
      ? context.in(alarms).filter(({ arn }) => row.alarmArns.includes(arn))
      : context
          .in(alarms)
          .filter(({ settings: { AlarmActions, OKActions, InsufficientDataActions } }) =>
            [AlarmActions, OKActions, InsufficientDataActions].flat().includes(row.arn),
          );
  return found.map(({ arn, settings }) => ({ AlarmARN: arn, AlarmName: settings.AlarmName ?? "" }));
}

const describePolicy = (context: Context, row: ScalingPolicy): scaling.ScalingPolicy => ({
  PolicyARN: row.arn,
  PolicyName: row.name,
  ServiceNamespace: NAMESPACE,
  ResourceId: row.resourceId,
  ScalableDimension: DIMENSION,
  PolicyType: row.type,
  CreationTime: row.created,
  Alarms: alarmsOf(context, row),
  ...(row.tracking ? { TargetTrackingScalingPolicyConfiguration: row.tracking } : {}),
  ...(row.steps ? { StepScalingPolicyConfiguration: row.steps } : {}),
});

function deleteAlarms(context: Context, arns: readonly string[]): void {
  for (const { settings } of context.in(alarms).filter(({ arn }) => arns.includes(arn)))
    context.in(alarms).delete(settings.AlarmName ?? "");
}

export function deletePolicy(context: Context, row: ScalingPolicy): void {
  deleteAlarms(context, row.type === "TargetTrackingScaling" ? row.alarmArns : []);
  context.in(scalingPolicies).delete(rowKey(row.resourceId, row.name));
}

/** Source: Application Auto Scaling API Reference, StepScalingPolicyConfiguration and StepAdjustment. */
function checkSteps({
  AdjustmentType,
  StepAdjustments: steps = [],
  MinAdjustmentMagnitude,
}: scaling.StepScalingPolicyConfiguration): void {
  if (AdjustmentType === undefined || steps.length === 0)
    throw invalid("A StepScaling policy needs an AdjustmentType and StepAdjustments.");
  if (MinAdjustmentMagnitude !== undefined && AdjustmentType !== "PercentChangeInCapacity")
    throw invalid("MinAdjustmentMagnitude is only for the AdjustmentType PercentChangeInCapacity.");
  const bounds = steps
    .map(({ MetricIntervalLowerBound: lower, MetricIntervalUpperBound: upper }) => {
      if (lower === undefined && upper === undefined && steps.length > 1)
        throw invalid("At least one of the bounds of a StepAdjustment must be given.");
      return [lower ?? -Infinity, upper ?? Infinity] as const;
    })
    .sort(([a], [b]) => a - b);
  for (const [index, [lower, upper]] of bounds.entries()) {
    if (lower >= upper)
      throw invalid("The lower bound of a StepAdjustment is not below its upper bound.");
    const following = bounds[index + 1];
    if (following && following[0] !== upper)
      throw invalid("The intervals of the StepAdjustments overlap or have a gap.");
  }
}

/**
 * The policies of a target track different metrics.
 *
 * Sources: Application Auto Scaling User Guide, "How target tracking scaling for Application Auto Scaling works"; of the text,
 * hashicorp/terraform-provider-aws#41179.
 */
function checkMetricFree(
  context: Context,
  resourceId: string,
  key: string,
  {
    PredefinedMetricSpecification,
    CustomizedMetricSpecification,
  }: scaling.TargetTrackingScalingPolicyConfiguration,
): void {
  const metric = PredefinedMetricSpecification ?? CustomizedMetricSpecification;
  const isTaken = context
    .in(scalingPolicies)
    .find(
      (row) =>
        row.resourceId === resourceId &&
        rowKey(resourceId, row.name) !== key &&
        isDeepStrictEqual(
          row.tracking?.PredefinedMetricSpecification ??
            row.tracking?.CustomizedMetricSpecification,
          metric,
        ),
    );
  if (isTaken)
    throw invalid(
      "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
    );
}

export const policyOperations: Operations = {
  PutScalingPolicy: operation<scaling.PutScalingPolicyRequest, scaling.PutScalingPolicyResponse>()(
    [
      "PolicyName",
      "ServiceNamespace",
      "ResourceId",
      "ScalableDimension",
      "PolicyType",
      "StepScalingPolicyConfiguration",
      "TargetTrackingScalingPolicyConfiguration",
    ],
    (context, input) => {
      checkKind(input.ServiceNamespace, input.ScalableDimension);
      const { resourceId } = requireTarget(context, input.ResourceId);
      const type = input.PolicyType ?? "StepScaling";
      const tracking = input.TargetTrackingScalingPolicyConfiguration;
      const steps = input.StepScalingPolicyConfiguration;
      const isTracking = type === "TargetTrackingScaling";
      if (isTracking ? !tracking || steps : type !== "StepScaling" || !steps || tracking)
        throw invalid(`A ${type} policy needs its own configuration, and no other.`);
      if (steps) checkSteps(steps);
      const key = rowKey(resourceId, input.PolicyName);
      const existing = context.in(scalingPolicies).get(key);
      const arn = existing?.arn ?? newArn(context, "scalingPolicy", resourceId, input.PolicyName);
      if (tracking) checkMetricFree(context, resourceId, key, tracking);
      if (existing && tracking) deleteAlarms(context, existing.alarmArns);
      const row = context.in(scalingPolicies).put(key, {
        arn,
        name: input.PolicyName,
        resourceId,
        type,
        alarmArns: tracking ? trackingAlarms(context, resourceId, arn, tracking) : [],
        created: existing?.created ?? context.now,
        ...(tracking ? { tracking } : {}),
        ...(steps ? { steps } : {}),
      });
      return { PolicyARN: arn, Alarms: alarmsOf(context, row) };
    },
  ),

  DescribeScalingPolicies: operation<
    scaling.DescribeScalingPoliciesRequest,
    scaling.DescribeScalingPoliciesResponse
  >()(["PolicyNames", ...DESCRIBE_PARAMETERS], (context, input) => {
    const { items, nextPage } = describedRows(context, scalingPolicies, input, input.PolicyNames);
    return { ScalingPolicies: items.map((row) => describePolicy(context, row)), ...nextPage };
  }),

  DeleteScalingPolicy: operation<scaling.DeleteScalingPolicyRequest, object>()(
    ["PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension"],
    (context, input) => {
      checkKind(input.ServiceNamespace, input.ScalableDimension);
      const row = context.in(scalingPolicies).get(rowKey(input.ResourceId, input.PolicyName));
      if (!row)
        throw new AwsError(
          "ObjectNotFoundException",
          `No scaling policy found for service namespace: ${input.ServiceNamespace}, resource ID: ${input.ResourceId}, scalable dimension: ${input.ScalableDimension}: ${input.PolicyName}`,
        );
      deletePolicy(context, row);
      return {};
    },
  ),
};
