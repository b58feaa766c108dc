import { setTimeout as sleep } from "node:timers/promises";
import { AwsCallError, type AwsClient, type Input } from "../aws-client/index.ts";
import { isObject, UserError } from "../shared/index.ts";
import { afterChange } from "./aws-errors.ts";
import { type AwsOptions, type AwsSession, withAwsSession } from "./aws-session.ts";
import {
  describeServices,
  describeTaskDefinition,
  type EcsTask,
  type EcsTaskDefinition,
  shortName,
  stopReason,
} from "./ecs.ts";
import type { OperationHost } from "./host.ts";
import { type ServiceTarget, serviceTarget } from "./service-target.ts";
import { suggest } from "./suggested-command.ts";

/** Options of `runTask()`. */
export interface RunTaskOptions extends AwsOptions {
  /** The service or job. */
  readonly service: string;
  /** The command of the container. @default that of the task definition */
  readonly command?: readonly string[];
}

/** The result of `runTask()`. */
export interface RunTaskResult {
  /** The ID of the task. */
  readonly task: string;
  /** Family and revision of the task definition. */
  readonly revision: string;
  /** The exit code of the container with the name of the service. */
  readonly exitCode: number;
  /** Why the task stopped. */
  readonly reason: string;
}

const POLL_MS = 2000;
/** Requests without new events until the log of a stopped task is complete. */
const FINAL_POLLS = 2;

type RunTaskInput = Input<"ecs", "RunTask">;

/** Where and how the task runs. */
type Placement = Pick<
  RunTaskInput,
  | "networkConfiguration"
  | "capacityProviderStrategy"
  | "launchType"
  | "platformVersion"
  | "enableExecuteCommand"
>;

/** @param pollMs the time between two requests, in milliseconds */
export function runOneTask(
  options: RunTaskOptions,
  host: OperationHost,
  pollMs: number = POLL_MS,
): Promise<RunTaskResult> {
  return withAwsSession("runTask", options, host, async (session) => {
    const { settings, client, signal } = session;
    const target = serviceTarget(settings, options.service);
    const [placement, definition] = await Promise.all([
      target.kind === "service"
        ? placementOfService(session, target)
        : placementOfJob(session, target),
      describeTaskDefinition(client, target.family, { signal }),
    ]);
    if (definition?.taskDefinitionArn === undefined) throw notDeployed(session, target);
    signal?.throwIfAborted();
    const task = await startTask(client, target, placement, definition, options.command);
    return waitForTask(session, host, target, definition, task, pollMs);
  });
}

const notDeployed = ({ scope }: AwsSession, { kind, name }: ServiceTarget): UserError =>
  new UserError("BERTH-E6012", `the ${kind} ${name} is not deployed`, {
    fix: `run ${suggest("deploy", scope, name)} first`,
  });

async function placementOfService(session: AwsSession, target: ServiceTarget): Promise<Placement> {
  const { client, signal } = session;
  const { cluster, name } = target;
  const service = (await describeServices(client, cluster, [name], { signal })).get(name);
  if (service?.networkConfiguration === undefined) throw notDeployed(session, target);
  const { networkConfiguration, capacityProviderStrategy = [], launchType } = service;
  const { platformVersion, enableExecuteCommand } = service;
  return {
    networkConfiguration: networkConfiguration as RunTaskInput["networkConfiguration"], // that of an existing service is complete
    ...(capacityProviderStrategy.length > 0
      ? {
          capacityProviderStrategy:
            capacityProviderStrategy as RunTaskInput["capacityProviderStrategy"], // see above
        }
      : launchType !== undefined && { launchType }),
    ...(platformVersion !== undefined && { platformVersion }),
    ...(enableExecuteCommand !== undefined && { enableExecuteCommand }),
  };
}

/** A job has the network of the foundation's tasks, which the foundation publishes. */
async function placementOfJob(session: AwsSession, target: ServiceTarget): Promise<Placement> {
  const { client, settings, signal, scope } = session;
  const output = await client.callUnless(
    "ParameterNotFound",
    "ssm",
    "GetParameter",
    { Name: target.foundationParameter, WithDecryption: true },
    { signal },
  );
  const foundation: unknown = JSON.parse(output?.Parameter?.Value ?? "null");
  if (!isObject(foundation)) throw notDeployed(session, target);
  const {
    task_subnet_ids: subnets,
    task_security_group_id: securityGroup,
    assign_public_ip: assignsPublicIp,
  } = foundation;
  if (!isListOfText(subnets) || typeof securityGroup !== "string")
    throw new UserError(
      "BERTH-E6012",
      `the parameter ${target.foundationParameter} does not contain the foundation's outputs`,
      { fix: `run ${suggest("apply", scope)}, which writes them` },
    );
  const capacityProvider =
    settings.jobs?.[target.name]?.capacityProvider ??
    settings.cluster?.capacityProviders?.[0] ??
    "FARGATE";
  return {
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets,
        securityGroups: [securityGroup],
        assignPublicIp: assignsPublicIp === true ? "ENABLED" : "DISABLED",
      },
    },
    capacityProviderStrategy: [{ capacityProvider }],
  };
}

const isListOfText = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === "string");

async function startTask(
  client: AwsClient,
  { cluster, name }: ServiceTarget,
  placement: Placement,
  { taskDefinitionArn = "" }: EcsTaskDefinition,
  command: readonly string[] = [],
): Promise<string> {
  // Without the signal: an aborted request may have started a task.
  const { tasks = [], failures = [] } = await client.call("ecs", "RunTask", {
    cluster,
    taskDefinition: taskDefinitionArn,
    ...placement,
    ...(command.length > 0 && { overrides: { containerOverrides: [{ name, command }] } }),
    startedBy: "berth-run",
    enableECSManagedTags: true,
    propagateTags: "TASK_DEFINITION",
  });
  const arn = tasks[0]?.taskArn;
  if (arn !== undefined) return arn;
  const [failure] = failures;
  const { reason = "unknown reason", detail } = failure ?? {};
  throw new UserError(
    "BERTH-E9015",
    `ECS does not start the task: ${reason}${detail === undefined ? "" : `: ${detail}`}`,
  );
}

/** Reports the status and the log of a task until it has stopped. An aborted signal stops the task. */
async function waitForTask(
  { client, signal, scope }: AwsSession,
  host: OperationHost,
  { cluster, name }: ServiceTarget,
  definition: EcsTaskDefinition,
  arn: string,
  pollMs: number,
): Promise<RunTaskResult> {
  const id = shortName(arn);
  const started = {
    what: `task ${id} continues in Amazon ECS, but it cannot be observed`,
    fix: `run ${suggest("status", scope, name)}`,
  };
  const log = new TaskLog(client, definition, name, id, host);
  let status = "";
  let isStopping = false;
  let task: EcsTask | undefined;
  while (task?.lastStatus !== "STOPPED") {
    if (signal?.aborted === true && !isStopping) {
      isStopping = true;
      await client.call("ecs", "StopTask", {
        cluster,
        task: arn,
        reason: "berth run was interrupted",
      });
    }
    const { tasks = [] } = await afterChange(started, scope, () =>
      client.call("ecs", "DescribeTasks", { cluster, tasks: [arn] }),
    );
    // A new task may be missing for some seconds.
    task = tasks[0] ?? task;
    const newStatus = task?.lastStatus ?? status;
    if (newStatus !== status) host.event?.({ type: "task-status", task: id, status: newStatus });
    status = newStatus;
    await log.read();
    if (status !== "STOPPED") await pause(pollMs, isStopping ? undefined : signal);
  }
  for (let unchanged = 0; unchanged < FINAL_POLLS;) {
    const hasNew = await log.read();
    unchanged = hasNew ? 0 : unchanged + 1;
    if (unchanged < FINAL_POLLS) await sleep(pollMs / 2);
  }
  if (isStopping)
    throw new UserError("BERTH-E3004", `interrupted: task ${id} was stopped`, { exitCode: 130 });
  const exitCode = task.containers?.find((container) => container.name === name)?.exitCode;
  const reason = stopReason(task);
  if (exitCode === undefined)
    throw new UserError("BERTH-E9015", `task ${id} did not start: ${reason}`);
  return { task: id, revision: shortName(definition.taskDefinitionArn), exitCode, reason };
}

/** Waits for the next request; not longer than until the signal is aborted. */
async function pause(pollMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(pollMs, undefined, { ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

/** The log of one container of a task. */
class TaskLog {
  readonly #client: AwsClient;
  readonly #container: string;
  readonly #task: string;
  readonly #host: OperationHost;
  #stream: { readonly logGroupName: string; readonly logStreamName: string } | undefined;
  #nextToken: string | undefined;

  constructor(
    client: AwsClient,
    { containerDefinitions = [] }: EcsTaskDefinition,
    container: string,
    task: string,
    host: OperationHost,
  ) {
    this.#client = client;
    this.#container = container;
    this.#task = task;
    this.#host = host;
    const { logConfiguration } = containerDefinitions.find(({ name }) => name === container) ?? {};
    const { "awslogs-group": group, "awslogs-stream-prefix": prefix } =
      logConfiguration?.options ?? {};
    this.#stream =
      logConfiguration?.logDriver !== "awslogs" || group === undefined || prefix === undefined
        ? undefined
        : { logGroupName: group, logStreamName: `${prefix}/${container}/${task}` };
  }

  /** Reports the new events. True if there are any. If the log cannot be read, the task continues without it. */
  async read(): Promise<boolean> {
    try {
      return await this.#readEvents();
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error;
      this.#stream = undefined;
      const message = `the log of the task cannot be read: ${error.code}: ${error.message}`;
      this.#host.event?.({ type: "warning", message });
      return false;
    }
  }

  async #readEvents(): Promise<boolean> {
    if (this.#stream === undefined) return false;
    let hasNew = false;
    for (;;) {
      const page = await this.#client.callUnless(
        "ResourceNotFoundException", // the stream is created with the first event
        "logs",
        "GetLogEvents",
        {
          ...this.#stream,
          startFromHead: true,
          ...(this.#nextToken !== undefined && { nextToken: this.#nextToken }),
        },
      );
      const { events = [], nextForwardToken } = page ?? {};
      for (const { timestamp = 0, message = "" } of events)
        this.#host.event?.({
          type: "log-event",
          task: this.#task,
          container: this.#container,
          timestamp: new Date(timestamp),
          message,
        });
      hasNew ||= events.length > 0;
      const isEnd = nextForwardToken === undefined || nextForwardToken === this.#nextToken;
      this.#nextToken = nextForwardToken ?? this.#nextToken;
      if (isEnd) return hasNew;
    }
  }
}
