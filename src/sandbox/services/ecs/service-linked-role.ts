import { evaluate, parsePolicy } from "../../../iam/index.ts";
import { isCallerAllowed } from "../../authorization/authorize-call.ts";
import { visibleRole } from "../iam/identity-policies.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { ensureServiceLinkedRole } from "../iam/roles.ts";
import { roles } from "../iam/tables.ts";

const SERVICE = "ecs.amazonaws.com";

/**
 * Creates the service-linked role of ECS if it does not exist and the caller has the permission. This happens with the
 * first cluster.
 *
 * Source: Amazon ECS Developer Guide, "Using service-linked roles for Amazon ECS".
 */
export function createServiceLinkedRole(context: Context): void {
  const arn = `arn:${context.partition}:iam::${context.account}:role/aws-service-role/${SERVICE}/AWSServiceRoleForECS`;
  const exists = context.in(roles).has("AWSServiceRoleForECS");
  const isAllowed = (): boolean =>
    isCallerAllowed(context, "iam:CreateServiceLinkedRole", arn, { "iam:AWSServiceName": SERVICE });
  if (exists || isAllowed()) ensureServiceLinkedRole(context, SERVICE);
}

/**
 * Checks that ECS can assume its service-linked role. A new role must be visible to all services first.
 *
 * @throws AwsError InvalidParameterException
 */
export function requireServiceLinkedRole(context: Context): void {
  createServiceLinkedRole(context);
  const row = context.in(roles).get("AWSServiceRoleForECS");
  const role = row && visibleRole(context, row.arn);
  const decision =
    role &&
    evaluate(parsePolicy(role.trust), {
      principal: { service: SERVICE },
      action: "sts:AssumeRole",
      resource: role.arn,
    });
  if (decision?.effect !== "allow")
    throw new AwsError(
      "InvalidParameterException",
      "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
    );
}
