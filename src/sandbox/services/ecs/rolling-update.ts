import type { Context } from "../../core/operation.ts";
import type { SettleTrigger } from "../../core/settle-trigger.ts";
import { addEvent, updateDeployment } from "./events.ts";
import { stopTask } from "./placement.ts";
import { advanceServiceDeployment } from "./rollback.ts";
import {
  bakeSeconds,
  finishServiceDeployment,
  ongoingServiceDeployment,
  updateServiceDeployment,
} from "./service-deployments.ts";
import { startOrStopTasks } from "./service-tasks.ts";
import {
  deactivatingTasksOf,
  type Deployment,
  type EcsService,
  putService,
  tasksOf,
} from "./tables.ts";
import { isHealthy } from "./task-health.ts";

/**
 * Advances a rolling update: starts as many new tasks as maximumPercent allows, and stops old tasks as soon as
 * minimumHealthyPercent allows.
 *
 * Source: Amazon ECS Developer Guide, "Deploy Amazon ECS services by replacing tasks".
 */
export function advanceRollingUpdate(
  context: Context,
  service: EcsService,
  trigger: SettleTrigger,
): boolean {
  const primary = service.deployments.find((deployment) => deployment.status === "PRIMARY");
  if (!primary) return false;
  const ongoing = ongoingServiceDeployment(context, service);
  if (ongoing && advanceServiceDeployment(context, service, primary, ongoing)) return true;
  const old = service.deployments.filter((deployment) => deployment !== primary);
  const oldTasks = old.flatMap((deployment) => tasksOf(context, service, deployment));
  const newTasks = tasksOf(context, service, primary);
  const { maximumPercent, minimumHealthyPercent } = service.configuration;
  const maxTasks = Math.max(Math.floor((service.desired * maximumPercent) / 100), 0);
  const minHealthyTasks = Math.ceil((service.desired * minimumHealthyPercent) / 100);
  const maxNewTasks =
    oldTasks.length === 0 ? Infinity : maxTasks - oldTasks.length - newTasks.length;
  if (startOrStopTasks(context, service, primary, service.desired, maxNewTasks, trigger))
    return true;

  const healthy = [...oldTasks, ...newTasks].filter((task) => isHealthy(context, service, task));
  const taskToStop = oldTasks.find(
    (task) => !healthy.includes(task) || healthy.length - 1 >= minHealthyTasks,
  );
  const healthyNewTasks = newTasks.filter((task) => healthy.includes(task)).length;
  if (
    taskToStop &&
    (healthyNewTasks > 0 || healthy.length > minHealthyTasks || !healthy.includes(taskToStop))
  ) {
    if (primary.rollout === "FAILED") return false;
    stopTask(
      context,
      taskToStop,
      "ServiceSchedulerInitiated",
      `Scaling activity initiated by (deployment ${primary.id})`,
    );
    addEvent(
      context,
      service,
      `(service ${service.name}) has stopped 1 running tasks: (task ${taskToStop.id}).`,
    );
    return true;
  }
  if (
    oldTasks.length === 0 &&
    healthyNewTasks === service.desired &&
    newTasks.length === service.desired
  )
    return completeDeployment(context, service, primary, old.length > 0, trigger);
  if (
    oldTasks.length > 0 &&
    newTasks.length < service.desired &&
    maxNewTasks <= 0 &&
    primary.failures === 0
  ) {
    addEvent(
      context,
      service,
      `(service ${service.name}) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.`,
    );
  }
  return false;
}

function completeDeployment(
  context: Context,
  service: EcsService,
  primary: Deployment,
  hasOld: boolean,
  trigger: SettleTrigger,
): boolean {
  if (primary.rollout === "FAILED" || (primary.rollout === "COMPLETED" && !hasOld)) return false;
  const ongoing = ongoingServiceDeployment(context, service);
  if (ongoing?.status === "IN_PROGRESS") {
    const seconds = bakeSeconds(context, ongoing);
    if (seconds > 0 && !ongoing.steady) {
      updateServiceDeployment(context, ongoing, { steady: context.now });
      return true;
    }
    // At the pace `instant`, the bake time passes when a client polls.
    if (seconds > 0 && context.settings.pace === "instant" && trigger !== "waited") return false;
    if (ongoing.steady && !context.isPast(ongoing.steady, seconds)) return false;
  }
  // The service deployment ends before the old tasks are deregistered, and the deployment afterwards.
  const completed = primary.completed ?? context.now;
  if (ongoing)
    finishServiceDeployment(
      context,
      updateDeployment(context, service, primary.id, { completed }),
      ongoing,
      { status: ongoing.rollback ? "ROLLBACK_SUCCESSFUL" : "SUCCESSFUL" },
    );
  if (deactivatingTasksOf(context, service).length > 0) return ongoing !== undefined;
  const updatedService = updateDeployment(context, service, primary.id, {
    rollout: "COMPLETED",
    rolloutReason: `ECS deployment ${primary.id} completed.`,
    failures: 0,
    completed,
  });
  putService(context, {
    ...updatedService,
    deployments: updatedService.deployments.filter((deployment) => deployment.id === primary.id),
  });
  addEvent(
    context,
    service,
    `(service ${service.name}) (deployment ${primary.id}) deployment completed.`,
  );
  addEvent(context, service, `(service ${service.name}) has reached a steady state.`);
  return true;
}
