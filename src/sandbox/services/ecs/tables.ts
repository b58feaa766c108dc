import type * as ecs from "@aws-sdk/client-ecs";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { isNamedBy } from "../../core/named-by.ts";
import { table, type TableKey } from "../../core/tables.ts";
import type { Failure, StartStep } from "./startup/start-failure.ts";

export interface Cluster {
  readonly name: string;
  readonly arn: string;
  readonly status: "ACTIVE" | "INACTIVE";
  readonly settings: readonly ecs.ClusterSetting[];
  readonly configuration?: ecs.ClusterConfiguration;
  readonly serviceConnect?: string;
  readonly capacityProviders: readonly string[];
  readonly defaultStrategy: readonly ecs.CapacityProviderStrategyItem[];
  /** Last change of the capacity providers. The cluster is busy for some seconds afterwards. */
  readonly attaching?: Date;
  readonly tags: Readonly<Record<string, string>>;
}

/** A revision of a task definition. */
export interface Definition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly isActive: boolean;
  readonly body: ecs.TaskDefinition;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Tasks of a service with the same task definition: a deployment of ECS, or a task set of another deployment
 * controller.
 */
export interface Deployment {
  readonly id: string;
  readonly status: "PRIMARY" | "ACTIVE";
  readonly definitionArn: string;
  readonly network?: ecs.AwsVpcConfiguration;
  readonly loadBalancers: readonly ecs.LoadBalancer[];
  /** Percent of the desired count of the service; only for task sets. */
  readonly scale: number;
  readonly rollout: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  readonly rolloutReason: string;
  readonly failedTasks: number;
  /** Number of consecutive failures; `retryAt` is the time of the next attempt. */
  readonly failures: number;
  readonly retryAt?: Date;
  readonly externalId?: string;
  readonly created: Date;
  readonly updated: Date;
  /** Time of the first completion. A failed deployment is rolled back to a deployment that was completed. */
  readonly completed?: Date;
}

/** Settings of the deployments of a service. */
export interface DeploymentSettings {
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
  readonly breaker: { readonly enable: boolean; readonly rollback: boolean };
  readonly alarms?: ecs.DeploymentAlarms;
  readonly bakeMinutes?: number;
}

export interface EcsService {
  readonly arn: string;
  readonly name: string;
  readonly clusterName: string;
  readonly status: "ACTIVE" | "DRAINING" | "INACTIVE";
  readonly desired: number;
  readonly launchType?: ecs.LaunchType;
  readonly strategy: readonly ecs.CapacityProviderStrategyItem[];
  readonly platformVersion: string;
  readonly network?: ecs.AwsVpcConfiguration;
  readonly loadBalancers: readonly ecs.LoadBalancer[];
  readonly registries: readonly ecs.ServiceRegistry[];
  readonly connect?: ecs.ServiceConnectConfiguration;
  readonly configuration: DeploymentSettings;
  readonly controller: ecs.DeploymentControllerType;
  readonly scheduling: ecs.SchedulingStrategy;
  readonly graceSeconds?: number;
  readonly exec: boolean;
  readonly managedTags: boolean;
  readonly propagateTags: ecs.PropagateTags;
  readonly zoneRebalancing: ecs.AvailabilityZoneRebalancing;
  readonly deployments: readonly Deployment[];
  /** ARN of the latest service deployment. */
  readonly serviceDeployment?: string;
  readonly events: readonly { readonly id: string; readonly at: Date; readonly message: string }[];
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

/**
 * The workload configuration of a service that a service deployment deploys. Its ID is the number in the ID of the
 * deployment whose tasks have this configuration.
 */
export interface ServiceRevision {
  readonly arn: string;
  readonly serviceArn: string;
  readonly clusterName: string;
  readonly deploymentId: string;
  readonly definitionArn: string;
  readonly launchType?: ecs.LaunchType;
  readonly strategy: readonly ecs.CapacityProviderStrategyItem[];
  readonly platformVersion: string;
  readonly network?: ecs.AwsVpcConfiguration;
  readonly loadBalancers: readonly ecs.LoadBalancer[];
  readonly registries: readonly ecs.ServiceRegistry[];
  readonly connect?: ecs.ServiceConnectConfiguration;
  readonly images: readonly ecs.ContainerImage[];
  readonly created: Date;
}

/** The release of a service revision. Source: Amazon ECS API Reference, ServiceDeployment. */
export interface ServiceDeployment {
  readonly arn: string;
  readonly serviceArn: string;
  readonly clusterName: string;
  readonly status: ecs.ServiceDeploymentStatus;
  readonly reason?: string;
  readonly created: Date;
  readonly started?: Date;
  readonly finished?: Date;
  readonly stopped?: Date;
  readonly updated: Date;
  /** ARN of the service revision that is deployed. */
  readonly target: string;
  /** ARNs of the service revisions that ran at the start. */
  readonly sources: readonly string[];
  readonly configuration: DeploymentSettings;
  readonly breakerStatus: ecs.ServiceDeploymentRollbackMonitorsStatus;
  readonly alarmStatus: ecs.ServiceDeploymentRollbackMonitorsStatus;
  readonly triggeredAlarms: readonly string[];
  /** Since when the service has only healthy tasks of the target. The bake time starts then. */
  readonly steady?: Date;
  readonly rollback?: {
    readonly reason: string;
    readonly started: Date;
    /** ARN of the service revision that is deployed again. */
    readonly revision: string;
  };
  /** Numbers at the end of the deployment. */
  readonly result?: {
    readonly counts: readonly RevisionCounts[];
    readonly failureCount: number;
    readonly threshold: number;
  };
}

/** Numbers of the tasks of a service revision. */
export interface RevisionCounts {
  readonly arn: string;
  readonly requestedTaskCount: number;
  readonly runningTaskCount: number;
  readonly pendingTaskCount: number;
}

export interface TaskContainer {
  readonly name: string;
  readonly arn: string;
  readonly image: string;
  /** The digest of the pulled manifest or index. Undefined before the pull, and if the sandbox does not know the image. */
  readonly imageDigest?: string;
  readonly status: "PENDING" | "RUNNING" | "STOPPED";
  readonly health: "HEALTHY" | "UNHEALTHY" | "UNKNOWN";
  readonly exitCode?: number;
  readonly reason?: string;
}

export interface Task {
  readonly arn: string;
  readonly id: string;
  readonly clusterName: string;
  readonly definitionArn: string;
  readonly status: "PROVISIONING" | "PENDING" | "RUNNING" | "DEACTIVATING" | "STOPPED";
  readonly desired: "RUNNING" | "STOPPED";
  readonly launchType: ecs.LaunchType;
  readonly capacityProvider?: string;
  readonly platformVersion: string;
  readonly group: string;
  readonly startedBy?: string;
  readonly serviceName?: string;
  readonly deploymentId?: string;
  readonly interfaceId?: string;
  readonly subnetId: string;
  readonly zone: string;
  readonly privateIp?: string;
  readonly containers: readonly TaskContainer[];
  readonly overrides: ecs.TaskOverride;
  readonly exec: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  readonly started?: Date;
  /** A failed start that AWS reports at a later time, such as after a timeout. */
  readonly failing?: { readonly at: Date; readonly reason: string; readonly step: StartStep };
  /** The failed start with its typed cause. It remains after the task has stopped. */
  readonly startFailure?: Failure;
  readonly stopping?: Date;
  /** When the load balancers have deregistered a task that is DEACTIVATING. */
  readonly deregistered?: Date;
  readonly stopped?: Date;
  readonly stopCode?: ecs.TaskStopCode;
  readonly stoppedReason?: string;
}

export const clusters: TableKey<Cluster> = table("ecs/cluster", {
  exists: (row) => row.status === "ACTIVE",
});
export const definitions: TableKey<Definition> = table("ecs/task-definition", {
  exists: (row) => row.isActive,
});
export const services: TableKey<EcsService> = table("ecs/service", {
  exists: (row) => row.status !== "INACTIVE",
});
export const serviceRevisions: TableKey<ServiceRevision> = table("ecs/service-revision", {
  exists: () => false,
});
export const serviceDeployments: TableKey<ServiceDeployment> = table("ecs/service-deployment", {
  exists: () => false,
});
export const tasks: TableKey<Task> = table("ecs/task", {
  exists: (row) => row.status !== "STOPPED",
});

export const shortName = (nameOrArn: string | undefined): string =>
  (nameOrArn ?? "default").split("/").pop() ?? "default";

const namedRow = <Row extends { readonly arn: string }>(
  row: Row | undefined,
  nameOrArn = "",
): Row | undefined => (row && isNamedBy(row, nameOrArn) ? row : undefined);

/** A cluster by its name or ARN, also one that is no longer active. */
export const findCluster = (context: Context, nameOrArn: string | undefined): Cluster | undefined =>
  namedRow(context.in(clusters).get(shortName(nameOrArn)), nameOrArn);

export function requireCluster(context: Context, nameOrArn: string | undefined): Cluster {
  const row = findCluster(context, nameOrArn);
  if (row?.status === "ACTIVE") return row;
  throw new AwsError("ClusterNotFoundException", "Cluster not found.");
}

export const serviceKey = (cluster: string, name: string): string => `${cluster}/${name}`;

export function findService(
  context: Context,
  cluster: string | undefined,
  nameOrArn: string,
): EcsService | undefined {
  const key = serviceKey(shortName(cluster), shortName(nameOrArn));
  return namedRow(context.in(services).get(key), nameOrArn);
}

/** A task of a cluster by its ID or ARN. */
export const findTask = (
  context: Context,
  clusterName: string,
  idOrArn: string | undefined,
): Task | undefined =>
  namedRow(context.in(tasks).get(`${clusterName}/${shortName(idOrArn)}`), idOrArn);

export const putService = (context: Context, row: EcsService): EcsService =>
  context.in(services).put(serviceKey(row.clusterName, row.name), row);

export const putTask = (context: Context, row: Task): Task =>
  context.in(tasks).put(`${row.clusterName}/${row.id}`, row);

/** A task definition by family, family:revision or ARN. A family selects its newest active revision. */
export function findDefinition(context: Context, name: string): Definition | undefined {
  const prefix = context.arn("ecs", "task-definition/");
  const short = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  if (/:\d+$/.test(short)) return context.in(definitions).get(short);
  return context
    .in(definitions)
    .filter((row) => row.family === short && row.isActive)
    .sort((a, b) => b.revision - a.revision)[0];
}

export const tagMap = (list: readonly ecs.Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((list ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));

export const tagList = (map: Readonly<Record<string, string>>): ecs.Tag[] =>
  Object.entries(map).map(([key, value]) => ({ key, value }));

/** The tasks of a service, or of one of its deployments, that run or start. A task that is DEACTIVATING is none. */
export const tasksOf = (context: Context, service: EcsService, deployment?: Deployment): Task[] =>
  context
    .in(tasks)
    .filter(
      (task) =>
        task.serviceName === service.name &&
        task.clusterName === service.clusterName &&
        task.desired === "RUNNING" &&
        (deployment === undefined || task.deploymentId === deployment.id),
    );

/** The tasks of a service that load balancers still deregister. */
export const deactivatingTasksOf = (context: Context, service: EcsService): Task[] =>
  context
    .in(tasks)
    .filter(
      (task) =>
        task.serviceName === service.name &&
        task.clusterName === service.clusterName &&
        task.status === "DEACTIVATING",
    );
