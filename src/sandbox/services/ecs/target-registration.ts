import type { Context } from "../../core/operation.ts";
import { register, deregister } from "../elasticloadbalancing/targets.ts";
import { targetGroups } from "../elasticloadbalancing/tables.ts";
import { deregisterInstance, registerInstance } from "../servicediscovery/instances.ts";
import { type Deployment, type EcsService, services, serviceKey, type Task } from "./tables.ts";

function ownerOf(
  context: Context,
  task: Task,
): { readonly service: EcsService; readonly deployment: Deployment | undefined } | undefined {
  const service =
    task.serviceName === undefined
      ? undefined
      : context.in(services).get(serviceKey(task.clusterName, task.serviceName));
  return (
    service && {
      service,
      deployment: service.deployments.find((deployment) => deployment.id === task.deploymentId),
    }
  );
}

/** Registers a running task with the target groups and the Cloud Map services of its ECS service. */
export function registerTask(context: Context, task: Task): void {
  const owner = ownerOf(context, task);
  if (!owner || task.privateIp === undefined) return;
  for (const loadBalancer of owner.deployment?.loadBalancers ?? owner.service.loadBalancers) {
    const group = context.in(targetGroups).get(loadBalancer.targetGroupArn ?? "");
    if (group)
      register(context, group, {
        id: task.privateIp,
        port: loadBalancer.containerPort ?? group.port,
        zone: task.zone,
      });
  }
  for (const registry of owner.service.registries)
    registerInstance(context, registry.registryArn ?? "", task.id, {
      AWS_INSTANCE_IPV4: task.privateIp,
      AVAILABILITY_ZONE: task.zone,
      REGION: context.region,
      ECS_CLUSTER_NAME: task.clusterName,
      ECS_SERVICE_NAME: owner.service.name,
      ...(registry.port === undefined ? {} : { AWS_INSTANCE_PORT: String(registry.port) }),
    });
}

/**
 * Deregisters a task from its target groups and Cloud Map services.
 *
 * @returns the seconds until all target groups have removed it
 */
export function deregisterTask(context: Context, task: Task): number {
  const owner = ownerOf(context, task);
  if (!owner || task.privateIp === undefined) return 0;
  let seconds = 0;
  const loadBalancers = [
    ...owner.service.loadBalancers,
    ...owner.service.deployments.flatMap((deployment) => deployment.loadBalancers),
  ];
  for (const loadBalancer of loadBalancers) {
    const group = context.in(targetGroups).get(loadBalancer.targetGroupArn ?? "");
    if (!group) continue;
    const target = { id: task.privateIp, port: loadBalancer.containerPort ?? group.port };
    seconds = Math.max(seconds, deregister(context, group, target));
  }
  for (const registry of owner.service.registries)
    deregisterInstance(context, registry.registryArn ?? "", task.id);
  return seconds;
}
