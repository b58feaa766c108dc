import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import type { Context } from "../../core/operation.ts";
import type { EcsService } from "../ecs/tables.ts";
import { addHistory, type Alarm, alarms } from "../monitoring/tables.ts";
import { serviceOf, setDesiredCount } from "./capacity.ts";
import { rowKey } from "./shared.ts";
import {
  type ScalableTarget,
  scalableTargets,
  scalingPolicies,
  type ScalingPolicy,
} from "./tables.ts";

/** Source: Application Auto Scaling User Guide, "Define cooldown periods": the default for ECS services. */
const DEFAULT_COOLDOWN = 300;

/** A capacity that a policy wants after an alarm. */
interface Proposal {
  readonly policy: ScalingPolicy;
  readonly alarm: Alarm;
  readonly capacity: number;
}

/** Whether the cooldown of the last activity lasts. It follows the clock of the sandbox at every pace. */
const isCoolingDown = (
  context: Context,
  { lastActivity }: ScalingPolicy,
  seconds: number,
): boolean =>
  lastActivity !== undefined && context.now.getTime() < lastActivity.at.getTime() + seconds * 1000;

/**
 * The capacity to which a change applies. During the cooldown of a scale-out, the added capacity counts as a part of the next scale-out.
 * Source: Application Auto Scaling User Guide, "Define cooldown periods".
 */
function scaleOutBase(
  context: Context,
  policy: ScalingPolicy,
  current: number,
  cooldown: number,
): number {
  const { lastActivity: last } = policy;
  const isAfterScaleOut = last !== undefined && last.to > last.from && last.to === current;
  return isAfterScaleOut && isCoolingDown(context, policy, cooldown) ? last.from : current;
}

const isScaleInBlocked = (context: Context, policy: ScalingPolicy, cooldown: number): boolean =>
  policy.lastActivity !== undefined &&
  policy.lastActivity.to < policy.lastActivity.from &&
  isCoolingDown(context, policy, cooldown);

/**
 * The capacity that target tracking needs: it is proportional to the metric. Source: Application Auto Scaling User Guide, "How target
 * tracking scaling for Application Auto Scaling works".
 */
function trackedCapacity(
  context: Context,
  policy: ScalingPolicy,
  config: scaling.TargetTrackingScalingPolicyConfiguration,
  alarm: Alarm,
  current: number,
): number | undefined {
  const value = alarm.datapoints?.[0] ?? 0;
  const target = config.TargetValue ?? 0;
  if (alarm.settings.ComparisonOperator === "GreaterThanThreshold") {
    const base = scaleOutBase(
      context,
      policy,
      current,
      config.ScaleOutCooldown ?? DEFAULT_COOLDOWN,
    );
    const capacity = Math.ceil((Math.max(base, 1) * value) / target);
    return capacity > current ? capacity : undefined;
  }
  const capacity = Math.ceil((current * value) / target);
  const isBlocked = isScaleInBlocked(context, policy, config.ScaleInCooldown ?? DEFAULT_COOLDOWN);
  return capacity < current && !isBlocked ? capacity : undefined;
}

/** Source: Application Auto Scaling API Reference, StepScalingPolicyConfiguration: MetricAggregationType. */
function aggregated(
  { MetricAggregationType: type }: scaling.StepScalingPolicyConfiguration,
  values: readonly number[],
): number {
  if (type === "Minimum") return Math.min(...values);
  if (type === "Maximum") return Math.max(...values);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Source: Application Auto Scaling User Guide, "Scaling adjustment types". */
function adjusted(
  { AdjustmentType, MinAdjustmentMagnitude = 0 }: scaling.StepScalingPolicyConfiguration,
  current: number,
  adjustment: number,
): number {
  if (AdjustmentType === "ExactCapacity") return adjustment;
  if (AdjustmentType === "ChangeInCapacity") return current + adjustment;
  const exact = (current * adjustment) / 100;
  const rounded = Math.abs(exact) < 1 ? Math.sign(exact) : Math.trunc(exact);
  return current + Math.sign(adjustment) * Math.max(Math.abs(rounded), MinAdjustmentMagnitude);
}

/** The capacity after the step of an alarm's value. Undefined if no step contains the value, or during a cooldown. */
function steppedCapacity(
  context: Context,
  policy: ScalingPolicy,
  config: scaling.StepScalingPolicyConfiguration,
  alarm: Alarm,
  current: number,
): number | undefined {
  const { datapoints = [] } = alarm;
  if (datapoints.length === 0) return undefined;
  const breach = aggregated(config, datapoints) - (alarm.settings.Threshold ?? 0);
  // Below the threshold, the upper bound belongs to the step.
  const step = config.StepAdjustments?.find(
    ({ MetricIntervalLowerBound: lower = -Infinity, MetricIntervalUpperBound: upper = Infinity }) =>
      breach >= 0 ? breach >= lower && breach < upper : breach > lower && breach <= upper,
  );
  if (!step) return undefined;
  const { ScalingAdjustment: adjustment = 0 } = step;
  const cooldown = config.Cooldown ?? DEFAULT_COOLDOWN;
  const capacity = adjusted(config, current, adjustment);
  if (capacity < current) return isScaleInBlocked(context, policy, cooldown) ? undefined : capacity;
  const base = scaleOutBase(context, policy, current, cooldown);
  const grown = adjusted(config, base, adjustment);
  return grown > current ? grown : undefined;
}

function proposalOf(
  context: Context,
  policy: ScalingPolicy,
  alarm: Alarm,
  current: number,
): Proposal | undefined {
  const { tracking, steps } = policy;
  const capacity = tracking
    ? trackedCapacity(context, policy, tracking, alarm, current)
    : steps && steppedCapacity(context, policy, steps, alarm, current);
  return capacity === undefined ? undefined : { policy, alarm, capacity };
}

/**
 * Whether all target tracking policies of a target are ready to scale in. Source: Application Auto Scaling User Guide, "How target tracking
 * scaling for Application Auto Scaling works".
 */
const areAllReadyToScaleIn = (context: Context, resourceId: string): boolean =>
  context
    .in(scalingPolicies)
    .filter((policy) => policy.resourceId === resourceId)
    .every(({ tracking, alarmArns }) => {
      if (!tracking || tracking.DisableScaleIn === true) return true;
      return context
        .in(alarms)
        .filter(
          ({ arn, settings }) =>
            alarmArns.includes(arn) && settings.ComparisonOperator === "LessThanThreshold",
        )
        .every(({ state }) => state === "ALARM");
    });

/** ECS does not scale in during a deployment. Source: Amazon ECS Developer Guide, "Automatically scale your Amazon ECS service". */
const isDeploying = ({ deployments }: EcsService): boolean =>
  deployments.some(({ status, rollout }) => status === "PRIMARY" && rollout === "IN_PROGRESS");

/** Scales a target by the proposal with the largest capacity. */
function scale(context: Context, target: ScalableTarget, proposals: readonly Proposal[]): void {
  const service = serviceOf(context, target.resourceId);
  const [proposal] = proposals.toSorted((a, b) => b.capacity - a.capacity);
  if (service?.status !== "ACTIVE" || !proposal) return;
  const { policy, alarm, capacity } = proposal;
  const isScaleIn = capacity < service.desired;
  if (isScaleIn) {
    if (target.suspended.DynamicScalingInSuspended === true || isDeploying(service)) return;
    if (policy.tracking && !areAllReadyToScaleIn(context, target.resourceId)) return;
  } else if (target.suspended.DynamicScalingOutSuspended === true) return;
  const bounded = isScaleIn ? Math.max(capacity, target.min) : Math.min(capacity, target.max);
  const isChange = isScaleIn ? bounded < service.desired : bounded > service.desired;
  if (!isChange) return;
  setDesiredCount(
    context,
    target.resourceId,
    service,
    bounded,
    `monitor alarm ${alarm.settings.AlarmName} in state ${alarm.state} triggered policy ${policy.name}`,
  );
  context.in(scalingPolicies).put(rowKey(target.resourceId, policy.name), {
    ...policy,
    lastActivity: { at: context.now, from: service.desired, to: bounded },
  });
}

/** Executes the policies that alarms invoke. */
export function runPolicies(context: Context): void {
  const proposals = new Map<string, Proposal[]>();
  for (const alarm of context
    .in(alarms)
    .filter(({ pendingActions = [] }) => pendingActions.length > 0)) {
    for (const arn of alarm.pendingActions ?? []) {
      const policy = context.in(scalingPolicies).find((row) => row.arn === arn);
      const name = alarm.settings.AlarmName ?? "";
      const result = policy ? "Successfully executed" : "Failed to execute";
      addHistory(context, name, "Action", `${result} action ${arn}`, {
        actionState: policy ? "Succeeded" : "Failed",
        notificationResource: arn,
        ...(policy ? {} : { error: "the scaling policy does not exist" }),
      });
      const service = policy && serviceOf(context, policy.resourceId);
      const proposal = service && proposalOf(context, policy, alarm, service.desired);
      if (proposal)
        proposals.set(policy.resourceId, [...(proposals.get(policy.resourceId) ?? []), proposal]);
    }
    context.in(alarms).put(alarm.settings.AlarmName ?? "", { ...alarm, pendingActions: [] });
  }
  for (const [resourceId, ofTarget] of proposals) {
    const target = context.in(scalableTargets).get(resourceId);
    if (target) scale(context, target, ofTarget);
  }
}
