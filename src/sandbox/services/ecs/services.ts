import type * as ecs from "@aws-sdk/client-ecs";
import { mayCaller } from "../../access/gate.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../service.ts";
import { loadBalancersOf, targetGroups } from "../elasticloadbalancing/rows.ts";
import { discoveryServices, namespaces } from "../servicediscovery/rows.ts";
import { subnets } from "../ec2/rows.ts";
import { linkedRole } from "../iam/roles.ts";
import { roles } from "../iam/rows.ts";
import {
  type Cluster,
  type Definition,
  type Deployment,
  type EcsService,
  findDefinition,
  findService,
  needCluster,
  putService,
  services,
  shortName,
  tagList,
  tagMap,
  type Task,
  tasks,
} from "./rows.ts";
import {
  checkExec,
  checkLaunch,
  checkNetwork,
  checkPlatform,
  needDefinition,
  stop as stopTask,
} from "./tasks.ts";

const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);

function needService(context: Context, cluster: string | undefined, name: string): EcsService {
  needCluster(context, cluster);
  const row = findService(context, cluster, name);
  if (!row) throw new AwsError("ServiceNotFoundException", "Service not found.");
  return row;
}

function needActive(context: Context, cluster: string | undefined, name: string): EcsService {
  const row = needService(context, cluster, name);
  if (row.status !== "ACTIVE")
    throw new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");
  return row;
}

/**
 * Checks a service's load balancers against its task definition and the target groups.
 *
 * Source: Amazon ECS API Reference, CreateService; Amazon ECS Developer Guide, "Troubleshooting service load balancers in Amazon ECS".
 */
function checkLoadBalancers(
  context: Context,
  balancers: readonly ecs.LoadBalancer[],
  definition: Definition | undefined,
  network: ecs.AwsVpcConfiguration | undefined,
): void {
  if (balancers.length > 5) throw invalid("load balancers can have at most 5 items.");
  for (const { targetGroupArn, containerName, containerPort } of balancers) {
    if (targetGroupArn === undefined)
      throw invalid("targetGroupArn must be specified for an application load balancer.");
    const group = context.in(targetGroups).get(targetGroupArn);
    if (!group)
      throw invalid(
        `Unable to describe the target group ${targetGroupArn}: One or more target groups not found`,
      );
    const isAwsvpc = definition?.body.networkMode === "awsvpc";
    if (isAwsvpc && group.targetType === "instance") {
      throw invalid(
        `The provided target group ${targetGroupArn} has target type instance, which is incompatible with the awsvpc network mode specified in the task definition.`,
      );
    }
    if (loadBalancersOf(context, targetGroupArn).length === 0) {
      throw invalid(
        `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`,
      );
    }
    const container = definition?.body.containerDefinitions?.find(
      (one) => one.name === containerName,
    );
    if (definition && !container)
      throw invalid(`The container ${containerName} does not exist in the task definition.`);
    const ports = container?.portMappings?.map((one) => one.containerPort) ?? [];
    if (definition && !ports.includes(containerPort))
      throw invalid(
        `The container ${containerName} did not have a container port ${containerPort} defined.`,
      );
    const vpcId = context.in(subnets).get(network?.subnets?.[0] ?? "")?.vpcId;
    if (vpcId !== undefined && vpcId !== group.vpcId)
      throw invalid(
        `The target group ${targetGroupArn} and the service's subnets are in different VPCs.`,
      );
  }
}

/**
 * The role that ECS itself works with: made when it is first needed, with the caller's leave.
 *
 * Source: Amazon ECS Developer Guide, "Using service-linked roles for Amazon ECS".
 */
function ownRole(context: Context): void {
  const arn = `arn:${context.partition}:iam::${context.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`;
  const isThere = context.in(roles).has("AWSServiceRoleForECS");
  if (!isThere && !mayCaller(context, "iam:CreateServiceLinkedRole", arn))
    throw invalid(
      "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
    );
  linkedRole(context, "ecs.amazonaws.com");
}

/** Source: Amazon ECS API Reference, ServiceRegistry. */
function checkRegistries(
  context: Context,
  registries: readonly ecs.ServiceRegistry[],
  definition: Definition | undefined,
): void {
  if (registries.length > 1) throw invalid("service registries can have at most 1 items.");
  for (const one of registries) {
    const id = one.registryArn?.split("/").pop() ?? "";
    const row = context.in(discoveryServices).get(id);
    if (!row) throw invalid(`The specified service registry ${one.registryArn} does not exist.`);
    const type = row.dns?.DnsRecords?.[0]?.Type;
    if (type === "SRV" && one.port === undefined && one.containerPort === undefined)
      throw invalid(
        "When specifying a SRV record, either port or containerName and containerPort must be set.",
      );
    if (
      type === "A" &&
      definition?.body.networkMode === "awsvpc" &&
      one.containerPort !== undefined &&
      one.containerName !== undefined
    )
      throw invalid(
        "When specifying an A record with awsvpc network mode, containerName and containerPort must not be set.",
      );
  }
}

/** Source: Amazon ECS API Reference, ServiceConnectConfiguration. */
function checkConnect(
  context: Context,
  cluster: Cluster,
  wanted: ecs.ServiceConnectConfiguration | undefined,
  definition: Definition | undefined,
): void {
  if (wanted?.enabled !== true) return;
  const name = wanted.namespace ?? cluster.serviceConnect;
  if (name === undefined)
    throw invalid(
      "Namespace is missing: specify one in the service connect configuration or as the cluster's default.",
    );
  const known = context
    .in(namespaces)
    .find((row) => row.arn === name || row.id === name || row.name === name);
  if (!known) throw new AwsError("NamespaceNotFoundException", "Namespace not found.");
  const ports = new Set(
    (definition?.body.containerDefinitions ?? []).flatMap((one) =>
      (one.portMappings ?? []).flatMap((port) => port.name ?? []),
    ),
  );
  const odd = wanted.services?.find((one) => definition && !ports.has(one.portName ?? ""));
  if (odd)
    throw invalid(
      `The specified portName ${odd.portName} does not match a named port mapping in the task definition.`,
    );
}

interface Percents {
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
}

function configurationOf(
  wanted: ecs.DeploymentConfiguration | undefined,
  before: EcsService["configuration"],
): EcsService["configuration"] {
  if (wanted?.strategy !== undefined && wanted.strategy !== "ROLLING") {
    throw new AwsError(
      "NotImplemented",
      `Berth's sandbox does not implement deployments of the strategy ${wanted.strategy}`,
      501,
    );
  }
  const percents: Percents = {
    maximumPercent: wanted?.maximumPercent ?? before.maximumPercent,
    minimumHealthyPercent: wanted?.minimumHealthyPercent ?? before.minimumHealthyPercent,
  };
  if (percents.maximumPercent < 100 || percents.maximumPercent > 200)
    throw invalid("maximumPercent must be from 100 to 200.");
  if (percents.minimumHealthyPercent < 0 || percents.minimumHealthyPercent > 100)
    throw invalid("minimumHealthyPercent must be from 0 to 100.");
  if (percents.maximumPercent === 100 && percents.minimumHealthyPercent === 100) {
    throw invalid(
      "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    );
  }
  const breaker = wanted?.deploymentCircuitBreaker;
  const alarms = wanted?.alarms ?? before.alarms;
  return {
    ...percents,
    breaker: breaker
      ? { enable: breaker.enable === true, rollback: breaker.rollback === true }
      : before.breaker,
    ...(alarms ? { alarms } : {}),
  };
}

const DEFAULTS: EcsService["configuration"] = {
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  breaker: { enable: false, rollback: false },
};

function deploymentOf(
  context: Context,
  definitionArn: string,
  network: ecs.AwsVpcConfiguration | undefined,
  loadBalancers: readonly ecs.LoadBalancer[],
): Deployment {
  const id = `ecs-svc/${Number.parseInt(context.hex(15), 16).toString().padStart(19, "1").slice(0, 19)}`;
  return {
    id,
    status: "PRIMARY",
    definitionArn,
    loadBalancers,
    scale: 100,
    rollout: "IN_PROGRESS",
    rolloutReason: `ECS deployment ${id} in progress.`,
    failedTasks: 0,
    failures: 0,
    created: context.now,
    updated: context.now,
    ...(network ? { network } : {}),
  };
}

const liveTasks = (context: Context, row: EcsService, deployment?: Deployment): Task[] =>
  context
    .in(tasks)
    .filter(
      (task) =>
        task.serviceName === row.name &&
        task.clusterName === row.clusterName &&
        task.status !== "STOPPED" &&
        (deployment === undefined || task.deploymentId === deployment.id),
    );

interface Counts {
  readonly runningCount: number;
  readonly pendingCount: number;
}

function counts(context: Context, row: EcsService, deployment?: Deployment): Counts {
  const live = liveTasks(context, row, deployment);
  const runningCount = live.filter((task) => task.status === "RUNNING").length;
  return { runningCount, pendingCount: live.length - runningCount };
}

function describeTaskSet(context: Context, row: EcsService, one: Deployment): ecs.TaskSet {
  const computed = Math.ceil((row.desired * one.scale) / 100);
  const { runningCount, pendingCount } = counts(context, row, one);
  return {
    id: one.id,
    taskSetArn: context.arn("ecs", `task-set/${row.clusterName}/${row.name}/${one.id}`),
    serviceArn: row.arn,
    clusterArn: context.arn("ecs", `cluster/${row.clusterName}`),
    status: one.status,
    taskDefinition: one.definitionArn,
    computedDesiredCount: computed,
    pendingCount,
    runningCount,
    createdAt: one.created,
    updatedAt: one.updated,
    launchType: row.launchType ?? "FARGATE",
    platformVersion: row.platformVersion,
    platformFamily: "Linux",
    loadBalancers: [...one.loadBalancers],
    serviceRegistries: [],
    scale: { value: one.scale, unit: "PERCENT" },
    stabilityStatus: runningCount === computed ? "STEADY_STATE" : "STABILIZING",
    tags: [],
    ...(one.externalId === undefined ? {} : { externalId: one.externalId }),
    ...(one.network ? { networkConfiguration: { awsvpcConfiguration: one.network } } : {}),
  };
}

function describe(context: Context, row: EcsService, include: readonly string[]): ecs.Service {
  const primary = row.deployments.find((one) => one.status === "PRIMARY");
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
    taskDefinition: primary?.definitionArn ?? "",
    loadBalancers: [...row.loadBalancers],
    serviceRegistries: [...row.registries],
    deploymentConfiguration: {
      maximumPercent: row.configuration.maximumPercent,
      minimumHealthyPercent: row.configuration.minimumHealthyPercent,
      ...(row.configuration.alarms ? { alarms: row.configuration.alarms } : {}),
      ...(isEcs ? { deploymentCircuitBreaker: { ...row.configuration.breaker } } : {}),
    },
    deploymentController: { type: row.controller },
    deployments: isEcs
      ? row.deployments.map((one) => ({
          id: one.id,
          status: one.status,
          taskDefinition: one.definitionArn,
          desiredCount: one.status === "PRIMARY" ? row.desired : 0,
          failedTasks: one.failedTasks,
          ...counts(context, row, one),
          createdAt: one.created,
          updatedAt: one.updated,
          platformVersion: row.platformVersion,
          platformFamily: "Linux",
          rolloutState: one.rollout,
          rolloutStateReason: one.rolloutReason,
          ...launch,
          ...network,
          ...(one.status === "PRIMARY" && row.connect
            ? { serviceConnectConfiguration: row.connect }
            : {}),
        }))
      : [],
    taskSets: isEcs ? [] : row.deployments.map((one) => describeTaskSet(context, row, one)),
    events: row.events.map((one) => ({ id: one.id, createdAt: one.at, message: one.message })),
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
  };
}

/** ECS stores a load balancer without what it does not use. */
const settledBalancers = (given: readonly ecs.LoadBalancer[] | undefined): ecs.LoadBalancer[] =>
  (given ?? []).map(({ targetGroupArn, containerName, containerPort }) => ({
    targetGroupArn,
    containerName,
    containerPort,
  }));

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
      const cluster = needCluster(context, input.cluster);
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(input.serviceName))
        throw invalid(
          "Invalid service name: it must be 1 to 255 letters, digits, hyphens and underscores.",
        );
      const rival = findService(context, cluster.name, input.serviceName);
      if (rival && rival.status !== "INACTIVE") {
        throw rival.status === "DRAINING"
          ? invalid("Unable to Start a service that is still Draining.")
          : invalid("Creation of service was not idempotent.");
      }
      const count = context.in(services).filter((row) => row.clusterName === cluster.name).length;
      if (count >= context.laws.quotas.servicesPerCluster)
        throw new AwsError(
          "LimitExceededException",
          "The limit of services per cluster has been reached.",
        );
      const controller = input.deploymentController?.type ?? "ECS";
      if (input.taskDefinition === undefined && controller !== "EXTERNAL")
        throw invalid("TaskDefinition can not be blank.");
      const definition =
        input.taskDefinition === undefined
          ? undefined
          : needDefinition(context, input.taskDefinition);
      const scheduling = input.schedulingStrategy ?? "REPLICA";
      if (scheduling === "DAEMON" && input.launchType !== "EC2")
        throw invalid("The daemon scheduling strategy is not supported for Fargate launch type.");
      if (input.desiredCount !== undefined && input.desiredCount < 0)
        throw invalid("desiredCount must not be negative.");
      checkLaunch(
        context,
        cluster.name,
        definition,
        input.launchType,
        input.capacityProviderStrategy,
      );
      const network = checkNetwork(context, definition, input.networkConfiguration);
      const balancers = settledBalancers(input.loadBalancers);
      checkLoadBalancers(context, balancers, definition, network);
      if (input.healthCheckGracePeriodSeconds !== undefined && balancers.length === 0)
        throw invalid(
          "Health check grace period is only valid for services configured to use load balancers",
        );
      if (input.enableExecuteCommand === true) checkExec(definition);
      const registries = input.serviceRegistries ?? [];
      checkRegistries(context, registries, definition);
      checkConnect(context, cluster, input.serviceConnectConfiguration, definition);
      if (
        controller !== "ECS" &&
        input.deploymentConfiguration?.deploymentCircuitBreaker?.enable === true
      )
        throw invalid(
          "DeploymentCircuitBreaker is only supported with the ECS deployment controller.",
        );
      ownRole(context);
      const strategy =
        input.launchType === undefined
          ? (input.capacityProviderStrategy ?? cluster.defaultStrategy)
          : [];
      const row = putService(context, {
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
      return { service: describe(context, row, ["TAGS"]) };
    },
  ),

  DescribeServices: operation<ecs.DescribeServicesRequest, ecs.DescribeServicesResponse>()(
    ["cluster", "services", "include"],
    (context, input) => {
      if (input.services.length === 0 || input.services.length > 10)
        throw invalid("Services must be 1 to 10 names.");
      const { name } = needCluster(context, input.cluster);
      const rows = input.services.map((one) => findService(context, name, one));
      return {
        services: rows.flatMap((row) => (row ? [describe(context, row, input.include ?? [])] : [])),
        failures: input.services
          .filter((_, index) => rows[index] === undefined)
          .map((one) => ({
            arn: context.arn("ecs", `service/${name}/${shortName(one)}`),
            reason: "MISSING",
          })),
      };
    },
  ),

  ListServices: operation<ecs.ListServicesRequest, ecs.ListServicesResponse>()(
    ["cluster", "launchType", "schedulingStrategy", "maxResults", "nextToken"],
    (context, input) => {
      const { name } = needCluster(context, input.cluster);
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
      const cluster = needCluster(context, input.cluster);
      const row = needActive(context, cluster.name, input.service);
      const primary = row.deployments.find((one) => one.status === "PRIMARY");
      if (row.controller === "CODE_DEPLOY") checkCodeDeploy(input);
      const definition =
        input.taskDefinition === undefined
          ? findDefinition(context, primary?.definitionArn ?? "")
          : needDefinition(context, input.taskDefinition);
      const strategy = input.capacityProviderStrategy ?? row.strategy;
      if (input.capacityProviderStrategy !== undefined)
        checkLaunch(context, cluster.name, definition, undefined, input.capacityProviderStrategy);
      const network = input.networkConfiguration
        ? checkNetwork(context, definition, input.networkConfiguration)
        : row.network;
      const balancers = input.loadBalancers
        ? settledBalancers(input.loadBalancers)
        : row.loadBalancers;
      if (input.loadBalancers !== undefined || input.taskDefinition !== undefined)
        checkLoadBalancers(context, balancers, definition, network);
      const grace = input.healthCheckGracePeriodSeconds ?? row.graceSeconds;
      if ((input.healthCheckGracePeriodSeconds ?? 0) > 0 && balancers.length === 0)
        throw invalid(
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
      const fresh =
        isNew && definition && row.controller === "ECS"
          ? [
              deploymentOf(context, definition.arn, network, balancers),
              ...row.deployments.map((one) => ({ ...one, status: "ACTIVE" as const })),
            ]
          : row.deployments;
      const saved = putService(context, { ...changed, deployments: fresh });
      return { service: describe(context, saved, ["TAGS"]) };
    },
  ),

  DeleteService: operation<ecs.DeleteServiceRequest, ecs.DeleteServiceResponse>()(
    ["cluster", "service", "force"],
    (context, input) => {
      const row = needService(context, input.cluster, input.service);
      if (row.status === "INACTIVE")
        throw new AwsError("ServiceNotFoundException", "Service not found.");
      if (row.desired > 0 && input.force !== true)
        throw invalid("The service cannot be stopped while it is scaled above 0.");
      const saved = putService(context, { ...row, status: "DRAINING", desired: 0 });
      return { service: describe(context, saved, ["TAGS"]) };
    },
  ),

  CreateTaskSet: operation<ecs.CreateTaskSetRequest, ecs.CreateTaskSetResponse>()(
    [
      "capacityProviderStrategy",
      "cluster",
      "externalId",
      "launchType",
      "loadBalancers",
      "networkConfiguration",
      "platformVersion",
      "scale",
      "service",
      "taskDefinition",
    ],
    (context, input) => {
      const row = needActive(context, input.cluster, input.service);
      if (row.controller === "ECS")
        throw invalid(
          "Task sets are not supported for services with the ECS deployment controller.",
        );
      const definition = needDefinition(context, input.taskDefinition);
      const network = input.networkConfiguration
        ? checkNetwork(context, definition, input.networkConfiguration)
        : row.network;
      const balancers = settledBalancers(input.loadBalancers);
      checkLoadBalancers(context, balancers, definition, network);
      const made: Deployment = {
        ...deploymentOf(context, definition.arn, network, balancers),
        status: row.deployments.length === 0 ? "PRIMARY" : "ACTIVE",
        scale: input.scale?.value ?? 100,
        ...(input.externalId === undefined ? {} : { externalId: input.externalId }),
      };
      const saved = putService(context, { ...row, deployments: [...row.deployments, made] });
      return { taskSet: describeTaskSet(context, saved, made) };
    },
  ),

  UpdateServicePrimaryTaskSet: operation<
    ecs.UpdateServicePrimaryTaskSetRequest,
    ecs.UpdateServicePrimaryTaskSetResponse
  >()(["cluster", "service", "primaryTaskSet"], (context, input) => {
    const row = needActive(context, input.cluster, input.service);
    const id = taskSetId(input.primaryTaskSet);
    const one = needTaskSet(row, id);
    const saved = putService(context, {
      ...row,
      deployments: row.deployments.map((each) => ({
        ...each,
        status: each.id === id ? ("PRIMARY" as const) : ("ACTIVE" as const),
      })),
    });
    return { taskSet: describeTaskSet(context, saved, { ...one, status: "PRIMARY" }) };
  }),

  UpdateTaskSet: operation<ecs.UpdateTaskSetRequest, ecs.UpdateTaskSetResponse>()(
    ["cluster", "service", "taskSet", "scale"],
    (context, input) => {
      const row = needActive(context, input.cluster, input.service);
      const one = {
        ...needTaskSet(row, taskSetId(input.taskSet)),
        scale: input.scale.value ?? 100,
      };
      const saved = putService(context, {
        ...row,
        deployments: row.deployments.map((each) => (each.id === one.id ? one : each)),
      });
      return { taskSet: describeTaskSet(context, saved, one) };
    },
  ),

  DeleteTaskSet: operation<ecs.DeleteTaskSetRequest, ecs.DeleteTaskSetResponse>()(
    ["cluster", "service", "taskSet", "force"],
    (context, input) => {
      const row = needActive(context, input.cluster, input.service);
      const one = needTaskSet(row, taskSetId(input.taskSet));
      if (one.scale > 0 && input.force !== true)
        throw invalid("The task set cannot be deleted while it is scaled above 0; use force.");
      // It runs no more: the scheduler stops what is left of it.
      const saved = putService(context, {
        ...row,
        deployments: row.deployments.map((each) =>
          each.id === one.id ? { ...each, scale: 0 } : each,
        ),
      });
      const described = describeTaskSet(context, saved, one);
      retire(context, saved, one);
      return { taskSet: { ...described, status: "DRAINING" } };
    },
  ),

  DescribeTaskSets: operation<ecs.DescribeTaskSetsRequest, ecs.DescribeTaskSetsResponse>()(
    ["cluster", "service", "taskSets", "include"],
    (context, input) => {
      const row = needService(context, input.cluster, input.service);
      const wanted = input.taskSets?.map(taskSetId);
      return {
        taskSets: row.deployments
          .filter((one) => wanted?.includes(one.id) ?? true)
          .map((one) => describeTaskSet(context, row, one)),
        failures: (wanted ?? [])
          .filter((id) => !row.deployments.some((one) => one.id === id))
          .map((arn) => ({ arn, reason: "MISSING" })),
      };
    },
  ),
};

const taskSetId = (idOrArn: string): string => /(ecs-svc\/\d+)$/.exec(idOrArn)?.[1] ?? idOrArn;

function needTaskSet(row: EcsService, id: string): Deployment {
  const one = row.deployments.find((each) => each.id === id);
  if (!one) throw new AwsError("TaskSetNotFoundException", "The specified task set was not found.");
  return one;
}

/** Takes a task set out of its service, with its tasks. */
function retire(context: Context, row: EcsService, one: Deployment): void {
  for (const task of liveTasks(context, row, one))
    stopTask(context, task, "ServiceSchedulerInitiated", `Task set ${one.id} was deleted`);
  putService(context, {
    ...row,
    deployments: row.deployments.filter((each) => each.id !== one.id),
  });
}

/** Source: Amazon ECS API Reference, UpdateService: what CodeDeploy owns is not changed here. */
function checkCodeDeploy(input: Partial<ecs.UpdateServiceRequest>): void {
  if (input.taskDefinition !== undefined) {
    throw invalid(
      "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
  }
  if (input.forceNewDeployment === true)
    throw invalid(
      "Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
  if (input.networkConfiguration !== undefined)
    throw invalid(
      "Unable to update network parameters on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
  if (input.deploymentConfiguration?.deploymentCircuitBreaker?.enable === true)
    throw invalid("DeploymentCircuitBreaker is only supported with the ECS deployment controller.");
}
