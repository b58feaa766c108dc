import type { Context } from "../../core/operation.ts";
import { type EcsService, findService, putService } from "../ecs/tables.ts";
import { activities, type ScalableTarget } from "./tables.ts";

/** The ECS service of a scalable target; undefined if it does not exist. */
export function serviceOf(context: Context, resourceId: string): EcsService | undefined {
  const [kind, cluster, name] = resourceId.split("/");
  return kind === "service" ? findService(context, cluster, name ?? "") : undefined;
}

/** Records a scaling activity. Source: Application Auto Scaling User Guide, "Scaling activities for Application Auto Scaling". */
export function recordActivity(
  context: Context,
  resourceId: string,
  activity: { readonly description: string; readonly cause: string; readonly message: string },
): void {
  const id = context.uuid();
  context.in(activities).put(id, { id, resourceId, at: context.now, ...activity });
}

/** Changes the desired count of a service, with a scaling activity. */
export function setDesiredCount(
  context: Context,
  resourceId: string,
  service: EcsService,
  desired: number,
  cause: string,
): void {
  putService(context, { ...service, desired });
  recordActivity(context, resourceId, {
    description: `Setting desired count to ${desired}.`,
    cause,
    message: `Successfully set desired count to ${desired}. Change successfully fulfilled by ecs.`,
  });
}

/**
 * Sets the desired count of a service within the minimum and maximum capacity. Source: Application Auto Scaling API
 * Reference, RegisterScalableTarget.
 */
export function applyCapacityBounds(
  context: Context,
  { resourceId, min, max }: ScalableTarget,
): void {
  const service = serviceOf(context, resourceId);
  if (service?.status !== "ACTIVE") return;
  const desired = Math.min(max, Math.max(min, service.desired));
  if (desired === service.desired) return;
  const bound = desired > service.desired ? "minimum" : "maximum";
  setDesiredCount(context, resourceId, service, desired, `${bound} capacity was set to ${desired}`);
}
