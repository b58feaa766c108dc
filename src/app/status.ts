import type { AwsClient, CallOptions } from "../aws-client/index.ts";
import {
  describeServices,
  describeTaskDefinition,
  type EcsService,
  type EcsTask,
  listTasks,
  shortName,
  stopReason,
} from "./ecs.ts";
import { type AwsOptions, type AwsSession, withAwsSession } from "./aws-session.ts";
import type { OperationHost } from "./host.ts";
import { serviceNames, type ServiceTarget, serviceTarget } from "./service-target.ts";

/** Options of `status()`. */
export interface StatusOptions extends AwsOptions {
  /** Services and jobs. @default all of the config */
  readonly services?: readonly string[];
}

/** A deployment of a service. ECS has several while it replaces tasks. */
export interface ServiceDeployment {
  /** Family and revision of the task definition, such as "shop-web:12". */
  readonly revision: string;
  /** `PRIMARY` is the newest, `ACTIVE` has tasks that are being replaced. */
  readonly status: string;
  /** `IN_PROGRESS`, `COMPLETED` or `FAILED`. */
  readonly rolloutState?: string;
  readonly reason?: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** Tasks that stopped before they ran. */
  readonly failed: number;
  readonly startedAt?: Date;
}

/** The last service deployment: one change of the service, with its rollback if there was one. */
export interface LastDeployment {
  /** The ID, which is the end of the ARN. */
  readonly id: string;
  /** `IN_PROGRESS`, `SUCCESSFUL`, `ROLLBACK_SUCCESSFUL`, `STOPPED` and others. Source: Amazon ECS API Reference, "ServiceDeployment". */
  readonly status: string;
  readonly reason?: string;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
}

/** The health of a target in a target group. */
export interface TargetHealth {
  readonly targetGroup: string;
  /** IP address and port. */
  readonly target: string;
  readonly state: string;
  readonly reason?: string;
}

/** A task that stopped during the last hour: ECS keeps it that long. */
export interface StoppedTask {
  readonly task: string;
  readonly revision: string;
  readonly stoppedAt?: Date;
  readonly stopCode?: string;
  readonly reason: string;
  /** The exit code of the container with the name of the service; absent if it did not start. */
  readonly exitCode?: number;
}

/** The current state of a service or job. */
export interface ServiceStatus {
  readonly name: string;
  readonly kind: "service" | "job";
  /** False if the service, or the task definition of the job, does not exist. The other members are then empty. */
  readonly exists: boolean;
  /** Family and revision of the task definition: that of the service, or the newest of the job. */
  readonly revision?: string;
  readonly image?: string;
  /** Absent for a job. */
  readonly desired?: number;
  readonly running: number;
  readonly pending: number;
  /** Absent for a job, and if ECS has deployed nothing for 90 days. */
  readonly lastDeployment?: LastDeployment;
  readonly deployments: readonly ServiceDeployment[];
  readonly targets: readonly TargetHealth[];
  /** The newest events first. */
  readonly events: readonly { readonly at?: Date; readonly message: string }[];
  /** The newest first. */
  readonly stoppedTasks: readonly StoppedTask[];
}

const MAX_EVENTS = 5;
const MAX_STOPPED_TASKS = 5;

export function readStatus(
  options: StatusOptions,
  host: OperationHost,
): Promise<readonly ServiceStatus[]> {
  return withAwsSession("status", options, host, async (session) => {
    const { settings, client, signal } = session;
    const targets = [...new Set(options.services ?? serviceNames(settings))].map((name) =>
      serviceTarget(settings, name),
    );
    const names = targets.filter(({ kind }) => kind === "service").map(({ name }) => name);
    const services = await describeServices(client, settings.name, names, { signal });
    return Promise.all(
      targets.map((target) =>
        target.kind === "service"
          ? serviceStatus(session, target, services.get(target.name))
          : jobStatus(session, target),
      ),
    );
  });
}

const missing = ({ name, kind }: ServiceTarget): ServiceStatus => ({
  name,
  kind,
  exists: false,
  running: 0,
  pending: 0,
  deployments: [],
  targets: [],
  events: [],
  stoppedTasks: [],
});

async function serviceStatus(
  { client, signal }: AwsSession,
  target: ServiceTarget,
  service: EcsService | undefined,
): Promise<ServiceStatus> {
  if (service === undefined) return missing(target);
  const [revision, lastDeployment, targets, stopped] = await Promise.all([
    revisionOf(client, target, service.taskDefinition, { signal }),
    lastDeploymentOf(client, target, { signal }),
    targetHealth(client, service, { signal }),
    listTasks(client, target.cluster, { serviceName: target.name }, "STOPPED", { signal }),
  ]);
  return {
    name: target.name,
    kind: "service",
    exists: true,
    ...revision,
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    pending: service.pendingCount ?? 0,
    ...optional("lastDeployment", lastDeployment),
    deployments: (service.deployments ?? []).map((deployment) => ({
      revision: shortName(deployment.taskDefinition),
      status: deployment.status ?? "",
      ...optional("rolloutState", deployment.rolloutState),
      ...optional("reason", deployment.rolloutStateReason),
      desired: deployment.desiredCount ?? 0,
      running: deployment.runningCount ?? 0,
      pending: deployment.pendingCount ?? 0,
      failed: deployment.failedTasks ?? 0,
      ...optional("startedAt", deployment.createdAt),
    })),
    targets,
    events: (service.events ?? [])
      .slice(0, MAX_EVENTS)
      .map(({ createdAt, message = "" }) => ({ ...optional("at", createdAt), message })),
    stoppedTasks: newestStopped(target, stopped),
  };
}

async function jobStatus(
  { client, signal }: AwsSession,
  target: ServiceTarget,
): Promise<ServiceStatus> {
  const revision = await revisionOf(client, target, target.family, { signal });
  if (revision === undefined) return missing(target);
  const { cluster, family, name } = target;
  const [running, stopped] = await Promise.all([
    listTasks(client, cluster, { family }, "RUNNING", { signal }),
    listTasks(client, cluster, { family }, "STOPPED", { signal }),
  ]);
  const runningCount = running.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
  return {
    ...missing(target),
    name,
    exists: true,
    ...revision,
    running: runningCount,
    pending: running.length - runningCount,
    stoppedTasks: newestStopped(target, stopped),
  };
}

/** Revision and image of a task definition. */
async function revisionOf(
  client: AwsClient,
  { name }: ServiceTarget,
  taskDefinition: string | undefined,
  options: CallOptions,
): Promise<{ readonly revision: string; readonly image?: string } | undefined> {
  if (taskDefinition === undefined) return undefined;
  const definition = await describeTaskDefinition(client, taskDefinition, options);
  if (definition === undefined) return undefined;
  const container = definition.containerDefinitions?.find((candidate) => candidate.name === name);
  return {
    revision: shortName(definition.taskDefinitionArn),
    ...optional("image", container?.image),
  };
}

async function lastDeploymentOf(
  client: AwsClient,
  { cluster, name }: ServiceTarget,
  options: CallOptions,
): Promise<LastDeployment | undefined> {
  const { serviceDeployments = [] } = await client.call(
    "ecs",
    "ListServiceDeployments",
    { cluster, service: name },
    options,
  );
  const [last] = serviceDeployments.toSorted(
    (a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0),
  );
  if (last === undefined) return undefined;
  const { serviceDeploymentArn, status = "", statusReason, startedAt, finishedAt } = last;
  return {
    id: shortName(serviceDeploymentArn),
    status,
    ...optional("reason", statusReason),
    ...optional("startedAt", startedAt),
    ...optional("finishedAt", finishedAt),
  };
}

async function targetHealth(
  client: AwsClient,
  { loadBalancers = [] }: EcsService,
  options: CallOptions,
): Promise<readonly TargetHealth[]> {
  const groups = loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
  const health = await Promise.all(
    groups.map(async (TargetGroupArn) => {
      const { TargetHealthDescriptions = [] } = await client.call(
        "elasticloadbalancing",
        "DescribeTargetHealth",
        { TargetGroupArn },
        options,
      );
      // …:targetgroup/<name>/<ID>
      const targetGroup = TargetGroupArn.split("/").at(-2) ?? "";
      return TargetHealthDescriptions.map(({ Target, TargetHealth: state }) => ({
        targetGroup,
        target: `${Target?.Id ?? ""}:${Target?.Port ?? ""}`,
        state: state?.State ?? "unknown",
        ...optional("reason", state?.Description ?? state?.Reason),
      }));
    }),
  );
  return health.flat();
}

const newestStopped = (
  { name }: ServiceTarget,
  tasks: readonly EcsTask[],
): readonly StoppedTask[] =>
  tasks
    .toSorted((a, b) => (b.stoppedAt?.getTime() ?? 0) - (a.stoppedAt?.getTime() ?? 0))
    .slice(0, MAX_STOPPED_TASKS)
    .map((task) => ({
      task: shortName(task.taskArn),
      revision: shortName(task.taskDefinitionArn),
      ...optional("stoppedAt", task.stoppedAt),
      ...optional("stopCode", task.stopCode),
      reason: stopReason(task),
      ...optional(
        "exitCode",
        task.containers?.find((container) => container.name === name)?.exitCode,
      ),
    }));

/** An object with the member, or an empty object if it is undefined. */
const optional = <Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]?: Value }); // its only key is the name
