import type { Context } from "../../core/operation.ts";
import type { SettleTrigger } from "../../core/settle-trigger.ts";
import type { TableKey } from "../../core/tables.ts";
import { notImplemented } from "../../protocol/errors.ts";
import type { TargetRejection } from "./target-rejection.ts";
import { startTasks, type TaskSource, type TaskTarget } from "./task-target.ts";

/** A start of the tasks of a rule or schedule, with its attempts. On AWS, only metrics show it. */
export interface Invocation {
  readonly id: string;
  /** ARN of the rule or schedule. */
  readonly source: string;
  /** ID of the target of a rule; empty for a schedule. */
  readonly targetId: string;
  readonly scheduled: Date;
  readonly attempts: number;
  /** `retrying`: an attempt has failed, and another follows. `failed`: EventBridge has given up. */
  readonly state: "succeeded" | "retrying" | "failed";
  readonly retryAt?: Date;
  /** ARNs of the started tasks. */
  readonly tasks: readonly string[];
  /** Why the last attempt failed. */
  readonly rejection?: TargetRejection;
}

/** What happens in an attempt, for the metrics of the service. */
export type InvocationEvent = "attempt" | "error" | "dropped";

/** How the tasks of a source are started. */
export interface InvocationPlan {
  readonly arn: string;
  readonly targetId: string;
  readonly source: TaskSource;
  /** The target, with the values of this attempt in its input. */
  readonly target: (invocation: Pick<Invocation, "id" | "scheduled" | "attempts">) => TaskTarget;
  readonly retries: number;
  /** Maximum age of an invocation in seconds. */
  readonly maxAge: number;
  readonly onEvent: (event: InvocationEvent) => void;
}

/** Stored invocations per account and region. */
const KEPT = 1000;

/** Longest time between two attempts, in seconds. */
const LONGEST_BACKOFF = 3600;

/** Invokes a target. */
export function invoke(
  context: Context,
  table: TableKey<Invocation>,
  plan: InvocationPlan,
  scheduled: Date,
): Invocation {
  const invocation = attempt(context, table, plan, {
    id: context.uuid(),
    scheduled,
    attempts: 0,
  });
  context.in(table).keepNewest(KEPT);
  return invocation;
}

/** Records an invocation that the sandbox does not support. */
export function recordUnsupported(
  context: Context,
  table: TableKey<Invocation>,
  invocation: Pick<Invocation, "source" | "targetId" | "scheduled">,
  what: string,
): Invocation {
  const id = context.uuid();
  const recorded = context.in(table).put(id, {
    id,
    ...invocation,
    attempts: 1,
    state: "failed",
    tasks: [],
    rejection: { reason: notImplemented(what).message, isRoleNotAssumable: false },
  });
  context.in(table).keepNewest(KEPT);
  return recorded;
}

/**
 * Retries the failed invocations that are due. At the pace `instant`, a client that polls has waited for the next attempt.
 *
 * @param planOf the plan of an invocation; undefined if its source no longer exists
 */
export function retryInvocations(
  context: Context,
  table: TableKey<Invocation>,
  trigger: SettleTrigger,
  planOf: (invocation: Invocation) => InvocationPlan | undefined,
): void {
  for (const invocation of context.in(table).filter(({ state }) => state === "retrying")) {
    const plan = planOf(invocation);
    if (!plan) context.in(table).put(invocation.id, withoutRetry(invocation));
    else if (trigger === "waited" || (invocation.retryAt ?? context.now) <= context.now)
      attempt(context, table, plan, invocation);
  }
}

function withoutRetry(invocation: Invocation): Invocation {
  const { retryAt: _, ...rest } = invocation;
  return { ...rest, state: "failed" };
}

/** Source: EventBridge Scheduler API Reference, RetryPolicy. */
function attempt(
  context: Context,
  table: TableKey<Invocation>,
  plan: InvocationPlan,
  { id, scheduled, attempts: before }: Pick<Invocation, "id" | "scheduled" | "attempts">,
): Invocation {
  const attempts = before + 1;
  plan.onEvent("attempt");
  const target = plan.target({ id, scheduled, attempts });
  const { tasks, rejection } = startTasks(context, plan.source, target);
  const age = (context.now.getTime() - scheduled.getTime()) / 1000;
  const isRetried =
    rejection?.isTransient === true && attempts <= plan.retries && age < plan.maxAge;
  if (rejection) plan.onEvent("error");
  if (rejection && !isRetried) plan.onEvent("dropped");
  const backoff = Math.min(2 ** attempts, LONGEST_BACKOFF);
  return context.in(table).put(id, {
    id,
    source: plan.arn,
    targetId: plan.targetId,
    scheduled,
    attempts,
    state: isRetried ? "retrying" : rejection ? "failed" : "succeeded",
    tasks,
    ...(rejection ? { rejection } : {}),
    ...(isRetried ? { retryAt: new Date(context.now.getTime() + backoff * 1000) } : {}),
  });
}
