import { isDeepStrictEqual } from "node:util";
import type { Output } from "../aws-client/index.ts";
import type { DeploymentClient } from "./aws-types.ts";

type TaskDefinition = NonNullable<Output<"ecs", "DescribeTaskDefinition">["taskDefinition"]>;

/** Reads a revision of a task definition. */
export async function describeTaskDefinition(
  client: DeploymentClient,
  arn: string,
): Promise<TaskDefinition> {
  const output = await client.call("ecs", "DescribeTaskDefinition", { taskDefinition: arn });
  return output.taskDefinition ?? {};
}

/**
 * Whether two revisions of a task definition are equal. After a failed deployment, Terraform registers a revision with the content
 * of the one that runs: a deployment of it would replace all tasks by equal ones. A deregistered revision is not equal to an active
 * one, which replaces it.
 *
 * @param first the ARN of a revision
 * @param second the ARN of another revision
 */
export async function haveSameContent(
  client: DeploymentClient,
  first: string,
  second: string,
): Promise<boolean> {
  if (first === second) return true;
  const [definition, otherDefinition] = await Promise.all([
    describeTaskDefinition(client, first),
    describeTaskDefinition(client, second),
  ]);
  return definition.status === otherDefinition.status && isSameContent(definition, otherDefinition);
}

/** Whether two revisions have the same image and settings. */
export const isSameContent = (first: TaskDefinition, second: TaskDefinition): boolean =>
  isDeepStrictEqual(contentOf(first), contentOf(second));

/** Everything except what ECS sets when a revision is registered or deregistered. */
function contentOf({
  taskDefinitionArn: _arn,
  revision: _revision,
  registeredAt: _registeredAt,
  registeredBy: _registeredBy,
  deregisteredAt: _deregisteredAt,
  status: _status,
  ...content
}: TaskDefinition): unknown {
  return content;
}
