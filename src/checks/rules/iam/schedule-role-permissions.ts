import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown, type Resource } from "../../../plan/index.ts";
import {
  arnInAwsError,
  arnOf,
  arnText,
  type SchedulePaths,
  schedulePathsOf,
  withoutRevision,
} from "../../../topology/index.ts";
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  pass,
  unknownOutcome,
} from "../../engine/check.ts";
import { evaluatePermission } from "../../shared/permission-check.ts";
import { type Role, roleAt } from "../../shared/task-roles.ts";

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
      yield* checkRunTask(context, { name, resource, paths, definition: definition.resource, role });
    }
  },
};

/** The schedule whose role starts a task. */
interface Schedule {
  readonly name: string;
  readonly resource: Resource;
  readonly paths: SchedulePaths;
  readonly definition: Resource;
  readonly role: Extract<Role, { readonly kind: "managed" }>;
}

/**
 * Whether the role may run the task definition in the cluster.
 *
 * Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Elastic Container Service".
 */
function* checkRunTask(context: CheckContext, schedule: Schedule): Iterable<CheckOutcome> {
  const { name, definition, role } = schedule;
  const { accountAndRegion } = context;
  const arn = arnOf(definition, accountAndRegion);
  const cluster = clusterArnOf(context, schedule);
  const [first, ...others] = taskDefinitionArnsOf(schedule, arn).map((resource) =>
    evaluatePermission({
      action: "ecs:RunTask",
      resource,
      account: accountAndRegion.account,
      ...(cluster === undefined ? {} : { context: { "ecs:cluster": cluster } }),
      policies: { identity: role.policies },
    }),
  );
  if (first === undefined) return;
  if (others.some(({ answer }) => answer !== first.answer))
    yield unknownOutcome(
      name,
      `whether AWS compares ${arnText(arn)} or its ARN without the revision with the policies of ${role.resource.address}`,
      "IAM-11",
    );
  else if (first.answer === "unknown") yield unknownOutcome(name, first.reason, "IAM-11");
  else if (first.answer === "fail")
    yield fail(
      name,
      "IAM-11",
      `${role.resource.address} is not allowed to run ${definition.address} ${first.reason}`,
      { fix: "Allow ecs:RunTask on the task definition's ARN with any revision (ending in :*)" },
    );
  else yield pass(name);
}

/** The ARNs that the policies may be compared with: AWS does not document which one it is for a target without a revision. */
function taskDefinitionArnsOf({ resource, paths }: Schedule, arn: string): readonly string[] {
  const path = [...paths.task, "task_definition_arn"];
  const value = resource.value(...path);
  const hasNoRevision =
    typeof value === "string"
      ? withoutRevision(value) === value
      : resource
          .referencesIn(...path)
          .references.some(({ attribute }) => attribute === "arn_without_revision");
  return hasNoRevision ? [arn, withoutRevision(arn)] : [arn];
}

/** The ARN of the cluster; undefined if it is unknown. */
function clusterArnOf(
  { accountAndRegion }: CheckContext,
  { resource, paths }: Schedule,
): string | undefined {
  const value = resource.value(...paths.cluster);
  if (typeof value === "string") return value;
  const [reference] = resource.referencesTo(["aws_ecs_cluster"], ...paths.cluster).references;
  return reference?.resource.mode === "managed"
    ? arnOf(reference.resource, accountAndRegion)
    : undefined;
}
