import {
  authorize,
  type ApplicablePolicies,
  type AuthorizationResult,
  type RequestContext,
  type Policy,
  parsePolicy,
} from "../../iam/index.ts";
import { AwsError } from "../protocol/errors.ts";
import type { Context } from "../core/operation.ts";
import { isGranted } from "../services/kms/grants.ts";
import { aliases, keys } from "../services/kms/keys.ts";
import { buckets } from "../services/s3/buckets.ts";
import { repositories } from "../services/ecr/tables.ts";
import { secrets } from "../services/secretsmanager/tables.ts";
import { tags as ec2Tags } from "../services/ec2/shared.ts";
import { elbTags } from "../services/elasticloadbalancing/tables.ts";
import { roles } from "../services/iam/tables.ts";
import { namespaces } from "../services/servicediscovery/tables.ts";
import { encryptionContext, keyIn, permissionsFor, tagsIn } from "./required-permissions.ts";
import { callerGrants } from "./identity-policies.ts";

type Input = Readonly<Record<string, unknown>>;

/**
 * Calls that need no permission. Source: AWS STS API Reference, GetCallerIdentity; the trust policy decides the others.
 */
const UNRESTRICTED_CALLS = new Set([
  "sts:GetCallerIdentity",
  "sts:AssumeRole",
  "sts:AssumeRoleWithWebIdentity",
]);

type Tags = Readonly<Record<string, string>>;

/** Reads the tags of a resource of each service, by the resource part of its ARN or the whole ARN. */
const TAGS_BY_SERVICE: Readonly<
  Record<string, (context: Context, id: string, arn: string) => Tags | undefined>
> = {
  ec2: (context, id) => context.in(ec2Tags).get(id),
  elasticloadbalancing: (context, _id, arn) => context.in(elbTags).get(arn),
  kms: (context, id) => context.in(keys).get(id)?.tags,
  servicediscovery: (context, id) => context.in(namespaces).get(id)?.tags,
};

/** The resource-based policy of a resource, and whether it must allow the request. */
export function resourcePolicy(
  context: Context,
  arn: string,
): Pick<ApplicablePolicies, "resource" | "resourceDecides"> {
  const parse = (text: string | undefined): { resource?: Policy } =>
    text === undefined ? {} : { resource: parsePolicy(text) };
  const [, , service, region = "", account = "", ...rest] = arn.split(":");
  const resourceContext = context.at({
    account: account || context.account,
    region: region || context.region,
  });
  const name = rest.join(":");
  switch (service) {
    case "kms": {
      const key = resourceContext.in(keys).get(name.replace(/^key\//, ""));
      return key ? { ...parse(key.policy), resourceDecides: true } : {};
    }
    case "s3":
      return parse(context.in(buckets).get(name.split("/")[0] ?? "")?.policy);
    case "secretsmanager":
      return parse(resourceContext.in(secrets).get(arn)?.policy);
    case "ecr":
      return parse(resourceContext.in(repositories).get(name.replace(/^repository\//, ""))?.policy);
    default:
      return {};
  }
}

/**
 * The permissions boundary in the request, or of the role. Source: Service Authorization Reference, "AWS IAM",
 * iam:PermissionsBoundary.
 */
function boundaryIn(context: Context, input: Input): string | undefined {
  const boundary = input["PermissionsBoundary"];
  if (typeof boundary === "string") return boundary;
  const name = input["RoleName"];
  return typeof name === "string" ? context.in(roles).get(name)?.boundary : undefined;
}

/** Global condition keys of a request. Source: IAM User Guide, "AWS global condition context keys". */
function requestContext(context: Context, input: Input): Record<string, string | string[]> {
  const { caller } = context;
  const tags = tagsIn(input);
  const boundary = boundaryIn(context, input);
  return {
    "aws:PrincipalArn": caller.arn,
    "aws:PrincipalAccount": caller.account,
    "aws:RequestedRegion": context.region,
    "aws:SecureTransport": "true",
    "aws:CurrentTime": context.now.toISOString(),
    "aws:userid": caller.userId,
    ...(caller.arn.includes(":user/") ? { "aws:username": caller.arn.split("/").pop() ?? "" } : {}),
    ...Object.fromEntries(
      Object.entries(caller.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
    ),
    ...Object.fromEntries(
      Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
    ),
    ...Object.fromEntries(
      Object.entries(encryptionContext(input)).map(([key, value]) => [
        `kms:EncryptionContext:${key}`,
        value,
      ]),
    ),
    ...(Object.keys(tags).length > 0 ? { "aws:TagKeys": Object.keys(tags) } : {}),
    ...(typeof input["Prefix"] === "string" ? { "s3:prefix": input["Prefix"] } : {}),
    ...(boundary === undefined ? {} : { "iam:PermissionsBoundary": boundary }),
    ...(typeof input["PolicyArn"] === "string" ? { "iam:PolicyARN": input["PolicyArn"] } : {}),
    ...(typeof input["AWSServiceName"] === "string"
      ? { "iam:AWSServiceName": input["AWSServiceName"] }
      : {}),
  };
}

/** Condition keys of an existing resource: its tags, and the aliases of a KMS key. */
function resourceConditions(context: Context, arn: string): RequestContext {
  const [, , service = "", , , name = ""] = arn.split(":");
  const resourceTags = TAGS_BY_SERVICE[service]?.(context, name.split("/")[1] ?? "", arn);
  const names =
    service === "kms"
      ? context
          .in(aliases)
          .filter((alias) => arn.endsWith(`key/${alias.keyId}`))
          .map((alias) => alias.name)
      : [];
  return {
    ...Object.fromEntries(
      Object.entries(resourceTags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
    ),
    ...(names.length > 0 ? { "kms:ResourceAliases": names } : {}),
  };
}

/** Error codes: JSON services AccessDeniedException, query services AccessDenied, EC2 UnauthorizedOperation. */
function accessDenied(service: string, message: string): AwsError {
  if (service === "ec2")
    return new AwsError(
      "UnauthorizedOperation",
      `You are not authorized to perform this operation. ${message}`,
      403,
    );
  const hasAccessDeniedCode = [
    "iam",
    "sts",
    "elasticloadbalancing",
    "s3",
    "monitoring",
    "route53",
  ].includes(service);
  return hasAccessDeniedCode
    ? new AwsError("AccessDenied", message, 403)
    : new AwsError("AccessDeniedException", message);
}

/** Evaluates the policies for an action of the caller. */
function verdictOf(
  context: Context,
  action: string,
  resource: string,
  requestConditions: RequestContext,
): AuthorizationResult {
  const { caller } = context;
  if (caller.isUnlimited) return { allowed: true };
  return authorize(
    {
      principal: {
        arn: caller.arn,
        ...(caller.session === undefined ? {} : { session: caller.session }),
      },
      action,
      resource,
      context: { ...requestConditions, ...resourceConditions(context, resource) },
    },
    {
      ...callerGrants(context, caller),
      session: caller.sessionPolicies,
      ...resourcePolicy(context, resource),
    },
  );
}

/** Whether the caller is allowed to perform an action that a service performs on its behalf. */
export const isCallerAllowed = (context: Context, action: string, resource: string): boolean =>
  verdictOf(context, action, resource, requestContext(context, {})).allowed;

/**
 * Checks that the policies of the caller and of the resources allow a call.
 *
 * @throws AwsError with the message of AWS if the call is denied
 */
export function checkCaller(
  context: Context,
  service: string,
  operation: string,
  input: Input,
): void {
  const { caller } = context;
  if (caller.isUnlimited || UNRESTRICTED_CALLS.has(`${service}:${operation}`)) return;
  const requirePermission = (action: string, resource: string, more: RequestContext): void => {
    const verdict = verdictOf(context, action, resource, {
      ...requestContext(context, input),
      ...more,
    });
    if (verdict.allowed) return;
    if (!verdict.isExplicit && service === "kms" && hasGrant(context, operation, input)) return;
    throw accessDenied(
      service,
      `User: ${caller.session ?? caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${verdict.reason}`,
    );
  };
  for (const { action, resource, conditions } of permissionsFor(context, service, operation, input))
    requirePermission(action, resource, conditions);
}

function hasGrant(context: Context, operation: string, input: Input): boolean {
  const key = keyIn(context, input);
  return (
    key !== undefined &&
    isGranted(context, key, context.caller.arn, operation, encryptionContext(input))
  );
}
