import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { alarms, putAlarm } from "../monitoring/tables.ts";
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

const nameOfAlarm = (arn: string): string => arn.split(":alarm:")[1] ?? "";

const describePolicy = (row: ScalingPolicy): scaling.ScalingPolicy => ({
  PolicyARN: row.arn,
  PolicyName: row.name,
  ServiceNamespace: NAMESPACE,
  ResourceId: row.resourceId,
  ScalableDimension: DIMENSION,
  PolicyType: row.type,
  CreationTime: row.created,
  Alarms: row.alarmArns.map((AlarmARN) => ({ AlarmARN, AlarmName: nameOfAlarm(AlarmARN) })),
  ...(row.tracking ? { TargetTrackingScalingPolicyConfiguration: row.tracking } : {}),
  ...(row.steps ? { StepScalingPolicyConfiguration: row.steps } : {}),
});

/**
 * Namespace and metric of the predefined metrics. Source: Application Auto Scaling User Guide, "Amazon ECS and
 * Application Auto Scaling".
 */
const METRICS: Readonly<Record<string, readonly [namespace: string, metric: string]>> = {
  ECSServiceAverageCPUUtilization: ["AWS/ECS", "CPUUtilization"],
  ECSServiceAverageMemoryUtilization: ["AWS/ECS", "MemoryUtilization"],
  ALBRequestCountPerTarget: ["AWS/ApplicationELB", "RequestCountPerTarget"],
};

/** Creates the two alarms of target tracking: scale out after 3 minutes, scale in after 15 minutes. */
function trackingAlarms(
  context: Context,
  resourceId: string,
  policyArn: string,
  config: scaling.TargetTrackingScalingPolicyConfiguration,
): string[] {
  const predefined = config.PredefinedMetricSpecification?.PredefinedMetricType;
  const custom = config.CustomizedMetricSpecification;
  if ((predefined === undefined) === (custom === undefined))
    throw invalid(
      "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be given.",
    );
  const existing = predefined === undefined ? undefined : METRICS[predefined];
  if (predefined !== undefined && existing === undefined)
    throw invalid(`The metric ${predefined} is not supported for the namespace ${NAMESPACE}.`);
  if (
    predefined === "ALBRequestCountPerTarget" &&
    config.PredefinedMetricSpecification?.ResourceLabel === undefined
  )
    throw invalid("A resource label must be given for the metric ALBRequestCountPerTarget.");
  const [, cluster = "", service = ""] = resourceId.split("/");
  const target = config.TargetValue ?? 0;
  const putTrackingAlarm = (
    kind: "High" | "Low",
    periods: number,
    threshold: number,
    ComparisonOperator: "GreaterThanThreshold" | "LessThanThreshold",
  ): string =>
    putAlarm(context, {
      AlarmName: `TargetTracking-${resourceId}-Alarm${kind}-${context.uuid()}`,
      AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policyArn}.`,
      ActionsEnabled: true,
      AlarmActions: [policyArn],
      Namespace: existing?.[0] ?? custom?.Namespace,
      MetricName: existing?.[1] ?? custom?.MetricName,
      Statistic: "Average",
      Dimensions: [
        { Name: "ClusterName", Value: cluster },
        { Name: "ServiceName", Value: service },
      ],
      Period: 60,
      EvaluationPeriods: periods,
      Threshold: threshold,
      ComparisonOperator,
    }).arn;
  return [
    putTrackingAlarm("High", 3, target, "GreaterThanThreshold"),
    ...(config.DisableScaleIn === true
      ? []
      : [putTrackingAlarm("Low", 15, target * 0.9, "LessThanThreshold")]),
  ];
}

function deleteAlarms(context: Context, arns: readonly string[]): void {
  for (const arn of arns) context.in(alarms).delete(nameOfAlarm(arn));
}

export function deletePolicy(context: Context, row: ScalingPolicy): void {
  deleteAlarms(context, row.type === "TargetTrackingScaling" ? row.alarmArns : []);
  context.in(scalingPolicies).delete(rowKey(row.resourceId, row.name));
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
      if (type === "TargetTrackingScaling" ? !tracking : type !== "StepScaling" || !steps)
        throw invalid(`A ${type} policy needs its own configuration.`);
      const key = rowKey(resourceId, input.PolicyName);
      const existing = context.in(scalingPolicies).get(key);
      const arn = existing?.arn ?? newArn(context, "scalingPolicy", resourceId, input.PolicyName);
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
      return { PolicyARN: arn, Alarms: describePolicy(row).Alarms };
    },
  ),

  DescribeScalingPolicies: operation<
    scaling.DescribeScalingPoliciesRequest,
    scaling.DescribeScalingPoliciesResponse
  >()(["PolicyNames", ...DESCRIBE_PARAMETERS], (context, input) => {
    const { items, nextPage } = describedRows(context, scalingPolicies, input, input.PolicyNames);
    return { ScalingPolicies: items.map(describePolicy), ...nextPage };
  }),

  DeleteScalingPolicy: operation<scaling.DeleteScalingPolicyRequest, object>()(
    ["PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension"],
    (context, input) => {
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
