import type { AwsClient, Output } from "../aws-client/index.ts";

/** A service or job that Terraform has destroyed. */
export interface DestroyedWorkload {
  /** Name or ARN of the cluster. */
  readonly cluster: string;
  /** The family of the task definition. */
  readonly family: string;
}

/**
 * Stops tasks that a schedule or `berth run` has started: nothing else stops them, and their network interfaces would block the
 * deletion of the subnets.
 */
export async function stopTasks(
  client: Pick<AwsClient, "call" | "callUnless">,
  { cluster, family }: DestroyedWorkload,
): Promise<void> {
  let nextToken: string | undefined;
  do {
    const page: Output<"ecs", "ListTasks"> | undefined = await client.callUnless(
      "ClusterNotFoundException",
      "ecs",
      "ListTasks",
      { cluster, family, ...(nextToken === undefined ? {} : { nextToken }) },
    );
    for (const task of page?.taskArns ?? [])
      await client.call("ecs", "StopTask", { cluster, task, reason: "berth destroy" });
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
}

/**
 * Deregisters the revisions of a destroyed service or job, which Terraform keeps (`skip_destroy`). ECS keeps them as INACTIVE.
 *
 * Source: Amazon ECS API Reference, "DeregisterTaskDefinition".
 */
export async function deregisterRevisions(
  client: Pick<AwsClient, "call">,
  { family }: Pick<DestroyedWorkload, "family">,
): Promise<void> {
  let nextToken: string | undefined;
  const revisions: string[] = [];
  do {
    const page = await client.call("ecs", "ListTaskDefinitions", {
      familyPrefix: family,
      status: "ACTIVE",
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    revisions.push(...(page.taskDefinitionArns ?? []));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  for (const taskDefinition of revisions)
    await client.call("ecs", "DeregisterTaskDefinition", { taskDefinition });
}
