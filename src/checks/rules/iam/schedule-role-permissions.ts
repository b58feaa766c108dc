import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { arnInAwsError, arnOf, schedulePathsOf } from "../../../topology/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { evaluatePermission } from "../../shared/permission-check.ts";
import { roleAt } from "../../shared/task-roles.ts";

export const scheduleRolePermissionsCheck: Check = {
  id: "schedule-role-permissions",
  question: "start",
  title: "Role of a schedule is allowed to run the task and to pass its roles",
  severity: "error",
  ids: ["IAM-11"],
  explanation:
    "EventBridge and EventBridge Scheduler run a task with a role that needs ecs:RunTask, and iam:PassRole for the roles of the task. Without these permissions no task starts, and EventBridge reports no error.",
  sources: [
    "Amazon EventBridge User Guide, “Amazon ECS task targets”",
    "Amazon EventBridge Scheduler User Guide, “Using templated targets in EventBridge Scheduler”",
  ],
  *run(context) {
    const { account } = context.accountAndRegion;
    for (const { kind, resource, definition, name } of context.network.workloads) {
      const paths = resource && schedulePathsOf(resource);
      if (kind !== "schedule" || !paths) continue;
      const role = roleAt(context, resource, ...paths.role);
      if (role.kind === "external") yield unknownOutcome(name, role.unknown, "IAM-11");
      if (role.kind === "none") yield fail(name, "IAM-11", "it has no role");
      if (role.kind !== "managed") continue;
      if (definition === undefined || isUnknown(definition) || !definition.resource) {
        yield unknownOutcome(name, "the task definition is unknown", "IAM-11");
        continue;
      }
      for (const attribute of ["execution_role_arn", "task_role_arn"]) {
        const passedRole = roleAt(context, definition.resource, attribute);
        if (passedRole.kind === "external")
          yield unknownOutcome(name, passedRole.unknown, "IAM-11");
        if (passedRole.kind !== "managed") continue;
        const arn = arnOf(passedRole.resource, context.accountAndRegion);
        const permission = evaluatePermission({
          action: "iam:PassRole",
          resource: arn,
          account,
          context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
          policies: { identity: role.policies },
        });
        if (permission.answer === "pass") yield pass(name);
        else if (permission.answer === "unknown")
          yield unknownOutcome(name, permission.reason, "IAM-11");
        else
          yield fail(
            name,
            "IAM-11",
            `${role.resource.address} is not allowed to pass ${passedRole.resource.address} ${permission.reason}`,
            {
              awsError: awsErrorOf("access-denied", {
                action: "iam:PassRole",
                resource: arnInAwsError(arn),
                reason: permission.reason,
              }),
            },
          );
      }
      const runTask = evaluatePermission({
        action: "ecs:RunTask",
        resource: arnOf(definition.resource, context.accountAndRegion),
        account,
        policies: { identity: role.policies },
      });
      if (
        runTask.answer === "fail" &&
        !role.policies.certain.some((policy) =>
          policy.statements.some(
            (statement) =>
              statement.actions?.some((action) => /^ecs:(\*|runtask)$/i.test(action)) === true,
          ),
        )
      )
        yield fail(
          name,
          "IAM-11",
          `${role.resource.address} is not allowed to run tasks ${runTask.reason}`,
        );
    }
  },
};
