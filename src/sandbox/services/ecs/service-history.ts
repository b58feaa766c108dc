import type * as ecs from "@aws-sdk/client-ecs";
import { AwsError, invalidParameter } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { deploymentConfigurationOf, requireService } from "./deployments.ts";
import {
  breakerThreshold,
  deploymentsOf,
  failureCount,
  isFinished,
  isInHistory,
  revisionCounts,
  updateServiceDeployment,
} from "./service-deployments.ts";
import {
  type EcsService,
  type ServiceDeployment,
  serviceDeployments,
  type ServiceRevision,
  serviceRevisions,
  services,
} from "./tables.ts";

const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;
const MAX_ARNS = 20;

const clusterArn = (context: Context, name: string): string =>
  context.arn("ecs", `cluster/${name}`);

const serviceOf = (context: Context, arn: string): EcsService | undefined =>
  context.in(services).find((row) => row.arn === arn);

function summarize(context: Context, row: ServiceDeployment): ecs.ServiceDeploymentBrief {
  return {
    serviceDeploymentArn: row.arn,
    serviceArn: row.serviceArn,
    clusterArn: clusterArn(context, row.clusterName),
    createdAt: row.created,
    targetServiceRevisionArn: row.target,
    status: row.status,
    ...(row.started ? { startedAt: row.started } : {}),
    ...(row.finished ? { finishedAt: row.finished } : {}),
    ...(row.reason === undefined ? {} : { statusReason: row.reason }),
  };
}

function describeDeployment(context: Context, row: ServiceDeployment): ecs.ServiceDeployment {
  const service = serviceOf(context, row.serviceArn);
  const summary = (arn: string): ecs.ServiceRevisionSummary =>
    row.result?.counts.find((counts) => counts.arn === arn) ??
    (service ? revisionCounts(context, service, arn) : { arn });
  const { targetServiceRevisionArn: _, ...brief } = summarize(context, row);
  const deploymentAlarms = row.configuration.alarms;
  return {
    ...brief,
    updatedAt: row.updated,
    sourceServiceRevisions: row.sources.map(summary),
    targetServiceRevision: summary(row.target),
    deploymentConfiguration: deploymentConfigurationOf(row.configuration, true),
    deploymentCircuitBreaker: {
      status: row.breakerStatus,
      failureCount: row.result?.failureCount ?? (service ? failureCount(context, service, row) : 0),
      threshold: row.result?.threshold ?? (service ? breakerThreshold(service) : 0),
    },
    alarms: {
      status: row.alarmStatus,
      alarmNames: [...(deploymentAlarms?.alarmNames ?? [])],
      triggeredAlarmNames: [...row.triggeredAlarms],
    },
    ...(row.stopped ? { stoppedAt: row.stopped } : {}),
    ...(row.rollback
      ? {
          rollback: {
            reason: row.rollback.reason,
            startedAt: row.rollback.started,
            serviceRevisionArn: row.rollback.revision,
          },
        }
      : {}),
  };
}

function describeRevision(context: Context, row: ServiceRevision): ecs.ServiceRevision {
  return {
    serviceRevisionArn: row.arn,
    serviceArn: row.serviceArn,
    clusterArn: clusterArn(context, row.clusterName),
    taskDefinition: row.definitionArn,
    platformVersion: row.platformVersion,
    platformFamily: "Linux",
    loadBalancers: [...row.loadBalancers],
    serviceRegistries: [...row.registries],
    containerImages: [...row.images],
    guardDutyEnabled: false,
    createdAt: row.created,
    ...(row.strategy.length > 0 ? { capacityProviderStrategy: [...row.strategy] } : {}),
    ...(row.launchType === undefined ? {} : { launchType: row.launchType }),
    ...(row.network ? { networkConfiguration: { awsvpcConfiguration: row.network } } : {}),
    ...(row.connect ? { serviceConnectConfiguration: row.connect } : {}),
  };
}

function checkArns(arns: readonly string[], member: string, kind: string): void {
  if (arns.length === 0) throw invalidParameter(`${member} can not be empty.`);
  if (arns.length > MAX_ARNS)
    throw invalidParameter(`${member} can have at most ${MAX_ARNS} items.`);
  for (const arn of arns) checkArn(arn, kind);
}

function checkArn(arn: string, kind: string): void {
  if (!new RegExp(`^arn:[^:]+:ecs:[^:]+:\\d+:${kind}/[^/]+/[^/]+/[^/]+$`).test(arn))
    throw invalidParameter(`Invalid identifier: ${arn} is not the ARN of a ${kind}.`);
}

const missing = (arns: readonly string[]): ecs.Failure[] =>
  arns.map((arn) => ({ arn, reason: "MISSING" }));

/** A service deployment that AWS still shows. */
function findDeployment(context: Context, arn: string): ServiceDeployment | undefined {
  const row = context.in(serviceDeployments).get(arn);
  return row && isInHistory(context, row) ? row : undefined;
}

export const serviceHistoryOperations: Operations = {
  ListServiceDeployments: operation<
    ecs.ListServiceDeploymentsRequest,
    ecs.ListServiceDeploymentsResponse
  >()(
    ["cluster", "createdAt", "maxResults", "nextToken", "service", "status"],
    (context, input) => {
      const limit = input.maxResults ?? DEFAULT_PAGE;
      if (limit < 1 || limit > MAX_PAGE)
        throw invalidParameter(`maxResults must be from 1 to ${MAX_PAGE}.`);
      const service = requireService(context, input.cluster, input.service);
      if (service.status === "INACTIVE")
        throw new AwsError("ServiceNotFoundException", "Service not found.");
      const { after, before } = input.createdAt ?? {};
      const rows = deploymentsOf(context, service)
        .filter(
          (row) =>
            isInHistory(context, row) &&
            (input.status === undefined ||
              input.status.length === 0 ||
              input.status.includes(row.status)) &&
            (after === undefined || row.created > after) &&
            (before === undefined || row.created < before),
        )
        .toReversed();
      const { items, next } = page(rows, limit, input.nextToken);
      return {
        serviceDeployments: items.map((row) => summarize(context, row)),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    },
  ),

  DescribeServiceDeployments: operation<
    ecs.DescribeServiceDeploymentsRequest,
    ecs.DescribeServiceDeploymentsResponse
  >()(["serviceDeploymentArns"], (context, input) => {
    const arns = input.serviceDeploymentArns;
    checkArns(arns, "serviceDeploymentArns", "service-deployment");
    const rows = arns.map((arn) => findDeployment(context, arn));
    return {
      serviceDeployments: rows.flatMap((row) => (row ? [describeDeployment(context, row)] : [])),
      failures: missing(arns.filter((_, index) => rows[index] === undefined)),
    };
  }),

  DescribeServiceRevisions: operation<
    ecs.DescribeServiceRevisionsRequest,
    ecs.DescribeServiceRevisionsResponse
  >()(["serviceRevisionArns"], (context, input) => {
    const arns = input.serviceRevisionArns;
    checkArns(arns, "serviceRevisionArns", "service-revision");
    const rows = arns.map((arn) => context.in(serviceRevisions).get(arn));
    return {
      serviceRevisions: rows.flatMap((row) => (row ? [describeRevision(context, row)] : [])),
      failures: missing(arns.filter((_, index) => rows[index] === undefined)),
    };
  }),

  // AWS documents only the stop type ROLLBACK, which is also the default here. ABORT stops without a rollback.
  StopServiceDeployment: operation<
    ecs.StopServiceDeploymentRequest,
    ecs.StopServiceDeploymentResponse
  >()(["serviceDeploymentArn", "stopType"], (context, input) => {
    checkArn(input.serviceDeploymentArn, "service-deployment");
    const row = findDeployment(context, input.serviceDeploymentArn);
    if (!row)
      throw new AwsError(
        "ServiceDeploymentNotFoundException",
        "The specified service deployment was not found.",
      );
    if (isFinished(row))
      throw new AwsError(
        "ConflictException",
        `The service deployment ${row.arn} cannot be stopped because its status is ${row.status}.`,
      );
    // A stop or rollback that was already requested continues.
    if (row.status === "PENDING" || row.status === "IN_PROGRESS")
      updateServiceDeployment(context, row, {
        status: input.stopType === "ABORT" ? "STOP_REQUESTED" : "ROLLBACK_REQUESTED",
      });
    return { serviceDeploymentArn: row.arn };
  }),
};
