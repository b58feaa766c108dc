import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, page, type Service } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/store.ts";
import { without } from "../../core/tags.ts";
import { findService, putService } from "../ecs/tables.ts";
import { ensureServiceLinkedRole } from "../iam/roles.ts";
import { alarms, putAlarm } from "../monitoring/tables.ts";

interface Target {
  readonly arn: string;
  readonly resourceId: string;
  readonly min: number;
  readonly max: number;
  readonly roleArn: string;
  readonly suspended: scaling.SuspendedState;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

interface Policy {
  readonly arn: string;
  readonly name: string;
  readonly resourceId: string;
  readonly type: scaling.PolicyType;
  readonly tracking?: scaling.TargetTrackingScalingPolicyConfiguration;
  readonly steps?: scaling.StepScalingPolicyConfiguration;
  readonly alarmArns: readonly string[];
  readonly created: Date;
}

interface ScheduledAction {
  readonly arn: string;
  readonly name: string;
  readonly resourceId: string;
  readonly schedule: string;
  readonly timezone?: string;
  readonly start?: Date;
  readonly end?: Date;
  readonly action: scaling.ScalableTargetAction;
  readonly created: Date;
}

interface Activity {
  readonly id: string;
  readonly resourceId: string;
  readonly description: string;
  readonly cause: string;
  readonly at: Date;
}

export const scalableTargets: TableKey<Target> = table("application-autoscaling/target");
export const scalingPolicies: TableKey<Policy> = table("application-autoscaling/policy");
export const scheduledActions: TableKey<ScheduledAction> = table(
  "application-autoscaling/scheduled-action",
);
const activities: TableKey<Activity> = table("application-autoscaling/activity", {
  exists: () => false,
});

const NAMESPACE = "ecs";
const DIMENSION = "ecs:service:DesiredCount";

const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

/** What is scaled: of the many things that AWS scales, ECS services alone are here. */
function checkKind(namespace: string | undefined, dimension: string | undefined): void {
  if (namespace !== NAMESPACE || (dimension !== undefined && dimension !== DIMENSION)) {
    throw notImplemented(`the scaling of ${namespace} (${dimension ?? "any dimension"})`);
  }
}

const serviceOf = (context: Context, resourceId: string): ReturnType<typeof findService> => {
  const [kind, cluster, name] = resourceId.split("/");
  return kind === "service" ? findService(context, cluster, name ?? "") : undefined;
};

function need(context: Context, resourceId: string): Target {
  const row = context.in(scalableTargets).get(resourceId);
  if (row) return row;
  throw new AwsError(
    "ObjectNotFoundException",
    `No scalable target registered for service namespace: ${NAMESPACE}, resource ID: ${resourceId}, scalable dimension: ${DIMENSION}`,
  );
}

/** Brings a service's desired count between its bounds. Source: Application Auto Scaling API Reference, RegisterScalableTarget. */
function keepWithin(context: Context, { resourceId, min, max }: Target): void {
  const service = serviceOf(context, resourceId);
  if (service?.status !== "ACTIVE") return;
  const desired = Math.min(max, Math.max(min, service.desired));
  if (desired === service.desired) return;
  putService(context, { ...service, desired });
  const id = context.uuid();
  context.in(activities).put(id, {
    id,
    resourceId,
    description: `Setting desired count to ${desired}.`,
    cause: `${desired > service.desired ? "minimum" : "maximum"} capacity was set to ${desired}`,
    at: context.now,
  });
}

const describeTarget = (row: Target): scaling.ScalableTarget => ({
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

const nameOfAlarm = (arn: string): string => arn.split(":alarm:")[1] ?? "";

const describePolicy = (row: Policy): scaling.ScalingPolicy => ({
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

/** What each predefined metric measures. Source: Application Auto Scaling User Guide, "Amazon ECS and Application Auto Scaling". */
const METRICS: Readonly<Record<string, readonly [namespace: string, metric: string]>> = {
  ECSServiceAverageCPUUtilization: ["AWS/ECS", "CPUUtilization"],
  ECSServiceAverageMemoryUtilization: ["AWS/ECS", "MemoryUtilization"],
  ALBRequestCountPerTarget: ["AWS/ApplicationELB", "RequestCountPerTarget"],
};

/** Target tracking keeps two alarms of its own: to scale out after 3 minutes, and in after 15. */
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
  const known = predefined === undefined ? undefined : METRICS[predefined];
  if (predefined !== undefined && known === undefined)
    throw invalid(`The metric ${predefined} is not supported for the namespace ${NAMESPACE}.`);
  if (
    predefined === "ALBRequestCountPerTarget" &&
    config.PredefinedMetricSpecification?.ResourceLabel === undefined
  )
    throw invalid("A resource label must be given for the metric ALBRequestCountPerTarget.");
  const [, cluster = "", service = ""] = resourceId.split("/");
  const target = config.TargetValue ?? 0;
  const made = (
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
      Namespace: known?.[0] ?? custom?.Namespace,
      MetricName: known?.[1] ?? custom?.MetricName,
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
    made("High", 3, target, "GreaterThanThreshold"),
    ...(config.DisableScaleIn === true ? [] : [made("Low", 15, target * 0.9, "LessThanThreshold")]),
  ];
}

function dropAlarms(context: Context, arns: readonly string[]): void {
  for (const arn of arns) context.in(alarms).delete(nameOfAlarm(arn));
}

const policyKey = (resourceId: string, name: string): string => `${resourceId}|${name}`;

function deletePolicy(context: Context, row: Policy): void {
  dropAlarms(context, row.type === "TargetTrackingScaling" ? row.alarmArns : []);
  context.in(scalingPolicies).delete(policyKey(row.resourceId, row.name));
}

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

/** Whether a description asks for a policy or an action. */
const isAsked = (
  row: { readonly resourceId: string; readonly name: string },
  asked: {
    readonly ServiceNamespace: string | undefined;
    readonly ResourceId?: string | undefined;
  },
  names: readonly string[] | undefined,
): boolean =>
  asked.ServiceNamespace === NAMESPACE &&
  (asked.ResourceId ?? row.resourceId) === row.resourceId &&
  (names?.includes(row.name) ?? true);

function byArn(context: Context, arn: string): Target {
  const row = context.in(scalableTargets).find((scalableTarget) => scalableTarget.arn === arn);
  if (row) return row;
  throw new AwsError("ResourceNotFoundException", `The resource ${arn} is not found.`);
}

export const service: Service = {
  name: "application-autoscaling",
  operations: {
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
        const known = context.in(scalableTargets).get(input.ResourceId);
        const [min, max] = [input.MinCapacity ?? known?.min, input.MaxCapacity ?? known?.max];
        if (serviceOf(context, input.ResourceId)?.status !== "ACTIVE")
          throw invalid(`ECS service doesn't exist: ${input.ResourceId}`);
        if (min === undefined || max === undefined)
          throw invalid("MinCapacity and MaxCapacity are required to register a scalable target.");
        if (min < 0 || min > max)
          throw invalid("Maximum capacity cannot be less than minimum capacity");
        const row: Target = {
          arn:
            known?.arn ??
            context.arn("application-autoscaling", `scalable-target/${context.hex(34)}`),
          resourceId: input.ResourceId,
          min,
          max,
          // A role that is given is not heeded: Application Auto Scaling works with its own. Source: its API Reference, RegisterScalableTarget.
          roleArn: ensureServiceLinkedRole(context, "ecs.application-autoscaling.amazonaws.com")
            .arn,
          suspended: input.SuspendedState ?? known?.suspended ?? {},
          tags: { ...known?.tags, ...input.Tags },
          created: known?.created ?? context.now,
        };
        context.in(scalableTargets).put(row.resourceId, row);
        keepWithin(context, row);
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
            (row) =>
              input.ServiceNamespace === NAMESPACE &&
              (input.ScalableDimension ?? DIMENSION) === DIMENSION &&
              (input.ResourceIds?.includes(row.resourceId) ?? true),
          );
        const { items, next } = page(rows, input.MaxResults ?? 50, input.NextToken);
        return {
          ScalableTargets: items.map(describeTarget),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    DeregisterScalableTarget: operation<scaling.DeregisterScalableTargetRequest, object>()(
      ["ServiceNamespace", "ResourceId", "ScalableDimension"],
      (context, input) => {
        checkKind(input.ServiceNamespace, input.ScalableDimension);
        const { resourceId } = need(context, input.ResourceId);
        // What scales it goes with it. Source: Application Auto Scaling API Reference, DeregisterScalableTarget.
        const isMine = (row: { readonly resourceId: string }): boolean =>
          row.resourceId === resourceId;
        for (const row of context.in(scalingPolicies).filter(isMine)) deletePolicy(context, row);
        for (const row of context.in(scheduledActions).filter(isMine))
          context.in(scheduledActions).delete(policyKey(resourceId, row.name));
        context.in(scalableTargets).delete(resourceId);
        return {};
      },
    ),

    PutScalingPolicy: operation<
      scaling.PutScalingPolicyRequest,
      scaling.PutScalingPolicyResponse
    >()(
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
        const { resourceId } = need(context, input.ResourceId);
        const type = input.PolicyType ?? "StepScaling";
        const tracking = input.TargetTrackingScalingPolicyConfiguration;
        const steps = input.StepScalingPolicyConfiguration;
        if (type === "TargetTrackingScaling" ? !tracking : type !== "StepScaling" || !steps)
          throw invalid(`A ${type} policy needs its own configuration.`);
        const key = policyKey(resourceId, input.PolicyName);
        const known = context.in(scalingPolicies).get(key);
        const arn =
          known?.arn ??
          context.arn(
            "autoscaling",
            `scalingPolicy:${context.uuid()}:resource/${NAMESPACE}/${resourceId}:policyName/${input.PolicyName}`,
          );
        if (known && tracking) dropAlarms(context, known.alarmArns);
        const row = context.in(scalingPolicies).put(key, {
          arn,
          name: input.PolicyName,
          resourceId,
          type,
          alarmArns: tracking ? trackingAlarms(context, resourceId, arn, tracking) : [],
          created: known?.created ?? context.now,
          ...(tracking ? { tracking } : {}),
          ...(steps ? { steps } : {}),
        });
        return { PolicyARN: arn, Alarms: describePolicy(row).Alarms };
      },
    ),

    DescribeScalingPolicies: operation<
      scaling.DescribeScalingPoliciesRequest,
      scaling.DescribeScalingPoliciesResponse
    >()(
      [
        "PolicyNames",
        "ServiceNamespace",
        "ResourceId",
        "ScalableDimension",
        "MaxResults",
        "NextToken",
      ],
      (context, input) => {
        const rows = context
          .in(scalingPolicies)
          .filter((row) => isAsked(row, input, input.PolicyNames));
        const { items, next } = page(rows, input.MaxResults ?? 50, input.NextToken);
        return {
          ScalingPolicies: items.map(describePolicy),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    DeleteScalingPolicy: operation<scaling.DeleteScalingPolicyRequest, object>()(
      ["PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension"],
      (context, input) => {
        const row = context.in(scalingPolicies).get(policyKey(input.ResourceId, input.PolicyName));
        if (!row)
          throw new AwsError(
            "ObjectNotFoundException",
            `No scaling policy found for service namespace: ${input.ServiceNamespace}, resource ID: ${input.ResourceId}, scalable dimension: ${input.ScalableDimension}: ${input.PolicyName}`,
          );
        deletePolicy(context, row);
        return {};
      },
    ),

    // A schedule is kept; it is not carried out.
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
        const { resourceId } = need(context, input.ResourceId);
        if (!/^(at|rate|cron)\(.+\)$/.test(input.Schedule ?? ""))
          throw invalid(`The schedule '${input.Schedule}' is not an at, rate or cron expression.`);
        const key = policyKey(resourceId, input.ScheduledActionName);
        const known = context.in(scheduledActions).get(key);
        context.in(scheduledActions).put(key, {
          arn:
            known?.arn ??
            context.arn(
              "autoscaling",
              `scheduledAction:${context.uuid()}:resource/${NAMESPACE}/${resourceId}:scheduledActionName/${input.ScheduledActionName}`,
            ),
          name: input.ScheduledActionName,
          resourceId,
          schedule: input.Schedule ?? "",
          action: input.ScalableTargetAction ?? {},
          created: known?.created ?? context.now,
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
          .filter((row) => isAsked(row, input, input.ScheduledActionNames));
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

    DescribeScalingActivities: operation<
      scaling.DescribeScalingActivitiesRequest,
      scaling.DescribeScalingActivitiesResponse
    >()(
      ["ServiceNamespace", "ResourceId", "ScalableDimension", "MaxResults", "NextToken"],
      (context, input) => {
        const rows = context
          .in(activities)
          .filter((row) => (input.ResourceId ?? row.resourceId) === row.resourceId)
          .toReversed();
        const { items, next } = page(rows, input.MaxResults ?? 50, input.NextToken);
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
          })),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

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
        context
          .in(scalableTargets)
          .put(row.resourceId, { ...row, tags: { ...row.tags, ...input.Tags } });
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
  },
};
