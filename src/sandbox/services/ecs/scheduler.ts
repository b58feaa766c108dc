import type { SettleTrigger } from "../../core/settle-trigger.ts";
import type { Context } from "../../core/operation.ts";
import { currentService } from "./events.ts";
import { stopTask } from "./placement.ts";
import { advanceRollingUpdate } from "./rolling-update.ts";
import { deleteServiceHistory } from "./service-deployments.ts";
import { startOrStopTasks } from "./service-tasks.ts";
import {
  deactivatingTasksOf,
  type Deployment,
  type EcsService,
  putService,
  services,
  tasks,
  tasksOf,
} from "./tables.ts";
import { advanceTask } from "./task-lifecycle.ts";

/** Advances tasks and services until nothing changes. */
export function runScheduler(context: Context, trigger: SettleTrigger): void {
  // Each round advances every task and service by one step. A failed start is retried only at the next run.
  let isFirstRound = true;
  for (let round = 0; round < 100; round++) {
    const progress = [
      ...context
        .in(tasks)
        .filter((task) => task.status !== "STOPPED")
        .map((task) => advanceTask(context, task, trigger)),
      ...context
        .in(services)
        .filter((row) => row.status !== "INACTIVE")
        .map((row) =>
          row.status === "DRAINING"
            ? drainService(context, row, trigger)
            : advanceService(context, row, isFirstRound ? trigger : "clock"),
        ),
    ];
    isFirstRound = false;
    if (!progress.includes(true)) return;
  }
}

const desiredCountOf = (service: EcsService, deployment: Deployment): number =>
  Math.ceil((service.desired * deployment.scale) / 100);

/** Stops the tasks of a deleted service. When they are drained, the service is inactive. Returns whether anything changed. */
function drainService(context: Context, service: EcsService, trigger: SettleTrigger): boolean {
  const hasStopped = stopRunningTasks(context, service);
  // After the call, the service is still draining: a client that lost the response to DeleteService repeats it.
  if (trigger === "changed" || deactivatingTasksOf(context, service).length > 0) return hasStopped;
  const { serviceDeployment: _, ...current } = currentService(context, service);
  putService(context, { ...current, status: "INACTIVE", deployments: [] });
  deleteServiceHistory(context, service);
  return true;
}

/** Returns whether any task was running. */
function stopRunningTasks(context: Context, service: EcsService): boolean {
  const running = service.deployments.flatMap((deployment) =>
    tasksOf(context, service, deployment),
  );
  for (const task of running)
    stopTask(
      context,
      task,
      "ServiceSchedulerInitiated",
      `Scaling activity initiated by (deployment ${task.deploymentId})`,
    );
  return running.length > 0;
}

/** Advances a service by one step towards its desired state. Returns whether anything changed. */
function advanceService(context: Context, service: EcsService, trigger: SettleTrigger): boolean {
  if (service.desired === 0 && stopRunningTasks(context, service)) return true;
  return service.controller === "ECS"
    ? advanceRollingUpdate(context, service, trigger)
    : service.deployments.some((deployment) =>
        startOrStopTasks(
          context,
          service,
          deployment,
          desiredCountOf(service, deployment),
          Infinity,
          trigger,
        ),
      );
}
