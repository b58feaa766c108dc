import type * as ecs from "@aws-sdk/client-ecs";
import { arnsFrom, passedRole, text } from "../../authorization/request-members.ts";
import type { Context } from "../../core/operation.ts";
import type { Input, Permission, ServicePermissions } from "../../core/service.ts";
import { findDefinition } from "./tables.ts";

const clusterNameIn = (input: Input): string =>
  (text(input["cluster"]) ?? text(input["clusterName"]) ?? "default").replace(/^.*:cluster\//, "");

function resources(context: Context, operation: string, input: Input): string[] {
  const historyArns =
    input["serviceDeploymentArns"] ?? input["serviceRevisionArns"] ?? input["serviceDeploymentArn"];
  if (historyArns !== undefined)
    return [historyArns].flat().flatMap((arn) => arnsFrom(arn, String));
  if (
    /^(RegisterTaskDefinition|List(?!ServiceDeployments)|DescribeTaskDefinition|DeregisterTaskDefinition)/.test(
      operation,
    )
  )
    return arnsFrom(input["resourceArn"], String);
  const short = clusterNameIn(input);
  const service = text(input["service"]) ?? text(input["serviceName"]);
  if (input["resourceArn"] !== undefined) return arnsFrom(input["resourceArn"], String);
  if (operation === "RunTask") {
    // A family means its newest revision.
    return arnsFrom(input["taskDefinition"], (name) =>
      context.arn("ecs", `task-definition/${name}`),
    ).map((arn) => findDefinition(context, arn)?.arn ?? arn);
  }
  if (service !== undefined && /Service$|TaskSet$|^ListServiceDeployments$/.test(operation))
    return arnsFrom(service, (name) => context.arn("ecs", `service/${short}/${name}`));
  const services = input["services"];
  if (operation === "DescribeServices" && Array.isArray(services)) {
    return services.flatMap((otherService) =>
      arnsFrom(otherService, (name) => context.arn("ecs", `service/${short}/${name}`)),
    );
  }
  const task = text(input["task"]);
  if (task !== undefined) return arnsFrom(task, (id) => context.arn("ecs", `task/${short}/${id}`));
  const tasks = input["tasks"];
  if (operation === "DescribeTasks" && Array.isArray(tasks))
    return tasks.flatMap((id) =>
      arnsFrom(id, (name) => context.arn("ecs", `task/${short}/${name}`)),
    );
  const clusters = input["clusters"];
  if (Array.isArray(clusters)) {
    return clusters.flatMap((otherCluster) =>
      arnsFrom(otherCluster, (name) => context.arn("ecs", `cluster/${name}`)),
    );
  }
  return [context.arn("ecs", `cluster/${short}`)];
}

/**
 * RunTask passes the roles of the task definition, or those that replace them. Source: Amazon ECS Developer Guide, "Amazon ECS
 * EventBridge IAM role".
 */
function rolesOfTask(context: Context, operation: string, input: Input): Permission[] {
  if (operation !== "RunTask") return [];
  const { executionRoleArn, taskRoleArn } =
    findDefinition(context, text(input["taskDefinition"]) ?? "")?.body ?? {};
  const overrides = (input["overrides"] ?? {}) as ecs.TaskOverride; // decoded against the model
  return [
    overrides.executionRoleArn ?? executionRoleArn,
    overrides.taskRoleArn ?? taskRoleArn,
  ].flatMap((role) =>
    role === undefined
      ? []
      : [
          {
            action: "iam:PassRole",
            resource: role,
            conditions: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
            isNew: false,
          },
        ],
  );
}

/** The ARNs of the resources that a request creates. IDs of tasks and numbers of revisions are not known yet. */
function createdResources(
  context: Context,
  operation: string,
  input: Input,
): readonly string[] | undefined {
  if (operation === "RunTask") return [tasksOf(context, input)];
  if (operation === "RegisterTaskDefinition")
    return [context.arn("ecs", `task-definition/${text(input["family"])}:*`)];
  return undefined;
}

/** The ARN of the tasks that RunTask creates. */
const tasksOf = (context: Context, input: Input): string =>
  context.arn("ecs", `task/${clusterNameIn(input)}/*`);

/**
 * Tasks of RunTask also have tags if ECS copies those of the task definition or sets its own. This requires the permission to tag.
 *
 * Source: Amazon ECS Developer Guide, "Amazon ECS EventBridge IAM role"; cn-terraform/terraform-aws-ecs-fargate-scheduled-task#42.
 */
function taggingOfTasks(context: Context, operation: string, input: Input): Permission[] {
  const propagated = text(input["propagateTags"]) ?? "NONE";
  const hasTags = propagated !== "NONE" || input["enableECSManagedTags"] === true;
  if (operation !== "RunTask" || !hasTags) return [];
  return [
    {
      action: "ecs:TagResource",
      resource: tasksOf(context, input),
      conditions: { "ecs:CreateAction": operation },
      isNew: true,
    },
  ];
}

/** Source: Service Authorization Reference, "Amazon Elastic Container Service". */
export const ecsPermissions: ServicePermissions = {
  resources,
  createdResources,
  tagAction: () => "ecs:TagResource",
  // Source: Amazon ECS Developer Guide, "Grant permission to tag resources on creation".
  hasCreateAction: true,
  conditions: (context, input) =>
    Object.fromEntries(
      arnsFrom(input["cluster"], (name) => context.arn("ecs", `cluster/${name}`)).map((arn) => [
        "ecs:cluster",
        arn,
      ]),
    ),
  furtherPermissions: (context, operation, input) => [
    ...rolesOfTask(context, operation, input),
    ...taggingOfTasks(context, operation, input),
  ],
  passedRoles: (operation, input) =>
    operation === "RegisterTaskDefinition"
      ? [
          ...passedRole(input, "executionRoleArn", "ecs-tasks.amazonaws.com"),
          ...passedRole(input, "taskRoleArn", "ecs-tasks.amazonaws.com"),
        ]
      : [],
};
