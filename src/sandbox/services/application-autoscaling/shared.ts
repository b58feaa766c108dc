import { AwsError, notImplemented } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { type ScalableTarget, scalableTargets } from "./tables.ts";

export const NAMESPACE = "ecs";
export const DIMENSION = "ecs:service:DesiredCount";

export const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

/** The sandbox scales only ECS services. */
export function checkKind(namespace: string | undefined, dimension: string | undefined): void {
  if (namespace !== NAMESPACE || (dimension !== undefined && dimension !== DIMENSION)) {
    throw notImplemented(`the scaling of ${namespace} (${dimension ?? "any dimension"})`);
  }
}

export function requireTarget(context: Context, resourceId: string): ScalableTarget {
  const row = context.in(scalableTargets).get(resourceId);
  if (row) return row;
  throw new AwsError(
    "ObjectNotFoundException",
    `No scalable target registered for service namespace: ${NAMESPACE}, resource ID: ${resourceId}, scalable dimension: ${DIMENSION}`,
  );
}

export const policyKey = (resourceId: string, name: string): string => `${resourceId}|${name}`;

/** Whether a policy or an action matches a describe request. */
export const matchesRequest = (
  row: { readonly resourceId: string; readonly name: string },
  request: {
    readonly ServiceNamespace: string | undefined;
    readonly ResourceId?: string | undefined;
  },
  names: readonly string[] | undefined,
): boolean =>
  request.ServiceNamespace === NAMESPACE &&
  (request.ResourceId ?? row.resourceId) === row.resourceId &&
  (names?.includes(row.name) ?? true);
