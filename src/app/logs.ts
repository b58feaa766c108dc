import { setTimeout as sleep } from "node:timers/promises";
import type { AwsClient, CallOptions, Output } from "../aws-client/index.ts";
import { UserError } from "../shared/index.ts";
import { type AwsOptions, type AwsSession, withAwsSession } from "./aws-session.ts";
import { describeServices, listTasks, shortName } from "./ecs.ts";
import type { LogEvent, OperationHost } from "./host.ts";
import { type ServiceTarget, serviceTarget } from "./service-target.ts";
import { suggest } from "./suggested-command.ts";

/** Options of `logs()`. */
export interface LogsOptions extends AwsOptions {
  /** The service or job. */
  readonly service: string;
  /** Report new events until `signal` is aborted. @default false */
  readonly follow?: boolean;
  /** The earliest event. @default 10 minutes ago for a service; a day ago for a job, and with `previous` */
  readonly since?: Date;
  /**
   * Report only events of tasks that have stopped, or that run another revision than the service's newest. Not with `follow`.
   *
   * @default false
   */
  readonly previous?: boolean;
  /** Filter pattern of CloudWatch Logs, such as "ERROR" or "{ $.level = \"error\" }". @default none */
  readonly filter?: string;
}

/** The result of `logs()`. */
export interface LogsResult {
  /** Number of events that were reported. */
  readonly events: number;
  readonly logGroup: string;
  /** The earliest possible event. */
  readonly since: Date;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SERVICE_PERIOD_MS = 10 * MINUTE_MS;
/** The time between two requests for new events. */
const POLL_MS = 2000;
/** CloudWatch Logs can show an event later than a newer event of another stream. */
const LATE_EVENT_MS = 10_000;
/** The largest number of streams in a call. Source: Amazon CloudWatch Logs API Reference, "FilterLogEvents". */
const MAX_STREAMS = 100;

/** @param pollMs the time between two requests for new events, in milliseconds */
export function readLogs(
  options: LogsOptions,
  host: OperationHost,
  pollMs: number = POLL_MS,
): Promise<LogsResult> {
  const { follow = false, previous = false } = options;
  if (follow && previous)
    throw new UserError("BERTH-E6001", "previous and follow cannot be combined", {
      fix: "omit one of them: tasks that have stopped write no new events",
      exitCode: 64,
    });
  return withAwsSession("logs", options, host, async (session) => {
    const { signal } = session;
    const target = serviceTarget(session.settings, options.service);
    const since = options.since ?? defaultSince(target, previous);
    const streams = previous ? await previousStreams(session, target, since) : undefined;
    const reader = new LogReader(session, target, streams, options.filter, host);
    if (streams?.length !== 0)
      await untilAborted(follow, signal, async () => {
        await reader.read(since.getTime());
        if (!follow) return;
        for (;;) {
          await sleep(pollMs, undefined, { ...(signal && { signal }) });
          await reader.readNew();
        }
      });
    return { events: reader.count, logGroup: target.logGroup, since };
  });
}

const defaultSince = ({ kind }: ServiceTarget, previous: boolean): Date =>
  new Date(Date.now() - (kind === "service" && !previous ? SERVICE_PERIOD_MS : DAY_MS));

/** Works until the signal is aborted. If this is not the regular end, it is an error. */
async function untilAborted(
  isEnd: boolean,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isEnd || signal?.aborted !== true) throw error;
  }
}

/** Reads the events of a log group, and reports each of them once. */
class LogReader {
  count = 0;
  readonly #session: AwsSession;
  readonly #target: ServiceTarget;
  readonly #streams: readonly string[] | undefined;
  readonly #filter: string | undefined;
  readonly #host: OperationHost;
  #newest = 0;
  /** IDs of the reported events that a later request may return again, with their times. */
  readonly #reported = new Map<string, number>();

  constructor(
    session: AwsSession,
    target: ServiceTarget,
    streams: readonly string[] | undefined,
    filter: string | undefined,
    host: OperationHost,
  ) {
    this.#session = session;
    this.#target = target;
    this.#streams = streams;
    this.#filter = filter;
    this.#host = host;
  }

  /** Reports the events since a time, in milliseconds since the epoch. */
  async read(startTime: number): Promise<void> {
    const { client, scope, signal } = this.#session;
    const { kind, name, logGroup } = this.#target;
    this.#newest = Math.max(this.#newest, startTime);
    let nextToken: string | undefined;
    do {
      const page: Output<"logs", "FilterLogEvents"> | undefined = await client.callUnless(
        "ResourceNotFoundException",
        "logs",
        "FilterLogEvents",
        {
          logGroupName: logGroup,
          startTime,
          ...(this.#streams && { logStreamNames: this.#streams }),
          ...(this.#filter !== undefined && { filterPattern: this.#filter }),
          ...(nextToken !== undefined && { nextToken }),
        },
        { signal },
      );
      if (page === undefined)
        throw new UserError("BERTH-E6012", `the ${kind} ${name} has no log group ${logGroup}`, {
          fix: `run ${suggest("deploy", scope, name)} first`,
        });
      for (const event of page.events ?? []) this.#report(event);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  /** Reports the events since the last request. */
  async readNew(): Promise<void> {
    const start = this.#newest - LATE_EVENT_MS;
    for (const [id, timestamp] of this.#reported) if (timestamp < start) this.#reported.delete(id);
    await this.read(start);
  }

  #report({
    eventId = "",
    timestamp = 0,
    message = "",
    logStreamName = "",
  }: NonNullable<Output<"logs", "FilterLogEvents">["events"]>[number]): void {
    if (this.#reported.has(eventId)) return;
    this.#reported.set(eventId, timestamp);
    this.#newest = Math.max(this.#newest, timestamp);
    this.count++;
    this.#host.event?.({
      type: "log-event",
      ...sourceOf(logStreamName),
      timestamp: new Date(timestamp),
      message,
    });
  }
}

/**
 * Container and task of a stream. Source: Amazon ECS Developer Guide, "Send Amazon ECS logs to CloudWatch": the awslogs driver
 * names a stream prefix/container/task.
 */
function sourceOf(stream: string): Pick<LogEvent, "task" | "container"> {
  const [task = stream, container = ""] = stream.split("/").reverse();
  return { task, container };
}

/** The streams of tasks that have stopped or run an older revision, the newest first. */
async function previousStreams(
  { client, signal }: AwsSession,
  target: ServiceTarget,
  since: Date,
): Promise<readonly string[]> {
  const current = await currentTasks(client, target, { signal });
  const streams: string[] = [];
  let nextToken: string | undefined;
  do {
    const page: Output<"logs", "DescribeLogStreams"> | undefined = await client.callUnless(
      "ResourceNotFoundException",
      "logs",
      "DescribeLogStreams",
      {
        logGroupName: target.logGroup,
        orderBy: "LastEventTime",
        descending: true,
        ...(nextToken !== undefined && { nextToken }),
      },
      { signal },
    );
    const found = page?.logStreams ?? [];
    for (const { logStreamName = "" } of found)
      if (!current.has(sourceOf(logStreamName).task)) streams.push(logStreamName);
    const oldest = found.at(-1);
    const isOld = (oldest?.lastEventTimestamp ?? Infinity) < since.getTime();
    nextToken = isOld ? undefined : page?.nextToken;
  } while (nextToken !== undefined && streams.length < MAX_STREAMS);
  return streams.slice(0, MAX_STREAMS);
}

/** The IDs of the running tasks of the newest revision. */
async function currentTasks(
  client: AwsClient,
  { kind, name, cluster, family }: ServiceTarget,
  options: CallOptions,
): Promise<ReadonlySet<string>> {
  const source = kind === "service" ? { serviceName: name } : { family };
  const [tasks, services] = await Promise.all([
    listTasks(client, cluster, source, "RUNNING", options),
    kind === "service" ? describeServices(client, cluster, [name], options) : undefined,
  ]);
  const revision = services?.get(name)?.taskDefinition;
  return new Set(
    tasks
      .filter((task) => revision === undefined || task.taskDefinitionArn === revision)
      .map(({ taskArn }) => shortName(taskArn)),
  );
}
