import type * as iam from "@aws-sdk/client-iam";
import { parsePolicyDocument } from "../../authorization/policy-documents.ts";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { tagList, tagMap, without } from "../../core/tags.ts";
import { instanceProfiles, type Role, roles } from "./tables.ts";
import {
  isKnown,
  alreadyExists,
  checkAttachable,
  checkInlineSize,
  checkTrustPolicy,
  conflict,
  documentOf,
  needRole,
  noSuchEntity,
} from "./shared.ts";

/** A role as the API shows it: documents are URL-encoded. Source: IAM API Reference, GetRole. */
const describe = (row: Role): iam.Role => ({
  RoleName: row.name,
  RoleId: row.id,
  Arn: row.arn,
  Path: row.path,
  CreateDate: row.created,
  AssumeRolePolicyDocument: encodeURIComponent(row.trust),
  MaxSessionDuration: row.maxSession,
  RoleLastUsed: {},
  Tags: tagList(row.tags),
  ...(row.description === undefined ? {} : { Description: row.description }),
  ...(row.boundary === undefined
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: "PermissionsBoundaryPolicy",
          PermissionsBoundaryArn: row.boundary,
        },
      }),
});

/** What a new role trusts until it is known everywhere. */
const NOBODY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: "*", Action: "sts:AssumeRole" }],
});

/** Stores a change of what a role may do, and remembers what held before. */
export function changeRole(context: Context, row: Role, changes: Partial<Role>): Role {
  const { before, ...now } = row;
  // What is not known yet stays unknown: others go on seeing what they saw.
  const { trust, inline, attached, boundary } = isKnown(context, row) ? row : (before ?? row);
  return context.in(roles).put(row.name, {
    ...now,
    ...changes,
    changed: context.now,
    before: { trust, inline, attached, ...(boundary === undefined ? {} : { boundary }) },
  });
}

export function checkName(name: string, what: string, max = 64): void {
  if (!new RegExp(`^[\\w+=,.@-]{1,${max}}$`).test(name)) {
    throw new AwsError(
      "ValidationError",
      `The specified value for ${what} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
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

function create(context: Context, { name, path, trust, linkedTo }: NewRole): Role {
  if (context.in(roles).has(name)) throw alreadyExists(`Role with name ${name}`);
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
    // A role that is new is, for as long as the change is not seen, none at all.
    before: { trust: NOBODY, inline: {}, attached: [] },
    ...(linkedTo === undefined ? {} : { linkedTo }),
  };
}

/** Roles that a service makes for itself. Source: IAM User Guide, "AWS services that work with IAM". */
const LINKED: Readonly<Record<string, string>> = {
  "ecs.amazonaws.com": "AWSServiceRoleForECS",
  "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
  "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
  "codedeploy.amazonaws.com": "AWSServiceRoleForCodeDeploy",
  "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
};

/** The role linked to a service, made where it is not there. */
export function linkedRole(context: Context, service: string): Role {
  const name = ownProperty(LINKED, service);
  if (name === undefined) {
    throw new AwsError(
      "InvalidInput",
      `Service principal ${service} is not a valid service principal for service-linked roles.`,
    );
  }
  const known = context.in(roles).get(name);
  if (known) return known;
  const row = create(context, {
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

/** A role that its owner may change: one linked to a service is the service's. */
function changeable(context: Context, name: string): Role {
  const row = needRole(context, name);
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
      checkTrustPolicy(context, input.AssumeRolePolicyDocument);
      checkBoundary(context, input.PermissionsBoundary);
      const seconds = input.MaxSessionDuration ?? 3600;
      if (seconds < 3600 || seconds > 43_200) {
        throw new AwsError(
          "ValidationError",
          `1 validation error detected: Value '${seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
        );
      }
      const row = context.in(roles).put(input.RoleName, {
        ...create(context, { name: input.RoleName, path, trust: input.AssumeRolePolicyDocument }),
        maxSession: seconds,
        tags: tagMap(input.Tags),
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...(input.PermissionsBoundary === undefined ? {} : { boundary: input.PermissionsBoundary }),
      });
      return { Role: describe(row) };
    },
  ),

  GetRole: operation<iam.GetRoleRequest, iam.GetRoleResponse>()(["RoleName"], (context, input) => ({
    Role: describe(needRole(context, input.RoleName)),
  })),

  ListRoles: operation<iam.ListRolesRequest, iam.ListRolesResponse>()(
    ["PathPrefix", "Marker", "MaxItems"],
    (context, input) => {
      const rows = context.in(roles).filter((row) => row.path.startsWith(input.PathPrefix ?? "/"));
      const { items, next } = page(rows, input.MaxItems ?? 100, input.Marker);
      return {
        Roles: items.map(describe),
        IsTruncated: next !== undefined,
        ...(next === undefined ? {} : { Marker: next }),
      };
    },
  ),

  UpdateRole: operation<iam.UpdateRoleRequest, object>()(
    ["RoleName", "Description", "MaxSessionDuration"],
    (context, input) => {
      const row = changeable(context, input.RoleName);
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
        ...changeable(context, input.RoleName),
        description: input.Description,
      }),
    ),
  })),

  UpdateAssumeRolePolicy: operation<iam.UpdateAssumeRolePolicyRequest, object>()(
    ["RoleName", "PolicyDocument"],
    (context, input) => {
      checkTrustPolicy(context, input.PolicyDocument);
      changeRole(context, changeable(context, input.RoleName), { trust: input.PolicyDocument });
      return {};
    },
  ),

  DeleteRole: operation<iam.DeleteRoleRequest, object>()(["RoleName"], (context, input) => {
    const row = changeable(context, input.RoleName);
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
      const row = changeable(context, input.RoleName);
      changeRole(context, row, { boundary: input.PermissionsBoundary });
      return {};
    },
  ),

  DeleteRolePermissionsBoundary: operation<iam.DeleteRolePermissionsBoundaryRequest, object>()(
    ["RoleName"],
    (context, input) => {
      const { boundary: _, ...row } = changeable(context, input.RoleName);
      changeRole(context, row, {});
      return {};
    },
  ),

  AttachRolePolicy: operation<iam.AttachRolePolicyRequest, object>()(
    ["RoleName", "PolicyArn"],
    (context, input) => {
      const row = changeable(context, input.RoleName);
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
      const row = changeable(context, input.RoleName);
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
    const arns = needRole(context, input.RoleName).attached.filter((arn) =>
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
      const row = changeable(context, input.RoleName);
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
      const text = ownProperty(needRole(context, input.RoleName).inline, input.PolicyName);
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
      const row = changeable(context, input.RoleName);
      if (ownProperty(row.inline, input.PolicyName) === undefined)
        throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
      changeRole(context, row, { inline: without(row.inline, [input.PolicyName]) });
      return {};
    },
  ),

  ListRolePolicies: operation<iam.ListRolePoliciesRequest, iam.ListRolePoliciesResponse>()(
    ["RoleName", "Marker", "MaxItems"],
    (context, input) => {
      const names = Object.keys(needRole(context, input.RoleName).inline);
      const { items, next } = page(names, input.MaxItems ?? 100, input.Marker);
      return {
        PolicyNames: [...items],
        IsTruncated: next !== undefined,
        ...(next === undefined ? {} : { Marker: next }),
      };
    },
  ),

  TagRole: operation<iam.TagRoleRequest, object>()(["RoleName", "Tags"], (context, input) => {
    const row = changeable(context, input.RoleName);
    context.in(roles).put(row.name, { ...row, tags: { ...row.tags, ...tagMap(input.Tags) } });
    return {};
  }),

  UntagRole: operation<iam.UntagRoleRequest, object>()(
    ["RoleName", "TagKeys"],
    (context, input) => {
      const row = changeable(context, input.RoleName);
      context.in(roles).put(row.name, { ...row, tags: without(row.tags, input.TagKeys) });
      return {};
    },
  ),

  ListRoleTags: operation<iam.ListRoleTagsRequest, iam.ListRoleTagsResponse>()(
    ["RoleName"],
    (context, input) => ({
      Tags: tagList(needRole(context, input.RoleName).tags),
      IsTruncated: false,
    }),
  ),

  CreateServiceLinkedRole: operation<
    iam.CreateServiceLinkedRoleRequest,
    iam.CreateServiceLinkedRoleResponse
  >()(["AWSServiceName", "Description"], (context, input) => {
    const name = ownProperty(LINKED, input.AWSServiceName);
    if (name !== undefined && context.in(roles).has(name)) {
      throw new AwsError(
        "InvalidInput",
        `Service role name ${name} has been taken in this account, please try a different suffix.`,
      );
    }
    return { Role: describe(linkedRole(context, input.AWSServiceName)) };
  }),

  DeleteServiceLinkedRole: operation<
    iam.DeleteServiceLinkedRoleRequest,
    iam.DeleteServiceLinkedRoleResponse
  >()(["RoleName"], (context, input) => {
    const row = needRole(context, input.RoleName);
    context.in(roles).delete(row.name);
    return { DeletionTaskId: `task${row.path}${row.name}/${context.uuid()}` };
  }),

  GetServiceLinkedRoleDeletionStatus: operation<
    iam.GetServiceLinkedRoleDeletionStatusRequest,
    iam.GetServiceLinkedRoleDeletionStatusResponse
  >()(["DeletionTaskId"], (context, input) => {
    // Deleting is done at once: a task is over if its role is gone.
    const name = /^task\/aws-service-role\/[^/]+\/([^/]+)\/[\w-]+$/.exec(input.DeletionTaskId)?.[1];
    if (name === undefined || context.in(roles).has(name))
      throw noSuchEntity(`Deletion task ${input.DeletionTaskId} cannot be found.`);
    return { Status: "SUCCEEDED" };
  }),
};
