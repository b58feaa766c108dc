import type { Context } from "../../core/operation.ts";
import { type Deployment, type EcsService, putService, services, type Task } from "./tables.ts";

/** The wait after failures in a row doubles up to this. Source: Amazon ECS Developer Guide, "Service throttle logic". */
const LONGEST_WAIT = 15 * 60;

/** Consecutive failures after which ECS says so in an event. */
const INCONSISTENT = 3;

const MAX_EVENTS = 100;

export const serviceOf = (context: Context, task: Task): EcsService | undefined =>
  context
    .in(services)
    .find((row) => row.name === task.serviceName && row.clusterName === task.clusterName);

/** Adds an event; the newest is first. */
export function say(context: Context, service: EcsService, message: string): EcsService {
  const now = reread(context, service);
  if (now.events[0]?.message === message) return now;
  const event = { id: context.uuid(), at: context.now, message };
  return putService(context, { ...now, events: [event, ...now.events].slice(0, MAX_EVENTS) });
}

export const reread = (context: Context, { name, clusterName }: EcsService): EcsService => {
  const row = context
    .in(services)
    .find((service) => service.name === name && service.clusterName === clusterName);
  if (!row) throw new TypeError(`the service ${name} is gone`);
  return row;
};

export function change(
  context: Context,
  service: EcsService,
  id: string,
  changes: Partial<Deployment>,
): EcsService {
  const now = reread(context, service);
  return putService(context, {
    ...now,
    deployments: now.deployments.map((deployment) =>
      deployment.id === id ? { ...deployment, ...changes, updated: context.now } : deployment,
    ),
  });
}

export function countFailure(context: Context, task: Task): void {
  const service = serviceOf(context, task);
  const deployment = service?.deployments.find(
    (otherDeployment) => otherDeployment.id === task.deploymentId,
  );
  if (service && deployment) noteFailure(context, service, deployment);
}

export function noteFailure(context: Context, service: EcsService, deployment: Deployment): void {
  const failures = deployment.failures + 1;
  const wait = Math.min(LONGEST_WAIT, 2 ** failures * 10);
  change(context, service, deployment.id, {
    failures,
    failedTasks: deployment.failedTasks + 1,
    retryAt: new Date(context.now.getTime() + wait * 1000),
  });
  if (failures === INCONSISTENT) {
    say(
      context,
      service,
      `(service ${service.name}) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
    );
  }
}
