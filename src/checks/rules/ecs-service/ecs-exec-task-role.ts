import { isUnknown, jsonsOf } from "../../../plan/index.ts";
import {
  type Check,
  fail,
  pass,
  unknownOutcome,
  type CheckContext,
  type CheckOutcome,
} from "../../engine/check.ts";
import { evaluatePermission } from "../../shared/permission-check.ts";
import { roleAt } from "../../shared/task-roles.ts";

export const ecsExecTaskRoleCheck: Check = {
  id: "ecs-exec-task-role",
  question: "start",
  title:
    "Services with ECS Exec have a task role that allows ECS Exec, and containers in which its agent can run",
  severity: "error",
  ids: ["IAM-14", "LOG-06", "TD-26"],
  explanation:
    "ECS Exec needs a task role that allows four actions of ssmmessages. ECS rejects a service with ECS Exec and without a task role. The agent of ECS Exec writes to the root file system of the container.",
  sources: ["Amazon ECS Developer Guide, “Monitor Amazon ECS containers with ECS Exec”"],
  *run(context) {
    yield* checkTaskRoles(context);
    yield* checkExecLogs(context);
    yield* checkRootFileSystems(context);
  },
};

/** Actions of the agent of ECS Exec. Source: the page of the check, "IAM permissions required for ECS Exec". */
const EXEC_ACTIONS = [
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
];

/** Directories to which the agent of ECS Exec writes. Source: the same page, "Considerations for using ECS Exec". */
const AGENT_DIRECTORIES = ["/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"];

/** Containers whose root file system the agent of ECS Exec cannot write to. */
function* checkRootFileSystems({ network }: CheckContext): Iterable<CheckOutcome> {
  for (const { resource, definition, name } of network.workloads) {
    const execute = resource?.value("enable_execute_command");
    if (execute !== true || definition === undefined || isUnknown(definition)) continue;
    for (const { json } of definition.containers) {
      if (json?.["readonlyRootFilesystem"] !== true) continue;
      const mounted = jsonsOf(json["mountPoints"])
        .filter(({ readOnly }) => readOnly !== true)
        .map(({ containerPath }) => String(containerPath));
      const missing = AGENT_DIRECTORIES.filter(
        (directory) =>
          !mounted.some((path) => directory === path || directory.startsWith(`${path}/`)),
      );
      if (missing.length > 0)
        yield fail(
          name,
          "TD-26",
          `container ${String(json["name"])} has a read-only root file system, and no volume at ${missing.join(", ")}`,
          { severity: "warning" },
        );
    }
  }
}

/** Task roles of services with ECS Exec. */
function* checkTaskRoles(context: CheckContext): Iterable<CheckOutcome> {
  for (const { resource, definition, name } of context.network.workloads) {
    if (resource?.value("enable_execute_command") !== true || definition === undefined) continue;
    if (isUnknown(definition)) {
      yield unknownOutcome(name, definition, "IAM-14");
      continue;
    }
    if (!definition.resource) continue;
    const role = roleAt(context, definition.resource, "task_role_arn");
    if (role.kind === "external") yield unknownOutcome(name, role.unknown, "IAM-14");
    if (role.kind === "none")
      yield fail(name, "IAM-14", `${definition.resource.address} has no task role`);
    if (role.kind !== "managed") continue;
    const { address } = role.resource;
    const permissions = EXEC_ACTIONS.map((action) => ({
      action,
      ...evaluatePermission({
        action,
        resource: "*",
        account: context.accountAndRegion.account,
        policies: { identity: role.policies },
      }),
    }));
    const decisive =
      permissions.find(({ answer }) => answer === "fail") ??
      permissions.find(({ answer }) => answer === "unknown");
    if (!decisive || decisive.answer === "pass") yield pass(address);
    else if (decisive.answer === "unknown")
      yield unknownOutcome(address, decisive.reason, "IAM-14");
    else
      yield fail(address, "IAM-14", `${decisive.action} is not allowed ${decisive.reason}`, {
        severity: "warning",
        fix: "Allow ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel and OpenDataChannel in the task role",
      });
  }
}

/** Log groups and keys of ECS Exec sessions. */
function* checkExecLogs(context: CheckContext): Iterable<CheckOutcome> {
  for (const cluster of context.plan.resourcesOfType("aws_ecs_cluster")) {
    const path = [
      "configuration",
      0,
      "execute_command_configuration",
      0,
      "log_configuration",
      0,
      "cloud_watch_log_group_name",
    ] as const;
    const { references, externalIds } = cluster.referencesTo(["aws_cloudwatch_log_group"], ...path);
    if (references.length > 0) yield pass(cluster.address);
    else if (externalIds[0] !== undefined) {
      const logGroups = context.plan.resourcesOfType("aws_cloudwatch_log_group");
      yield logGroups.length === 0
        ? unknownOutcome(
            cluster.address,
            `whether the log group ${externalIds[0]} exists`,
            "LOG-06",
          )
        : fail(
            cluster.address,
            "LOG-06",
            `ECS Exec writes its logs to ${externalIds[0]}, which this plan does not manage`,
            { severity: "warning" },
          );
    }
  }
}
