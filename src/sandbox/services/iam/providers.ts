import type * as iam from "@aws-sdk/client-iam";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { checkName, checkPath } from "./roles.ts";
import {
  type InstanceProfile,
  instanceProfiles,
  type OidcProvider,
  oidcProviders,
  roles,
} from "./tables.ts";
import { alreadyExists, conflict, isNameUsed, requireRole, noSuchEntity } from "./shared.ts";
import { iamTagRules } from "./tag-rules.ts";

function requireProvider(context: Context, arn: string): OidcProvider {
  const row = context.in(oidcProviders).get(arn);
  if (!row) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return row;
}

function requireInstanceProfile(context: Context, name: string): InstanceProfile {
  const row = context.in(instanceProfiles).get(name);
  if (!row) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return row;
}

const describeProfile = (context: Context, row: InstanceProfile): iam.InstanceProfile => ({
  InstanceProfileName: row.name,
  InstanceProfileId: row.id,
  Arn: row.arn,
  Path: row.path,
  CreateDate: row.created,
  Tags: tagList(row.tags),
  Roles: row.roles.flatMap((name) => {
    const role = context.in(roles).get(name);
    return role
      ? [
          {
            RoleName: role.name,
            RoleId: role.id,
            Arn: role.arn,
            Path: role.path,
            CreateDate: role.created,
            AssumeRolePolicyDocument: encodeURIComponent(role.trust),
          },
        ]
      : [];
  }),
});

export const providerOperations: Operations = {
  CreateOpenIDConnectProvider: operation<
    iam.CreateOpenIDConnectProviderRequest,
    iam.CreateOpenIDConnectProviderResponse
  >()(["Url", "ClientIDList", "ThumbprintList", "Tags"], (context, input) => {
    if (!/^https:\/\/[^/?#\s]+(\/[^?#\s]*)?$/.test(input.Url)) {
      throw new AwsError("ValidationError", "Invalid Open ID Connect Provider URL");
    }
    const url = input.Url.replace(/^https:\/\//, "").replace(/\/$/, "");
    const arn = `arn:${context.partition}:iam::${context.account}:oidc-provider/${url}`;
    if (context.in(oidcProviders).has(arn)) throw alreadyExists(`Provider with url ${input.Url}`);
    const invalid = input.ThumbprintList?.find((value) => !/^[0-9a-fA-F]{40}$/.test(value));
    if (invalid !== undefined)
      throw new AwsError("ValidationError", "Thumbprint must be 40 hexadecimal characters");
    context.in(oidcProviders).put(arn, {
      arn,
      url,
      clientIds: input.ClientIDList ?? [],
      // IAM retrieves a missing thumbprint from the provider. The sandbox has no network and generates one.
      thumbprints: input.ThumbprintList ?? [context.hex(40)],
      tags: tagMap(input.Tags),
      created: context.now,
    });
    return { OpenIDConnectProviderArn: arn, Tags: input.Tags ?? [] };
  }),

  GetOpenIDConnectProvider: operation<
    iam.GetOpenIDConnectProviderRequest,
    iam.GetOpenIDConnectProviderResponse
  >()(["OpenIDConnectProviderArn"], (context, input) => {
    const row = requireProvider(context, input.OpenIDConnectProviderArn);
    return {
      Url: row.url,
      ClientIDList: [...row.clientIds],
      ThumbprintList: [...row.thumbprints],
      CreateDate: row.created,
      Tags: tagList(row.tags),
    };
  }),

  ListOpenIDConnectProviders: operation<object, iam.ListOpenIDConnectProvidersResponse>()(
    [],
    (context) => ({
      OpenIDConnectProviderList: context
        .in(oidcProviders)
        .all()
        .map(({ arn }) => ({ Arn: arn })),
    }),
  ),

  UpdateOpenIDConnectProviderThumbprint: operation<
    iam.UpdateOpenIDConnectProviderThumbprintRequest,
    object
  >()(["OpenIDConnectProviderArn", "ThumbprintList"], (context, input) => {
    const row = requireProvider(context, input.OpenIDConnectProviderArn);
    context.in(oidcProviders).put(row.arn, { ...row, thumbprints: input.ThumbprintList });
    return {};
  }),

  AddClientIDToOpenIDConnectProvider: operation<
    iam.AddClientIDToOpenIDConnectProviderRequest,
    object
  >()(["OpenIDConnectProviderArn", "ClientID"], (context, input) => {
    const row = requireProvider(context, input.OpenIDConnectProviderArn);
    const clientIds = [...new Set([...row.clientIds, input.ClientID])];
    context.in(oidcProviders).put(row.arn, { ...row, clientIds });
    return {};
  }),

  RemoveClientIDFromOpenIDConnectProvider: operation<
    iam.RemoveClientIDFromOpenIDConnectProviderRequest,
    object
  >()(["OpenIDConnectProviderArn", "ClientID"], (context, input) => {
    const row = requireProvider(context, input.OpenIDConnectProviderArn);
    const clientIds = row.clientIds.filter((value) => value !== input.ClientID);
    context.in(oidcProviders).put(row.arn, { ...row, clientIds });
    return {};
  }),

  DeleteOpenIDConnectProvider: operation<iam.DeleteOpenIDConnectProviderRequest, object>()(
    ["OpenIDConnectProviderArn"],
    (context, input) => {
      context
        .in(oidcProviders)
        .delete(requireProvider(context, input.OpenIDConnectProviderArn).arn);
      return {};
    },
  ),

  TagOpenIDConnectProvider: operation<iam.TagOpenIDConnectProviderRequest, object>()(
    ["OpenIDConnectProviderArn", "Tags"],
    (context, input) => {
      const row = requireProvider(context, input.OpenIDConnectProviderArn);
      const tags = addTags(iamTagRules, "TagOpenIDConnectProvider", row.tags, tagMap(input.Tags));
      context.in(oidcProviders).put(row.arn, { ...row, tags });
      return {};
    },
  ),

  UntagOpenIDConnectProvider: operation<iam.UntagOpenIDConnectProviderRequest, object>()(
    ["OpenIDConnectProviderArn", "TagKeys"],
    (context, input) => {
      const row = requireProvider(context, input.OpenIDConnectProviderArn);
      context.in(oidcProviders).put(row.arn, { ...row, tags: without(row.tags, input.TagKeys) });
      return {};
    },
  ),

  CreateInstanceProfile: operation<
    iam.CreateInstanceProfileRequest,
    iam.CreateInstanceProfileResponse
  >()(["InstanceProfileName", "Path", "Tags"], (context, input) => {
    checkName(input.InstanceProfileName, "instanceProfileName", 128);
    const path = input.Path ?? "/";
    checkPath(path);
    const name = input.InstanceProfileName;
    if (isNameUsed(context, instanceProfiles, name))
      throw alreadyExists(`Instance Profile ${name}`);
    const row = context.in(instanceProfiles).put(name, {
      name,
      id: `AIPA${context.hex(17).toUpperCase()}`,
      arn: `arn:${context.partition}:iam::${context.account}:instance-profile${path}${name}`,
      path,
      roles: [],
      tags: tagMap(input.Tags),
      created: context.now,
    });
    return { InstanceProfile: describeProfile(context, row) };
  }),

  GetInstanceProfile: operation<iam.GetInstanceProfileRequest, iam.GetInstanceProfileResponse>()(
    ["InstanceProfileName"],
    (context, input) => ({
      InstanceProfile: describeProfile(
        context,
        requireInstanceProfile(context, input.InstanceProfileName),
      ),
    }),
  ),

  ListInstanceProfilesForRole: operation<
    iam.ListInstanceProfilesForRoleRequest,
    iam.ListInstanceProfilesForRoleResponse
  >()(["RoleName", "Marker", "MaxItems"], (context, input) => {
    const role = requireRole(context, input.RoleName);
    const rows = context.in(instanceProfiles).filter((row) => row.roles.includes(role.name));
    const { items, next } = page(rows, input.MaxItems ?? 100, input.Marker);
    return {
      InstanceProfiles: items.map((row) => describeProfile(context, row)),
      IsTruncated: next !== undefined,
      ...(next === undefined ? {} : { Marker: next }),
    };
  }),

  AddRoleToInstanceProfile: operation<iam.AddRoleToInstanceProfileRequest, object>()(
    ["InstanceProfileName", "RoleName"],
    (context, input) => {
      const row = requireInstanceProfile(context, input.InstanceProfileName);
      const role = requireRole(context, input.RoleName);
      if (row.roles.length > 0) {
        throw new AwsError(
          "LimitExceeded",
          "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
          409,
        );
      }
      context.in(instanceProfiles).put(row.name, { ...row, roles: [role.name] });
      return {};
    },
  ),

  RemoveRoleFromInstanceProfile: operation<iam.RemoveRoleFromInstanceProfileRequest, object>()(
    ["InstanceProfileName", "RoleName"],
    (context, input) => {
      const row = requireInstanceProfile(context, input.InstanceProfileName);
      const remainingRoles = row.roles.filter((name) => name !== input.RoleName);
      context.in(instanceProfiles).put(row.name, { ...row, roles: remainingRoles });
      return {};
    },
  ),

  DeleteInstanceProfile: operation<iam.DeleteInstanceProfileRequest, object>()(
    ["InstanceProfileName"],
    (context, input) => {
      const row = requireInstanceProfile(context, input.InstanceProfileName);
      if (row.roles.length > 0)
        throw conflict("Cannot delete entity, must remove roles from instance profile first.");
      context.in(instanceProfiles).delete(row.name);
      return {};
    },
  ),
};
