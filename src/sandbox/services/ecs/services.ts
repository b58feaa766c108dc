import type * as ecs from "@aws-sdk/client-ecs";
import { AwsError, notImplemented, invalidParameter } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import {
  checkCodeDeploy,
  checkConnect,
  checkFailureDetection,
  checkLoadBalancers,
  checkRegistries,
  configurationOf,
  DEFAULTS,
  storedLoadBalancers,
} from "./check-service.ts";
import { requireServiceLinkedRole } from "./service-linked-role.ts";
import { describeTaskSet } from "./task-sets.ts";
import {
  counts,
  deploymentConfigurationOf,
  deploymentOf,
  requireActiveService,
  requireService,
} from "./deployments.ts";
import { revisionArn, revisionCounts, startServiceDeployment } from "./service-deployments.ts";
import {
  type EcsService,
  findDefinition,
  findService,
  requireCluster,
  putService,
  services,
  shortName,
  tagList,
  tagMap,
} from "./tables.ts";
import {
  checkExec,
  checkLaunch,
  checkNetwork,
  checkPlatform,
  requireDefinition,
} from "./placement.ts";

function describe(context: Context, row: EcsService, include: readonly string[]): ecs.Service {
  const primary = row.deployments.find((deployment) => deployment.status === "PRIMARY");
  const isEcs = row.controller === "ECS";
  const network = row.network ? { networkConfiguration: { awsvpcConfiguration: row.network } } : {};
  const launch =
    row.strategy.length > 0
      ? { capacityProviderStrategy: [...row.strategy] }
      : row.launchType === undefined
        ? {}
        : { launchType: row.launchType };
  return {
    serviceArn: row.arn,
    serviceName: row.name,
    clusterArn: context.arn("ecs", `cluster/${row.clusterName}`),
    status: row.status,
    desiredCount: row.desired,
    ...counts(context, row),
    ...launch,
    ...network,
    platformVersion: row.platformVersion,
    platformFamily: "Linux",
    // With an external deployment controller, each task set has its own task definition.
    ...(primary && row.controller !== "EXTERNAL" ? { taskDefinition: primary.definitionArn } : {}),
    loadBalancers: [...row.loadBalancers],
    serviceRegistries: [...row.registries],
    deploymentConfiguration: deploymentConfigurationOf(row.configuration, isEcs),
    deploymentController: { type: row.controller },
    deployments: isEcs
      ? row.deployments.map((deployment) => ({
          id: deployment.id,
          status: deployment.status,
          taskDefinition: deployment.definitionArn,
          desiredCount: deployment.status === "PRIMARY" ? row.desired : 0,
          failedTasks: deployment.failedTasks,
          ...counts(context, row, deployment),
          createdAt: deployment.created,
          updatedAt: deployment.updated,
          platformVersion: row.platformVersion,
          platformFamily: "Linux",
          rolloutState: deployment.rollout,
          rolloutStateReason: deployment.rolloutReason,
          ...launch,
          ...network,
          ...(deployment.status === "PRIMARY" && row.connect
            ? { serviceConnectConfiguration: row.connect }
            : {}),
        }))
      : [],
    taskSets: isEcs
      ? []
      : row.deployments.map((deployment) => describeTaskSet(context, row, deployment)),
    events: row.events.map((event) => ({
      id: event.id,
      createdAt: event.at,
      message: event.message,
    })),
    createdAt: row.created,
    createdBy: context.caller.session ?? context.caller.arn,
    placementConstraints: [],
    placementStrategy: [],
    schedulingStrategy: row.scheduling,
    enableECSManagedTags: row.managedTags,
    enableExecuteCommand: row.exec,
    propagateTags: row.propagateTags,
    availabilityZoneRebalancing: row.zoneRebalancing,
    roleArn: `arn:${context.partition}:iam::${context.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    tags: include.includes("TAGS") ? tagList(row.tags) : [],
    ...(row.graceSeconds === undefined ? {} : { healthCheckGracePeriodSeconds: row.graceSeconds }),
    ...(row.serviceDeployment === undefined || row.status === "INACTIVE"
      ? {}
      : {
          currentServiceDeployment: row.serviceDeployment,
          currentServiceRevisions: row.deployments.map((deployment) =>
            revisionCounts(context, row, revisionArn(context, row, deployment.id)),
          ),
        }),
  };
}

export const serviceOperations: Operations = {
  CreateService: operation<ecs.CreateServiceRequest, ecs.CreateServiceResponse>()(
    [
      "availabilityZoneRebalancing",
      "capacityProviderStrategy",
      "cluster",
      "deploymentConfiguration",
      "deploymentController",
      "desiredCount",
      "enableECSManagedTags",
      "enableExecuteCommand",
      "healthCheckGracePeriodSeconds",
      "launchType",
      "loadBalancers",
      "networkConfiguration",
      "platformVersion",
      "propagateTags",
      "schedulingStrategy",
      "serviceConnectConfiguration",
      "serviceName",
      "serviceRegistries",
      "tags",
      "taskDefinition",
    ],
    (context, input) => {
      const cluster = requireCluster(context, input.cluster);
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(input.serviceName))
        throw invalidParameter(
          "Invalid service name: it must be 1 to 255 letters, digits, hyphens and underscores.",
        );
      const existing = findService(context, cluster.name, input.serviceName);
      if (existing && existing.status !== "INACTIVE") {
        throw existing.status === "DRAINING"
          ? invalidParameter("Unable to Start a service that is still Draining.")
          : invalidParameter("Creation of service was not idempotent.");
      }
      const count = context.in(services).filter((row) => row.clusterName === cluster.name).length;
      if (count >= context.settings.quotas.servicesPerCluster)
        throw new AwsError(
          "LimitExceededException",
          "The limit of services per cluster has been reached.",
        );
      const controller = input.deploymentController?.type ?? "ECS";
      if (input.taskDefinition === undefined && controller !== "EXTERNAL")
        throw invalidParameter("TaskDefinition can not be blank.");
      const definition =
        input.taskDefinition === undefined
          ? undefined
          : requireDefinition(context, input.taskDefinition);
      const scheduling = input.schedulingStrategy ?? "REPLICA";
      if (scheduling === "DAEMON" && input.launchType !== "EC2")
        throw invalidParameter(
          "The daemon scheduling strategy is not supported for Fargate launch type.",
        );
      if (input.desiredCount !== undefined && input.desiredCount < 0)
        throw invalidParameter("desiredCount must not be negative.");
      // With an external deployment controller, the launch type is set for each task set.
      if (controller !== "EXTERNAL")
        checkLaunch(
          context,
          cluster.name,
          definition,
          input.launchType,
          input.capacityProviderStrategy,
        );
      const network = checkNetwork(context, definition, input.networkConfiguration);
      const balancers = storedLoadBalancers(input.loadBalancers);
      checkLoadBalancers(context, balancers, definition, network);
      if (input.healthCheckGracePeriodSeconds !== undefined && balancers.length === 0)
        throw invalidParameter(
          "Health check grace period is only valid for services configured to use load balancers",
        );
      if (input.enableExecuteCommand === true) checkExec(definition);
      const registries = input.serviceRegistries ?? [];
      checkRegistries(context, registries, definition);
      checkConnect(context, cluster, input.serviceConnectConfiguration, definition);
      checkFailureDetection(controller, input.deploymentConfiguration);
      requireServiceLinkedRole(context);
      const strategy =
        input.launchType === undefined
          ? (input.capacityProviderStrategy ?? cluster.defaultStrategy)
          : [];
      const created = putService(context, {
        arn: context.arn("ecs", `service/${cluster.name}/${input.serviceName}`),
        name: input.serviceName,
        clusterName: cluster.name,
        status: "ACTIVE",
        desired: input.desiredCount ?? 0,
        strategy,
        platformVersion: checkPlatform(input.platformVersion),
        loadBalancers: balancers,
        registries,
        configuration: configurationOf(input.deploymentConfiguration, DEFAULTS),
        controller,
        scheduling,
        exec: input.enableExecuteCommand ?? false,
        managedTags: input.enableECSManagedTags ?? false,
        propagateTags: input.propagateTags ?? "NONE",
        zoneRebalancing: input.availabilityZoneRebalancing ?? "DISABLED",
        deployments: definition ? [deploymentOf(context, definition.arn, network, balancers)] : [],
        events: [],
        tags: tagMap(input.tags),
        created: context.now,
        ...(input.launchType === undefined ? {} : { launchType: input.launchType }),
        ...(network ? { network } : {}),
        ...(input.serviceConnectConfiguration
          ? { connect: input.serviceConnectConfiguration }
          : {}),
        ...(input.healthCheckGracePeriodSeconds === undefined
          ? balancers.length > 0
            ? { graceSeconds: 0 }
            : {}
          : { graceSeconds: input.healthCheckGracePeriodSeconds }),
      });
      const row = startServiceDeployment(context, created);
      return { service: describe(context, row, ["TAGS"]) };
    },
  ),

  DescribeServices: operation<ecs.DescribeServicesRequest, ecs.DescribeServicesResponse>()(
    ["cluster", "services", "include"],
    (context, input) => {
      if (input.services.length === 0 || input.services.length > 10)
        throw invalidParameter("Services must be 1 to 10 names.");
      const { name } = requireCluster(context, input.cluster);
      const rows = input.services.map((service) => findService(context, name, service));
      return {
        services: rows.flatMap((row) => (row ? [describe(context, row, input.include ?? [])] : [])),
        failures: input.services
          .filter((_, index) => rows[index] === undefined)
          .map((service) => ({
            arn: context.arn("ecs", `service/${name}/${shortName(service)}`),
            reason: "MISSING",
          })),
      };
    },
  ),

  ListServices: operation<ecs.ListServicesRequest, ecs.ListServicesResponse>()(
    ["cluster", "launchType", "schedulingStrategy", "maxResults", "nextToken"],
    (context, input) => {
      const { name } = requireCluster(context, input.cluster);
      const rows = context
        .in(services)
        .filter(
          (row) =>
            row.clusterName === name &&
            row.status !== "INACTIVE" &&
            (input.launchType === undefined || row.launchType === input.launchType) &&
            (input.schedulingStrategy === undefined || row.scheduling === input.schedulingStrategy),
        );
      const { items, next } = page(rows, input.maxResults ?? 10, input.nextToken);
      return {
        serviceArns: items.map((row) => row.arn),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    },
  ),

  UpdateService: operation<ecs.UpdateServiceRequest, ecs.UpdateServiceResponse>()(
    [
      "availabilityZoneRebalancing",
      "capacityProviderStrategy",
      "cluster",
      "deploymentConfiguration",
      "deploymentController",
      "desiredCount",
      "enableECSManagedTags",
      "enableExecuteCommand",
      "forceNewDeployment",
      "healthCheckGracePeriodSeconds",
      "loadBalancers",
      "networkConfiguration",
      "platformVersion",
      "propagateTags",
      "service",
      "serviceConnectConfiguration",
      "serviceRegistries",
      "taskDefinition",
    ],
    (context, input) => {
      const cluster = requireCluster(context, input.cluster);
      const row = requireActiveService(context, cluster.name, input.service);
      const primary = row.deployments.find((deployment) => deployment.status === "PRIMARY");
      if ((input.deploymentController?.type ?? row.controller) !== row.controller)
        throw notImplemented("a change of the deployment controller of a service");
      if (row.controller === "CODE_DEPLOY") checkCodeDeploy(input);
      checkFailureDetection(row.controller, input.deploymentConfiguration);
      const definition =
        input.taskDefinition === undefined
          ? findDefinition(context, primary?.definitionArn ?? "")
          : requireDefinition(context, input.taskDefinition);
      const strategy = input.capacityProviderStrategy ?? row.strategy;
      if (input.capacityProviderStrategy !== undefined)
        checkLaunch(context, cluster.name, definition, undefined, input.capacityProviderStrategy);
      const network = input.networkConfiguration
        ? checkNetwork(context, definition, input.networkConfiguration)
        : row.network;
      const balancers = input.loadBalancers
        ? storedLoadBalancers(input.loadBalancers)
        : row.loadBalancers;
      if (input.loadBalancers !== undefined || input.taskDefinition !== undefined)
        checkLoadBalancers(context, balancers, definition, network);
      const grace = input.healthCheckGracePeriodSeconds ?? row.graceSeconds;
      if ((input.healthCheckGracePeriodSeconds ?? 0) > 0 && balancers.length === 0)
        throw invalidParameter(
          "Health check grace period is only valid for services configured to use load balancers",
        );
      if (input.enableExecuteCommand === true) checkExec(definition);
      const connect = input.serviceConnectConfiguration ?? row.connect;
      checkConnect(context, cluster, input.serviceConnectConfiguration, definition);
      const changed: EcsService = {
        ...row,
        desired: input.desiredCount ?? row.desired,
        strategy,
        platformVersion:
          input.platformVersion === undefined
            ? row.platformVersion
            : checkPlatform(input.platformVersion),
        loadBalancers: balancers,
        registries: input.serviceRegistries ?? row.registries,
        configuration: configurationOf(input.deploymentConfiguration, row.configuration),
        exec: input.enableExecuteCommand ?? row.exec,
        managedTags: input.enableECSManagedTags ?? row.managedTags,
        propagateTags: input.propagateTags ?? row.propagateTags,
        zoneRebalancing: input.availabilityZoneRebalancing ?? row.zoneRebalancing,
        ...(network ? { network } : {}),
        ...(connect ? { connect } : {}),
        ...(grace === undefined ? {} : { graceSeconds: grace }),
      };
      checkRegistries(context, changed.registries, definition);
      const isNew =
        input.forceNewDeployment === true ||
        definition?.arn !== primary?.definitionArn ||
        [
          "network",
          "loadBalancers",
          "registries",
          "connect",
          "exec",
          "platformVersion",
          "strategy",
        ].some(
          (key) =>
            JSON.stringify(changed[key as keyof EcsService]) !==
            JSON.stringify(row[key as keyof EcsService]),
        );
      if (!isNew || !definition || row.controller !== "ECS")
        return { service: describe(context, putService(context, changed), ["TAGS"]) };
      const updated = putService(context, {
        ...changed,
        deployments: [
          deploymentOf(context, definition.arn, network, balancers),
          ...row.deployments.map((deployment) => ({ ...deployment, status: "ACTIVE" as const })),
        ],
      });
      return { service: describe(context, startServiceDeployment(context, updated), ["TAGS"]) };
    },
  ),

  DeleteService: operation<ecs.DeleteServiceRequest, ecs.DeleteServiceResponse>()(
    ["cluster", "service", "force"],
    (context, input) => {
      const row = requireService(context, input.cluster, input.service);
      if (row.status === "INACTIVE")
        throw new AwsError("ServiceNotFoundException", "Service not found.");
      if (row.desired > 0 && input.force !== true)
        throw invalidParameter("The service cannot be stopped while it is scaled above 0.");
      const updated = putService(context, { ...row, status: "DRAINING", desired: 0 });
      return { service: describe(context, updated, ["TAGS"]) };
    },
  ),
};
