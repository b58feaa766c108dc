import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, page } from "../../core/operation.ts";
import type { TableKey } from "../../core/tables.ts";
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

/** Whether a Describe request selects the desired counts of ECS services. The sandbox has no other scalable targets. */
export const isScaledKind = ({
  ServiceNamespace,
  ScalableDimension,
}: {
  readonly ServiceNamespace: string | undefined;
  readonly ScalableDimension?: string | undefined;
}): boolean => ServiceNamespace === NAMESPACE && (ScalableDimension ?? DIMENSION) === DIMENSION;

export function requireTarget(context: Context, resourceId: string): ScalableTarget {
  const row = context.in(scalableTargets).get(resourceId);
  if (row) return row;
  throw new AwsError(
    "ObjectNotFoundException",
    `No scalable target registered for service namespace: ${NAMESPACE}, resource ID: ${resourceId}, scalable dimension: ${DIMENSION}`,
  );
}

/** The key of a scaling policy or scheduled action. */
export const rowKey = (resourceId: string, name: string): string => `${resourceId}|${name}`;

/** The ARN of a new scaling policy or scheduled action. */
export const newArn = (
  context: Context,
  type: "scalingPolicy" | "scheduledAction",
  resourceId: string,
  name: string,
): string =>
  context.arn(
    "autoscaling",
    `${type}:${context.uuid()}:resource/${NAMESPACE}/${resourceId}:${type === "scalingPolicy" ? "policyName" : "scheduledActionName"}/${name}`,
  );

/** The parameters with which every Describe operation of policies and actions selects its rows. */
export const DESCRIBE_PARAMETERS = [
  "ServiceNamespace",
  "ResourceId",
  "ScalableDimension",
  "MaxResults",
  "NextToken",
] as const;

interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** A page of rows and the token of the next page. */
export function pageOf<Row>(
  rows: readonly Row[],
  { MaxResults, NextToken }: PageRequest,
): { readonly items: readonly Row[]; readonly nextPage: { readonly NextToken?: string } } {
  const { items, next } = page(rows, MaxResults ?? 50, NextToken);
  return { items, nextPage: next === undefined ? {} : { NextToken: next } };
}

/** The scaling policies or scheduled actions that a Describe request selects. */
export const describedRows = <Row extends { readonly resourceId: string; readonly name: string }>(
  context: Context,
  key: TableKey<Row>,
  request: PageRequest & {
    readonly ServiceNamespace: string | undefined;
    readonly ResourceId?: string | undefined;
    readonly ScalableDimension?: string | undefined;
  },
  names: readonly string[] | undefined,
): ReturnType<typeof pageOf<Row>> =>
  pageOf(
    context
      .in(key)
      .filter(
        (row) =>
          isScaledKind(request) &&
          (request.ResourceId ?? row.resourceId) === row.resourceId &&
          (names?.includes(row.name) ?? true),
      ),
    request,
  );
