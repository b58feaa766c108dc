import type * as eventbridge from "@aws-sdk/client-eventbridge";
import { text } from "../../authorization/request-members.ts";
import type { Context } from "../../core/operation.ts";
import type { Simulation } from "../../core/service.ts";
import type { SettleTrigger } from "../../core/settle-trigger.ts";
import { countEvent } from "../monitoring/metrics.ts";
import { nextOccurrence, parseSchedule } from "../scheduler/expression.ts";
import {
  type Invocation,
  type InvocationEvent,
  type InvocationPlan,
  invoke,
  recordUnsupported,
  retryInvocations,
} from "./invocations.ts";
import { type EventRule, eventRules, requireRule, ruleInvocations } from "./tables.ts";
import type { TaskSource, TaskTarget } from "./task-target.ts";

/** The source of the tasks of a rule. */
export const sourceOf = ({ name, arn }: EventRule): TaskSource => ({
  principal: "events.amazonaws.com",
  serviceName: "EventBridge",
  sourceArn: arn,
  startedBy: `events-rule/${name}`,
});

export function taskTargetOf(target: eventbridge.Target): TaskTarget {
  const { Arn = "", RoleArn = "", EcsParameters, Input } = target;
  const { Tags = [], ...parameters }: Partial<eventbridge.EcsParameters> = EcsParameters ?? {};
  return {
    clusterArn: Arn,
    roleArn: RoleArn,
    parameters: { ...parameters, TaskDefinitionArn: parameters.TaskDefinitionArn },
    tags: Tags.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value })),
    ...(Input === undefined ? {} : { input: Input }),
  };
}

/** Source: Amazon EventBridge User Guide, "Monitoring Amazon EventBridge". */
const METRICS: Readonly<Record<InvocationEvent, readonly string[]>> = {
  attempt: ["Invocations"],
  error: [],
  dropped: ["FailedInvocations"],
};

function planOf(context: Context, rule: EventRule, target: eventbridge.Target): InvocationPlan {
  return {
    arn: rule.arn,
    targetId: target.Id ?? "",
    source: sourceOf(rule),
    target: () => taskTargetOf(target),
    retries: target.RetryPolicy?.MaximumRetryAttempts ?? 185,
    maxAge: target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
    onEvent: (event) => {
      for (const name of METRICS[event]) countRuleEvent(context, rule, name);
    },
  };
}

const countRuleEvent = (context: Context, { name }: EventRule, metric: string): void =>
  countEvent(context, "AWS/Events", metric, [{ Name: "RuleName", Value: name }]);

/** Invokes the targets of a rule. */
function runRule(context: Context, rule: EventRule, scheduled: Date): readonly Invocation[] {
  countRuleEvent(context, rule, "TriggeredRules");
  return rule.targets.map((target) => {
    const isSupported =
      target.EcsParameters !== undefined &&
      target.InputPath === undefined &&
      target.InputTransformer === undefined;
    if (isSupported)
      return invoke(context, ruleInvocations, planOf(context, rule, target), scheduled);
    return recordUnsupported(
      context,
      ruleInvocations,
      { source: rule.arn, targetId: target.Id ?? "", scheduled },
      `the invocation of ${target.Arn} with this input`,
    );
  });
}

/** Runs the rules whose schedule is due, and retries. Runs that have passed since the last call are one run. */
export function runRules(context: Context, trigger: SettleTrigger): void {
  retryInvocations(context, ruleInvocations, trigger, ({ source, targetId }) => {
    const rule = context.in(eventRules).find(({ arn }) => arn === source);
    const target = rule?.targets.find(({ Id }) => Id === targetId);
    return rule && target && planOf(context, rule, target);
  });
  if (context.settings.schedules === "manual") return;
  for (const rule of context.in(eventRules).all()) {
    const { next, ...row } = rule;
    const expression = parseSchedule(rule.schedule ?? "");
    if (!expression || next === undefined || next > context.now) continue;
    if (rule.state !== "DISABLED") runRule(context, rule, next);
    const following = nextOccurrence(expression, context.now, next);
    context
      .in(eventRules)
      .put(rule.name, { ...row, ...(following === undefined ? {} : { next: following }) });
  }
}

/** Invokes the targets of a rule now. */
export const invokeRule: Simulation = (context, input) => ({
  invocations: runRule(context, requireRule(context, text(input["Name"]) ?? ""), context.now),
});
