import { arnOf } from "../../../topology/iam-policies.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { allowed } from "../../shared/permission-check.ts";
import { roleAt } from "../../shared/task-roles.ts";
import { isUnknown } from "../../../plan/plan-model.ts";

export const scheduleRolePermissionsCheck: Check = {
  id: "schedule-role-permissions",
  question: "start",
  title: "the role of a schedule may run the task and pass its roles",
  severity: "error",
  ids: ["IAM-11"],
  explanation:
    "EventBridge runs a task with a role that needs ecs:RunTask and iam:PassRole for the task's roles; without them nothing starts, and nothing says so.",
  sources: ["Amazon EventBridge User Guide, “Amazon ECS task targets”"],
  *run(subject) {
    const { account } = subject.accountAndRegion;
    for (const { kind, resource, definition, name } of subject.network.workloads) {
      if (kind !== "schedule" || !resource) continue;
      const role = roleAt(subject, resource, "role_arn");
      if (role.kind === "elsewhere") yield unknownOutcome(name, role.unknown, "IAM-11");
      if (role.kind === "none")
        yield fail(name, "IAM-11", "it names no role", {
          error: "AccessDeniedException: is not authorized to perform: ecs:RunTask",
        });
      if (role.kind !== "here") continue;
      if (definition === undefined || isUnknown(definition) || !definition.resource) {
        yield unknownOutcome(name, "the task definition is not known", "IAM-11");
        continue;
      }
      for (const attribute of ["execution_role_arn", "task_role_arn"]) {
        const passed = roleAt(subject, definition.resource, attribute);
        if (passed.kind === "elsewhere") yield unknownOutcome(name, passed.unknown, "IAM-11");
        if (passed.kind !== "here") continue;
        const arn = arnOf(passed.resource, subject.accountAndRegion);
        const ruling = allowed({
          action: "iam:PassRole",
          resource: arn,
          account,
          context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
          policies: { identity: role.policies },
        });
        if (ruling.answer === "pass") yield pass(name);
        else if (ruling.answer === "unknown") yield unknownOutcome(name, ruling.says, "IAM-11");
        else
          yield fail(
            name,
            "IAM-11",
            `${role.resource.address} may not pass ${passed.resource.address}: ${ruling.says}`,
            {
              error: `AccessDeniedException: User: … is not authorized to perform: iam:PassRole on resource: ${arn} ${ruling.says}`,
            },
          );
      }
      const run = allowed({
        action: "ecs:RunTask",
        resource: arnOf(definition.resource, subject.accountAndRegion),
        account,
        policies: { identity: role.policies },
      });
      if (
        run.answer === "fail" &&
        !role.policies.certain.some((policy) =>
          policy.statements.some(
            (statement) =>
              statement.actions?.some((action) => /^ecs:(\*|runtask)$/i.test(action)) === true,
          ),
        )
      )
        yield fail(name, "IAM-11", `${role.resource.address} may not run tasks: ${run.says}`, {
          error: `AccessDeniedException: … is not authorized to perform: ecs:RunTask`,
        });
    }
  },
};
