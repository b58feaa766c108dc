import type * as iam from "@aws-sdk/client-iam";
import { parsePolicyDocument, parseResourcePolicy } from "../../authorization/policy-documents.ts";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { instanceProfiles, type Role, roles } from "./tables.ts";
import {
  isPropagated,
  alreadyExists,
  checkAttachable,
  checkInlineSize,
  conflict,
  describeBoundary,
  describeTags,
  documentOf,
  isNameUsed,
  requireRole,
  noSuchEntity,
} from "./shared.ts";
import { iamTagRules } from "./tag-rules.ts";

/** The members of a role that every response has. Policy documents are URL-encoded. */
const describeBase = (row: Role): iam.Role => ({
  RoleName: row.name,
  RoleId: row.id,
  Arn: row.arn,
  Path: row.path,
  CreateDate: row.created,
  AssumeRolePolicyDocument: encodeURIComponent(row.trust),
  ...(row.description === undefined ? {} : { Description: row.description }),
});

/** A role as ListRoles returns it. Source: IAM API Reference, ListRoles: "IAM resource-listing operations return a subset of the available attributes". */
const describeInList = (row: Role): iam.Role => ({
  ...describeBase(row),
  MaxSessionDuration: row.maxSession,
});

/** A role as CreateRole returns it. */
const describeCreated = (row: Role): iam.Role => ({
  ...describeBase(row),
  ...describeTags(row),
  ...describeBoundary(row),
});

/** A role as GetRole returns it. */
const describe = (row: Role): iam.Role => ({
  ...describeInList(row),
  ...describeCreated(row),
  RoleLastUsed: {},
});

/** The trust policy of a new role until it has propagated. */
const DENY_ALL_TRUST_POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: "*", Action: "sts:AssumeRole" }],
});

/** Stores a change of a role's policies, and keeps the previous policies until the change has propagated. */
export function changeRole(context: Context, row: Role, changes: Partial<Role>): Role {
  const { before, ...current } = row;
  // If the previous change has not propagated, other services still use the policies before it.
  const { trust, inline, attached, boundary } = isPropagated(context, row) ? row : (before ?? row);
  return context.in(roles).put(row.name, {
    ...current,
    ...changes,
    changed: context.now,
    before: { trust, inline, attached, ...(boundary === undefined ? {} : { boundary }) },
  });
}

export function checkName(name: string, parameter: string, maxLength = 64): void {
  if (!new RegExp(`^[\\w+=,.@-]{1,${maxLength}}$`).test(name)) {
    throw new AwsError(
      "ValidationError",
      `The specified value for ${parameter} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  }
}

export const checkPath = (path: string): void => {
  if (!/^(\/|\/[!-~]+\/)$/.test(path)) {
    throw new AwsError(
      "ValidationError",
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    );
  }
};

interface NewRole {
  readonly name: string;
  readonly path: string;
  readonly trust: string;
  readonly linkedTo?: string;
}

function newRole(context: Context, { name, path, trust, linkedTo }: NewRole): Role {
  if (isNameUsed(context, roles, name)) throw alreadyExists(`Role with name ${name}`);
  const count = context.in(roles).all().length;
  if (count >= context.settings.quotas.roles) {
    throw new AwsError(
      "LimitExceeded",
      `Cannot exceed quota for RolesPerAccount: ${context.settings.quotas.roles}`,
      409,
    );
  }
  return {
    name,
    id: `AROA${context.hex(17).toUpperCase()}`,
    arn: `arn:${context.partition}:iam::${context.account}:role${path}${name}`,
    path,
    trust,
    maxSession: 3600,
    inline: {},
    attached: [],
    tags: {},
    created: context.now,
    changed: context.now,
    // Other services cannot use a new role until it has propagated.
    before: { trust: DENY_ALL_TRUST_POLICY, inline: {}, attached: [] },
    ...(linkedTo === undefined ? {} : { linkedTo }),
  };
}

/** Names of service-linked roles by service principal. Source: IAM User Guide, "AWS services that work with IAM". */
const SERVICE_LINKED_ROLE_NAMES: Readonly<Record<string, string>> = {
  "ecs.amazonaws.com": "AWSServiceRoleForECS",
  "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
  "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
  "codedeploy.amazonaws.com": "AWSServiceRoleForCodeDeploy",
  "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
};

/** The service-linked role of a service. It is created if it does not exist. */
export function ensureServiceLinkedRole(context: Context, service: string): Role {
  const name = ownProperty(SERVICE_LINKED_ROLE_NAMES, service);
  if (name === undefined) {
    throw new AwsError(
      "InvalidInput",
      `Service principal ${service} is not a valid service principal for service-linked roles.`,
    );
  }
  const existing = context.in(roles).get(name);
  if (existing) return existing;
  const row = newRole(context, {
    name,
    path: `/aws-service-role/${service}/`,
    trust: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
    }),
    linkedTo: service,
  });
  return context.in(roles).put(name, row);
}

/**
 * A role that the customer can change.
 *
 * @throws AwsError UnmodifiableEntity for a service-linked role
 */
function requireModifiableRole(context: Context, name: string): Role {
  const row = requireRole(context, name);
  if (row.linkedTo !== undefined) {
    throw new AwsError(
      "UnmodifiableEntity",
      `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
    );
  }
  return row;
}

const checkBoundary = (context: Context, arn: string | undefined): void => {
  if (arn !== undefined && documentOf(context, arn) === undefined)
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
};

export const roleOperations: Operations = {
  CreateRole: operation<iam.CreateRoleRequest, iam.CreateRoleResponse>()(
    [
      "RoleName",
      "Path",
      "AssumeRolePolicyDocument",
      "Description",
      "MaxSessionDuration",
      "PermissionsBoundary",
      "Tags",
    ],
    (context, input) => {
      checkName(input.RoleName, "roleName");
      const path = input.Path ?? "/";
      checkPath(path);
      if (path.startsWith("/aws-service-role/")) {
        throw new AwsError("ValidationError", "The path /aws-service-role/ is reserved.");
      }
      parseResourcePolicy(context, input.AssumeRolePolicyDocument, "trust");
      checkBoundary(context, input.PermissionsBoundary);
      const seconds = input.MaxSessionDuration ?? 3600;
      if (seconds < 3600 || seconds > 43_200) {
        throw new AwsError(
          "ValidationError",
          `1 validation error detected: Value '${seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
        );
      }
      const row = context.in(roles).put(input.RoleName, {
        ...newRole(context, { name: input.RoleName, path, trust: input.AssumeRolePolicyDocument }),
        maxSession: seconds,
        tags: tagMap(input.Tags),
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...(input.PermissionsBoundary === undefined ? {} : { boundary: input.PermissionsBoundary }),
      });
      return { Role: describeCreated(row) };
    },
  ),

  GetRole: operation<iam.GetRoleRequest, iam.GetRoleResponse>()(["RoleName"], (context, input) => ({
    Role: describe(requireRole(context, input.RoleName)),
  })),

  ListRoles: operation<iam.ListRolesRequest, iam.ListRolesResponse>()(
    ["PathPrefix", "Marker", "MaxItems"],
    (context, input) => {
      const rows = context.in(roles).filter((row) => row.path.startsWith(input.PathPrefix ?? "/"));
      const { items, next } = page(rows, input.MaxItems ?? 100, input.Marker);
      return {
        Roles: items.map(describeInList),
        IsTruncated: next !== undefined,
        ...(next === undefined ? {} : { Marker: next }),
      };
    },
  ),

  UpdateRole: operation<iam.UpdateRoleRequest, object>()(
    ["RoleName", "Description", "MaxSessionDuration"],
    (context, input) => {
      const row = requireModifiableRole(context, input.RoleName);
      context.in(roles).put(row.name, {
        ...row,
        maxSession: input.MaxSessionDuration ?? row.maxSession,
        ...(input.Description === undefined ? {} : { description: input.Description }),
      });
      return {};
    },
  ),

  UpdateRoleDescription: operation<
    iam.UpdateRoleDescriptionRequest,
    iam.UpdateRoleDescriptionResponse
  >()(["RoleName", "Description"], (context, input) => ({
    Role: describe(
      context.in(roles).put(input.RoleName, {
        ...requireModifiableRole(context, input.RoleName),
        description: input.Description,
      }),
    ),
  })),

  UpdateAssumeRolePolicy: operation<iam.UpdateAssumeRolePolicyRequest, object>()(
    ["RoleName", "PolicyDocument"],
    (context, input) => {
      parseResourcePolicy(context, input.PolicyDocument, "trust");
      changeRole(context, requireModifiableRole(context, input.RoleName), {
        trust: input.PolicyDocument,
      });
      return {};
    },
  ),

  DeleteRole: operation<iam.DeleteRoleRequest, object>()(["RoleName"], (context, input) => {
    const row = requireModifiableRole(context, input.RoleName);
    if (row.attached.length > 0)
      throw conflict("Cannot delete entity, must detach all policies first.");
    if (Object.keys(row.inline).length > 0)
      throw conflict("Cannot delete entity, must delete policies first.");
    if (
      context
        .in(instanceProfiles)
        .find((instanceProfile) => instanceProfile.roles.includes(row.name))
    )
      throw conflict("Cannot delete entity, must remove roles from instance profile first.");
    context.in(roles).delete(row.name);
    return {};
  }),

  PutRolePermissionsBoundary: operation<iam.PutRolePermissionsBoundaryRequest, object>()(
    ["RoleName", "PermissionsBoundary"],
    (context, input) => {
      checkBoundary(context, input.PermissionsBoundary);
      const row = requireModifiableRole(context, input.RoleName);
      changeRole(context, row, { boundary: input.PermissionsBoundary });
      return {};
    },
  ),

  DeleteRolePermissionsBoundary: operation<iam.DeleteRolePermissionsBoundaryRequest, object>()(
    ["RoleName"],
    (context, input) => {
      const { boundary: _, ...row } = requireModifiableRole(context, input.RoleName);
      changeRole(context, row, {});
      return {};
    },
  ),

  AttachRolePolicy: operation<iam.AttachRolePolicyRequest, object>()(
    ["RoleName", "PolicyArn"],
    (context, input) => {
      const row = requireModifiableRole(context, input.RoleName);
      checkAttachable(context, input.PolicyArn);
      if (row.attached.includes(input.PolicyArn)) return {};
      if (row.attached.length >= context.settings.quotas.managedPoliciesPerRole) {
        throw new AwsError(
          "LimitExceeded",
          `Cannot exceed quota for PoliciesPerRole: ${context.settings.quotas.managedPoliciesPerRole}`,
          409,
        );
      }
      changeRole(context, row, { attached: [...row.attached, input.PolicyArn] });
      return {};
    },
  ),

  DetachRolePolicy: operation<iam.DetachRolePolicyRequest, object>()(
    ["RoleName", "PolicyArn"],
    (context, input) => {
      const row = requireModifiableRole(context, input.RoleName);
      if (!row.attached.includes(input.PolicyArn))
        throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
      changeRole(context, row, {
        attached: row.attached.filter((arn) => arn !== input.PolicyArn),
      });
      return {};
    },
  ),

  ListAttachedRolePolicies: operation<
    iam.ListAttachedRolePoliciesRequest,
    iam.ListAttachedRolePoliciesResponse
  >()(["RoleName", "PathPrefix", "Marker", "MaxItems"], (context, input) => {
    const arns = requireRole(context, input.RoleName).attached.filter((arn) =>
      arn.replace(/^.*:policy/, "").startsWith(input.PathPrefix ?? "/"),
    );
    const { items, next } = page(arns, input.MaxItems ?? 100, input.Marker);
    return {
      AttachedPolicies: items.map((arn) => ({
        PolicyName: arn.split("/").pop() ?? "",
        PolicyArn: arn,
      })),
      IsTruncated: next !== undefined,
      ...(next === undefined ? {} : { Marker: next }),
    };
  }),

  PutRolePolicy: operation<iam.PutRolePolicyRequest, object>()(
    ["RoleName", "PolicyName", "PolicyDocument"],
    (context, input) => {
      const row = requireModifiableRole(context, input.RoleName);
      checkName(input.PolicyName, "policyName", 128);
      parsePolicyDocument(input.PolicyDocument, "role", row.name);
      const inline = { ...row.inline, [input.PolicyName]: input.PolicyDocument };
      checkInlineSize(inline, "role", row.name);
      changeRole(context, row, { inline });
      return {};
    },
  ),

  GetRolePolicy: operation<iam.GetRolePolicyRequest, iam.GetRolePolicyResponse>()(
    ["RoleName", "PolicyName"],
    (context, input) => {
      const text = ownProperty(requireRole(context, input.RoleName).inline, input.PolicyName);
      if (text === undefined)
        throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
      return {
        RoleName: input.RoleName,
        PolicyName: input.PolicyName,
        PolicyDocument: encodeURIComponent(text),
      };
    },
  ),

  DeleteRolePolicy: operation<iam.DeleteRolePolicyRequest, object>()(
    ["RoleName", "PolicyName"],
    (context, input) => {
      const row = requireModifiableRole(context, input.RoleName);
      if (ownProperty(row.inline, input.PolicyName) === undefined)
        throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
      changeRole(context, row, { inline: without(row.inline, [input.PolicyName]) });
      return {};
    },
  ),

  ListRolePolicies: operation<iam.ListRolePoliciesRequest, iam.ListRolePoliciesResponse>()(
    ["RoleName", "Marker", "MaxItems"],
    (context, input) => {
      const names = Object.keys(requireRole(context, input.RoleName).inline);
      const { items, next } = page(names, input.MaxItems ?? 100, input.Marker);
      return {
        PolicyNames: [...items],
        IsTruncated: next !== undefined,
        ...(next === undefined ? {} : { Marker: next }),
      };
    },
  ),

  TagRole: operation<iam.TagRoleRequest, object>()(["RoleName", "Tags"], (context, input) => {
    const row = requireModifiableRole(context, input.RoleName);
    context.in(roles).put(row.name, {
      ...row,
      tags: addTags(iamTagRules, "TagRole", row.tags, tagMap(input.Tags)),
    });
    return {};
  }),

  UntagRole: operation<iam.UntagRoleRequest, object>()(
    ["RoleName", "TagKeys"],
    (context, input) => {
      const row = requireModifiableRole(context, input.RoleName);
      context.in(roles).put(row.name, { ...row, tags: without(row.tags, input.TagKeys) });
      return {};
    },
  ),

  ListRoleTags: operation<iam.ListRoleTagsRequest, iam.ListRoleTagsResponse>()(
    ["RoleName"],
    (context, input) => ({
      Tags: tagList(requireRole(context, input.RoleName).tags),
      IsTruncated: false,
    }),
  ),

  CreateServiceLinkedRole: operation<
    iam.CreateServiceLinkedRoleRequest,
    iam.CreateServiceLinkedRoleResponse
  >()(["AWSServiceName", "Description"], (context, input) => {
    const name = ownProperty(SERVICE_LINKED_ROLE_NAMES, input.AWSServiceName);
    if (name !== undefined && context.in(roles).has(name)) {
      throw new AwsError(
        "InvalidInput",
        `Service role name ${name} has been taken in this account, please try a different suffix.`,
      );
    }
    return { Role: describeCreated(ensureServiceLinkedRole(context, input.AWSServiceName)) };
  }),

  DeleteServiceLinkedRole: operation<
    iam.DeleteServiceLinkedRoleRequest,
    iam.DeleteServiceLinkedRoleResponse
  >()(["RoleName"], (context, input) => {
    const row = requireRole(context, input.RoleName);
    context.in(roles).delete(row.name);
    return { DeletionTaskId: `task${row.path}${row.name}/${context.uuid()}` };
  }),

  GetServiceLinkedRoleDeletionStatus: operation<
    iam.GetServiceLinkedRoleDeletionStatusRequest,
    iam.GetServiceLinkedRoleDeletionStatusResponse
  >()(["DeletionTaskId"], (context, input) => {
    // The sandbox deletes the role at once: the deletion task has succeeded if the role does not exist.
    const name = /^task\/aws-service-role\/[^/]+\/([^/]+)\/[\w-]+$/.exec(input.DeletionTaskId)?.[1];
    if (name === undefined || context.in(roles).has(name))
      throw noSuchEntity(`Deletion task ${input.DeletionTaskId} cannot be found.`);
    return { Status: "SUCCEEDED" };
  }),
};
