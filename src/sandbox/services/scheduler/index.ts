import { partsOfArn } from "../../authorization/request-members.ts";
import type { Service } from "../../core/service.ts";
import { AwsError } from "../../protocol/errors.ts";
import { groupOperations } from "./groups.ts";
import { schedulerPermissions } from "./permissions.ts";
import { invokeSchedule, runSchedules } from "./run-schedules.ts";
import { scheduleOperations } from "./schedules.ts";
import { scheduleGroups, schedules } from "./tables.ts";
import { schedulerTagRules } from "./tag-rules.ts";

export const service: Service = {
  name: "scheduler",
  tagRules: schedulerTagRules,
  permissions: schedulerPermissions,
  operations: { ...scheduleOperations, ...groupOperations },
  resources: {
    // Only groups have tags.
    tags: (context, arn) => {
      const { name, id } = partsOfArn(arn);
      return name.startsWith("schedule-group/")
        ? context.in(scheduleGroups).get(id)?.tags
        : undefined;
    },
  },
  backgroundWork: { tables: [schedules], run: runSchedules },
  simulations: { InvokeSchedule: invokeSchedule },
  requestErrors: {
    tokenMismatch: (message) => new AwsError("ConflictException", message, 409),
  },
};
