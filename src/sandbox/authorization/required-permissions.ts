import type { Context } from "../core/operation.ts";
import { ownProperty } from "../core/own-property.ts";
import type { Input, Permission, Service } from "../core/service.ts";
import { namespaceFor, serviceNamed } from "../services/loader.ts";
import { arnsFrom, tagsIn } from "./request-members.ts";

const ARN_MEMBERS = ["ResourceArn", "ResourceARN", "resourceArn", "CertificateArn"];

/** The ARNs for which a request needs permission; ["*"] if the service has no narrower resource. */
function resourcesOf(
  context: Context,
  { permissions }: Service,
  operation: string,
  input: Input,
): readonly string[] {
  const namedResources = permissions?.resources?.(context, operation, input) ?? [];
  const arns =
    namedResources.length > 0
      ? namedResources
      : ARN_MEMBERS.flatMap((member) => arnsFrom(input[member], String));
  return arns.length > 0 ? arns : ["*"];
}

/**
 * Operations that create the resource for which the permission is checked. CreateAlias and CreateListener are checked for an
 * existing resource instead.
 */
const CREATES = /^Create(?!Alias|Listener)/;

/** The permission for the operation itself, for each of its resources. */
function operationPermissions(
  context: Context,
  service: Service,
  operation: string,
  input: Input,
): Permission[] {
  const { permissions } = service;
  const createdArns = permissions?.createdResources?.(context, operation, input);
  const action = ownProperty(permissions?.actions ?? {}, operation) ?? operation;
  return resourcesOf(context, service, operation, input).map((resource) => ({
    action: `${namespaceFor(service.name)}:${action}`,
    resource,
    conditions: {},
    isNew: createdArns ? createdArns.includes(resource) : CREATES.test(operation),
  }));
}

const passRolePermissions = (
  { permissions }: Service,
  operation: string,
  input: Input,
): Permission[] =>
  (permissions?.passedRoles?.(operation, input) ?? []).map(([resource, to]) => ({
    action: "iam:PassRole",
    resource,
    conditions: { "iam:PassedToService": to },
    isNew: false,
  }));

const isTaggingItself = (operation: string): boolean =>
  /^(Tag|Untag|AddTags|CreateTags|DeleteTags|TagResource)/.test(operation);

/** The permission to tag the resource that a request creates. Source: Service Authorization Reference, the page of each service. */
function taggingPermissions(
  context: Context,
  service: Service,
  operation: string,
  input: Input,
): Permission[] {
  const { permissions } = service;
  const action = permissions?.tagAction?.(operation);
  if (action === undefined || isTaggingItself(operation)) return [];
  if (Object.keys(tagsIn(input)).length === 0) return [];
  const resources =
    permissions?.createdResources?.(context, operation, input) ??
    resourcesOf(context, service, operation, input);
  const conditions: Permission["conditions"] =
    permissions?.hasCreateAction === true ? { [`${service.name}:CreateAction`]: operation } : {};
  return resources.map((resource) => ({ action, resource, conditions, isNew: true }));
}

/**
 * All permissions that a request needs: for the operation, passed roles, tags, and resources of other services.
 *
 * @param name signing name of the service
 */
export function permissionsFor(
  context: Context,
  name: string,
  operation: string,
  input: Input,
): Permission[] {
  const service = serviceNamed(name);
  if (service === undefined) throw new TypeError(`unknown service ${name}`);
  return [
    ...operationPermissions(context, service, operation, input),
    ...passRolePermissions(service, operation, input),
    ...taggingPermissions(context, service, operation, input),
    ...(service.permissions?.furtherPermissions?.(context, operation, input) ?? []),
  ];
}
