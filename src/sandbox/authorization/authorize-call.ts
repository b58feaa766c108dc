import {
  authorize,
  type ApplicablePolicies,
  type AuthorizationResult,
  type RequestContext,
  parsePolicy,
} from "../../iam/index.ts";
import type { Context } from "../core/operation.ts";
import type { IdentityPolicies, Input, Service } from "../core/service.ts";
import { AwsError } from "../protocol/errors.ts";
import { loadedServiceOf, loadedServices } from "../services/loader.ts";
import type { Caller } from "./callers.ts";
import { partsOfArn, tagsIn } from "./request-members.ts";
import { permissionsFor } from "./required-permissions.ts";

/**
 * The resource-based policies of a resource and of its parent as one policy, and whether it must allow the request. A request for
 * all resources ("*") has the policy of the account, if the service of the action has such policies.
 */
export function resourcePolicy(
  context: Context,
  arn: string,
  action: string,
): Pick<ApplicablePolicies, "resource" | "resourceDecides"> {
  if (arn === "*") {
    const service = action.split(":")[0] ?? "";
    const document = loadedServiceOf(service)?.resources?.accountPolicy?.(context);
    return document === undefined ? {} : { resource: parsePolicy(document) };
  }
  const { service, region, account } = partsOfArn(arn);
  const resourceContext = context.at({
    account: account || context.account,
    region: region || context.region,
  });
  const policy = loadedServiceOf(service)?.resources?.policy?.(resourceContext, arn);
  if (policy === undefined) return {};
  const policies = [policy.document, policy.parentDocument]
    .filter((document) => document !== undefined)
    .map((document) => parsePolicy(document));
  // With the newest version, no variable in a Deny is ignored.
  const version = policies
    .map((parsed) => parsed.version)
    .toSorted()
    .at(-1);
  return {
    ...(version === undefined
      ? {}
      : { resource: { version, statements: policies.flatMap(({ statements }) => statements) } }),
    ...(policy.decides === true ? { resourceDecides: true } : {}),
  };
}

/** Condition keys of a request: global keys, then those of the service. Source: IAM User Guide, "AWS global condition context keys". */
function requestContext(context: Context, input: Input, service?: Service): RequestContext {
  const { caller } = context;
  const tags = tagsIn(input);
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
    ...(Object.keys(tags).length > 0 ? { "aws:TagKeys": Object.keys(tags) } : {}),
    ...service?.permissions?.conditions?.(context, input),
  };
}

/** Condition keys of an existing resource: its tags, and those of its service. */
function resourceConditions(context: Context, arn: string): RequestContext {
  const resources = loadedServiceOf(partsOfArn(arn).service)?.resources;
  return {
    ...Object.fromEntries(
      Object.entries(resources?.tags?.(context, arn) ?? {}).map(([key, value]) => [
        `aws:ResourceTag/${key}`,
        value,
      ]),
    ),
    ...resources?.conditions?.(context, arn),
  };
}

/** The policies of a caller. A user or role that no service knows has no permissions. */
function identityPoliciesOf(context: Context, caller: Caller): IdentityPolicies {
  for (const { identityPolicies } of loadedServices())
    if (identityPolicies !== undefined) return identityPolicies(context, caller);
  return { identity: [] };
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
      ...identityPoliciesOf(context, caller),
      session: caller.sessionPolicies,
      ...resourcePolicy(context, resource, action),
    },
  );
}

/**
 * Whether the caller is allowed to perform an action that a service performs on its behalf.
 *
 * @param conditions values of condition keys of the action
 */
export const isCallerAllowed = (
  context: Context,
  action: string,
  resource: string,
  conditions: Readonly<Record<string, string>> = {},
): boolean =>
  verdictOf(context, action, resource, { ...requestContext(context, {}), ...conditions }).allowed;

/**
 * Checks that the policies of the caller and of the resources allow a call.
 *
 * @throws AwsError with the message of AWS if the call is denied
 */
export function checkCaller(
  context: Context,
  service: Service,
  operation: string,
  input: Input,
): void {
  const { caller } = context;
  const { permissions } = service;
  if (caller.isUnlimited || permissions?.unrestricted?.includes(operation) === true) return;
  for (const { action, resource, conditions } of permissionsFor(
    context,
    service.name,
    operation,
    input,
  )) {
    const verdict = verdictOf(context, action, resource, {
      ...requestContext(context, input, service),
      ...conditions,
    });
    if (verdict.allowed) continue;
    if (!verdict.isExplicit && permissions?.isGranted?.(context, operation, input) === true)
      continue;
    const message = `User: ${caller.session ?? caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${verdict.reason}`;
    throw permissions?.denied?.(message) ?? new AwsError("AccessDeniedException", message);
  }
}
