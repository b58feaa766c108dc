import type * as iam from "@aws-sdk/client-iam";
import { DEFAULT_USER, defaultCaller } from "../../authorization/callers.ts";
import { credentials } from "../sts/credentials.ts";
import { parsePolicyDocument } from "../../authorization/policy-documents.ts";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError } from "../../protocol/errors.ts";
import { operation, type Operations, page } from "../../core/operation.ts";
import { addTags, tagMap, without } from "../../core/tags.ts";
import { checkName, checkPath } from "./roles.ts";
import { type User, users } from "./tables.ts";
import {
  alreadyExists,
  checkAttachable,
  checkInlineSize,
  conflict,
  describeBoundary,
  describeTags,
  requireUser,
  noSuchEntity,
  isNameUsed,
} from "./shared.ts";
import { iamTagRules } from "./tag-rules.ts";

/** A user as ListUsers returns it: without tags and permissions boundary. */
const describeInList = (row: User): iam.User => ({
  UserName: row.name,
  UserId: row.id,
  Arn: row.arn,
  Path: row.path,
  CreateDate: row.created,
});

const describe = (row: User): iam.User => ({
  ...describeInList(row),
  ...describeTags(row),
  ...describeBoundary(row),
});

/** Access keys of a user. AWS does not raise this quota. Source: IAM User Guide, "IAM and AWS STS quotas". */
const MAX_ACCESS_KEYS = 2;

export const userOperations: Operations = {
  CreateUser: operation<iam.CreateUserRequest, iam.CreateUserResponse>()(
    ["UserName", "Path", "PermissionsBoundary", "Tags"],
    (context, input) => {
      checkName(input.UserName, "userName");
      const path = input.Path ?? "/";
      checkPath(path);
      if (isNameUsed(context, users, input.UserName))
        throw alreadyExists(`User with name ${input.UserName}`);
      const row = context.in(users).put(input.UserName, {
        name: input.UserName,
        id: `AIDA${context.hex(17).toUpperCase()}`,
        arn: `arn:${context.partition}:iam::${context.account}:user${path}${input.UserName}`,
        path,
        inline: {},
        attached: [],
        accessKeys: [],
        tags: tagMap(input.Tags),
        created: context.now,
        ...(input.PermissionsBoundary === undefined ? {} : { boundary: input.PermissionsBoundary }),
      });
      return { User: describe(row) };
    },
  ),

  GetUser: operation<iam.GetUserRequest, iam.GetUserResponse>()(["UserName"], (context, input) => {
    if ((input.UserName ?? DEFAULT_USER) === DEFAULT_USER && !context.in(users).has(DEFAULT_USER)) {
      const { arn, userId } = defaultCaller(context.account, context.region);
      return {
        User: {
          UserName: DEFAULT_USER,
          UserId: userId,
          Arn: arn,
          Path: "/",
          CreateDate: new Date(0),
        },
      };
    }
    return { User: describe(requireUser(context, input.UserName ?? DEFAULT_USER)) };
  }),

  ListUsers: operation<iam.ListUsersRequest, iam.ListUsersResponse>()(
    ["PathPrefix", "Marker", "MaxItems"],
    (context, input) => {
      const rows = context.in(users).filter((row) => row.path.startsWith(input.PathPrefix ?? "/"));
      const { items, next } = page(rows, input.MaxItems ?? 100, input.Marker);
      return {
        Users: items.map(describeInList),
        IsTruncated: next !== undefined,
        ...(next === undefined ? {} : { Marker: next }),
      };
    },
  ),

  DeleteUser: operation<iam.DeleteUserRequest, object>()(["UserName"], (context, input) => {
    const row = requireUser(context, input.UserName);
    if (row.attached.length > 0)
      throw conflict("Cannot delete entity, must detach all policies first.");
    if (Object.keys(row.inline).length > 0)
      throw conflict("Cannot delete entity, must delete policies first.");
    if (row.accessKeys.length > 0)
      throw conflict("Cannot delete entity, must delete access keys first.");
    context.in(users).delete(row.name);
    return {};
  }),

  AttachUserPolicy: operation<iam.AttachUserPolicyRequest, object>()(
    ["UserName", "PolicyArn"],
    (context, input) => {
      const row = requireUser(context, input.UserName);
      checkAttachable(context, input.PolicyArn);
      const attached = [...new Set([...row.attached, input.PolicyArn])];
      context.in(users).put(row.name, { ...row, attached });
      return {};
    },
  ),

  DetachUserPolicy: operation<iam.DetachUserPolicyRequest, object>()(
    ["UserName", "PolicyArn"],
    (context, input) => {
      const row = requireUser(context, input.UserName);
      if (!row.attached.includes(input.PolicyArn))
        throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
      context
        .in(users)
        .put(row.name, { ...row, attached: row.attached.filter((arn) => arn !== input.PolicyArn) });
      return {};
    },
  ),

  ListAttachedUserPolicies: operation<
    iam.ListAttachedUserPoliciesRequest,
    iam.ListAttachedUserPoliciesResponse
  >()(["UserName"], (context, input) => ({
    AttachedPolicies: requireUser(context, input.UserName).attached.map((arn) => ({
      PolicyName: arn.split("/").pop() ?? "",
      PolicyArn: arn,
    })),
    IsTruncated: false,
  })),

  PutUserPolicy: operation<iam.PutUserPolicyRequest, object>()(
    ["UserName", "PolicyName", "PolicyDocument"],
    (context, input) => {
      const row = requireUser(context, input.UserName);
      parsePolicyDocument(input.PolicyDocument, "user", row.name);
      const inline = { ...row.inline, [input.PolicyName]: input.PolicyDocument };
      checkInlineSize(inline, "user", row.name);
      context.in(users).put(row.name, { ...row, inline });
      return {};
    },
  ),

  GetUserPolicy: operation<iam.GetUserPolicyRequest, iam.GetUserPolicyResponse>()(
    ["UserName", "PolicyName"],
    (context, input) => {
      const text = ownProperty(requireUser(context, input.UserName).inline, input.PolicyName);
      if (text === undefined)
        throw noSuchEntity(`The user policy with name ${input.PolicyName} cannot be found.`);
      return {
        UserName: input.UserName,
        PolicyName: input.PolicyName,
        PolicyDocument: encodeURIComponent(text),
      };
    },
  ),

  DeleteUserPolicy: operation<iam.DeleteUserPolicyRequest, object>()(
    ["UserName", "PolicyName"],
    (context, input) => {
      const row = requireUser(context, input.UserName);
      if (ownProperty(row.inline, input.PolicyName) === undefined)
        throw noSuchEntity(`The user policy with name ${input.PolicyName} cannot be found.`);
      context.in(users).put(row.name, { ...row, inline: without(row.inline, [input.PolicyName]) });
      return {};
    },
  ),

  ListUserPolicies: operation<iam.ListUserPoliciesRequest, iam.ListUserPoliciesResponse>()(
    ["UserName"],
    (context, input) => ({
      PolicyNames: Object.keys(requireUser(context, input.UserName).inline),
      IsTruncated: false,
    }),
  ),

  ListGroupsForUser: operation<iam.ListGroupsForUserRequest, iam.ListGroupsForUserResponse>()(
    ["UserName"],
    (context, input) => {
      requireUser(context, input.UserName);
      return { Groups: [], IsTruncated: false };
    },
  ),

  CreateAccessKey: operation<iam.CreateAccessKeyRequest, iam.CreateAccessKeyResponse>()(
    ["UserName"],
    (context, input) => {
      const row = requireUser(context, input.UserName ?? DEFAULT_USER);
      if (row.accessKeys.length >= MAX_ACCESS_KEYS)
        throw new AwsError(
          "LimitExceeded",
          `Cannot exceed quota for AccessKeysPerUser: ${MAX_ACCESS_KEYS}`,
          409,
        );
      const id = `AKIABERTH${context.hex(11).toUpperCase()}`;
      const secret = context.hex(40);
      context.in(credentials).put(id, {
        id,
        secret,
        isActive: true,
        created: context.now,
        caller: {
          account: context.account,
          arn: row.arn,
          userId: row.id,
          isUnlimited: false,
          sessionPolicies: [],
          tags: row.tags,
        },
      });
      context.in(users).put(row.name, { ...row, accessKeys: [...row.accessKeys, id] });
      return {
        AccessKey: {
          UserName: row.name,
          AccessKeyId: id,
          SecretAccessKey: secret,
          Status: "Active",
          CreateDate: context.now,
        },
      };
    },
  ),

  ListAccessKeys: operation<iam.ListAccessKeysRequest, iam.ListAccessKeysResponse>()(
    ["UserName"],
    (context, input) => {
      const row = requireUser(context, input.UserName ?? DEFAULT_USER);
      return {
        AccessKeyMetadata: row.accessKeys.flatMap((id) => {
          const key = context.in(credentials).get(id);
          return key
            ? [
                {
                  UserName: row.name,
                  AccessKeyId: id,
                  Status: key.isActive ? "Active" : "Inactive",
                  CreateDate: key.created,
                },
              ]
            : [];
        }),
        IsTruncated: false,
      };
    },
  ),

  UpdateAccessKey: operation<iam.UpdateAccessKeyRequest, object>()(
    ["UserName", "AccessKeyId", "Status"],
    (context, input) => {
      const { accessKeys } = requireUser(context, input.UserName ?? DEFAULT_USER);
      const key = context.in(credentials).get(input.AccessKeyId);
      if (!key || !accessKeys.includes(key.id))
        throw noSuchEntity(`The Access Key with id ${input.AccessKeyId} cannot be found.`);
      context.in(credentials).put(key.id, { ...key, isActive: input.Status === "Active" });
      return {};
    },
  ),

  DeleteAccessKey: operation<iam.DeleteAccessKeyRequest, object>()(
    ["UserName", "AccessKeyId"],
    (context, input) => {
      const row = requireUser(context, input.UserName ?? DEFAULT_USER);
      if (!row.accessKeys.includes(input.AccessKeyId))
        throw noSuchEntity(`The Access Key with id ${input.AccessKeyId} cannot be found.`);
      context.in(credentials).delete(input.AccessKeyId);
      context.in(users).put(row.name, {
        ...row,
        accessKeys: row.accessKeys.filter((id) => id !== input.AccessKeyId),
      });
      return {};
    },
  ),

  TagUser: operation<iam.TagUserRequest, object>()(["UserName", "Tags"], (context, input) => {
    const row = requireUser(context, input.UserName);
    context.in(users).put(row.name, {
      ...row,
      tags: addTags(iamTagRules, "TagUser", row.tags, tagMap(input.Tags)),
    });
    return {};
  }),

  UntagUser: operation<iam.UntagUserRequest, object>()(
    ["UserName", "TagKeys"],
    (context, input) => {
      const row = requireUser(context, input.UserName);
      context.in(users).put(row.name, { ...row, tags: without(row.tags, input.TagKeys) });
      return {};
    },
  ),
};
