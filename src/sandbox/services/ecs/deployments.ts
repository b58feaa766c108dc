import type * as ecs from "@aws-sdk/client-ecs";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import {
  type Deployment,
  type DeploymentSettings,
  type EcsService,
  findService,
  requireCluster,
  tasksOf,
} from "./tables.ts";

export function requireService(
  context: Context,
  cluster: string | undefined,
  name: string,
): EcsService {
  requireCluster(context, cluster);
  const row = findService(context, cluster, name);
  if (!row) throw new AwsError("ServiceNotFoundException", "Service not found.");
  return row;
}

export function requireActiveService(
  context: Context,
  cluster: string | undefined,
  name: string,
): EcsService {
  const row = requireService(context, cluster, name);
  if (row.status !== "ACTIVE")
    throw new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");
  return row;
}

export function deploymentOf(
  context: Context,
  definitionArn: string,
  network: ecs.AwsVpcConfiguration | undefined,
  loadBalancers: readonly ecs.LoadBalancer[],
): Deployment {
  const id = `ecs-svc/${Number.parseInt(context.hex(15), 16).toString().padStart(19, "1").slice(0, 19)}`;
  return {
    id,
    status: "PRIMARY",
    definitionArn,
    loadBalancers,
    scale: 100,
    rollout: "IN_PROGRESS",
    rolloutReason: `ECS deployment ${id} in progress.`,
    failedTasks: 0,
    failures: 0,
    created: context.now,
    updated: context.now,
    ...(network ? { network } : {}),
  };
}

interface Counts {
  readonly runningCount: number;
  readonly pendingCount: number;
}

export function counts(context: Context, row: EcsService, deployment?: Deployment): Counts {
  const activeTasks = tasksOf(context, row, deployment);
  const runningCount = activeTasks.filter((task) => task.status === "RUNNING").length;
  return { runningCount, pendingCount: activeTasks.length - runningCount };
}

/** The deployment configuration as ECS describes it. Only the deployment controller ECS has a circuit breaker. */
export const deploymentConfigurationOf = (
  { maximumPercent, minimumHealthyPercent, breaker, alarms, bakeMinutes }: DeploymentSettings,
  isEcs: boolean,
): ecs.DeploymentConfiguration => ({
  maximumPercent,
  minimumHealthyPercent,
  ...(alarms ? { alarms } : {}),
  ...(bakeMinutes === undefined ? {} : { bakeTimeInMinutes: bakeMinutes }),
  ...(isEcs ? { deploymentCircuitBreaker: { ...breaker } } : {}),
});
