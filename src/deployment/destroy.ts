import type { AwsClient, Output } from "../aws-client/index.ts";
import { describeTaskDefinition } from "./equal-revisions.ts";

/** A service or job that Terraform has destroyed. */
export interface DestroyedWorkload {
  /** Name or ARN of the cluster. */
  readonly cluster: string;
  /** The family of the task definition; the names of its roles start with it. */
  readonly family: string;
}

/**
 * What remains of a service or job after Terraform has destroyed its resources: ARNs. Without tasks and revisions of other programs
 * that use the same family.
 */
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
    listRevisions(client, workload.family),
  ]);
  const own = new Set<string>();
  for (const revision of new Set([...revisions, ...tasks.values()]))
    if (await isOwn(client, workload, revision)) own.add(revision);
  return {
    tasks: [...tasks].filter(([, revision]) => own.has(revision)).map(([task]) => task),
    revisions: revisions.filter((revision) => own.has(revision)),
  };
}

/** Whether a revision has a role of the service or job. */
async function isOwn(
  client: Client,
  { family }: DestroyedWorkload,
  revision: string,
): Promise<boolean> {
  const { executionRoleArn, taskRoleArn } = await describeTaskDefinition(client, revision);
  const nameOf = (role: string | undefined): string | undefined => role?.split("/").at(-1);
  return (
    nameOf(executionRoleArn) === `${family}-execution` || nameOf(taskRoleArn) === `${family}-task`
  );
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

/** The revisions of tasks, by the ARNs of the tasks. */
async function listTasks(
  client: Client,
  { cluster, family }: DestroyedWorkload,
): Promise<ReadonlyMap<string, string>> {
  const revisions = new Map<string, string>();
  let nextToken: string | undefined;
  do {
    const page: Output<"ecs", "ListTasks"> | undefined = await client.callUnless(
      "ClusterNotFoundException",
      "ecs",
      "ListTasks",
      { cluster, family, ...(nextToken === undefined ? {} : { nextToken }) },
    );
    const tasks = page?.taskArns ?? [];
    // ListTasks returns at most as many tasks as DescribeTasks accepts.
    const described =
      tasks.length === 0 ? {} : await client.call("ecs", "DescribeTasks", { cluster, tasks });
    for (const { taskArn, taskDefinitionArn } of described.tasks ?? [])
      if (taskArn !== undefined && taskDefinitionArn !== undefined)
        revisions.set(taskArn, taskDefinitionArn);
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
  return revisions;
}

async function listRevisions(client: Client, family: string): Promise<string[]> {
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
