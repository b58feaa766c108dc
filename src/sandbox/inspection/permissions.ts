import { type AuthorizationResult, authorize } from "../../iam/index.ts";
import { resourcePolicy } from "../authorization/authorize-call.ts";
import { identityGrants } from "../services/iam/identity-policies.ts";
import { permissionsFor } from "../authorization/required-permissions.ts";
import type { Permission } from "../core/service.ts";
import type { AccountRegion } from "../core/store.ts";
import type { Sandbox } from "../server.ts";
import { roles, users } from "../services/iam/tables.ts";
import { locationOf } from "./resources.ts";

/** A request of a role or user. */
export interface PermissionRequest {
  /** ARN of an IAM role or user. */
  readonly principal: string;
  /** Such as secretsmanager:GetSecretValue. */
  readonly action: string;
  /** ARN of the resource, or * for an action without resource. */
  readonly resource: string;
  /** Values of condition keys, by key. @default only those that follow from the request */
  readonly conditions?: Readonly<Record<string, string>>;
  /** The region of the request. @default the region of the resource, else us-east-1 */
  readonly region?: string;
}

/** A call of the AWS API. */
export interface AwsCall extends Partial<AccountRegion> {
  /** The name of the service in its signature, such as ecs. */
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A permission that a call requires. */
export type RequiredPermission = Omit<Permission, "isNew">;

/** Whether the policies of the principal and of the resource together allow a request. */
export function isAllowed(
  sandbox: Sandbox,
  { principal, action, resource, conditions = {}, region }: PermissionRequest,
): AuthorizationResult {
  const { account } = locationOf(principal);
  const place = region ?? (locationOf(resource).region || "us-east-1");
  const context = sandbox.contextFor({ account, region: place });
  const name = principal.split("/").pop() ?? "";
  const owner = [context.in(roles).get(name), context.in(users).get(name)].find(
    (candidate) => candidate?.arn === principal,
  );
  if (!owner) throw new TypeError(`the role or user ${principal} does not exist`);
  return authorize(
    {
      principal: { arn: principal },
      action,
      resource,
      context: {
        "aws:PrincipalArn": principal,
        "aws:PrincipalAccount": account,
        "aws:RequestedRegion": place,
        "aws:SecureTransport": "true",
        "aws:CurrentTime": context.now.toISOString(),
        ...conditions,
      },
    },
    { ...identityGrants(context, owner), ...resourcePolicy(context, resource, action) },
  );
}

export const requiredPermissions = (
  sandbox: Sandbox,
  { service, operation, input, ...place }: AwsCall,
): RequiredPermission[] =>
  permissionsFor(sandbox.contextFor(place), service, operation, input).map(
    ({ action, resource, conditions }) => ({ action, resource, conditions }),
  );
