import type { AwsClient, CallOptions, Output } from "../aws-client/index.ts";

export type EcsService = NonNullable<Output<"ecs", "DescribeServices">["services"]>[number];
export type EcsTask = NonNullable<Output<"ecs", "DescribeTasks">["tasks"]>[number];
export type EcsTaskDefinition = NonNullable<
  Output<"ecs", "DescribeTaskDefinition">["taskDefinition"]
>;

/** The largest number of tasks in a call of DescribeTasks. Source: Amazon ECS API Reference, "DescribeTasks". */
const TASKS_PER_CALL = 100;
/** The largest number of services in a call of DescribeServices. Source: Amazon ECS API Reference, "DescribeServices". */
const SERVICES_PER_CALL = 10;

/** The last part of an ARN, such as the ID of a task, or the family and revision of a task definition. */
export const shortName = (arn: string = ""): string => arn.split("/").at(-1) ?? "";

/** The services that exist, by name. Empty if the cluster does not exist. */
export async function describeServices(
  client: AwsClient,
  cluster: string,
  names: readonly string[],
  options: CallOptions,
): Promise<ReadonlyMap<string, EcsService>> {
  const found = new Map<string, EcsService>();
  for (let start = 0; start < names.length; start += SERVICES_PER_CALL) {
    const output = await client.callUnless(
      "ClusterNotFoundException",
      "ecs",
      "DescribeServices",
      { cluster, services: names.slice(start, start + SERVICES_PER_CALL) },
      options,
    );
    for (const service of output?.services ?? [])
      // A deleted service stays visible for some time.
      if (service.status !== "INACTIVE") found.set(service.serviceName ?? "", service);
  }
  return found;
}

/** The tasks of a service or a family, with this desired status. ECS keeps stopped tasks for an hour. */
export async function listTasks(
  client: AwsClient,
  cluster: string,
  tasks: { readonly serviceName: string } | { readonly family: string },
  desiredStatus: "RUNNING" | "STOPPED",
  options: CallOptions,
): Promise<readonly EcsTask[]> {
  const found: EcsTask[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.callUnless(
      ["ClusterNotFoundException", "ServiceNotFoundException"],
      "ecs",
      "ListTasks",
      {
        cluster,
        ...tasks,
        desiredStatus,
        maxResults: TASKS_PER_CALL,
        ...(nextToken && { nextToken }),
      },
      options,
    );
    const { taskArns = [] } = page ?? {};
    if (taskArns.length > 0) {
      const output = await client.call(
        "ecs",
        "DescribeTasks",
        { cluster, tasks: taskArns },
        options,
      );
      found.push(...(output.tasks ?? []));
    }
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
  return found;
}

/** A task definition: a revision, or the newest active revision of a family. Undefined if it does not exist. */
export async function describeTaskDefinition(
  client: AwsClient,
  taskDefinition: string,
  options: CallOptions,
): Promise<EcsTaskDefinition | undefined> {
  // Source: Amazon ECS API Reference, "DescribeTaskDefinition": ECS reports a missing family as a ClientException.
  const output = await client.callUnless(
    "ClientException",
    "ecs",
    "DescribeTaskDefinition",
    { taskDefinition },
    options,
  );
  return output?.taskDefinition;
}

/** Why a task stopped: the reasons of ECS for the task and its containers, and exit codes other than 0. */
export function stopReason({ stopCode, stoppedReason, containers = [] }: EcsTask): string {
  const reasons = new Set([
    stoppedReason ?? stopCode ?? "unknown reason",
    // A container often has the reason of the task.
    ...containers.flatMap(({ reason }) => reason ?? []),
  ]);
  const exits = containers.flatMap(({ name, exitCode }) =>
    exitCode === undefined || exitCode === 0 ? [] : [`${name} exited with code ${exitCode}`],
  );
  return [...reasons, ...exits].join("; ");
}
