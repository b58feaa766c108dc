import { stopKindOf } from "../../failures/index.ts";
import type { Context } from "../core/operation.ts";
import type { AccountRegion } from "../core/store.ts";
import type { Sandbox } from "../server.ts";
import type { Failure } from "../services/ecs/startup/start-failure.ts";
import {
  type Definition,
  definitions,
  type Deployment,
  type EcsService,
  findDefinition,
  services,
  type Task,
  tasks,
} from "../services/ecs/tables.ts";
import { contextsWith } from "./resources.ts";

/** Why a task did not start: the message of AWS, the typed cause, and the path of a dropped packet. */
export type StartFailure = Omit<Failure, "code">;

/** Why a task stopped. */
export type StopCause =
  | { readonly kind: "start-failed"; readonly failure: StartFailure }
  /** An essential container exited. */
  | {
      readonly kind: "container-exited";
      readonly container: string;
      readonly exitCode: number | undefined;
    }
  | { readonly kind: "container-health-check" }
  | { readonly kind: "load-balancer-health-check" }
  /** The service was scaled, changed or deleted. */
  | { readonly kind: "scaling" }
  /** A caller of StopTask stopped it. */
  | { readonly kind: "stopped-by-caller" }
  | { readonly kind: "other" };

/** A container of a task. */
export interface ContainerView {
  readonly name: string;
  readonly image: string;
  readonly status: "PENDING" | "RUNNING" | "STOPPED";
  readonly health: "HEALTHY" | "UNHEALTHY" | "UNKNOWN";
  readonly exitCode?: number;
}

/** An ECS task. */
export interface TaskView extends AccountRegion {
  readonly arn: string;
  readonly cluster: string;
  /** ARN of its service; absent for a task of RunTask or of a schedule. */
  readonly service?: string;
  /** ARN of its task definition. */
  readonly taskDefinition: string;
  readonly status: "PROVISIONING" | "PENDING" | "RUNNING" | "DEACTIVATING" | "STOPPED";
  readonly subnetId: string;
  /** Absent after the task has stopped: ECS deletes the network interface. */
  readonly networkInterfaceId?: string;
  readonly privateIp?: string;
  readonly containers: readonly ContainerView[];
  /** Set for a stopped task. */
  readonly stopped?: {
    /** The stopped reason, as ECS reports it. */
    readonly reason: string;
    readonly cause: StopCause;
  };
}

/** A deployment of a service, or a task set. */
export interface DeploymentView {
  readonly id: string;
  readonly status: "PRIMARY" | "ACTIVE";
  /** ARN of the task definition. */
  readonly taskDefinition: string;
  readonly rollout: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  readonly rolloutReason: string;
  readonly subnetIds: readonly string[];
  readonly targetGroups: readonly string[];
}

/** An ECS service. */
export interface ServiceView extends AccountRegion {
  readonly arn: string;
  readonly name: string;
  readonly cluster: string;
  readonly status: "ACTIVE" | "DRAINING" | "INACTIVE";
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly usesCapacityProviders: boolean;
  /** ARNs of the target groups that the service registers its tasks in. */
  readonly targetGroups: readonly string[];
  /** The newest deployment is the primary one. */
  readonly deployments: readonly DeploymentView[];
  /** The newest event is the first. */
  readonly events: readonly { readonly at: Date; readonly message: string }[];
}

/** A revision of a task definition. */
export interface TaskDefinitionView extends AccountRegion {
  readonly arn: string;
  readonly executionRole?: string;
  readonly taskRole?: string;
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly logDriver?: string;
    /** The `valueFrom` of its secrets. */
    readonly secrets: readonly string[];
  }[];
}

const placeOf = ({ account, region }: AccountRegion): AccountRegion => ({ account, region });

function stopCauseOf(task: Task): StopCause {
  switch (task.stopCode) {
    case "TaskFailedToStart":
      return task.startFailure
        ? { kind: "start-failed", failure: task.startFailure }
        : { kind: "other" };
    case "EssentialContainerExited": {
      const container = task.containers.find(({ exitCode }) => exitCode !== undefined);
      return {
        kind: "container-exited",
        container: container?.name ?? "",
        exitCode: container?.exitCode,
      };
    }
    case "UserInitiated":
      return { kind: "stopped-by-caller" };
    default:
      return { kind: stopKindOf(task.stoppedReason ?? "") ?? "other" };
  }
}

function viewTask(context: Context, task: Task): TaskView {
  const service =
    task.serviceName === undefined
      ? undefined
      : context
          .in(services)
          .find((row) => row.name === task.serviceName && row.clusterName === task.clusterName);
  const hasInterface = task.status !== "STOPPED" && task.interfaceId !== undefined;
  return {
    ...placeOf(context),
    arn: task.arn,
    cluster: task.clusterName,
    ...(service ? { service: service.arn } : {}),
    taskDefinition: task.definitionArn,
    status: task.status,
    subnetId: task.subnetId,
    ...(hasInterface ? { networkInterfaceId: task.interfaceId } : {}),
    ...(task.privateIp === undefined ? {} : { privateIp: task.privateIp }),
    containers: task.containers.map(({ name, image, status, health, exitCode }) => ({
      name,
      image,
      status,
      health,
      ...(exitCode === undefined ? {} : { exitCode }),
    })),
    ...(task.status === "STOPPED"
      ? { stopped: { reason: task.stoppedReason ?? "", cause: stopCauseOf(task) } }
      : {}),
  };
}

const groupsOf = ({ loadBalancers }: Pick<EcsService, "loadBalancers">): string[] =>
  loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []);

const viewDeployment = (service: EcsService, deployment: Deployment): DeploymentView => ({
  id: deployment.id,
  status: deployment.status,
  taskDefinition: deployment.definitionArn,
  rollout: deployment.rollout,
  rolloutReason: deployment.rolloutReason,
  subnetIds: (deployment.network ?? service.network)?.subnets ?? [],
  targetGroups: groupsOf(deployment),
});

function viewService(context: Context, row: EcsService): ServiceView {
  return {
    ...placeOf(context),
    arn: row.arn,
    name: row.name,
    cluster: row.clusterName,
    status: row.status,
    desiredCount: row.desired,
    runningCount: context
      .in(tasks)
      .filter(
        (task) =>
          task.serviceName === row.name &&
          task.clusterName === row.clusterName &&
          task.status === "RUNNING",
      ).length,
    usesCapacityProviders: row.strategy.length > 0,
    targetGroups: groupsOf(row),
    deployments: row.deployments.map((deployment) => viewDeployment(row, deployment)),
    events: row.events.map(({ at, message }) => ({ at, message })),
  };
}

function viewDefinition(context: Context, { arn, body }: Definition): TaskDefinitionView {
  return {
    ...placeOf(context),
    arn,
    ...(body.executionRoleArn === undefined ? {} : { executionRole: body.executionRoleArn }),
    ...(body.taskRoleArn === undefined ? {} : { taskRole: body.taskRoleArn }),
    containers: (body.containerDefinitions ?? []).map(
      ({ name = "", image = "", logConfiguration, secrets = [] }) => ({
        name,
        image,
        ...(logConfiguration?.logDriver === undefined
          ? {}
          : { logDriver: logConfiguration.logDriver }),
        secrets: secrets.flatMap(({ valueFrom }) => valueFrom ?? []),
      }),
    ),
  };
}

export const tasksOf = (sandbox: Sandbox): TaskView[] =>
  contextsWith(sandbox, tasks).flatMap((context) =>
    context
      .in(tasks)
      .all()
      .map((task) => viewTask(context, task)),
  );

export const servicesOf = (sandbox: Sandbox): ServiceView[] =>
  contextsWith(sandbox, services).flatMap((context) =>
    context
      .in(services)
      .filter((row) => row.status !== "INACTIVE")
      .map((row) => viewService(context, row)),
  );

export function taskDefinitionOf(sandbox: Sandbox, arn: string): TaskDefinitionView | undefined {
  for (const context of contextsWith(sandbox, definitions)) {
    const definition = findDefinition(context, arn);
    if (definition?.arn === arn) return viewDefinition(context, definition);
  }
  return undefined;
}
