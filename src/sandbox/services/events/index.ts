import type * as eventbridge from "@aws-sdk/client-eventbridge";
import { isObject } from "../../../shared/index.ts";
import { patternProblem } from "../../core/event-pattern.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { nextOccurrence, parseSchedule, type ScheduleExpression } from "../scheduler/expression.ts";
import { invokeRule, runRules } from "./run-rules.ts";
import { requireRule, type EventRule, eventRules } from "./tables.ts";
import { checkTaskParameters } from "./task-target.ts";
import { eventsPermissions } from "./permissions.ts";
import { eventsTagRules } from "./tag-rules.ts";

const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

/**
 * Source: Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled rules". Unlike a schedule of EventBridge Scheduler,
 * a rule has no time zone and no one-time expression, and the unit of a rate agrees with its number.
 */
function requireSchedule(text: string): ScheduleExpression {
  const expression = parseSchedule(text);
  const isValid =
    expression?.kind === "rate"
      ? expression.unit.endsWith("s") === (expression.value !== 1)
      : expression?.kind === "cron";
  if (!expression || !isValid) throw invalid("Parameter ScheduleExpression is not valid.");
  return expression;
}

/** The next run of a rule. An update of other settings does not change it. */
function nextRun(
  context: Context,
  expression: ScheduleExpression,
  text: string,
  before: EventRule | undefined,
): Date | undefined {
  return before?.schedule === text
    ? before.next
    : nextOccurrence(expression, context.now, context.now);
}

/** Source of the form of the error: aws/aws-cdk#36904. AWS adds the line and the column to the source. */
function checkPattern(text: string): void {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    pattern = undefined; // reported below
  }
  const problem = isObject(pattern) ? patternProblem(pattern) : "Filter is not an object";
  if (problem !== undefined)
    throw new AwsError(
      "InvalidEventPatternException",
      `Event pattern is not valid. Reason: ${problem} at [Source: (String)"${text}"]`,
    );
}

/** The sandbox supports only the default event bus. */
function checkBus(name: string | undefined): void {
  if (name !== undefined && name !== "default") throw notImplemented("custom event buses");
}

const describe = ({
  name,
  arn,
  state,
  schedule,
  pattern,
  description,
  roleArn,
}: EventRule): eventbridge.Rule => ({
  Name: name,
  Arn: arn,
  State: state,
  EventBusName: "default",
  ...(schedule === undefined ? {} : { ScheduleExpression: schedule }),
  ...(pattern === undefined ? {} : { EventPattern: pattern }),
  ...(description === undefined ? {} : { Description: description }),
  ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
});

function byArn(context: Context, arn: string): EventRule {
  return requireRule(context, arn.replace(/^.*:rule\//, ""));
}

const put = (context: Context, row: EventRule): EventRule =>
  context.in(eventRules).put(row.name, row);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Source: Amazon EventBridge API Reference, PutTargets: at most 5 targets per rule; the input is JSON; Fargate tasks need a
 * network configuration. The message for the input is one that users report (aws-cli#6711).
 */
function checkTarget({ Id, Arn, RoleArn, Input, EcsParameters: task }: eventbridge.Target): void {
  if (!Arn?.startsWith("arn:"))
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  if (Input !== undefined && !isJson(Input))
    throw invalid(`JSON syntax error in input for target ${Id}: [Source: (String)"${Input}"]`);
  const isCluster = /^arn:[^:]+:ecs:[^:]*:\d+:cluster\//.test(Arn);
  if (!isCluster) return;
  if (!task) throw invalid(`Parameter(s) EcsParameters must be specified for target: ${Id}.`);
  if (RoleArn === undefined) throw invalid(`RoleArn is required for target ${Arn}.`);
  checkTaskParameters({ parameters: task });
}

export const service: Service = {
  name: "events",
  tagRules: eventsTagRules,
  permissions: eventsPermissions,
  backgroundWork: { tables: [eventRules], run: runRules },
  simulations: { InvokeRule: invokeRule },
  operations: {
    PutRule: operation<eventbridge.PutRuleRequest, eventbridge.PutRuleResponse>()(
      [
        "Name",
        "ScheduleExpression",
        "EventPattern",
        "State",
        "Description",
        "RoleArn",
        "Tags",
        "EventBusName",
      ],
      (context, input) => {
        checkBus(input.EventBusName);
        if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(input.Name))
          throw invalid(`Rule name ${input.Name} is not valid.`);
        if (input.ScheduleExpression === undefined && input.EventPattern === undefined)
          throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
        const { ScheduleExpression: schedule } = input;
        const expression = schedule === undefined ? undefined : requireSchedule(schedule);
        if (input.EventPattern !== undefined) checkPattern(input.EventPattern);
        const before = context.in(eventRules).get(input.Name);
        const row = put(context, {
          name: input.Name,
          arn: context.arn("events", `rule/${input.Name}`),
          state: input.State ?? "ENABLED",
          targets: before?.targets ?? [],
          tags: before?.tags ?? tagMap(input.Tags),
          ...(schedule === undefined ? {} : { schedule }),
          ...(expression && schedule !== undefined
            ? { next: nextRun(context, expression, schedule, before) }
            : {}),
          ...(input.EventPattern === undefined ? {} : { pattern: input.EventPattern }),
          ...(input.Description === undefined ? {} : { description: input.Description }),
          ...(input.RoleArn === undefined ? {} : { roleArn: input.RoleArn }),
        });
        return { RuleArn: row.arn };
      },
    ),

    DescribeRule: operation<eventbridge.DescribeRuleRequest, eventbridge.DescribeRuleResponse>()(
      ["Name", "EventBusName"],
      (context, input) => {
        checkBus(input.EventBusName);
        return describe(requireRule(context, input.Name));
      },
    ),

    ListRules: operation<eventbridge.ListRulesRequest, eventbridge.ListRulesResponse>()(
      ["NamePrefix", "EventBusName", "Limit", "NextToken"],
      (context, input) => {
        checkBus(input.EventBusName);
        const found = context
          .in(eventRules)
          .filter((row) => row.name.startsWith(input.NamePrefix ?? ""));
        const { items, next } = page(found, input.Limit, input.NextToken);
        return { Rules: items.map(describe), ...(next === undefined ? {} : { NextToken: next }) };
      },
    ),

    EnableRule: operation<eventbridge.EnableRuleRequest, object>()(
      ["Name", "EventBusName"],
      (context, input) => {
        checkBus(input.EventBusName);
        put(context, { ...requireRule(context, input.Name), state: "ENABLED" });
        return {};
      },
    ),

    DisableRule: operation<eventbridge.DisableRuleRequest, object>()(
      ["Name", "EventBusName"],
      (context, input) => {
        checkBus(input.EventBusName);
        put(context, { ...requireRule(context, input.Name), state: "DISABLED" });
        return {};
      },
    ),

    DeleteRule: operation<eventbridge.DeleteRuleRequest, object>()(
      ["Name", "EventBusName", "Force"],
      (context, input) => {
        checkBus(input.EventBusName);
        const row = context.in(eventRules).get(input.Name);
        // Deleting a rule that does not exist succeeds. Force is for managed rules, which the sandbox does not have.
        if (row && row.targets.length > 0)
          throw invalid("Rule can't be deleted since it has targets.");
        context.in(eventRules).delete(input.Name);
        return {};
      },
    ),

    PutTargets: operation<eventbridge.PutTargetsRequest, eventbridge.PutTargetsResponse>()(
      ["Rule", "Targets", "EventBusName"],
      (context, input) => {
        checkBus(input.EventBusName);
        const row = requireRule(context, input.Rule);
        for (const target of input.Targets) checkTarget(target);
        const ids = new Set(input.Targets.map(({ Id }) => Id));
        const targets = [...row.targets.filter(({ Id }) => !ids.has(Id)), ...input.Targets];
        if (targets.length > 5)
          throw new AwsError(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
          );
        put(context, { ...row, targets });
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    ),

    ListTargetsByRule: operation<
      eventbridge.ListTargetsByRuleRequest,
      eventbridge.ListTargetsByRuleResponse
    >()(["Rule", "EventBusName", "Limit", "NextToken"], (context, input) => {
      checkBus(input.EventBusName);
      const { items, next } = page(
        requireRule(context, input.Rule).targets,
        input.Limit,
        input.NextToken,
      );
      return { Targets: items, ...(next === undefined ? {} : { NextToken: next }) };
    }),

    RemoveTargets: operation<eventbridge.RemoveTargetsRequest, eventbridge.RemoveTargetsResponse>()(
      ["Rule", "Ids", "EventBusName", "Force"],
      (context, input) => {
        checkBus(input.EventBusName);
        const row = requireRule(context, input.Rule);
        const unknownIds = input.Ids.filter((id) => !row.targets.some(({ Id }) => Id === id));
        put(context, {
          ...row,
          targets: row.targets.filter(({ Id }) => !input.Ids.includes(Id ?? "")),
        });
        return {
          FailedEntryCount: unknownIds.length,
          FailedEntries: unknownIds.map((TargetId) => ({
            TargetId,
            ErrorCode: "ResourceNotFoundException",
            ErrorMessage: `Target ${TargetId} does not exist.`,
          })),
        };
      },
    ),

    ListTagsForResource: operation<
      eventbridge.ListTagsForResourceRequest,
      eventbridge.ListTagsForResourceResponse
    >()(["ResourceARN"], (context, input) => ({
      Tags: tagList(byArn(context, input.ResourceARN).tags),
    })),

    TagResource: operation<eventbridge.TagResourceRequest, object>()(
      ["ResourceARN", "Tags"],
      (context, input) => {
        const row = byArn(context, input.ResourceARN);
        put(context, {
          ...row,
          tags: addTags(eventsTagRules, "TagResource", row.tags, tagMap(input.Tags)),
        });
        return {};
      },
    ),

    UntagResource: operation<eventbridge.UntagResourceRequest, object>()(
      ["ResourceARN", "TagKeys"],
      (context, input) => {
        const row = byArn(context, input.ResourceARN);
        put(context, { ...row, tags: without(row.tags, input.TagKeys) });
        return {};
      },
    ),
  },
};
