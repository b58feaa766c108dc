import { isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { allowed } from "../../shared/permission-check.ts";
import { defined, roleAt } from "../../shared/task-roles.ts";

export const executionRoleLogsPermissionsCheck: Check = {
  id: "execution-role-logs-permissions",
  question: "logs",
  title: "the execution role may write to the log group",
  severity: "error",
  ids: ["IAM-07", "IAM-08"],
  explanation:
    "The awslogs driver creates a log stream with the execution role, and the log group too where awslogs-create-group is set, which AmazonECSTaskExecutionRolePolicy does not allow.",
  sources: ["Amazon ECS Developer Guide, “Send Amazon ECS logs to CloudWatch”"],
  *run(subject) {
    for (const { definition, resource } of defined(subject)) {
      const role = roleAt(subject, resource, "execution_role_arn");
      for (const { log } of definition.containers) {
        if (log?.driver !== "awslogs") continue;
        if (role.kind === "elsewhere")
          yield unknownOutcome(resource.address, role.unknown, "IAM-07");
        if (role.kind !== "here") continue;
        const { account, region } = subject.accountAndRegion;
        const { group } = log;
        const name =
          typeof group === "string"
            ? group
            : group === undefined || isUnknown(group)
              ? undefined
              : group.value("name");
        const arn = `arn:aws:logs:${log.region ?? region ?? "<region>"}:${account ?? "<account>"}:log-group:${typeof name === "string" ? name : "<name>"}`;
        const wanted = [
          ...(log.creates ? ([["logs:CreateLogGroup", arn, "IAM-08"]] as const) : []),
          ["logs:CreateLogStream", `${arn}:log-stream:x`, "IAM-07"] as const,
          ["logs:PutLogEvents", `${arn}:log-stream:x`, "IAM-07"] as const,
        ];
        for (const [action, target, id] of wanted) {
          const ruling = allowed({
            action,
            resource: target,
            account,
            policies: { identity: role.policies },
          });
          const { address } = role.resource;
          if (ruling.answer === "pass") yield pass(address);
          else if (ruling.answer === "unknown" || typeof name !== "string")
            yield unknownOutcome(address, ruling.says, id);
          else
            yield fail(address, id, `${action} is not allowed ${ruling.says}`, {
              error: `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log ${id === "IAM-08" ? "group" : "stream"}: AccessDeniedException: … is not authorized to perform: ${action}`,
            });
          if (ruling.answer === "fail") break;
        }
      }
    }
  },
};
