import { AwsCallError } from "../aws-client/index.ts";
import type { DeploymentClient, Task } from "./aws-types.ts";
import type { Clock } from "./clock.ts";
import type { OutboundPath } from "../failures/index.ts";
import { causesOf, type DeploymentCause, taskIdOf } from "./diagnosis.ts";
import { retried } from "./retry.ts";

/** A task to run once. */
export interface OneOffTask {
  readonly cluster: string;
  /** ARN of the task definition revision. */
  readonly taskDefinition: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly assignPublicIp: boolean;
  /** Log group of the container. */
  readonly logGroup: string;
  readonly region: string;
  /** How the task reaches AWS. @default "endpoints" */
  readonly outboundPath?: OutboundPath | undefined;
}

/** Options of {@link runTaskOnce}. */
export interface OneOffTaskOptions {
  readonly clock: Clock;
  /** Seconds until the task is stopped. @default no limit */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Receives the ARN of the task when it has started, and each change of its status. */
  readonly listener?:
    | ((event: { readonly taskArn: string; readonly status: string }) => void)
    | undefined;
}

/** A task that has stopped. */
export interface StoppedOneOffTask {
  readonly taskArn: string;
  /** Exit code of the container; absent if it did not run. */
  readonly exitCode?: number;
  /** True if the task was stopped after its timeout. */
  readonly hasTimedOut: boolean;
  /** Why the task failed; absent after exit code 0. */
  readonly cause?: DeploymentCause;
  /** The last lines that the container has logged. */
  readonly logLines: readonly string[];
}

/** A task that ECS could not place. */
export interface UnplacedTask {
  /** What ECS states, such as RESOURCE:ENI. */
  readonly reason: string;
}

/**
 * Marks the tasks of deployments. Source: Amazon ECS API Reference, "RunTask": letters, numbers, hyphens, slashes and underscores.
 */
const STARTED_BY = "berth-deploy";

/** Time between two calls of DescribeTasks in milliseconds: see waitForDeployment for the quota. */
const POLL_MS = 800;
const LOG_LINES = 20;

/**
 * Runs a task on Fargate and waits until it stops. A task with the same command that an earlier deployment of the revision has
 * started, and that still runs, is not started again: two migrations must not run at the same time.
 *
 * If the signal is aborted, the task continues to run: a migration must not be stopped halfway.
 *
 * @throws the reason of the signal; the error of AWS if a call is rejected
 */
export async function runTaskOnce(
  client: DeploymentClient,
  task: OneOffTask,
  { clock, timeout, signal, listener }: OneOffTaskOptions,
): Promise<StoppedOneOffTask | UnplacedTask> {
  const started = (await findRunningTask(client, task)) ?? (await startTask(client, task));
  if ("reason" in started) return started;
  const { taskArn = "" } = started;
  const end = timeout === undefined ? Infinity : clock.now() + timeout * 1000;
  let hasTimedOut = false;
  let lastStatus = started.lastStatus ?? "PROVISIONING";
  listener?.({ taskArn, status: lastStatus });
  for (;;) {
    const { tasks: described = [] } = await retried(
      () => client.call("ecs", "DescribeTasks", { cluster: task.cluster, tasks: [taskArn] }),
      { clock, signal },
    );
    const current = described[0];
    const status = current?.lastStatus ?? "PROVISIONING";
    if (status !== lastStatus) listener?.({ taskArn, status });
    lastStatus = status;
    if (current && status === "STOPPED")
      return { ...(await stoppedTask(client, task, current)), hasTimedOut };
    if (!hasTimedOut && clock.now() >= end) {
      hasTimedOut = true;
      await client.call("ecs", "StopTask", {
        cluster: task.cluster,
        task: taskArn,
        reason: `The task did not end within ${timeout} seconds`,
      });
    }
    await clock.sleep(POLL_MS, signal);
  }
}

/** The task of an earlier deployment that was interrupted, or that got no response of RunTask; undefined if none runs. */
async function findRunningTask(
  client: DeploymentClient,
  { cluster, taskDefinition, container, command }: OneOffTask,
): Promise<Task | undefined> {
  // Source: Amazon ECS API Reference, "ListTasks": startedBy must be the only filter.
  const { taskArns = [] } = await client.call("ecs", "ListTasks", {
    cluster,
    startedBy: STARTED_BY,
  });
  if (taskArns.length === 0) return undefined;
  const { tasks = [] } = await client.call("ecs", "DescribeTasks", { cluster, tasks: taskArns });
  const runsCommand = ({ overrides }: Task): boolean =>
    (overrides?.containerOverrides ?? []).some(
      (override) =>
        override.name === container && JSON.stringify(override.command) === JSON.stringify(command),
    );
  return tasks.find((task) => task.taskDefinitionArn === taskDefinition && runsCommand(task));
}

async function startTask(client: DeploymentClient, task: OneOffTask): Promise<Task | UnplacedTask> {
  const { tasks = [], failures = [] } = await client.call("ecs", "RunTask", {
    cluster: task.cluster,
    taskDefinition: task.taskDefinition,
    launchType: "FARGATE",
    count: 1,
    startedBy: STARTED_BY,
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...task.subnetIds],
        securityGroups: [...task.securityGroupIds],
        assignPublicIp: task.assignPublicIp ? "ENABLED" : "DISABLED",
      },
    },
    overrides: { containerOverrides: [{ name: task.container, command: [...task.command] }] },
  });
  return (
    tasks[0] ?? {
      reason: failures
        .map(({ reason = "", detail = "" }) => `${reason} ${detail}`.trim())
        .join("; "),
    }
  );
}

async function stoppedTask(
  client: DeploymentClient,
  task: OneOffTask,
  stopped: Task,
): Promise<Omit<StoppedOneOffTask, "hasTimedOut">> {
  const taskArn = stopped.taskArn ?? "";
  const exitCode = stopped.containers?.find(({ name }) => name === task.container)?.exitCode;
  const hasSucceeded = exitCode === 0;
  const [cause] = hasSucceeded
    ? []
    : causesOf({
        stoppedTasks: [stopped],
        events: [],
        targets: [],
        region: task.region,
        outboundPath: task.outboundPath,
      });
  return {
    taskArn,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(cause === undefined ? {} : { cause }),
    logLines: exitCode === undefined ? [] : await lastLogLines(client, task, taskArn),
  };
}

/**
 * The last lines of a task's log. A log that cannot be read does not replace the result of the task: its line states the error.
 *
 * Source: Amazon ECS Developer Guide, "Send Amazon ECS logs to CloudWatch": the name of a log stream is prefix/container/task ID.
 */
async function lastLogLines(
  client: DeploymentClient,
  { logGroup, container }: OneOffTask,
  taskArn: string,
): Promise<readonly string[]> {
  try {
    const { events = [] } = await client.call("logs", "GetLogEvents", {
      logGroupName: logGroup,
      logStreamName: `${container}/${container}/${taskIdOf(taskArn)}`,
      limit: LOG_LINES,
      startFromHead: false,
    });
    return events.flatMap(({ message }) => message ?? []);
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    // A container that writes nothing may have no stream.
    if (error.code === "ResourceNotFoundException") return [];
    return [`the log cannot be read: ${error.code}: ${error.message}`];
  }
}
