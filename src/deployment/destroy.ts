import type { AwsClient, Output } from "../aws-client/index.ts";

/** A service or job that Terraform has destroyed. */
export interface DestroyedWorkload {
  /** Name or ARN of the cluster. */
  readonly cluster: string;
  /** The family of the task definition. */
  readonly family: string;
}

/** What remains of a service or job after Terraform has destroyed its resources: ARNs. */
export interface Remains {
  /**
   * Tasks that a schedule or `berth run` has started: nothing else stops them, and their network interfaces would block the
   * deletion of the subnets.
   */
  readonly tasks: readonly string[];
  /** Active revisions of the task definition, which Terraform keeps (`skip_destroy`). */
  readonly revisions: readonly string[];
}

type Client = Pick<AwsClient, "call" | "callUnless">;

/** Finds the tasks and revisions of a service or job. */
export async function findRemains(client: Client, workload: DestroyedWorkload): Promise<Remains> {
  const [tasks, revisions] = await Promise.all([
    listTasks(client, workload),
    listRevisions(client, workload),
  ]);
  return { tasks, revisions };
}

/**
 * Stops the tasks and deregisters the revisions of a destroyed service or job. ECS keeps deregistered revisions as INACTIVE.
 *
 * Source: Amazon ECS API Reference, "DeregisterTaskDefinition".
 *
 * @returns what was removed
 */
export async function removeRemains(client: Client, workload: DestroyedWorkload): Promise<Remains> {
  const remains = await findRemains(client, workload);
  for (const task of remains.tasks)
    await client.call("ecs", "StopTask", {
      cluster: workload.cluster,
      task,
      reason: "berth destroy",
    });
  for (const taskDefinition of remains.revisions)
    await client.call("ecs", "DeregisterTaskDefinition", { taskDefinition });
  return remains;
}

async function listTasks(
  client: Client,
  { cluster, family }: DestroyedWorkload,
): Promise<string[]> {
  const tasks: string[] = [];
  let nextToken: string | undefined;
  do {
    const page: Output<"ecs", "ListTasks"> | undefined = await client.callUnless(
      "ClusterNotFoundException",
      "ecs",
      "ListTasks",
      { cluster, family, ...(nextToken === undefined ? {} : { nextToken }) },
    );
    tasks.push(...(page?.taskArns ?? []));
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
  return tasks;
}

async function listRevisions(client: Client, { family }: DestroyedWorkload): Promise<string[]> {
  const revisions: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.call("ecs", "ListTaskDefinitions", {
      familyPrefix: family,
      status: "ACTIVE",
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    revisions.push(...(page.taskDefinitionArns ?? []));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return revisions;
}
