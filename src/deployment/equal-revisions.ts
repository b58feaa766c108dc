import { isDeepStrictEqual } from "node:util";
import type { Output } from "../aws-client/index.ts";
import type { DeploymentClient } from "./aws-types.ts";

type TaskDefinition = NonNullable<Output<"ecs", "DescribeTaskDefinition">["taskDefinition"]>;

/**
 * Whether two revisions of a task definition have the same content. After a failed deployment, Terraform registers a revision with
 * the content of the one that runs: a deployment of it would replace all tasks by equal ones.
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
  const [content, otherContent] = await Promise.all(
    [first, second].map(async (taskDefinition) => {
      const output = await client.call("ecs", "DescribeTaskDefinition", { taskDefinition });
      return contentOf(output.taskDefinition ?? {});
    }),
  );
  return isDeepStrictEqual(content, otherContent);
}

/** Everything except what ECS sets when the revision is registered. The status stays: a deregistered revision is replaced. */
function contentOf({
  taskDefinitionArn: _arn,
  revision: _revision,
  registeredAt: _at,
  registeredBy: _by,
  ...content
}: TaskDefinition): unknown {
  return content;
}
