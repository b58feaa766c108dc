import type * as codedeploy from "@aws-sdk/client-codedeploy";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import {
  type Deployment,
  type EcsService,
  findDefinition,
  findService,
  putService,
  tasksOf,
} from "../ecs/tables.ts";
import { isHealthy } from "../ecs/task-health.ts";
import { listeners, targetGroups, type TargetGroup } from "../elasticloadbalancing/tables.ts";
import { requireConfig } from "./deployment-configs.ts";
import {
  type BlueGreen,
  blueGreens,
  type DeploymentGroup,
  deploymentGroups,
  groupKey,
  requireApplication,
  requireGroup,
} from "./tables.ts";

/**
 * The parts of an AppSpec for an ECS service. Source: AWS CodeDeploy User Guide, "AppSpec 'resources' section (Amazon
 * ECS …)".
 */
interface AppSpec {
  readonly Resources?: readonly {
    readonly TargetService?: {
      readonly Properties?: {
        readonly TaskDefinition?: string;
        readonly LoadBalancerInfo?: {
          readonly ContainerName?: string;
          readonly ContainerPort?: number;
        };
      };
    };
  }[];
}

type Target = NonNullable<
  NonNullable<NonNullable<AppSpec["Resources"]>[number]["TargetService"]>["Properties"]
>;

function targetOf(revision: codedeploy.RevisionLocation | undefined): Required<Target> {
  const content = revision?.appSpecContent?.content ?? revision?.string?.content;
  if (content === undefined)
    throw new AwsError(
      "NotImplemented",
      "Berth's sandbox supports an AppSpec only in the request, not in S3 or GitHub",
      501,
    );
  let spec: AppSpec;
  try {
    spec = JSON.parse(content) as AppSpec; // its members are checked below
  } catch {
    throw new AwsError(
      "NotImplemented",
      "Berth's sandbox supports an AppSpec only in JSON, not in YAML",
      501,
    );
  }
  const { TaskDefinition, LoadBalancerInfo } = spec.Resources?.[0]?.TargetService?.Properties ?? {};
  if (TaskDefinition === undefined || LoadBalancerInfo === undefined)
    throw new AwsError(
      "InvalidRevisionException",
      "The AppSpec needs Resources with a TargetService: its TaskDefinition and LoadBalancerInfo",
    );
  return { TaskDefinition, LoadBalancerInfo };
}

function targetGroupPairOf(
  context: Context,
  { settings }: DeploymentGroup,
): { readonly groups: readonly TargetGroup[]; readonly listenerArn: string } {
  const pair = settings.loadBalancerInfo?.targetGroupPairInfoList?.[0];
  const groups = (pair?.targetGroups ?? []).flatMap(
    ({ name }) => context.in(targetGroups).find((row) => row.name === name) ?? [],
  );
  return { groups, listenerArn: pair?.prodTrafficRoute?.listenerArns?.[0] ?? "" };
}

function serviceOf(context: Context, { settings }: DeploymentGroup): EcsService {
  const { clusterName, serviceName } = settings.ecsServices?.[0] ?? {};
  const row = findService(context, clusterName, serviceName ?? "");
  if (row?.status === "ACTIVE") return row;
  throw new AwsError(
    "InvalidECSServiceException",
    `The ECS service ${serviceName} of cluster ${clusterName} does not exist`,
  );
}

/** Starts the new task set in addition to the old one, with the other target group. */
function startDeployment(
  context: Context,
  group: DeploymentGroup,
  input: Pick<
    codedeploy.CreateDeploymentInput,
    "revision" | "description" | "deploymentConfigName"
  >,
): BlueGreen {
  const target = targetOf(input.revision);
  const service = serviceOf(context, group);
  const definition = findDefinition(context, target.TaskDefinition);
  const primary = service.deployments.find((deployment) => deployment.status === "PRIMARY");
  const { groups } = targetGroupPairOf(context, group);
  const current = primary?.loadBalancers[0]?.targetGroupArn;
  const green = groups.find((targetGroup) => targetGroup.arn !== current);
  if (!definition || !primary || current === undefined || !green || groups.length !== 2)
    throw new AwsError(
      "InvalidRevisionException",
      definition
        ? "The deployment group's two target groups must exist, and one of them must receive the traffic of the service"
        : `The task definition ${target.TaskDefinition} does not exist`,
    );
  const id = `d-${context.hex(9).toUpperCase()}`;
  const taskSet: Deployment = {
    ...primary,
    id: `ecs-svc/${Number.parseInt(context.hex(12), 16).toString().padStart(19, "1")}`,
    status: "ACTIVE",
    definitionArn: definition.arn,
    loadBalancers: [
      {
        targetGroupArn: green.arn,
        ...(target.LoadBalancerInfo.ContainerName === undefined
          ? {}
          : { containerName: target.LoadBalancerInfo.ContainerName }),
        ...(target.LoadBalancerInfo.ContainerPort === undefined
          ? {}
          : { containerPort: target.LoadBalancerInfo.ContainerPort }),
      },
    ],
    scale: 100,
    failures: 0,
    failedTasks: 0,
    externalId: id,
    created: context.now,
    updated: context.now,
  };
  putService(context, { ...service, deployments: [...service.deployments, taskSet] });
  return context.in(blueGreens).put(id, {
    id,
    application: group.application,
    group: group.name,
    config:
      input.deploymentConfigName ??
      group.settings.deploymentConfigName ??
      "CodeDeployDefault.ECSAllAtOnce",
    revision: input.revision ?? {},
    status: "InProgress",
    creator: "user",
    created: context.now,
    cluster: service.clusterName,
    service: service.name,
    taskSet: taskSet.id,
    blue: current,
    green: green.arn,
    ...(input.description === undefined ? {} : { description: input.description }),
  });
}

/** Completes deployments whose new tasks are healthy: traffic is shifted to them and the old tasks are stopped. */
export function completeDeployments(context: Context): void {
  for (const row of context
    .in(blueGreens)
    .filter((deployment) => deployment.status === "InProgress")) {
    const service = findService(context, row.cluster, row.service);
    const taskSet = service?.deployments.find((deployment) => deployment.id === row.taskSet);
    if (!service || !taskSet) continue;
    const ready = tasksOf(context, service, taskSet).filter((task) =>
      isHealthy(context, service, task),
    );
    if (ready.length < service.desired) continue;
    shiftTraffic(context, row);
    putService(context, {
      ...service,
      loadBalancers: taskSet.loadBalancers,
      deployments: service.deployments.map((deployment) =>
        deployment.id === taskSet.id
          ? { ...deployment, status: "PRIMARY", rollout: "COMPLETED" }
          : { ...deployment, status: "ACTIVE", scale: 0 },
      ),
    });
    context.in(blueGreens).put(row.id, { ...row, status: "Succeeded", completed: context.now });
  }
}

/** Changes the production listener to forward to the new target group. */
function shiftTraffic(context: Context, row: BlueGreen): void {
  const group = context.in(deploymentGroups).get(groupKey(row.application, row.group));
  const listener =
    group && context.in(listeners).get(targetGroupPairOf(context, group).listenerArn);
  if (!listener) return;
  const text = JSON.stringify(listener.actions).replaceAll(row.blue, row.green);
  context
    .in(listeners)
    .put(listener.arn, { ...listener, actions: JSON.parse(text) as typeof listener.actions }); // equal except for an ARN
}

function requireDeployment(context: Context, id: string | undefined): BlueGreen {
  const row = context.in(blueGreens).get(id ?? "");
  if (row) return row;
  throw new AwsError("DeploymentDoesNotExistException", `The deployment ${id} could not be found`);
}

const describe = (row: BlueGreen): codedeploy.DeploymentInfo => ({
  deploymentId: row.id,
  applicationName: row.application,
  deploymentGroupName: row.group,
  deploymentConfigName: row.config,
  status: row.status,
  revision: row.revision,
  creator: row.creator,
  createTime: row.created,
  computePlatform: "ECS",
  deploymentStyle: {
    deploymentType: "BLUE_GREEN",
    deploymentOption: "WITH_TRAFFIC_CONTROL",
  },
  ...(row.description === undefined ? {} : { description: row.description }),
  ...(row.completed ? { completeTime: row.completed } : {}),
  ...(row.error ? { errorInformation: row.error } : {}),
});

export const deploymentOperations: Operations = {
  CreateDeployment: operation<
    codedeploy.CreateDeploymentInput,
    codedeploy.CreateDeploymentOutput
  >()(
    ["applicationName", "deploymentGroupName", "revision", "deploymentConfigName", "description"],
    (context, input) => {
      const group = requireGroup(context, input.applicationName, input.deploymentGroupName);
      if (input.deploymentConfigName !== undefined)
        requireConfig(context, input.deploymentConfigName);
      const running = context
        .in(blueGreens)
        .find(
          (row) =>
            row.status === "InProgress" &&
            row.application === group.application &&
            row.group === group.name,
        );
      if (running)
        throw new AwsError(
          "DeploymentLimitExceededException",
          `The Deployment Group '${group.name}' already has an active Deployment '${running.id}'`,
        );
      return { deploymentId: startDeployment(context, group, input).id };
    },
  ),

  GetDeployment: operation<codedeploy.GetDeploymentInput, codedeploy.GetDeploymentOutput>()(
    ["deploymentId"],
    (context, input) => ({
      deploymentInfo: describe(requireDeployment(context, input.deploymentId)),
    }),
  ),

  ListDeployments: operation<codedeploy.ListDeploymentsInput, codedeploy.ListDeploymentsOutput>()(
    ["applicationName", "deploymentGroupName", "includeOnlyStatuses", "nextToken"],
    (context, input) => {
      if (input.applicationName !== undefined) requireApplication(context, input.applicationName);
      const rows = context
        .in(blueGreens)
        .filter(
          (row) =>
            (input.applicationName ?? row.application) === row.application &&
            (input.deploymentGroupName ?? row.group) === row.group &&
            (input.includeOnlyStatuses?.includes(row.status) ?? true),
        );
      const { items, next } = page(rows, 100, input.nextToken);
      return {
        deployments: items.map((row) => row.id),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    },
  ),

  StopDeployment: operation<codedeploy.StopDeploymentInput, codedeploy.StopDeploymentOutput>()(
    ["deploymentId"],
    (context, input) => {
      const row = requireDeployment(context, input.deploymentId);
      if (row.status !== "InProgress")
        throw new AwsError(
          "DeploymentAlreadyCompletedException",
          `The deployment ${row.id} is already completed`,
        );
      const service = findService(context, row.cluster, row.service);
      if (service)
        putService(context, {
          ...service,
          deployments: service.deployments.map((deployment) =>
            deployment.id === row.taskSet ? { ...deployment, scale: 0 } : deployment,
          ),
        });
      context.in(blueGreens).put(row.id, { ...row, status: "Stopped", completed: context.now });
      return { status: "Succeeded", statusMessage: "No more tasks of this deployment are started" };
    },
  ),
};
