import type * as ecs from "@aws-sdk/client-ecs";
import type { Context } from "../../core/operation.ts";
import { alarms } from "../monitoring/tables.ts";
import { counts } from "./deployments.ts";
import {
  definitions,
  type Deployment,
  type DeploymentSettings,
  type EcsService,
  putService,
  type RevisionCounts,
  type ServiceDeployment,
  serviceDeployments,
  type ServiceRevision,
  serviceRevisions,
  shortName,
  tasksOf,
} from "./tables.ts";

/** Days for which AWS keeps service deployments. Source: Amazon ECS Developer Guide, "Viewing Amazon ECS service deployments". */
const HISTORY_DAYS = 90;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Longest default bake time, in seconds. AWS computes the default from the alarms: it "is less than 5 minutes". Source:
 * Amazon ECS Developer Guide, "How CloudWatch alarms detect Amazon ECS deployment failures". No public source of the formula is
 * known: the sandbox takes the longest evaluation range of the alarms, and at least a minute.
 */
const MAX_DEFAULT_BAKE_SECONDS = 5 * 60;

const FINAL_STATUSES: ReadonlySet<string> = new Set<ecs.ServiceDeploymentStatus>([
  "SUCCESSFUL",
  "STOPPED",
  "ROLLBACK_SUCCESSFUL",
  "ROLLBACK_FAILED",
]);

export const isFinished = ({ status }: ServiceDeployment): boolean => FINAL_STATUSES.has(status);

/** Whether AWS still shows a service deployment. */
export const isInHistory = (context: Context, { created }: ServiceDeployment): boolean =>
  context.now.getTime() - created.getTime() < HISTORY_DAYS * DAY_MS;

export const revisionArn = (
  context: Context,
  { clusterName, name }: EcsService,
  deploymentId: string,
): string =>
  context.arn("ecs", `service-revision/${clusterName}/${name}/${shortName(deploymentId)}`);

/** The service deployment of a service that is not finished. */
export function ongoingServiceDeployment(
  context: Context,
  service: EcsService,
): ServiceDeployment | undefined {
  const row =
    service.serviceDeployment === undefined
      ? undefined
      : context.in(serviceDeployments).get(service.serviceDeployment);
  return row && !isFinished(row) ? row : undefined;
}

export function updateServiceDeployment(
  context: Context,
  row: ServiceDeployment,
  changes: Partial<ServiceDeployment>,
): ServiceDeployment {
  return context.in(serviceDeployments).put(row.arn, { ...row, ...changes, updated: context.now });
}

/**
 * Records a service revision and a service deployment for the primary deployment of a service. An ongoing service
 * deployment is stopped.
 *
 * Source: Amazon ECS Developer Guide, "View service history using Amazon ECS service deployments" and "Amazon ECS
 * service revisions".
 */
export function startServiceDeployment(context: Context, service: EcsService): EcsService {
  const primary = service.deployments.find((deployment) => deployment.status === "PRIMARY");
  if (!primary || service.controller !== "ECS") return service;
  const superseded = ongoingServiceDeployment(context, service);
  if (superseded)
    finishServiceDeployment(context, service, superseded, {
      status: "STOPPED",
      stopped: context.now,
    });
  for (const row of deploymentsOf(context, service))
    if (!isInHistory(context, row)) context.in(serviceDeployments).delete(row.arn);
  const revision = putRevision(context, service, primary);
  const id = Buffer.from(context.hex(32), "hex").toString("base64url").slice(0, 21);
  const { configuration } = service;
  const row: ServiceDeployment = {
    arn: context.arn("ecs", `service-deployment/${service.clusterName}/${service.name}/${id}`),
    serviceArn: service.arn,
    clusterName: service.clusterName,
    status: "PENDING",
    created: context.now,
    updated: context.now,
    target: revision.arn,
    sources: service.deployments
      .filter(
        (deployment) => deployment !== primary && tasksOf(context, service, deployment).length > 0,
      )
      .map((deployment) => revisionArn(context, service, deployment.id)),
    configuration,
    breakerStatus: configuration.breaker.enable ? "MONITORING" : "DISABLED",
    // ECS does not monitor the alarms if one is in the state ALARM at the start.
    alarmStatus:
      configuration.alarms?.enable === true && alarmsInAlarm(context, configuration).length === 0
        ? "MONITORING"
        : "DISABLED",
    triggeredAlarms: [],
  };
  context.in(serviceDeployments).put(row.arn, row);
  return putService(context, { ...service, serviceDeployment: row.arn });
}

function putRevision(
  context: Context,
  service: EcsService,
  deployment: Deployment,
): ServiceRevision {
  const arn = revisionArn(context, service, deployment.id);
  const definition = context.in(definitions).get(shortName(deployment.definitionArn));
  return context.in(serviceRevisions).put(arn, {
    arn,
    serviceArn: service.arn,
    clusterName: service.clusterName,
    deploymentId: deployment.id,
    definitionArn: deployment.definitionArn,
    strategy: service.strategy,
    platformVersion: service.platformVersion,
    loadBalancers: service.loadBalancers,
    registries: service.registries,
    images: (definition?.body.containerDefinitions ?? []).map(({ name, image = "" }) => {
      const [, digest] = image.split("@");
      return {
        containerName: name,
        image,
        ...(digest === undefined ? {} : { imageDigest: digest }),
      };
    }),
    created: context.now,
    ...(service.launchType === undefined ? {} : { launchType: service.launchType }),
    ...(service.network ? { network: service.network } : {}),
    ...(service.connect ? { connect: service.connect } : {}),
  });
}

export const deploymentsOf = (context: Context, { arn }: EcsService): ServiceDeployment[] =>
  context.in(serviceDeployments).filter((row) => row.serviceArn === arn);

/** ECS deletes the service deployments and revisions of a deleted service. */
export function deleteServiceHistory(context: Context, service: EcsService): void {
  for (const { arn } of deploymentsOf(context, service)) context.in(serviceDeployments).delete(arn);
  for (const { arn } of context
    .in(serviceRevisions)
    .filter((row) => row.serviceArn === service.arn))
    context.in(serviceRevisions).delete(arn);
}

/** Ends a service deployment and keeps its numbers. */
export function finishServiceDeployment(
  context: Context,
  service: EcsService,
  row: ServiceDeployment,
  changes: Partial<ServiceDeployment> & Pick<ServiceDeployment, "status">,
): ServiceDeployment {
  const ended = (
    status: ecs.ServiceDeploymentRollbackMonitorsStatus,
  ): ecs.ServiceDeploymentRollbackMonitorsStatus =>
    status === "MONITORING" ? "MONITORING_COMPLETE" : status;
  return updateServiceDeployment(context, row, {
    finished: context.now,
    breakerStatus: ended(row.breakerStatus),
    alarmStatus: ended(row.alarmStatus),
    ...changes,
    result: {
      counts: [row.target, ...row.sources, ...(row.rollback ? [row.rollback.revision] : [])].map(
        (arn) => revisionCounts(context, service, arn),
      ),
      failureCount: failureCount(context, service, row),
      threshold: breakerThreshold(service),
    },
  });
}

/** The numbers of the tasks of a service revision now. */
export function revisionCounts(context: Context, service: EcsService, arn: string): RevisionCounts {
  const deployment = service.deployments.find(
    ({ id }) => revisionArn(context, service, id) === arn,
  );
  if (!deployment) return { arn, requestedTaskCount: 0, runningTaskCount: 0, pendingTaskCount: 0 };
  const { runningCount, pendingCount } = counts(context, service, deployment);
  return {
    arn,
    requestedTaskCount:
      deployment.status === "PRIMARY" && deployment.rollout !== "FAILED"
        ? service.desired
        : runningCount + pendingCount,
    runningTaskCount: runningCount,
    pendingTaskCount: pendingCount,
  };
}

/**
 * The number of failed tasks of the deployment that a service deployment has started. It can be above the threshold, because
 * tasks that start together also fail together. AWS documents only that a deployment fails when the numbers are equal; no public
 * source states the number that is returned then.
 */
export const failureCount = (
  context: Context,
  service: EcsService,
  { target }: ServiceDeployment,
): number =>
  service.deployments.find(({ id }) => revisionArn(context, service, id) === target)?.failedTasks ??
  0;

/**
 * Source: Amazon ECS Developer Guide, "How the Amazon ECS deployment circuit breaker detects failures": half of the
 * desired count, rounded up, from 3 to 200.
 */
export const breakerThreshold = ({ desired }: EcsService): number =>
  Math.min(200, Math.max(3, Math.ceil(desired / 2)));

/** The names of the deployment alarms that are in the state ALARM. */
export const alarmsInAlarm = (context: Context, configuration: DeploymentSettings): string[] =>
  (configuration.alarms?.alarmNames ?? []).filter(
    (name) => context.in(alarms).get(name)?.state === "ALARM",
  );

/** Seconds between the steady state of a deployment and its completion. */
export function bakeSeconds(context: Context, row: ServiceDeployment): number {
  const { bakeMinutes, alarms: deploymentAlarms } = row.configuration;
  if (bakeMinutes !== undefined) return bakeMinutes * 60;
  if (row.alarmStatus !== "MONITORING") return 0;
  const windows = (deploymentAlarms?.alarmNames ?? []).map((name) => {
    const { Period = 60, EvaluationPeriods = 1 } = context.in(alarms).get(name)?.settings ?? {};
    return Period * EvaluationPeriods;
  });
  return Math.min(MAX_DEFAULT_BAKE_SECONDS, Math.max(60, ...windows));
}
