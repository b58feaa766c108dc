import { arnsFrom, passedRole, text } from "../../authorization/request-members.ts";
import type { ServicePermissions } from "../../core/service.ts";

/** Source: Service Authorization Reference, "Amazon CloudWatch Logs". */
export const logsPermissions: ServicePermissions = {
  resources: (context, operation, input) => {
    if (operation === "DescribeLogGroups") return [context.arn("logs", "log-group::log-stream:")];
    const group = text(input["logGroupName"]) ?? text(input["logGroupIdentifier"]);
    if (group === undefined) return arnsFrom(input["resourceArn"], String);
    const stream = text(input["logStreamName"]);
    const name = group.replace(/^.*:log-group:/, "");
    return [
      context.arn(
        "logs",
        stream === undefined ? `log-group:${name}` : `log-group:${name}:log-stream:${stream}`,
      ),
    ];
  },
  tagAction: () => "logs:TagResource",
  // Source: Amazon CloudWatch Logs API Reference, PutSubscriptionFilter (iam:PassRole).
  passedRoles: (operation, input) =>
    operation === "PutSubscriptionFilter" ? passedRole(input, "roleArn", "logs.amazonaws.com") : [],
};
