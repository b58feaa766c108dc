import type * as eventbridge from "@aws-sdk/client-eventbridge";
import { evaluate, parsePolicy } from "../../../iam/index.ts";
import { checkCaller } from "../../authorization/authorize-call.ts";
import type { Caller } from "../../authorization/callers.ts";
import { callService } from "../../core/dispatch.ts";
import type { Context } from "../../core/operation.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { serviceNamed } from "../loader.ts";
import { type NetworkInterface, networkInterfaces } from "../ec2/tables.ts";
import { checkNetwork, placeTask } from "../ecs/placement.ts";
import { PlacementFailure, type Unplaced } from "../ecs/placement-failure.ts";
import type { Failure } from "../ecs/startup/start-failure.ts";
import { clusters, findDefinition, shortName } from "../ecs/tables.ts";
import { attemptStart } from "../ecs/task-lifecycle.ts";
import { visibleRole } from "../iam/identity-policies.ts";
import type { TargetRejection } from "./target-rejection.ts";

/** A rule of EventBridge or a schedule of EventBridge Scheduler that starts tasks. */
export interface TaskSource {
  /** The principal that assumes the role. */
  readonly principal: "events.amazonaws.com" | "scheduler.amazonaws.com";
  /** The name of the service in messages. */
  readonly serviceName: string;
  /** The value of aws:SourceArn when the role is assumed. */
  readonly sourceArn: string;
  readonly startedBy: string;
}

/** An ECS cluster in which tasks are started. EventBridge and EventBridge Scheduler have the same parameters. */
export interface TaskTarget {
  readonly clusterArn: string;
  readonly roleArn: string;
  readonly parameters: Omit<eventbridge.EcsParameters, "Tags">;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  /** Task overrides, as JSON. */
  readonly input?: string;
}

/** Result of a task start in one subnet, which is undone. */
export interface ScheduledStart {
  /** Why EventBridge did not start the task. On AWS only metrics show it. */
  readonly rejection?: TargetRejection;
  readonly subnetId?: string;
  readonly unplaced?: Unplaced;
  readonly networkInterface?: NetworkInterface;
  readonly failure?: Failure;
}

const permanent = (reason: string): TargetRejection => ({ reason, isRoleNotAssumable: false });

/** The session of a service that assumes a role. Undefined if the role does not exist or does not trust the service. */
export function assumeRole(
  context: Context,
  roleArn: string,
  { principal, sourceArn }: Pick<TaskSource, "principal" | "sourceArn">,
): Caller | undefined {
  const role = visibleRole(context, roleArn);
  if (!role) return undefined;
  const { effect } = evaluate(parsePolicy(role.trust), {
    principal: { service: principal },
    action: "sts:AssumeRole",
    resource: roleArn,
    context: { "aws:SourceAccount": context.account, "aws:SourceArn": sourceArn },
  });
  if (effect !== "allow") return undefined;
  const session = context.hex(32);
  return {
    account: context.account,
    arn: role.arn,
    session: `arn:${context.partition}:sts::${context.account}:assumed-role/${role.name}/${session}`,
    userId: `${role.id}:${session}`,
    isUnlimited: false,
    sessionPolicies: [],
    tags: role.tags,
  };
}

/**
 * Checks the parameters that the sandbox does not support in RunTask.
 *
 * @throws AwsError NotImplemented
 */
export function checkTaskParameters({ parameters }: Pick<TaskTarget, "parameters">): void {
  const { PlacementConstraints = [], PlacementStrategy = [], ReferenceId } = parameters;
  if (PlacementConstraints.length > 0) throw notImplemented("PlacementConstraints of a target");
  if (PlacementStrategy.length > 0) throw notImplemented("PlacementStrategy of a target");
  if (ReferenceId !== undefined) throw notImplemented("ReferenceId of a target");
}

/** The input of RunTask. Source: EventBridge Scheduler API Reference, EcsParameters. */
function runTaskInput(
  { clusterArn, parameters, tags, input }: TaskTarget,
  { startedBy }: TaskSource,
): Readonly<Record<string, unknown>> {
  const network = parameters.NetworkConfiguration?.awsvpcConfiguration;
  return {
    cluster: clusterArn,
    taskDefinition: parameters.TaskDefinitionArn,
    count: parameters.TaskCount ?? 1,
    launchType: parameters.LaunchType,
    platformVersion: parameters.PlatformVersion,
    group: parameters.Group,
    capacityProviderStrategy: parameters.CapacityProviderStrategy,
    enableECSManagedTags: parameters.EnableECSManagedTags,
    enableExecuteCommand: parameters.EnableExecuteCommand,
    propagateTags: parameters.PropagateTags,
    startedBy,
    ...(tags.length > 0 ? { tags } : {}),
    ...(input === undefined ? {} : { overrides: JSON.parse(input) as unknown }),
    ...(network
      ? {
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: network.Subnets,
              securityGroups: network.SecurityGroups,
              assignPublicIp: network.AssignPublicIp,
            },
          },
        }
      : {}),
  };
}

const roleRejection = ({ serviceName }: TaskSource, { roleArn }: TaskTarget): TargetRejection => ({
  reason: `${serviceName} was unable to assume the role '${roleArn}'`,
  isRoleNotAssumable: true,
});

const messageOf = ({ code, message }: AwsError): string => `${code}: ${message}`;

/**
 * Starts the tasks of a target with the permissions of its role, as RunTask does.
 *
 * @returns the ARNs of the started tasks, and why tasks were not started
 */
export function startTasks(
  context: Context,
  source: TaskSource,
  target: TaskTarget,
): { readonly tasks: readonly string[]; readonly rejection?: TargetRejection } {
  const caller = assumeRole(context, target.roleArn, source);
  if (!caller) return { tasks: [], rejection: roleRejection(source, target) };
  try {
    const output = callService(
      context.as(caller),
      "ecs",
      "RunTask",
      runTaskInput(target, source),
    ) as {
      readonly tasks: readonly { readonly taskArn?: string }[];
      readonly failures: readonly { readonly reason?: string }[];
    }; // the output of RunTask
    const tasks = output.tasks.map(({ taskArn = "" }) => taskArn);
    const [failure] = output.failures;
    if (!failure) return { tasks };
    const rejection = { ...permanent(failure.reason ?? ""), isTransient: true };
    return { tasks, rejection };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { tasks: [], rejection: permanent(messageOf(error)) };
  }
}

/** Why the role of a target is not allowed to start the task; undefined if it is allowed. */
function denialForRole(
  context: Context,
  source: TaskSource,
  target: TaskTarget,
): TargetRejection | undefined {
  const caller = assumeRole(context, target.roleArn, source);
  if (!caller) return roleRejection(source, target);
  const ecs = serviceNamed("ecs");
  if (!ecs) throw new TypeError("the sandbox has no service ecs");
  try {
    checkCaller(context.as(caller), ecs, "RunTask", runTaskInput(target, source));
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return permanent(error.message);
  }
}

/**
 * Starts the task of a target in each of its subnets; the schedule would start it in one of them. This changes the state: call it in
 * `Store.dryRun`.
 *
 * Source: Amazon EventBridge User Guide, "Amazon ECS tasks as targets"; Amazon ECS Developer Guide, "Amazon ECS
 * EventBridge IAM role".
 */
export function tryTaskTarget(
  context: Context,
  source: TaskSource,
  target: TaskTarget,
): ScheduledStart[] {
  const rejection = denialForRole(context, source, target);
  if (rejection !== undefined) return [{ rejection }];
  const { TaskDefinitionArn, NetworkConfiguration, PlatformVersion, Group } = target.parameters;
  const definition = findDefinition(context, TaskDefinitionArn ?? "");
  const clusterName = shortName(target.clusterArn);
  if (!definition?.isActive) return [{ rejection: permanent("TaskDefinition not found.") }];
  if (context.in(clusters).get(clusterName)?.status !== "ACTIVE")
    return [{ rejection: permanent("Cluster not found.") }];
  const vpcConfiguration = NetworkConfiguration?.awsvpcConfiguration;
  try {
    const network = checkNetwork(
      context,
      definition,
      vpcConfiguration && {
        awsvpcConfiguration: {
          subnets: vpcConfiguration.Subnets,
          securityGroups: vpcConfiguration.SecurityGroups,
          assignPublicIp: vpcConfiguration.AssignPublicIp,
        },
      },
    );
    return (network?.subnets ?? []).map((subnetId) => {
      try {
        const task = placeTask(context, {
          clusterName,
          definition,
          network: { ...network, subnets: [subnetId] },
          group: Group ?? `family:${definition.family}`,
          platformVersion: PlatformVersion ?? "LATEST",
          startedBy: source.startedBy,
          exec: false,
          tags: {},
        });
        const networkInterface = context.in(networkInterfaces).get(task.interfaceId ?? "");
        const failure = attemptStart(context, task);
        return {
          subnetId,
          ...(networkInterface ? { networkInterface } : {}),
          ...(failure ? { failure } : {}),
        };
      } catch (error) {
        if (!(error instanceof PlacementFailure)) throw error;
        return { subnetId, unplaced: error.unplaced };
      }
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return [{ rejection: permanent(messageOf(error)) }];
  }
}
