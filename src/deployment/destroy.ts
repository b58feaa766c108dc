import type { AwsClient, Output } from "../aws-client/index.ts";
import { type Clock, systemClock } from "./clock.ts";
import { describeTaskDefinition } from "./equal-revisions.ts";
import { retried } from "./retry.ts";

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

/**
 * Calls at the same time. An account may make 20 calls per second that read task definitions, and 40 that change tasks: more
 * calls at the same time would mostly wait after being throttled.
 *
 * Source: Amazon ECS API Reference, "Request throttling for the Amazon ECS API".
 */
const CONCURRENCY = 4;

/** Finds the tasks and revisions of a service or job. */
export async function findRemains(client: Client, workload: DestroyedWorkload): Promise<Remains> {
  const [tasks, revisions] = await Promise.all([
    listTasks(client, workload),
    listRevisions(client, workload.family),
  ]);
  const own = new Set<string>();
  await forEachOf(new Set([...revisions, ...tasks.values()]), async (revision) => {
    if (await isOwn(client, workload, revision)) own.add(revision);
  });
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
 * After the first 20 revisions, ECS deregisters one per second: calls at the same time would not be faster, and those that are
 * throttled are repeated.
 *
 * Source: Amazon ECS API Reference, "DeregisterTaskDefinition" and "Request throttling for the Amazon ECS API".
 *
 * @returns what was removed
 */
export async function removeRemains(
  client: Client,
  workload: DestroyedWorkload,
  clock: Clock = systemClock,
): Promise<Remains> {
  const { cluster } = workload;
  const remains = await findRemains(client, workload);
  await forEachOf(remains.tasks, (task) =>
    client.call("ecs", "StopTask", { cluster, task, reason: "berth destroy" }),
  );
  for (const taskDefinition of remains.revisions)
    await retried(() => client.call("ecs", "DeregisterTaskDefinition", { taskDefinition }), {
      clock,
    });
  return remains;
}

/** Works on items, on some of them at the same time. After an error, no further work starts. */
async function forEachOf<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      try {
        for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
      } finally {
        queue.length = 0;
      }
    }),
  );
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
