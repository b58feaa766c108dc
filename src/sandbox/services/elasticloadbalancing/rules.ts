import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { isCidr, parseCidr } from "../../../ip/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { tagMap } from "../../core/tags.ts";
import { storedActions } from "./actions.ts";
import {
  elbTags,
  type Listener,
  type ListenerRule,
  listenerRules,
  listeners,
  requireListener,
} from "./tables.ts";

const invalid = (message: string): AwsError => new AwsError("ValidationError", message);

/**
 * The ARN of the default rule. It is the last rule of a listener and cannot be deleted; its actions are stored in the
 * listener.
 */
export const defaultRuleArn = ({ arn }: Listener): string =>
  `${arn.replace(":listener/", ":listener-rule/")}/${createHash("sha256").update(arn).digest("hex").slice(0, 16)}`;

export const rulesOf = (context: Context, listenerArn: string): ListenerRule[] =>
  context
    .in(listenerRules)
    .filter((rule) => rule.listenerArn === listenerArn)
    .sort((a, b) => a.priority - b.priority);

/**
 * The host names and patterns in the rules of a listener, in lower case. A pattern whose last two labels are not fixed,
 * such as `*.com`, would match foreign host names and is excluded.
 */
export const hostPatternsOf = (context: Context, listenerArn: string): string[] =>
  rulesOf(context, listenerArn)
    .flatMap(({ conditions }) => conditions)
    .flatMap(({ HostHeaderConfig }) => HostHeaderConfig?.Values ?? [])
    .filter((pattern) => /(^|\.)[^.*?]+\.[^.*?]+$/.test(pattern))
    .map((pattern) => pattern.toLowerCase());

export function deleteRules(context: Context, listenerArn: string): void {
  for (const { arn } of rulesOf(context, listenerArn)) {
    context.in(listenerRules).delete(arn);
    context.in(elbTags).delete(arn);
  }
}

export const noRule = (): AwsError => new AwsError("RuleNotFound", "One or more rules not found");

function requireListenerRule(context: Context, arn: string): ListenerRule {
  const row = context.in(listenerRules).get(arn);
  if (!row) throw noRule();
  return row;
}

const listenerOfDefault = (context: Context, arn: string): Listener | undefined =>
  context.in(listeners).find((listener) => defaultRuleArn(listener) === arn);

const describe = (row: ListenerRule): elb.Rule => ({
  RuleArn: row.arn,
  Priority: String(row.priority),
  Conditions: row.conditions.map((condition) => ({ ...condition })),
  Actions: row.actions.map((action) => ({ ...action })),
  IsDefault: false,
});

const describeDefault = (listener: Listener): elb.Rule => ({
  RuleArn: defaultRuleArn(listener),
  Priority: "default",
  Conditions: [],
  Actions: listener.actions.map((action) => ({ ...action })),
  IsDefault: true,
});

/**
 * Maximum number of condition values of a rule. Source: Elastic Load Balancing, "Quotas for your Application Load
 * Balancers".
 */
const MAX_VALUES = 5;

/**
 * Fields of which a rule has at most one condition. Source: Elastic Load Balancing API Reference, RuleCondition. No public source of
 * the text is known.
 */
const SINGLE_CONDITIONS = ["http-request-method", "host-header", "path-pattern", "source-ip"];

/** The fields of conditions, with the member that has the values. */
const CONDITION_MEMBERS = {
  "host-header": "HostHeaderConfig",
  "http-header": "HttpHeaderConfig",
  "http-request-method": "HttpRequestMethodConfig",
  "path-pattern": "PathPatternConfig",
  "query-string": "QueryStringConfig",
  "source-ip": "SourceIpConfig",
} as const;

/** Source: Elastic Load Balancing API Reference, RuleCondition. No public source of the text for foreign members is known. */
function storedCondition(condition: elb.RuleCondition): elb.RuleCondition {
  for (const [field, member] of Object.entries(CONDITION_MEMBERS))
    if (field !== condition.Field && condition[member] !== undefined)
      throw invalid(`A condition of field '${condition.Field}' cannot have a ${member}`);
  const short = condition.Values ?? [];
  switch (condition.Field) {
    case "host-header": {
      const values = condition.HostHeaderConfig?.Values ?? short;
      checkValues("host-header", values);
      return { Field: "host-header", Values: values, HostHeaderConfig: { Values: values } };
    }
    case "path-pattern": {
      const values = condition.PathPatternConfig?.Values ?? short;
      checkValues("path-pattern", values);
      return { Field: "path-pattern", Values: values, PathPatternConfig: { Values: values } };
    }
    case "http-header":
      checkValues("http-header", condition.HttpHeaderConfig?.Values ?? []);
      if (!condition.HttpHeaderConfig?.HttpHeaderName)
        throw invalid("A condition of field 'http-header' needs an HttpHeaderName");
      return condition;
    case "http-request-method":
      checkValues("http-request-method", condition.HttpRequestMethodConfig?.Values ?? []);
      return condition;
    case "query-string":
      checkValues(
        "query-string",
        (condition.QueryStringConfig?.Values ?? []).map((value) => value.Value ?? ""),
      );
      return condition;
    case "source-ip":
      checkValues("source-ip", condition.SourceIpConfig?.Values ?? []);
      for (const value of condition.SourceIpConfig?.Values ?? [])
        if (!isCidr(parseCidr(value)) && !isCidr6(value))
          throw invalid(`The CIDR block '${value}' of field 'source-ip' is not valid`);
      return condition;
    default:
      throw invalid(
        `Condition field '${condition.Field}' must be one of '[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'`,
      );
  }
}

function isCidr6(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  return isIPv6(address) && /^\d{1,3}$/.test(prefix) && Number(prefix) <= 128 && rest.length === 0;
}

function checkValues(field: string, values: readonly string[]): void {
  if (values.length === 0)
    throw invalid(`A condition value must be specified for field '${field}'`);
  const long = values.find((value) => value.length > 128);
  if (long !== undefined) throw invalid(`Condition value '${long}' is longer than 128 characters`);
}

function storedConditions(conditions: readonly elb.RuleCondition[]): elb.RuleCondition[] {
  if (conditions.length === 0) throw invalid("A condition must be specified");
  const created = conditions.map(storedCondition);
  for (const field of SINGLE_CONDITIONS)
    if (created.filter(({ Field }) => Field === field).length > 1)
      throw invalid(`A rule can have only one condition of field '${field}'`);
  const count = created.reduce((sum, ruleCondition) => sum + valuesOf(ruleCondition).length, 0);
  if (count > MAX_VALUES)
    throw new AwsError(
      "TooManyConditionValues",
      `Rules may have at most ${MAX_VALUES} condition values`,
    );
  return created;
}

function valuesOf(ruleCondition: elb.RuleCondition): readonly unknown[] {
  return (
    ruleCondition.Values ??
    ruleCondition.HttpHeaderConfig?.Values ??
    ruleCondition.HttpRequestMethodConfig?.Values ??
    ruleCondition.QueryStringConfig?.Values ??
    ruleCondition.SourceIpConfig?.Values ??
    []
  );
}

function checkPriority(
  context: Context,
  listenerArn: string,
  priority: number,
  ownArn?: string,
): void {
  if (!(priority >= 1 && priority <= 50_000))
    throw invalid(`Priority '${priority}' must be between 1 and 50000`);
  if (
    rulesOf(context, listenerArn).some(
      (listenerRule) => listenerRule.priority === priority && listenerRule.arn !== ownArn,
    )
  )
    throw new AwsError("PriorityInUse", `Priority '${priority}' is currently in use`);
}

export const ruleOperations: Operations = {
  CreateRule: operation<elb.CreateRuleInput, elb.CreateRuleOutput>()(
    ["ListenerArn", "Conditions", "Priority", "Actions", "Tags"],
    (context, input) => {
      const listener = requireListener(context, input.ListenerArn);
      checkPriority(context, listener.arn, input.Priority);
      const siblings = context
        .in(listeners)
        .filter((otherListener) => otherListener.loadBalancerArn === listener.loadBalancerArn)
        .flatMap((otherListener) => rulesOf(context, otherListener.arn));
      if (siblings.length >= context.settings.quotas.rulesPerLoadBalancer)
        throw new AwsError(
          "TooManyRules",
          `The maximum number of rules on load balancer '${listener.loadBalancerArn}' has been reached`,
        );
      const row: ListenerRule = {
        arn: `${listener.arn.replace(":listener/", ":listener-rule/")}/${context.hex(16)}`,
        listenerArn: listener.arn,
        priority: input.Priority,
        conditions: storedConditions(input.Conditions),
        actions: storedActions(context, listener, input.Actions),
      };
      context.in(listenerRules).put(row.arn, row);
      context.in(elbTags).put(row.arn, tagMap(input.Tags));
      return { Rules: [describe(row)] };
    },
  ),

  DescribeRules: operation<elb.DescribeRulesInput, elb.DescribeRulesOutput>()(
    ["ListenerArn", "RuleArns", "Marker", "PageSize"],
    (context, input) => {
      if ((input.ListenerArn === undefined) === (input.RuleArns === undefined))
        throw invalid("You must specify either listener ARN or rule ARNs");
      const found =
        input.ListenerArn === undefined
          ? (input.RuleArns ?? []).map((arn) => {
              const owner = listenerOfDefault(context, arn);
              return owner ? describeDefault(owner) : describe(requireListenerRule(context, arn));
            })
          : [
              ...rulesOf(context, requireListener(context, input.ListenerArn).arn).map(describe),
              describeDefault(requireListener(context, input.ListenerArn)),
            ];
      const { items, next } = page(found, input.PageSize ?? 400, input.Marker);
      return { Rules: items, ...(next === undefined ? {} : { NextMarker: next }) };
    },
  ),

  ModifyRule: operation<elb.ModifyRuleInput, elb.ModifyRuleOutput>()(
    ["RuleArn", "Conditions", "Actions"],
    (context, input) => {
      const owner = listenerOfDefault(context, input.RuleArn);
      if (owner) {
        if (input.Conditions)
          throw new AwsError("OperationNotPermitted", "The default rule cannot have conditions");
        const actions = input.Actions
          ? storedActions(context, owner, input.Actions)
          : owner.actions;
        const listener = context.in(listeners).put(owner.arn, { ...owner, actions });
        return { Rules: [describeDefault(listener)] };
      }
      const row = requireListenerRule(context, input.RuleArn);
      const listener = requireListener(context, row.listenerArn);
      const changed = context.in(listenerRules).put(row.arn, {
        ...row,
        ...(input.Conditions ? { conditions: storedConditions(input.Conditions) } : {}),
        ...(input.Actions ? { actions: storedActions(context, listener, input.Actions) } : {}),
      });
      return { Rules: [describe(changed)] };
    },
  ),

  SetRulePriorities: operation<elb.SetRulePrioritiesInput, elb.SetRulePrioritiesOutput>()(
    ["RulePriorities"],
    (context, input) => {
      const changed = input.RulePriorities.map(({ RuleArn = "", Priority = 0 }) => {
        const row = requireListenerRule(context, RuleArn);
        return context.in(listenerRules).put(RuleArn, { ...row, priority: Priority });
      });
      for (const row of changed) checkPriority(context, row.listenerArn, row.priority, row.arn);
      return { Rules: changed.map(describe) };
    },
  ),

  DeleteRule: operation<elb.DeleteRuleInput, object>()(["RuleArn"], (context, input) => {
    if (listenerOfDefault(context, input.RuleArn))
      throw new AwsError(
        "OperationNotPermitted",
        `Default rule '${input.RuleArn}' cannot be deleted`,
      );
    const row = requireListenerRule(context, input.RuleArn);
    context.in(listenerRules).delete(row.arn);
    context.in(elbTags).delete(row.arn);
    return {};
  }),
};

export const isRule = (context: Context, arn: string): boolean =>
  context.in(listenerRules).has(arn) || listenerOfDefault(context, arn) !== undefined;
