import type { DeploymentClient, Service, ServiceDeployment, ServiceRevision } from "./aws-types.ts";
import { type DeploymentStatus, isCompleted } from "./service-deployment.ts";

/** An ECS service. */
export interface ServiceName {
  /** Name or ARN of the cluster. */
  readonly cluster: string;
  readonly service: string;
}

/** A service deployment with the revision that it deploys. */
export interface ServiceDeploymentRecord {
  readonly arn: string;
  readonly status: DeploymentStatus;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly revisionArn: string;
}

/** Reads an active service; undefined if the service does not exist or is inactive. */
export async function findService(
  client: DeploymentClient,
  { cluster, service }: ServiceName,
): Promise<Service | undefined> {
  const { services = [] } = await client.call("ecs", "DescribeServices", {
    cluster,
    services: [service],
  });
  return services.find(({ status }) => status === "ACTIVE" || status === "DRAINING");
}

/** Service deployments per page: the most that AWS returns. */
const PAGE = 100;

/**
 * The service deployments of the last 90 days, the last one first.
 *
 * Source: Amazon ECS API Reference, "ListServiceDeployments"; Amazon ECS Developer Guide, "View service history using Amazon ECS
 * service deployments".
 *
 * @param pages the number of pages to read. @default all
 */
export async function listDeployments(
  client: DeploymentClient,
  { cluster, service }: ServiceName,
  pages: number = Infinity,
): Promise<ServiceDeploymentRecord[]> {
  const found: ServiceDeploymentRecord[] = [];
  let nextToken: string | undefined;
  let page = 0;
  do {
    const response = await client.call("ecs", "ListServiceDeployments", {
      cluster,
      service,
      maxResults: PAGE,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    for (const brief of response.serviceDeployments ?? [])
      found.push({
        arn: brief.serviceDeploymentArn ?? "",
        status: brief.status ?? "PENDING",
        createdAt: new Date(brief.createdAt ?? 0).getTime(),
        revisionArn: brief.targetServiceRevisionArn ?? "",
      });
    nextToken = response.nextToken;
  } while (nextToken !== undefined && ++page < pages);
  return found.sort((a, b) => b.createdAt - a.createdAt);
}

/** Reads a service deployment; undefined if ECS does not have it yet, or has deleted it. */
export async function findDeployment(
  client: DeploymentClient,
  arn: string,
): Promise<ServiceDeployment | undefined> {
  const { serviceDeployments = [] } = await client.call("ecs", "DescribeServiceDeployments", {
    serviceDeploymentArns: [arn],
  });
  return serviceDeployments[0];
}

/** Reads a service revision; undefined if ECS does not have it. */
export async function findRevision(
  client: DeploymentClient,
  arn: string,
): Promise<ServiceRevision | undefined> {
  const { serviceRevisions = [] } = await client.call("ecs", "DescribeServiceRevisions", {
    serviceRevisionArns: [arn],
  });
  return serviceRevisions[0];
}

/** The family and revision of a task definition, such as shop-web:7, from its ARN. */
export const revisionName = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** The last completed deployment, and the ongoing one if there is any. */
export function currentDeployments(deployments: readonly ServiceDeploymentRecord[]): {
  readonly ongoing?: ServiceDeploymentRecord;
  readonly completed?: ServiceDeploymentRecord;
} {
  const ongoing = deployments.find(({ status }) => !isCompleted(status));
  const completed = deployments.find(({ status }) => isCompleted(status));
  return {
    ...(ongoing === undefined ? {} : { ongoing }),
    ...(completed === undefined ? {} : { completed }),
  };
}
