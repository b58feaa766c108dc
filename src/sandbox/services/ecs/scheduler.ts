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
        .map((row) => advanceService(context, row, isFirstRound ? trigger : "clock")),
    ];
    isFirstRound = false;
    if (!progress.includes(true)) return;
  }
}

const desiredCountOf = (service: EcsService, deployment: Deployment): number =>
  Math.ceil((service.desired * deployment.scale) / 100);

/** Advances a service by one step towards its desired state. Returns whether anything changed. */
function advanceService(context: Context, service: EcsService, trigger: SettleTrigger): boolean {
  if (service.status === "DRAINING" || service.desired === 0) {
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
    if (service.status === "DRAINING") {
      if (deactivatingTasksOf(context, service).length > 0) return running.length > 0;
      const { serviceDeployment: _, ...current } = currentService(context, service);
      putService(context, { ...current, status: "INACTIVE", deployments: [] });
      deleteServiceHistory(context, service);
      return true;
    }
    if (running.length > 0) return true;
  }
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
