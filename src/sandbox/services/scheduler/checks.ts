import type * as scheduler from "@aws-sdk/client-scheduler";
import { isObject } from "../../../shared/index.ts";
import type { Context } from "../../core/operation.ts";
import { notImplemented } from "../../protocol/errors.ts";
import { assumeRole, checkTaskParameters } from "../events/task-target.ts";
import { isTimeZone, parseSchedule, type ScheduleExpression } from "./expression.ts";
import { DEFAULT_GROUP, groupArn, invalid, type Schedule } from "./tables.ts";

/** The members of CreateSchedule and UpdateSchedule that describe the schedule. */
export type ScheduleSettings = Pick<
  scheduler.CreateScheduleInput,
  | "GroupName"
  | "ScheduleExpression"
  | "ScheduleExpressionTimezone"
  | "StartDate"
  | "EndDate"
  | "FlexibleTimeWindow"
  | "Target"
>;

const TARGET_PARAMETERS = [
  "EventBridgeParameters",
  "EventBridgePutEventsV2Parameters",
  "EventBridgePutRawEventsParameters",
  "KinesisParameters",
  "SageMakerPipelineParameters",
  "SqsParameters",
] as const;

/**
 * Checks a schedule.
 *
 * Source: EventBridge Scheduler API Reference, CreateSchedule; User Guide, "Schedule types in EventBridge Scheduler". The messages for
 * the expression, the start and the role are those that users report (localstack#9284, moto#8172, aws-sdk-js-v3#6494); for the others
 * no public source of the text is known.
 *
 * @param before the schedule before an update
 * @throws AwsError ValidationException, and NotImplemented for a target that is not an ECS cluster
 */
export function checkSchedule(
  context: Context,
  settings: ScheduleSettings,
  before?: Schedule,
): ScheduleExpression {
  const { ScheduleExpression: text = "", ScheduleExpressionTimezone: timeZone = "UTC" } = settings;
  const expression = parseSchedule(text);
  if (!expression) throw invalid(`Invalid Schedule Expression ${text}.`);
  if (!isTimeZone(timeZone)) throw invalid(`Invalid ScheduleExpressionTimezone ${timeZone}.`);
  checkWindow(settings.FlexibleTimeWindow);
  // EventBridge Scheduler ignores both dates for a one-time schedule.
  if (expression.kind !== "at") checkDates(context, settings, before);
  if (settings.Target) checkTarget(context, settings.GroupName ?? DEFAULT_GROUP, settings.Target);
  return expression;
}

function checkWindow(window: scheduler.FlexibleTimeWindow | undefined): void {
  const isFlexible = window?.Mode === "FLEXIBLE";
  if (isFlexible !== (window?.MaximumWindowInMinutes !== undefined))
    throw invalid(
      isFlexible
        ? "MaximumWindowInMinutes must be specified for a FlexibleTimeWindow with Mode FLEXIBLE."
        : "MaximumWindowInMinutes must not be specified for a FlexibleTimeWindow with Mode OFF.",
    );
}

function checkDates(
  context: Context,
  { StartDate, EndDate }: ScheduleSettings,
  before: Schedule | undefined,
): void {
  const now = context.now.getTime();
  if (
    StartDate &&
    StartDate.getTime() !== before?.start?.getTime() &&
    StartDate.getTime() < now - 300_000
  )
    throw invalid("The StartDate you specify cannot be earlier than 5 minutes ago.");
  if (!EndDate || EndDate.getTime() === before?.end?.getTime()) return;
  if (EndDate.getTime() <= now) throw invalid("The EndDate you specify must be in the future.");
  if (StartDate && EndDate <= StartDate)
    throw invalid("The StartDate you specify must come before the EndDate you specify.");
}

function checkTarget(context: Context, group: string, target: scheduler.Target): void {
  const { Arn = "", RoleArn = "", EcsParameters, Input } = target;
  if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/.test(Arn))
    throw invalid("Provided Arn is not in correct format.");
  if (!/^arn:[^:]+:ecs:[^:]+:\d{12}:cluster\/[\w-]+$/.test(Arn))
    throw notImplemented(`schedules with the target ${Arn.replace(/\d{12}/, "<account>")}`);
  const other = TARGET_PARAMETERS.find((name) => target[name] !== undefined);
  if (other !== undefined) throw invalid(`${other} is not valid for a target of Amazon ECS.`);
  if (!EcsParameters) throw invalid("EcsParameters must be specified for a target of Amazon ECS.");
  checkTaskParameters({ parameters: { ...EcsParameters } });
  if (Input !== undefined && !isJsonObject(Input))
    throw invalid("The Input of a target of Amazon ECS must be a JSON object.");
  const source = {
    principal: "scheduler.amazonaws.com",
    sourceArn: groupArn(context, group),
  } as const;
  if (!assumeRole(context, RoleArn, source))
    throw invalid(
      "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    );
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}
