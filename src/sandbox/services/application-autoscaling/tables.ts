import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import { table, type TableKey } from "../../core/tables.ts";

export interface ScalableTarget {
  readonly arn: string;
  readonly resourceId: string;
  readonly min: number;
  readonly max: number;
  readonly roleArn: string;
  readonly suspended: scaling.SuspendedState;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

export interface ScalingPolicy {
  readonly arn: string;
  readonly name: string;
  readonly resourceId: string;
  readonly type: scaling.PolicyType;
  readonly tracking?: scaling.TargetTrackingScalingPolicyConfiguration;
  readonly steps?: scaling.StepScalingPolicyConfiguration;
  /** The alarms of target tracking. The alarms of step scaling belong to the user. */
  readonly alarmArns: readonly string[];
  readonly created: Date;
  /** The last scaling activity, whose cooldown may still last. */
  readonly lastActivity?: { readonly at: Date; readonly from: number; readonly to: number };
}

export interface ScheduledAction {
  readonly arn: string;
  readonly name: string;
  readonly resourceId: string;
  readonly schedule: string;
  readonly timezone?: string;
  readonly start?: Date;
  readonly end?: Date;
  readonly action: scaling.ScalableTargetAction;
  readonly created: Date;
  /** Undefined if the action does not run again. */
  readonly next?: Date;
}

export interface ScalingActivity {
  readonly id: string;
  readonly resourceId: string;
  readonly description: string;
  readonly cause: string;
  readonly message?: string;
  readonly at: Date;
}

export const scalableTargets: TableKey<ScalableTarget> = table("application-autoscaling/target");
export const scalingPolicies: TableKey<ScalingPolicy> = table("application-autoscaling/policy");
export const scheduledActions: TableKey<ScheduledAction> = table(
  "application-autoscaling/scheduled-action",
);
export const activities: TableKey<ScalingActivity> = table("application-autoscaling/activity", {
  exists: () => false,
});
