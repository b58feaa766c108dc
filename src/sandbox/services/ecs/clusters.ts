import type * as ecs from "@aws-sdk/client-ecs";
import { nameProblem } from "../../../aws/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { capacityProviders } from "./capacity.ts";
import { createServiceLinkedRole } from "./service-linked-role.ts";
import {
  type Cluster,
  clusters,
  findCluster,
  requireCluster as need,
  services,
  tagList,
  tagMap,
  tasks,
} from "./tables.ts";

/** Capacity providers that every account has. */
const FARGATE: ReadonlySet<string> = new Set(["FARGATE", "FARGATE_SPOT"]);

const DEFAULT_SETTINGS: readonly ecs.ClusterSetting[] = [
  { name: "containerInsights", value: "disabled" },
];

function describe(context: Context, row: Cluster, include: readonly string[]): ecs.Cluster {
  const activeTasks = context
    .in(tasks)
    .filter((task) => task.clusterName === row.name && task.desired === "RUNNING");
  const running = activeTasks.filter((task) => task.status === "RUNNING").length;
  return {
    clusterName: row.name,
    clusterArn: row.arn,
    status: row.status,
    activeServicesCount: context
      .in(services)
      .filter((service) => service.clusterName === row.name && service.status === "ACTIVE").length,
    pendingTasksCount: activeTasks.length - running,
    runningTasksCount: running,
    registeredContainerInstancesCount: 0,
    statistics: [],
    capacityProviders: [...row.capacityProviders],
    defaultCapacityProviderStrategy: [...row.defaultStrategy],
    settings: include.includes("SETTINGS") ? [...row.settings] : [],
    tags: include.includes("TAGS") ? tagList(row.tags) : [],
    ...(include.includes("CONFIGURATIONS") && row.configuration
      ? { configuration: row.configuration }
      : {}),
    ...(row.serviceConnect === undefined
      ? {}
      : { serviceConnectDefaults: { namespace: row.serviceConnect } }),
  };
}

const ALL_FIELDS = ["SETTINGS", "TAGS", "CONFIGURATIONS"];

function checkProviders(
  context: Context,
  names: readonly string[],
  strategy: readonly ecs.CapacityProviderStrategyItem[],
): void {
  const invalidName = names.find(
    (name) => !FARGATE.has(name) && !context.in(capacityProviders).has(name),
  );
  if (invalidName !== undefined) {
    throw new AwsError(
      "InvalidParameterException",
      `The specified capacity provider '${invalidName}' could not be found.`,
    );
  }
  const unassociated = strategy.find(
    (strategyItem) => !names.includes(strategyItem.capacityProvider ?? ""),
  );
  if (unassociated) {
    throw new AwsError(
      "InvalidParameterException",
      "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.",
    );
  }
  if (strategy.filter((strategyItem) => (strategyItem.base ?? 0) > 0).length > 1) {
    throw new AwsError(
      "InvalidParameterException",
      "Only one capacity provider in a strategy can have a base defined.",
    );
  }
}

function checkSettings(settings: readonly ecs.ClusterSetting[] | undefined): void {
  for (const { name, value = "" } of settings ?? []) {
    if (name !== "containerInsights" || !["enabled", "disabled", "enhanced"].includes(value)) {
      throw new AwsError("InvalidParameterException", `Invalid cluster setting: ${name}=${value}`);
    }
  }
}

/** Source: Amazon ECS API Reference, ExecuteCommandConfiguration. */
function checkConfiguration(configuration: ecs.ClusterConfiguration | undefined): void {
  const exec = configuration?.executeCommandConfiguration;
  if (exec?.logging === "OVERRIDE" && exec.logConfiguration === undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "A log configuration must be specified when logging is OVERRIDE.",
    );
  }
}

const put = (context: Context, row: Cluster): Cluster => context.in(clusters).put(row.name, row);

/**
 * Seconds for which a cluster is busy after a change of its capacity providers. AWS does not document it; Terraform's
 * provider polls every ten seconds.
 */
const ATTACHING_SECONDS = 10;

export const clusterOperations: Operations = {
  CreateCluster: operation<ecs.CreateClusterRequest, ecs.CreateClusterResponse>()(
    [
      "clusterName",
      "settings",
      "configuration",
      "capacityProviders",
      "defaultCapacityProviderStrategy",
      "serviceConnectDefaults",
      "tags",
    ],
    (context, input) => {
      const name = input.clusterName ?? "default";
      const problem = nameProblem("cluster", name);
      if (problem !== undefined)
        throw new AwsError("InvalidParameterException", `Invalid cluster name: ${problem}`);
      checkProviders(
        context,
        input.capacityProviders ?? [],
        input.defaultCapacityProviderStrategy ?? [],
      );
      checkSettings(input.settings);
      checkConfiguration(input.configuration);
      const existing = context.in(clusters).get(name);
      // CreateCluster returns an existing cluster unchanged. Source: Amazon ECS API Reference, CreateCluster.
      if (existing?.status === "ACTIVE")
        return { cluster: describe(context, existing, ALL_FIELDS) };
      const count = context.in(clusters).filter((cluster) => cluster.status === "ACTIVE").length;
      if (count >= context.settings.quotas.clusters)
        throw new AwsError("LimitExceededException", "The limit of clusters has been reached.");
      createServiceLinkedRole(context);
      const row = put(context, {
        name,
        arn: context.arn("ecs", `cluster/${name}`),
        status: "ACTIVE",
        settings: input.settings ?? DEFAULT_SETTINGS,
        capacityProviders: input.capacityProviders ?? [],
        defaultStrategy: input.defaultCapacityProviderStrategy ?? [],
        tags: tagMap(input.tags),
        ...(input.configuration ? { configuration: input.configuration } : {}),
        ...(input.serviceConnectDefaults?.namespace === undefined
          ? {}
          : { serviceConnect: input.serviceConnectDefaults.namespace }),
      });
      return { cluster: describe(context, row, ALL_FIELDS) };
    },
  ),

  DescribeClusters: operation<ecs.DescribeClustersRequest, ecs.DescribeClustersResponse>()(
    ["clusters", "include"],
    (context, input) => {
      const names = input.clusters ?? ["default"];
      const rows = names.map((name) => findCluster(context, name));
      return {
        clusters: rows.flatMap((row) => (row ? [describe(context, row, input.include ?? [])] : [])),
        failures: names
          .filter((_, index) => rows[index] === undefined)
          .map((name) => ({
            arn: name.startsWith("arn:") ? name : context.arn("ecs", `cluster/${name}`),
            reason: "MISSING",
          })),
      };
    },
  ),

  ListClusters: operation<ecs.ListClustersRequest, ecs.ListClustersResponse>()(
    ["maxResults", "nextToken"],
    (context, input) => {
      const rows = context.in(clusters).filter((row) => row.status === "ACTIVE");
      const { items, next } = page(rows, input.maxResults ?? 100, input.nextToken);
      return {
        clusterArns: items.map((row) => row.arn),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    },
  ),

  UpdateCluster: operation<ecs.UpdateClusterRequest, ecs.UpdateClusterResponse>()(
    ["cluster", "settings", "configuration", "serviceConnectDefaults"],
    (context, input) => {
      const row = need(context, input.cluster);
      checkSettings(input.settings);
      checkConfiguration(input.configuration);
      const changed = put(context, {
        ...row,
        settings: input.settings ?? row.settings,
        ...(input.configuration ? { configuration: input.configuration } : {}),
        ...(input.serviceConnectDefaults?.namespace === undefined
          ? {}
          : { serviceConnect: input.serviceConnectDefaults.namespace }),
      });
      return { cluster: describe(context, changed, ALL_FIELDS) };
    },
  ),

  UpdateClusterSettings: operation<
    ecs.UpdateClusterSettingsRequest,
    ecs.UpdateClusterSettingsResponse
  >()(["cluster", "settings"], (context, input) => {
    checkSettings(input.settings);
    const changed = put(context, { ...need(context, input.cluster), settings: input.settings });
    return { cluster: describe(context, changed, ALL_FIELDS) };
  }),

  PutClusterCapacityProviders: operation<
    ecs.PutClusterCapacityProvidersRequest,
    ecs.PutClusterCapacityProvidersResponse
  >()(["cluster", "capacityProviders", "defaultCapacityProviderStrategy"], (context, input) => {
    const row = need(context, input.cluster);
    checkProviders(context, input.capacityProviders, input.defaultCapacityProviderStrategy);
    if (row.attaching && !context.isPast(row.attaching, ATTACHING_SECONDS))
      throw new AwsError(
        "UpdateInProgressException",
        "The specified cluster is in a busy state. Cluster attachments must be in UPDATE_COMPLETE or UPDATE_FAILED state before they can be updated. Wait and try again.",
      );
    const changed = put(context, {
      ...row,
      attaching: context.now,
      capacityProviders: input.capacityProviders,
      defaultStrategy: input.defaultCapacityProviderStrategy,
    });
    return { cluster: describe(context, changed, ALL_FIELDS) };
  }),

  // ECS shows a deleted cluster as INACTIVE for a while. The sandbox shows it permanently.
  DeleteCluster: operation<ecs.DeleteClusterRequest, ecs.DeleteClusterResponse>()(
    ["cluster"],
    (context, input) => {
      const { name } = need(context, input.cluster);
      const isOf = (entry: { readonly clusterName: string }): boolean => entry.clusterName === name;
      if (context.in(services).find((service) => isOf(service) && service.status !== "INACTIVE")) {
        throw new AwsError(
          "ClusterContainsServicesException",
          "The Cluster cannot be deleted while Services are active.",
        );
      }
      if (context.in(tasks).find((task) => isOf(task) && task.status !== "STOPPED")) {
        throw new AwsError(
          "ClusterContainsTasksException",
          "The Cluster cannot be deleted while Tasks are active.",
        );
      }
      const row = put(context, { ...need(context, input.cluster), status: "INACTIVE" });
      return { cluster: describe(context, row, ALL_FIELDS) };
    },
  ),
};
