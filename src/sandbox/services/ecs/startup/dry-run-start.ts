import { type Health, healthOf } from "../../elasticloadbalancing/health.ts";
import { targetGroups } from "../../elasticloadbalancing/tables.ts";
import type { Context } from "../../../core/operation.ts";
import { type NetworkInterface, networkInterfaces } from "../../ec2/tables.ts";
import type { Failure } from "./start-failure.ts";
import { placeTask } from "../placement.ts";
import { PlacementFailure, type Unplaced } from "../placement-failure.ts";
import { type Deployment, type EcsService, putTask } from "../tables.ts";
import { taskRequestOf } from "../service-tasks.ts";
import { attemptStart } from "../task-lifecycle.ts";

/** Result of a trial start of a task in a subnet. */
export interface DryRunStart {
  readonly subnetId: string;
  /** Why the task could not be placed. */
  readonly unplaced?: Unplaced;
  readonly networkInterface?: NetworkInterface;
  /** Why the task did not start. */
  readonly failure?: Failure;
  /** Health of the task as a target, by ARN of the target group. */
  readonly health: Readonly<Record<string, Health>>;
}

/** Starts a task of a deployment in one of its subnets. This changes the state: call it in `Store.dryRun`. */
export function tryStartInSubnet(
  context: Context,
  service: EcsService,
  deployment: Deployment,
  subnetId: string,
): DryRunStart {
  const taskRequest = taskRequestOf(context, service, deployment);
  try {
    const task = placeTask(context, {
      ...taskRequest,
      network: { ...taskRequest.network, subnets: [subnetId] },
    });
    const networkInterface = context.in(networkInterfaces).get(task.interfaceId ?? "");
    const failure = attemptStart(context, task);
    const attempted = { subnetId, ...(networkInterface ? { networkInterface } : {}) };
    if (failure) return { ...attempted, failure, health: {} };
    putTask(context, { ...task, status: "RUNNING", started: context.now });
    const health = deployment.loadBalancers.flatMap(({ targetGroupArn = "", containerPort }) => {
      const group = context.in(targetGroups).get(targetGroupArn);
      if (!group) return [];
      const target = {
        groupArn: group.arn,
        id: task.privateIp ?? "",
        port: containerPort ?? group.port,
        zone: task.zone,
        registered: context.now,
      };
      return [[group.arn, healthOf(context, group, target)] as const];
    });
    return { ...attempted, health: Object.fromEntries(health) };
  } catch (error) {
    if (!(error instanceof PlacementFailure)) throw error;
    return { subnetId, unplaced: error.unplaced, health: {} };
  }
}
