import type { DeploymentClient, Service, Task } from "./aws-types.ts";
import type { Clock } from "./clock.ts";
import type { OutboundPath } from "../failures/index.ts";
import { causesOf, type DeploymentCause } from "./diagnosis.ts";
import { retried } from "./retry.ts";
import { findService, type ServiceName } from "./service.ts";
import type { WaitEvent } from "./wait.ts";

/** Options of {@link waitForCount}. */
export interface CountOptions extends ServiceName {
  /** The desired count. */
  readonly count: number;
  readonly region: string;
  /** How tasks reach AWS. @default "endpoints" */
  readonly outboundPath?: OutboundPath | undefined;
  readonly clock: Clock;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  readonly listener?: ((event: WaitEvent) => void) | undefined;
}

/** The tasks of a service after a wait. */
export interface ServiceCount {
  readonly running: number;
  readonly pending: number;
  /** Why tasks stopped during the wait. */
  readonly causes: readonly DeploymentCause[];
}

/** Time between two calls of DescribeServices, in milliseconds: see waitForDeployment for the quota. */
const POLL_MS = 800;
const TIMEOUT_MS = 10 * 60 * 1000;

/** True if exactly this number of tasks runs. */
export const countReached = ({ running, pending }: ServiceCount, count: number): boolean =>
  running === count && pending === 0;

/**
 * Waits until a number of tasks of a service runs, for ten minutes at most. A change of the desired count starts no service
 * deployment.
 *
 * @throws the reason of the signal; the error of AWS if a call is rejected
 */
export async function waitForCount(
  client: DeploymentClient,
  options: CountOptions,
): Promise<ServiceCount> {
  const { count, clock, signal, listener } = options;
  const start = clock.now();
  const retry = {
    clock,
    signal,
    onRetry: ({ message }: Error) => listener?.({ type: "retry", message }),
  };
  for (;;) {
    const service = await retried(() => findService(client, options), retry);
    const { runningCount: running = 0, pendingCount: pending = 0 } = service ?? {};
    const isReached = running === count && pending === 0;
    if (isReached || clock.now() - start >= TIMEOUT_MS) {
      const stoppedTasks = await retried(() => stoppedTasksSince(client, options, start), retry);
      return {
        running,
        pending,
        causes: causesOf({
          stoppedTasks,
          events: isReached ? [] : eventsSince(service, start),
          targets: [],
          region: options.region,
          outboundPath: options.outboundPath,
        }),
      };
    }
    await clock.sleep(POLL_MS, signal);
  }
}

const eventsSince = (service: Service | undefined, start: number): string[] =>
  (service?.events ?? [])
    .filter(({ createdAt }) => (createdAt?.getTime() ?? 0) >= start)
    .flatMap(({ message }) => message ?? []);

async function stoppedTasksSince(
  client: DeploymentClient,
  { cluster, service }: ServiceName,
  start: number,
): Promise<readonly Task[]> {
  const { taskArns = [] } = await client.call("ecs", "ListTasks", {
    cluster,
    serviceName: service,
    desiredStatus: "STOPPED",
  });
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await client.call("ecs", "DescribeTasks", { cluster, tasks: taskArns });
  return tasks.filter(
    ({ createdAt, lastStatus }) => lastStatus === "STOPPED" && (createdAt?.getTime() ?? 0) >= start,
  );
}
