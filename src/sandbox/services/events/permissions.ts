import { arnsFrom } from "../../authorization/request-members.ts";
import type { Input, ServicePermissions } from "../../core/service.ts";

/** Source: Service Authorization Reference, "Amazon EventBridge". */
export const eventsPermissions: ServicePermissions = {
  resources: (context, _operation, input) =>
    arnsFrom(input["Name"] ?? input["Rule"], (name) => context.arn("events", `rule/${name}`)),
  tagAction: () => "events:TagResource",
  passedRoles: (operation, input) =>
    operation === "PutTargets"
      ? ((input["Targets"] ?? []) as readonly Input[]).flatMap(({ RoleArn }) =>
          typeof RoleArn === "string" ? [[RoleArn, "events.amazonaws.com"] as const] : [],
        )
      : [],
};
