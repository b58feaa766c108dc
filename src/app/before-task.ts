import { type BeforeOptions, outboundPathOf } from "../config/index.ts";
import { type DeploymentCause, runTaskOnce, taskIdOf } from "../deployment/index.ts";
import { UserError } from "../shared/index.ts";
import { interruptible } from "../terraform/index.ts";
import { withCompletedChange } from "./aws-errors.ts";
import type { OperationHost } from "./host.ts";
import type { ServiceOutputs, ServiceProject } from "./service-session.ts";

/** A task that must succeed before a deployment, and failed. */
export interface FailedTask {
  readonly taskArn?: string;
  /** Absent if the container did not run. */
  readonly exitCode?: number;
  readonly hasTimedOut: boolean;
  /** What ECS states about a task that it could not place. */
  readonly reason?: string;
  readonly cause?: DeploymentCause;
  /** The last lines of its log. */
  readonly logLines: readonly string[];
}

/** Seconds until a task before a deployment is stopped. */
const DEFAULT_TIMEOUT = 900;

/**
 * Runs the task before the deployment of a service, or waits for the one that an earlier run has started.
 *
 * @param deployCommand the command that continues this run
 * @returns the task if it fails
 * @throws UserError BERTH-E3004 if the process is interrupted: the task continues
 */
export async function runBeforeTask(
  { client, clock, settings, options }: ServiceProject,
  host: OperationHost,
  {
    service,
    task,
    before: { command, timeout = DEFAULT_TIMEOUT },
    deployCommand,
  }: {
    readonly service: string;
    readonly task: ServiceOutputs["task"];
    readonly before: BeforeOptions;
    readonly deployCommand: string;
  },
): Promise<FailedTask | undefined> {
  const interruption = (what: string, condition: string): UserError =>
    new UserError("BERTH-E3004", `interrupted: ${what}; the service was not changed`, {
      fix: `${condition}run ${deployCommand}`,
      exitCode: 130,
    });
  const started = {
    what: `the task before the deployment of ${service} continues in Amazon ECS, but it cannot be observed; the service was not changed`,
    fix: `run ${deployCommand}, which waits for the task`,
  };
  const result = await interruptible(async (signal) => {
    host.event?.({ type: "before-task-started", service, command });
    let stopped: Awaited<ReturnType<typeof runTaskOnce>>;
    let isStarted = false;
    try {
      stopped = await runTaskOnce(
        client,
        { ...task, command, outboundPath: outboundPathOf(settings) },
        {
          clock,
          timeout,
          signal,
          listener: ({ taskArn, status }) => {
            isStarted = true;
            host.event?.({ type: "task-status", task: taskIdOf(taskArn), status });
          },
        },
      );
    } catch (error) {
      if (!signal.aborted) throw isStarted ? withCompletedChange(error, started, options) : error;
      throw interruption(
        `the task before the deployment of ${service} continues in Amazon ECS`,
        "wait until the task has stopped, then ",
      );
    }
    if (signal.aborted)
      throw interruption(`the task before the deployment of ${service} has ended`, "");
    return stopped;
  });
  if ("reason" in result) return { hasTimedOut: false, reason: result.reason, logLines: [] };
  return result.exitCode === 0 && !result.hasTimedOut ? undefined : result;
}
