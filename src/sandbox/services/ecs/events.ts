import type { Context } from "../../core/operation.ts";
import { type Deployment, type EcsService, putService, services, type Task } from "./tables.ts";

/**
 * Longest wait before a retry, in seconds. The wait doubles after each consecutive failure. Source: Amazon ECS
 * Developer Guide, "Service throttle logic".
 */
const MAX_RETRY_SECONDS = 15 * 60;

/** Consecutive failures after which ECS adds an event. */
const FAILURES_BEFORE_EVENT = 3;

const MAX_EVENTS = 100;

export const serviceOf = (context: Context, task: Task): EcsService | undefined =>
  context
    .in(services)
    .find((row) => row.name === task.serviceName && row.clusterName === task.clusterName);

/** Adds a service event. The newest event is the first. */
export function addEvent(context: Context, service: EcsService, message: string): EcsService {
  const current = currentService(context, service);
  if (current.events[0]?.message === message) return current;
  const event = { id: context.uuid(), at: context.now, message };
  return putService(context, {
    ...current,
    events: [event, ...current.events].slice(0, MAX_EVENTS),
  });
}

export const currentService = (context: Context, { name, clusterName }: EcsService): EcsService => {
  const row = context
    .in(services)
    .find((service) => service.name === name && service.clusterName === clusterName);
  if (!row) throw new TypeError(`the service ${name} does not exist`);
  return row;
};

export function updateDeployment(
  context: Context,
  service: EcsService,
  id: string,
  changes: Partial<Deployment>,
): EcsService {
  const current = currentService(context, service);
  return putService(context, {
    ...current,
    deployments: current.deployments.map((deployment) =>
      deployment.id === id ? { ...deployment, ...changes, updated: context.now } : deployment,
    ),
  });
}

export function recordTaskFailure(context: Context, task: Task): void {
  const service = serviceOf(context, task);
  const deployment = service?.deployments.find(
    (otherDeployment) => otherDeployment.id === task.deploymentId,
  );
  if (service && deployment) recordDeploymentFailure(context, service, deployment);
}

export function recordDeploymentFailure(
  context: Context,
  service: EcsService,
  deployment: Deployment,
): void {
  const failures = deployment.failures + 1;
  const retrySeconds = Math.min(MAX_RETRY_SECONDS, 2 ** failures * 10);
  updateDeployment(context, service, deployment.id, {
    failures,
    failedTasks: deployment.failedTasks + 1,
    retryAt: new Date(context.now.getTime() + retrySeconds * 1000),
  });
  if (failures === FAILURES_BEFORE_EVENT) {
    addEvent(
      context,
      service,
      `(service ${service.name}) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
    );
  }
}
