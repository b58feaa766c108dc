import { arnsFrom, passedRole, text } from "../../authorization/request-members.ts";
import type { Context } from "../../core/operation.ts";
import type { Input, ServicePermissions } from "../../core/service.ts";

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
  const cluster = text(input["cluster"]) ?? text(input["clusterName"]) ?? "default";
  const short = cluster.replace(/^.*:cluster\//, "");
  const service = text(input["service"]) ?? text(input["serviceName"]);
  if (input["resourceArn"] !== undefined) return arnsFrom(input["resourceArn"], String);
  if (operation === "RunTask") {
    return arnsFrom(input["taskDefinition"], (name) =>
      context.arn("ecs", `task-definition/${name}`),
    );
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
  const clusters = input["clusters"];
  if (Array.isArray(clusters)) {
    return clusters.flatMap((otherCluster) =>
      arnsFrom(otherCluster, (name) => context.arn("ecs", `cluster/${name}`)),
    );
  }
  return [context.arn("ecs", `cluster/${short}`)];
}

/** Source: Service Authorization Reference, "Amazon Elastic Container Service". */
export const ecsPermissions: ServicePermissions = {
  resources,
  tagAction: () => "ecs:TagResource",
  passedRoles: (operation, input) =>
    operation === "RegisterTaskDefinition"
      ? [
          ...passedRole(input, "executionRoleArn", "ecs-tasks.amazonaws.com"),
          ...passedRole(input, "taskRoleArn", "ecs-tasks.amazonaws.com"),
        ]
      : [],
};
