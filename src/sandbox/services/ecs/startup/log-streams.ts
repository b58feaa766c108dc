import type * as ecs from "@aws-sdk/client-ecs";
import type { Context } from "../../../core/operation.ts";
import { traceToHost } from "../../ec2/network/dns.ts";
import { networkInterfaces } from "../../ec2/tables.ts";
import { visibleRole } from "../../iam/identity-policies.ts";
import { appendSimulatedEvent } from "../../logs/simulated-events.ts";
import { logGroups, logStreams, putGroup, putStream } from "../../logs/tables.ts";
import { findDefinition, type Task, tasks } from "../tables.ts";
import { hostOf } from "./attempt.ts";
import { explainDenial } from "./role.ts";
import { containersOf, portsOf } from "./simulated-app.ts";

/** Where the awslogs driver of a container writes. */
interface LogDestination {
  /** A context of the region of the log group. */
  readonly context: Context;
  readonly group: string;
  readonly stream: string;
}

/** The log stream of a container. Undefined if it has another log driver. */
function logDestinationOf(
  context: Context,
  task: Task,
  { name, logConfiguration }: ecs.ContainerDefinition,
): LogDestination | undefined {
  const { logDriver, options = {} } = logConfiguration ?? {};
  if (logDriver !== "awslogs") return undefined;
  return {
    context: context.at({ region: options["awslogs-region"] ?? context.region }),
    group: options["awslogs-group"] ?? "",
    stream: `${options["awslogs-stream-prefix"]}/${name}/${task.id}`,
  };
}

/**
 * Creates the log streams of the containers, and their log groups if `awslogs-create-group` is set, as the awslogs
 * driver does.
 */
export function createLogStreams(context: Context, task: Task): void {
  for (const container of containersOf(context, task)) {
    const destination = logDestinationOf(context, task, container);
    if (!destination) continue;
    const { context: logContext, group: name, stream } = destination;
    const group =
      logContext.in(logGroups).get(name) ??
      putGroup(logContext, {
        name,
        arn: logContext.arn("logs", `log-group:${name}`),
        class: "STANDARD",
        deletionProtection: false,
        tags: {},
        created: logContext.now,
      });
    if (!logContext.in(logStreams).has(`${name}:${stream}`)) putStream(logContext, group, stream);
  }
}

/**
 * Writes what the simulated programs of a task log when they start and, if they exit at once, their exit code.
 *
 * @param exitCodes the exit codes by container; programs without one keep running
 */
export function logProgramStarts(
  context: Context,
  task: Task,
  exitCodes: ReadonlyMap<string, number>,
): void {
  for (const container of containersOf(context, task)) {
    const exitCode = exitCodes.get(container.name ?? "");
    const ports = portsOf(context, container);
    logLine(
      context,
      task,
      container,
      `started image ${container.image}${ports.length === 0 ? "" : `, listening on port ${ports.join(", ")}`}`,
    );
    if (exitCode !== undefined) logLine(context, task, container, `exited with code ${exitCode}`);
  }
}

/** Writes a request that the simulated program of a container has answered. */
export function logRequest(
  context: Context,
  taskArn: string,
  containerName: string,
  request: { readonly method: string; readonly path: string; readonly status: number },
): void {
  const task = context.in(tasks).find(({ arn }) => arn === taskArn);
  const container = task && containersOf(context, task).find(({ name }) => name === containerName);
  if (task && container)
    logLine(context, task, container, `${request.method} ${request.path} ${request.status}`);
}

/** Writes a line if the container has the awslogs driver and the driver can deliver it to CloudWatch Logs. */
function logLine(
  context: Context,
  task: Task,
  container: ecs.ContainerDefinition,
  message: string,
): void {
  const destination = logDestinationOf(context, task, container);
  if (!destination || !mayPutLogEvents(context, task, destination)) return;
  appendSimulatedEvent(destination.context, destination.group, destination.stream, message);
}

function mayPutLogEvents(
  context: Context,
  task: Task,
  { context: logContext, group, stream }: LogDestination,
): boolean {
  const networkInterface = context.in(networkInterfaces).get(task.interfaceId ?? "");
  const definition = findDefinition(context, task.definitionArn);
  const role = visibleRole(context, definition?.body.executionRoleArn ?? "");
  if (!networkInterface || !definition || !role) return false;
  const trace = traceToHost(context, networkInterface, hostOf(context, "logs", logContext.region));
  const { clusterName, id: taskId } = task;
  return (
    trace.arrives &&
    explainDenial(
      { context, networkInterface, definition, taskId, clusterName },
      role,
      "logs:PutLogEvents",
      logContext.arn("logs", `log-group:${group}:log-stream:${stream}`),
      trace,
    ) === undefined
  );
}
