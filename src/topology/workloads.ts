import {
  type PlanModel,
  type AttributePath,
  type Resource,
  isUnknown,
  listOf,
  Unknown,
} from "../plan/index.ts";
import { TARGET_GROUP_TYPES } from "./load-balancers.ts";
import { SECURITY_GROUP_TYPES, securityGroupsAt } from "./security-group-keys.ts";
import { type PartiallyKnown, type Subnet, SUBNET_TYPES, subnetsIn } from "./subnets.ts";
import {
  connectLogOf,
  imageOf,
  type LogConfiguration,
  TASK_DEFINITION_TYPES,
  type TaskDefinition,
  taskDefinitionOf,
} from "./task-definitions.ts";

/** The target groups that the tasks of a workload are registered in. */
export interface TargetGroupBinding {
  /** Several if the plan does not determine which of them it is. */
  readonly targetGroups: readonly Resource[];
  readonly externalIds: readonly string[];
  readonly unknown: readonly Unknown[];
  /** Name of the container that receives the requests. */
  readonly container: string | Unknown | undefined;
  /** Port of the container. */
  readonly port: number | Unknown | undefined;
}

/** Tasks with the same definition and network configuration. */
export interface Workload {
  /** "probe": the tasks that a service would have that uses the outputs of a foundation. */
  readonly kind: "service" | "task set" | "schedule" | "probe";
  /** Undefined for a probe. */
  readonly resource: Resource | undefined;
  readonly name: string;
  readonly subnets: PartiallyKnown<Subnet>;
  readonly securityGroups: PartiallyKnown<string>;
  readonly assignPublicIp: boolean | Unknown;
  readonly definition: TaskDefinition | Unknown | undefined;
  readonly bindings: readonly TargetGroupBinding[];
  /** The log configuration of the proxy of Service Connect. */
  readonly connectLog?: LogConfiguration;
  readonly desiredCount: number | Unknown;
  /** Whether the tasks run on Fargate or on instances. "default" for instances because no launch type is set. */
  readonly compute: Compute | Unknown;
}

type Compute = "fargate" | "instances" | "default";

/** The workloads of a plan; a probe if the plan is a foundation without a service. */
export function workloadsOf(plan: PlanModel): Workload[] {
  const workloads = [...servicesOf(plan), ...taskSetsOf(plan), ...schedulesOf(plan)];
  return workloads.length > 0 ? workloads : probesOf(plan);
}

function servicesOf(plan: PlanModel): Workload[] {
  return plan
    .resourcesOfType("aws_ecs_service")
    .filter(
      (service) =>
        service.mode === "managed" &&
        service.value("deployment_controller", 0, "type") !== "EXTERNAL",
    )
    .map((service) => ({
      kind: "service",
      resource: service,
      name: service.address,
      ...connectLogAt(service),
      ...networkConfigurationOf(plan, service, ["network_configuration", 0]),
      ...definitionAndCompute(plan, service, {
        task: [],
        cluster: ["cluster"],
        definition: ["task_definition"],
      }),
      bindings: bindingsOf(plan, service),
      // A daemon service runs one task on each container instance.
      desiredCount:
        service.value("scheduling_strategy") === "DAEMON"
          ? 1
          : (service.number("desired_count") ?? 0),
    }));
}

function connectLogAt(service: Resource): Pick<Workload, "connectLog"> {
  const connectLog = connectLogOf(service);
  return connectLog ? { connectLog } : {};
}

function taskSetsOf(plan: PlanModel): Workload[] {
  return plan.resourcesOfType("aws_ecs_task_set").map((taskSet) => ({
    kind: "task set",
    resource: taskSet,
    name: taskSet.address,
    ...networkConfigurationOf(plan, taskSet, ["network_configuration", 0]),
    ...definitionAndCompute(plan, taskSet, {
      task: [],
      cluster: ["cluster"],
      definition: ["task_definition"],
    }),
    bindings: bindingsOf(plan, taskSet),
    desiredCount: 1,
  }));
}

/** Where a resource that starts tasks has the role that starts them, the ARN of their cluster, and their settings. */
export interface SchedulePaths {
  /** The service that assumes the role. */
  readonly principal: string;
  readonly role: AttributePath;
  readonly cluster: AttributePath;
  readonly task: AttributePath;
}

/** Resources that start tasks: targets of EventBridge rules, and schedules of EventBridge Scheduler. */
const SCHEDULE_PATHS: Readonly<Record<string, SchedulePaths>> = {
  aws_cloudwatch_event_target: {
    principal: "events.amazonaws.com",
    role: ["role_arn"],
    cluster: ["arn"],
    task: ["ecs_target", 0],
  },
  aws_scheduler_schedule: {
    principal: "scheduler.amazonaws.com",
    role: ["target", 0, "role_arn"],
    cluster: ["target", 0, "arn"],
    task: ["target", 0, "ecs_parameters", 0],
  },
};

/** The paths of a resource that starts tasks; undefined for another resource. */
export const schedulePathsOf = ({ type }: Resource): SchedulePaths | undefined =>
  SCHEDULE_PATHS[type];

function schedulesOf(plan: PlanModel): Workload[] {
  return Object.entries(SCHEDULE_PATHS).flatMap(([type, { cluster, task }]) =>
    plan
      .resourcesOfType(type)
      .filter((schedule) => schedule.isSet(...task.slice(0, -1)))
      .map((schedule) => ({
        kind: "schedule",
        resource: schedule,
        name: schedule.address,
        ...networkConfigurationOf(plan, schedule, [...task, "network_configuration", 0]),
        ...definitionAndCompute(plan, schedule, {
          task,
          cluster,
          definition: [...task, "task_definition_arn"],
        }),
        bindings: [],
        desiredCount: schedule.number(...task, "task_count") ?? 1,
      })),
  );
}

const CLUSTER_TYPES = ["aws_ecs_cluster"];

/**
 * The task definition, and where the tasks run. If the launch type is unknown, they run on Fargate if their task definition requires
 * only Fargate.
 */
function definitionAndCompute(
  plan: PlanModel,
  resource: Resource,
  paths: Pick<SchedulePaths, "task" | "cluster"> & { readonly definition: AttributePath },
): Pick<Workload, "definition" | "compute"> {
  const definition = definitionAt(plan, resource, ...paths.definition);
  const compute = computeOf(plan, resource, paths.task, paths.cluster);
  return {
    definition,
    compute: isUnknown(compute) && requiresFargate(definition) ? "fargate" : compute,
  };
}

/** True if a task definition requires Fargate and nothing else. */
export function requiresFargate(definition: Workload["definition"]): boolean {
  if (definition === undefined || isUnknown(definition)) return false;
  const compatibilities = listOf(definition.resource?.value("requires_compatibilities"));
  return compatibilities.length > 0 && compatibilities.every((name) => name === "FARGATE");
}

/**
 * Where tasks run: by the launch type, else by the strategy, else by the default strategy of the cluster. Source: Amazon ECS API
 * Reference, CreateService: EC2 is the default launch type.
 */
function computeOf(
  plan: PlanModel,
  resource: Resource,
  path: AttributePath,
  clusterPath: AttributePath,
): Compute | Unknown {
  const launchType = resource.value(...path, "launch_type");
  if (typeof launchType === "string" && launchType !== "")
    return launchType === "FARGATE" ? "fargate" : "instances";
  // AWS returns the default of a launch type that is not configured.
  if (isUnknown(launchType) && (path.length > 0 || resource.isConfigured("launch_type")))
    return launchType;
  const own = strategyCompute(resource, [...path, "capacity_provider_strategy"]);
  if (own) return own;
  const { references, unknown } = resource.referencesTo(CLUSTER_TYPES, ...clusterPath);
  const [cluster] = references;
  if (cluster?.resource.mode !== "managed" || references.length > 1)
    return (
      unknown[0] ??
      new Unknown(resource.address, "cluster", "is not in this plan, and no launch type is set")
    );
  const defaults = plan
    .referrersOf(
      cluster.resource,
      ["aws_ecs_cluster_capacity_providers"],
      CLUSTER_TYPES,
      "cluster_name",
    )
    .map((association) => strategyCompute(association, ["default_capacity_provider_strategy"]));
  const clusterDefault = strategyCompute(cluster.resource, ["default_capacity_provider_strategy"]);
  return defaults.find((compute) => compute !== undefined) ?? clusterDefault ?? "default";
}

/** Where the tasks of a capacity provider strategy run; undefined without a strategy. */
function strategyCompute(
  resource: Resource,
  path: AttributePath,
): "fargate" | "instances" | Unknown | undefined {
  const blocks = resource.blockPaths(...path);
  if (isUnknown(blocks)) return resource.isConfigured(String(path[0])) ? blocks : undefined;
  const [first] = blocks;
  if (!first) return undefined;
  const provider = resource.text(...first, "capacity_provider");
  if (typeof provider === "string") return provider.startsWith("FARGATE") ? "fargate" : "instances";
  const { references } = resource.referencesTo(
    ["aws_ecs_capacity_provider"],
    ...first,
    "capacity_provider",
  );
  return references.length === 0 ? provider : "instances";
}

function networkConfigurationOf(
  plan: PlanModel,
  resource: Resource,
  path: AttributePath,
): Pick<Workload, "subnets" | "securityGroups" | "assignPublicIp"> {
  const subnets = subnetsIn(plan, resource.referencesTo(SUBNET_TYPES, ...path, "subnets"));
  const assignPublicIp = resource.value(...path, "assign_public_ip");
  return {
    subnets,
    securityGroups: securityGroupsAt(resource, subnets.items[0]?.vpc, ...path, "security_groups"),
    assignPublicIp: isUnknown(assignPublicIp)
      ? assignPublicIp
      : assignPublicIp === true || assignPublicIp === "true",
  };
}

function definitionAt(
  plan: PlanModel,
  resource: Resource,
  ...path: AttributePath
): TaskDefinition | Unknown | undefined {
  const { references, externalIds, unknown } = resource.referencesTo(
    TASK_DEFINITION_TYPES,
    ...path,
  );
  const managed = references.filter((reference) => reference.resource.mode === "managed");
  const [reference] = managed;
  if (reference && managed.length === 1) return taskDefinitionOf(plan, reference.resource);
  if (references.length > 0)
    return new Unknown(
      resource.address,
      "task_definition",
      `is one of ${references.map(({ resource: definition }) => definition.address).join(", ")}`,
    );
  if (unknown[0]) return unknown[0];
  const [id] = externalIds;
  if (id === undefined) return undefined;
  // The family with or without a revision, or an ARN.
  const family = /^(?:arn:[^/]+\/)?([^:]+)(?::\d+)?$/.exec(id)?.[1];
  const definition = plan
    .resourcesOfType(...TASK_DEFINITION_TYPES)
    .find(({ mode, values }) => mode === "managed" && values["family"] === family);
  return definition
    ? taskDefinitionOf(plan, definition)
    : new Unknown(resource.address, "task_definition", `is ${id}, which is not in this plan`);
}

function bindingsOf(plan: PlanModel, resource: Resource): TargetGroupBinding[] {
  const blocks = resource.blockPaths("load_balancer");
  if (isUnknown(blocks)) {
    // The blocks are dynamic. The companion contains the attributes that are the same in each of them.
    const companion = plan.companionOf(resource, "load_balancer");
    return [
      {
        ...targetGroupsAt(resource, ["load_balancer", 0]),
        container: companion?.text("input", "container_name") ?? blocks,
        port: companion?.number("input", "container_port") ?? blocks,
      },
    ];
  }
  return blocks.map((path) => ({
    ...targetGroupsAt(resource, path),
    container: resource.text(...path, "container_name"),
    port: resource.number(...path, "container_port"),
  }));
}

function targetGroupsAt(
  resource: Resource,
  path: AttributePath,
): Pick<TargetGroupBinding, "targetGroups" | "externalIds" | "unknown"> {
  const { references, externalIds, unknown } = resource.referencesTo(
    TARGET_GROUP_TYPES,
    ...path,
    "target_group_arn",
  );
  return {
    targetGroups: references.map((reference) => reference.resource),
    externalIds,
    unknown,
  };
}

/** The workload of a foundation without a service, from the outputs that a service would use. */
function probesOf(plan: PlanModel): Workload[] {
  const subnets = subnetsIn(plan, plan.outputReferences("task_subnet_ids", SUBNET_TYPES));
  const securityGroups = plan.outputReferences("task_security_group_id", SECURITY_GROUP_TYPES);
  if (subnets.items.length === 0 || securityGroups.references.length === 0) return [];
  const resourceOf = (output: string, type: string): Resource | undefined =>
    plan.outputReferences(output, [type]).references[0]?.resource;
  const repository = resourceOf("repository_url", "aws_ecr_repository");
  const repositoryUrl = plan.outputConstant("repository_url");
  const logGroup = resourceOf("log_group_name", "aws_cloudwatch_log_group");
  const targetGroups = plan
    .outputReferences("target_group_arn", TARGET_GROUP_TYPES)
    .references.map((reference) => reference.resource);
  const portOutput = plan.outputConstant("container_port");
  const port = typeof portOutput === "number" ? portOutput : undefined;
  return [
    {
      kind: "probe",
      resource: undefined,
      name: "a service that uses the outputs",
      subnets,
      securityGroups: {
        items: securityGroups.references.map((reference) => reference.resource.address),
        unknown: securityGroups.unknown,
      },
      assignPublicIp: plan.outputConstant("assign_public_ip") === true,
      definition: {
        resource: undefined,
        containers: [
          {
            name: "probe",
            json: undefined,
            image: repository
              ? { reference: undefined, kind: "ecr", repository }
              : imageOf(
                  plan,
                  typeof repositoryUrl === "string" ? repositoryUrl : "public.ecr.aws/probe",
                ),
            log: logGroup ? { driver: "awslogs", group: logGroup, createsGroup: false } : undefined,
            secrets: [],
            environmentFiles: [],
            ports: port === undefined ? undefined : [port],
          },
        ],
      },
      bindings:
        targetGroups.length === 0
          ? []
          : [{ targetGroups, externalIds: [], unknown: [], container: "probe", port }],
      desiredCount: 2,
      compute: "fargate",
    },
  ];
}
