import type * as eventbridge from "@aws-sdk/client-eventbridge";
import { authorize, evaluate, parsePolicy } from "../../../iam/index.ts";
import { identityGrants, visibleRole } from "../iam/identity-policies.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { type NetworkInterface, networkInterfaces } from "../ec2/tables.ts";
import type { Failure } from "../ecs/startup/start-failure.ts";
import { checkNetwork, placeTask, PlacementFailure, type Unplaced } from "../ecs/placement.ts";
import { clusters, findDefinition, shortName } from "../ecs/tables.ts";
import { attemptStart } from "../ecs/task-lifecycle.ts";
import type { EventRule } from "./tables.ts";

/** Why EventBridge cannot start a task. */
export interface TargetRejection {
  readonly reason: string;
  /** True if EventBridge cannot assume the role of the rule. */
  readonly isRoleNotAssumable: boolean;
}

const rejectionFor = (reason: string): TargetRejection => ({ reason, isRoleNotAssumable: false });

/** Result of a task start by a rule. */
export interface ScheduledStart {
  /** Why EventBridge did not start the task. On AWS only a metric shows it. */
  readonly rejection?: TargetRejection;
  readonly subnetId?: string;
  readonly unplaced?: Unplaced;
  readonly networkInterface?: NetworkInterface;
  readonly failure?: Failure;
}

/** Why the role of the rule is not allowed to start the task; undefined if it is allowed. */
function denialForRole(
  context: Context,
  rule: EventRule,
  target: eventbridge.Target,
): TargetRejection | undefined {
  const arn = target.RoleArn ?? "";
  const role = visibleRole(context, arn);
  const trust = role
    ? evaluate(parsePolicy(role.trust), {
        principal: { service: "events.amazonaws.com" },
        action: "sts:AssumeRole",
        resource: arn,
        context: { "aws:SourceAccount": context.account, "aws:SourceArn": rule.arn },
      }).effect
    : "deny";
  if (!role || trust !== "allow")
    return {
      reason: `EventBridge was unable to assume the role '${arn}'`,
      isRoleNotAssumable: true,
    };
  const definition = findDefinition(context, target.EcsParameters?.TaskDefinitionArn ?? "");
  const roles = [definition?.body.executionRoleArn, definition?.body.taskRoleArn].filter(
    (entry) => entry !== undefined,
  );
  const requiredActions = [
    ["ecs:RunTask", definition?.arn ?? "*"],
    ...roles.map((value) => ["iam:PassRole", value]),
  ] as const;
  const session = `arn:${context.partition}:sts::${context.account}:assumed-role/${role.name}/${context.hex(32)}`;
  for (const [action = "", resource = ""] of requiredActions) {
    const verdict = authorize(
      {
        principal: { arn: role.arn, session },
        action,
        resource,
        context: {
          "aws:PrincipalArn": role.arn,
          "ecs:cluster": target.Arn ?? "",
          ...(action === "iam:PassRole"
            ? { "iam:PassedToService": "ecs-tasks.amazonaws.com" }
            : {}),
        },
      },
      identityGrants(context, role),
    );
    if (!verdict.allowed)
      return rejectionFor(
        `User: ${session} is not authorized to perform: ${action} on resource: ${resource} ${verdict.reason}`,
      );
  }
  return undefined;
}

/**
 * Starts the task of a rule's target in each of its subnets; the schedule would start it in one of them. This changes
 * the state: call it in `Store.dryRun`.
 *
 * Source: Amazon EventBridge User Guide, "Amazon ECS tasks as targets"; Amazon ECS Developer Guide, "Amazon ECS
 * EventBridge IAM role".
 */
export function startScheduledTask(
  context: Context,
  rule: EventRule,
  target: eventbridge.Target,
): ScheduledStart[] {
  const rejection = denialForRole(context, rule, target);
  if (rejection !== undefined) return [{ rejection }];
  const { TaskDefinitionArn, NetworkConfiguration, PlatformVersion } = target.EcsParameters ?? {};
  const definition = findDefinition(context, TaskDefinitionArn ?? "");
  const clusterName = shortName(target.Arn);
  if (!definition?.isActive) return [{ rejection: rejectionFor("TaskDefinition not found.") }];
  if (context.in(clusters).get(clusterName)?.status !== "ACTIVE")
    return [{ rejection: rejectionFor("Cluster not found.") }];
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
          group: target.EcsParameters?.Group ?? `family:${definition.family}`,
          platformVersion: PlatformVersion ?? "LATEST",
          startedBy: `events-rule/${rule.name}`,
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
    return [{ rejection: rejectionFor(`${error.code}: ${error.message}`) }];
  }
}
