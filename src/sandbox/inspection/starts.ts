import type { AccountRegion } from "../core/store.ts";
import type { Trace } from "../services/ec2/network/trace.ts";
import type { Sandbox } from "../server.ts";
import { networkInterfaces } from "../services/ec2/tables.ts";
import type { Unplaced } from "../services/ecs/placement-failure.ts";
import { type DryRunStart, tryStartInSubnet } from "../services/ecs/startup/dry-run-start.ts";
import { startTask } from "../services/ecs/startup/start-task.ts";
import { findDefinition } from "../services/ecs/tables.ts";
import type { Invocation } from "../services/events/invocations.ts";
import * as rules from "../services/events/run-rules.ts";
import { eventRules, ruleInvocations } from "../services/events/tables.ts";
import type { TargetRejection } from "../services/events/target-rejection.ts";
import { type ScheduledStart, tryTaskTarget } from "../services/events/task-target.ts";
import * as schedulesOfTasks from "../services/scheduler/run-schedules.ts";
import { scheduleInvocations, schedules } from "../services/scheduler/tables.ts";
import { requireService, requireTask } from "./ecs-rows.ts";
import { contextsWith, locationOf } from "./resources.ts";
import type { StartFailure } from "./tasks.ts";

/** The network interface of a task that was started for a test. */
export interface TestInterface {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
  readonly publicIp?: string;
}

/** Health of a task as a target of a target group. */
export interface TargetHealth {
  /** ARN of the target group. */
  readonly targetGroup: string;
  readonly state:
    | "healthy"
    | "unhealthy"
    | "unhealthy.draining"
    | "initial"
    | "draining"
    | "unused"
    | "unavailable";
  /** Reason code of Elastic Load Balancing, such as Target.Timeout. */
  readonly reason?: string;
  readonly description?: string;
  /** Why a target is unused: no listener uses its target group, or no load balancer is enabled in its zone. */
  readonly unusedBy?: "listeners" | "zones";
  /** The path of a health check that got no response. */
  readonly trace?: Trace;
}

/** Result of a test start of a task in one subnet. The state of the sandbox does not change. */
export interface StartAttempt extends AccountRegion {
  /** Empty if the schedule was rejected before a subnet was selected. */
  readonly subnetId: string;
  /** Why EventBridge cannot start the task of a schedule. */
  readonly rejection?: TargetRejection;
  /** Why ECS cannot place the task. */
  readonly unplaced?: Unplaced;
  readonly networkInterface?: TestInterface;
  /** Why the task does not start. */
  readonly failure?: StartFailure;
  /** Health of the started task in each target group of its service. */
  readonly health: readonly TargetHealth[];
}

/** An enabled EventBridge rule that starts ECS tasks, for one of its targets, or such a schedule of EventBridge Scheduler. */
export interface ScheduledTaskView {
  /** ARN of the rule or schedule. */
  readonly rule: string;
  readonly name: string;
  /** Empty for a schedule. */
  readonly targetId: string;
  readonly taskCount: number;
}

/** A start of tasks by a rule or schedule. */
export interface InvocationView {
  /** ARN of the rule or schedule. */
  readonly rule: string;
  /** Empty for a schedule. */
  readonly targetId: string;
  readonly scheduled: Date;
  readonly attempts: number;
  /** `retrying`: the last attempt has failed, and another follows. `failed`: EventBridge has given up. */
  readonly state: "succeeded" | "retrying" | "failed";
  /** ARNs of the started tasks. */
  readonly tasks: readonly string[];
  /** Why the last attempt failed. On AWS only metrics show it. */
  readonly rejection?: TargetRejection;
}

function viewAttempt(
  { account, region }: AccountRegion,
  attempt: ScheduledStart & Partial<Pick<DryRunStart, "health">>,
): StartAttempt {
  const { subnetId = "", rejection, unplaced, networkInterface, failure, health = {} } = attempt;
  return {
    account,
    region,
    subnetId,
    ...(rejection ? { rejection } : {}),
    ...(unplaced ? { unplaced } : {}),
    ...(networkInterface
      ? {
          networkInterface: {
            vpcId: networkInterface.vpcId,
            subnetId: networkInterface.subnetId,
            securityGroupIds: networkInterface.groupIds,
            ...(networkInterface.publicIp === undefined
              ? {}
              : { publicIp: networkInterface.publicIp }),
          },
        }
      : {}),
    ...(failure ? { failure } : {}),
    health: Object.entries(health).map(([targetGroup, { state, ...rest }]) => ({
      targetGroup,
      state,
      ...rest,
    })),
  };
}

/** Starts a task of the service's primary deployment in a subnet, and rolls the change back. */
export function tryStart(
  sandbox: Sandbox,
  serviceArn: string,
  subnetId: string,
): StartAttempt | undefined {
  const { context, row } = requireService(sandbox, serviceArn);
  const deployment =
    row.deployments.find((candidate) => candidate.status === "PRIMARY") ?? row.deployments[0];
  if (!deployment) return undefined;
  return viewAttempt(
    context,
    sandbox.store.dryRun(() => tryStartInSubnet(context, row, deployment, subnetId)),
  );
}

/** Repeats the startup steps of a running task in its network interface, and rolls the change back. */
export function tryStartAgain(sandbox: Sandbox, taskArn: string): StartFailure | undefined {
  const { context, row } = requireTask(sandbox, taskArn);
  const networkInterface = context.in(networkInterfaces).get(row.interfaceId ?? "");
  const definition = findDefinition(context, row.definitionArn);
  if (!networkInterface || !definition)
    throw new TypeError(`the task ${taskArn} has no network interface`);
  return sandbox.store.dryRun(() =>
    startTask({
      context,
      networkInterface,
      definition,
      taskId: row.id,
      clusterName: row.clusterName,
      pinnedDigests: new Map(
        row.containers.flatMap(({ name, imageDigest }) =>
          imageDigest === undefined ? [] : [[name, imageDigest] as const],
        ),
      ),
    }),
  );
}

export const scheduledTasksOf = (sandbox: Sandbox): ScheduledTaskView[] => [
  ...contextsWith(sandbox, eventRules).flatMap((context) =>
    context
      .in(eventRules)
      .filter((rule) => rule.state === "ENABLED")
      .flatMap(({ arn, name, targets }) =>
        targets.flatMap(({ Id = "", EcsParameters: ecsParameters }) =>
          ecsParameters
            ? [{ rule: arn, name, targetId: Id, taskCount: ecsParameters.TaskCount ?? 1 }]
            : [],
        ),
      ),
  ),
  ...contextsWith(sandbox, schedules).flatMap((context) =>
    context
      .in(schedules)
      .filter(({ state }) => state === "ENABLED")
      .map(({ arn, name, target }) => ({
        rule: arn,
        name,
        targetId: "",
        taskCount: target.EcsParameters?.TaskCount ?? 1,
      })),
  ),
];

/** The starts of tasks by rules and schedules, the oldest first. */
export const invocationsOf = (sandbox: Sandbox): InvocationView[] =>
  [ruleInvocations, scheduleInvocations]
    .flatMap((table) => contextsWith(sandbox, table).flatMap((context) => context.in(table).all()))
    .sort((a, b) => a.scheduled.getTime() - b.scheduled.getTime())
    .map(viewInvocation);

function viewInvocation(invocation: Invocation): InvocationView {
  const { source, targetId, scheduled, attempts, state, tasks, rejection } = invocation;
  const view = { rule: source, targetId, scheduled, attempts, state, tasks };
  return rejection ? { ...view, rejection } : view;
}

/** Starts the task of a schedule in each of its subnets, and rolls the changes back. */
export function tryScheduledTask(
  sandbox: Sandbox,
  { rule: arn, targetId }: Pick<ScheduledTaskView, "rule" | "targetId">,
): StartAttempt[] {
  const context = sandbox.contextFor(locationOf(arn));
  const schedule = context.in(schedules).find((candidate) => candidate.arn === arn);
  const rule = context.in(eventRules).find((candidate) => candidate.arn === arn);
  const target = rule?.targets.find(({ Id }) => Id === targetId);
  const start = (): ScheduledStart[] => {
    if (schedule) {
      const invocation = { id: "", scheduled: context.now, attempts: 1 };
      return tryTaskTarget(
        context,
        schedulesOfTasks.sourceOf(context, schedule),
        schedulesOfTasks.taskTargetOf(schedule, invocation),
      );
    }
    if (!rule) throw new TypeError(`no rule and no schedule has the ARN ${arn}`);
    if (!target) throw new TypeError(`the rule ${arn} has no target ${targetId}`);
    return tryTaskTarget(context, rules.sourceOf(rule), rules.taskTargetOf(target));
  };
  return sandbox.store.dryRun(start).map((attempt) => viewAttempt(context, attempt));
}
