import { text } from "../../authorization/request-members.ts";
import type { Input, ServicePermissions } from "../../core/service.ts";
import { AwsError } from "../../protocol/errors.ts";
import { DEFAULT_GROUP } from "./tables.ts";

/** Source: Service Authorization Reference, "Amazon EventBridge Scheduler". */
export const schedulerPermissions: ServicePermissions = {
  resources: (context, operation, input) => {
    const name = text(input["Name"]);
    if (name === undefined) return [];
    const group = text(input["GroupName"]) ?? DEFAULT_GROUP;
    return operation.endsWith("ScheduleGroup")
      ? [context.arn("scheduler", `schedule-group/${name}`)]
      : [context.arn("scheduler", `schedule/${group}/${name}`)];
  },
  tagAction: () => "scheduler:TagResource",
  passedRoles: (_operation, input) => {
    const role = text(((input["Target"] ?? {}) as Input)["RoleArn"]); // a structure by its model
    return role === undefined ? [] : [[role, "scheduler.amazonaws.com"]];
  },
  denied: (message) => new AwsError("AccessDeniedException", message, 403),
};
