import type { Context } from "../../core/operation.ts";
import type { SettleTrigger } from "../../core/settle-trigger.ts";
import { addEvent, updateDeployment } from "./events.ts";
import { stopTask } from "./placement.ts";
import { startOrStopTasks } from "./service-tasks.ts";
import { type Deployment, type EcsService, putService, tasksOf } from "./tables.ts";
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
  if (tripCircuitBreaker(context, service, primary)) return true;
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
    return completeDeployment(context, service, primary, old.length > 0);
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
): boolean {
  if (primary.rollout === "COMPLETED" && !hasOld) return false;
  const updatedService = updateDeployment(context, service, primary.id, {
    rollout: "COMPLETED",
    rolloutReason: `ECS deployment ${primary.id} completed.`,
    failures: 0,
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

/**
 * Source: Amazon ECS Developer Guide, "How the Amazon ECS deployment circuit breaker detects failures": half of the
 * desired count, from 3 to 200.
 */
function tripCircuitBreaker(context: Context, service: EcsService, primary: Deployment): boolean {
  const { enable, rollback } = service.configuration.breaker;
  const threshold = Math.min(200, Math.max(3, Math.ceil(service.desired / 2)));
  if (!enable || primary.rollout !== "IN_PROGRESS" || primary.failedTasks < threshold) return false;
  updateDeployment(context, service, primary.id, {
    rollout: "FAILED",
    rolloutReason: "ECS deployment circuit breaker: tasks failed to start.",
  });
  addEvent(
    context,
    service,
    `(service ${service.name}) (deployment ${primary.id}) deployment failed: tasks failed to start.`,
  );
  const previous = service.deployments.find(
    (deployment) => deployment.id !== primary.id && deployment.rollout === "COMPLETED",
  );
  if (!rollback || !previous) return true;
  const current = addEvent(
    context,
    service,
    `(service ${service.name}) rolling back to deployment ${previous.id}.`,
  );
  for (const task of tasksOf(context, service, primary))
    stopTask(
      context,
      task,
      "ServiceSchedulerInitiated",
      `Scaling activity initiated by (deployment ${previous.id})`,
    );
  putService(context, {
    ...current,
    deployments: current.deployments
      .filter((deployment) => deployment.id !== primary.id)
      .map((deployment) =>
        deployment.id === previous.id
          ? {
              ...deployment,
              status: "PRIMARY",
              rollout: "COMPLETED",
              rolloutReason: `ECS deployment circuit breaker: rolling back to deploymentId ${previous.id}.`,
            }
          : deployment,
      ),
  });
  return true;
}
