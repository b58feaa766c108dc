import { parseArn } from "../../../../aws/index.ts";
import {
  authorize,
  type PolicyType,
  type RequestContext,
  evaluate,
  parsePolicy,
} from "../../../../iam/index.ts";
import { resourcePolicy } from "../../../authorization/authorize-call.ts";
import { identityGrants, visibleRole } from "../../iam/identity-policies.ts";
import type { Trace } from "../../ec2/network/trace.ts";
import { vpcEndpoints } from "../../ec2/tables.ts";
import type { Role } from "../../iam/tables.ts";
import type { Attempt } from "./attempt.ts";
import { startFailure } from "./start-failure.ts";

/**
 * Checks that ECS can assume a role for the task, and returns the role. Source: Amazon ECS Developer Guide, "Amazon ECS
 * task execution IAM role".
 */
export function assumeRole({ context, clusterName, taskId }: Attempt, arn: string): Role {
  const role = visibleRole(context, arn);
  const decision = role
    ? evaluate(parsePolicy(role.trust), {
        principal: { service: "ecs-tasks.amazonaws.com" },
        action: "sts:AssumeRole",
        resource: role.arn,
        context: {
          "aws:SourceAccount": context.account,
          "aws:SourceArn": context.arn("ecs", `task/${clusterName}/${taskId}`),
        },
      })
    : undefined;
  if (role && decision?.effect === "allow") return role;
  throw startFailure(
    "role",
    { kind: "role-not-assumable" },
    `ECS was unable to assume the role '${arn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
  );
}

/** A denied request: the message of AWS and the type of the policy that denies it. */
export interface Denial {
  readonly message: string;
  readonly by: PolicyType;
}

/**
 * The trace of a request that another service makes for the task, such as a request of Secrets Manager to KMS. It needs no network
 * path from the task.
 */
export const SERVICE_SIDE_TRACE: Trace = { arrives: true, to: "", hops: [] };

/** Evaluates a request of the task with a role. Undefined if it is allowed. */
export function explainDenial(
  { context, taskId }: Attempt,
  role: Role,
  action: string,
  resource: string,
  trace: Trace,
  extraConditions: RequestContext = {},
): Denial | undefined {
  const account = parseArn(role.arn)?.account ?? context.account;
  const session = `arn:${context.partition}:sts::${account}:assumed-role/${role.name}/${taskId}`;
  const endpoint =
    trace.endpointId === undefined ? undefined : context.in(vpcEndpoints).get(trace.endpointId);
  const owner = parseArn(resource)?.account;
  const verdict = authorize(
    {
      principal: { arn: role.arn, session },
      action,
      resource,
      context: {
        "aws:PrincipalArn": role.arn,
        "aws:PrincipalAccount": account,
        "aws:RequestedRegion": context.region,
        "aws:SecureTransport": "true",
        ...(endpoint ? { "aws:SourceVpce": endpoint.id, "aws:SourceVpc": endpoint.vpcId } : {}),
        ...extraConditions,
      },
    },
    {
      ...identityGrants(context, role),
      ...resourcePolicy(context, resource, action),
      ...(endpoint ? { endpoint: parsePolicy(endpoint.policy) } : {}),
      ...(owner === undefined || owner === "" ? {} : { resourceAccount: owner }),
    },
  );
  return verdict.allowed
    ? undefined
    : {
        message: `User: ${session} is not authorized to perform: ${action} on resource: ${resource} ${verdict.reason}`,
        by: verdict.policyType,
      };
}
