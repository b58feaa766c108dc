import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { accountAndRegionAt, arnInAwsError } from "../../../topology/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { evaluatePermission } from "../../shared/permission-check.ts";
import { definedTasks, roleAt } from "../../shared/task-roles.ts";

export const executionRoleLogsPermissionsCheck: Check = {
  id: "execution-role-logs-permissions",
  question: "logs",
  title: "Execution role is allowed to write to the log group",
  severity: "error",
  ids: ["IAM-07", "IAM-08"],
  explanation:
    "The awslogs log driver creates a log stream with the execution role. With awslogs-create-group it also creates the log group, which AmazonECSTaskExecutionRolePolicy does not allow.",
  sources: ["Amazon ECS Developer Guide, “Send Amazon ECS logs to CloudWatch”"],
  *run(context) {
    for (const { definition, resource } of definedTasks(context)) {
      const role = roleAt(context, resource, "execution_role_arn");
      for (const { log } of definition.containers) {
        if (log?.driver !== "awslogs") continue;
        if (role.kind === "external")
          yield unknownOutcome(resource.address, role.unknown, "IAM-07");
        if (role.kind !== "managed") continue;
        const { account, region } = accountAndRegionAt(context.plan, resource);
        const { group } = log;
        const name =
          typeof group === "string"
            ? group
            : group === undefined || isUnknown(group)
              ? undefined
              : group.value("name");
        const arn = `arn:aws:logs:${log.region ?? region ?? "<region>"}:${account ?? "<account>"}:log-group:${typeof name === "string" ? name : "<name>"}`;
        const actions = [
          ...(log.createsGroup ? ([["logs:CreateLogGroup", arn, "IAM-08"]] as const) : []),
          ["logs:CreateLogStream", `${arn}:log-stream:x`, "IAM-07"] as const,
          ["logs:PutLogEvents", `${arn}:log-stream:x`, "IAM-07"] as const,
        ];
        for (const [action, target, id] of actions) {
          const permission = evaluatePermission({
            action,
            resource: target,
            account,
            policies: { identity: role.policies },
          });
          const { address } = role.resource;
          if (permission.answer === "pass") yield pass(address);
          else if (permission.answer === "unknown" || typeof name !== "string")
            yield unknownOutcome(address, permission.reason, id);
          else
            yield fail(address, id, `${action} is not allowed ${permission.reason}`, {
              awsError: awsErrorOf("access-denied", {
                action,
                resource: arnInAwsError(target),
                reason: permission.reason,
              }),
            });
          if (permission.answer === "fail") break;
        }
      }
    }
  },
};
