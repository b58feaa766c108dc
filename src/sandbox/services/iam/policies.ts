import type * as iam from "@aws-sdk/client-iam";
import { parsePolicyDocument } from "../../authorization/policy-documents.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { awsManagedPolicies, awsManagedPolicy } from "../../../aws/index.ts";
import { checkName, checkPath } from "./roles.ts";
import { type ManagedPolicy, policies, type PolicyVersion, roles, users } from "./tables.ts";
import { conflict, isNameUsed, requirePolicy, noSuchEntity } from "./shared.ts";
import { iamTagRules } from "./tag-rules.ts";

const countAttachments = (context: Context, arn: string): number =>
  [...context.in(roles).all(), ...context.in(users).all()].filter((role) =>
    role.attached.includes(arn),
  ).length;

const countBoundaryUses = (context: Context, arn: string): number =>
  [...context.in(roles).all(), ...context.in(users).all()].filter((role) => role.boundary === arn)
    .length;

const describe = (context: Context, row: ManagedPolicy): iam.Policy => ({
  PolicyName: row.name,
  PolicyId: row.id,
  Arn: row.arn,
  Path: row.path,
  DefaultVersionId: row.defaultVersion,
  AttachmentCount: countAttachments(context, row.arn),
  PermissionsBoundaryUsageCount: countBoundaryUses(context, row.arn),
  IsAttachable: true,
  CreateDate: row.created,
  UpdateDate: row.updated,
  ...(Object.keys(row.tags).length === 0 ? {} : { Tags: tagList(row.tags) }),
  ...(row.description === undefined ? {} : { Description: row.description }),
});

/** An AWS-managed policy. In the sandbox it has only its default version, created in 1970. */
function findAwsManagedPolicy(arn: string): ManagedPolicy | undefined {
  const managedPolicy = awsManagedPolicy(arn);
  if (managedPolicy === undefined) return undefined;
  const { version, document } = managedPolicy;
  const created = new Date(0);
  const [, path = "/", name = ""] = /:policy(\/.*?)([^/]+)$/.exec(arn) ?? [];
  return {
    arn,
    name,
    path,
    id: "ANPABERTHSANDBOX00000",
    versions: [{ id: version, document, created }],
    defaultVersion: version,
    tags: {},
    created,
    updated: created,
  };
}

const requirePolicyOrAwsManaged = (context: Context, arn: string): ManagedPolicy =>
  findAwsManagedPolicy(arn) ?? requirePolicy(context, arn);

const describeVersion = (row: ManagedPolicy, policyVersion: PolicyVersion): iam.PolicyVersion => ({
  VersionId: policyVersion.id,
  Document: encodeURIComponent(policyVersion.document),
  IsDefaultVersion: policyVersion.id === row.defaultVersion,
  CreateDate: policyVersion.created,
});

const requireVersion = (row: ManagedPolicy, id: string): PolicyVersion => {
  const version = row.versions.find((policyVersion) => policyVersion.id === id);
  if (!version)
    throw noSuchEntity(`Policy ${row.arn} version ${id} does not exist or is not attachable.`);
  return version;
};

export const policyOperations: Operations = {
  CreatePolicy: operation<iam.CreatePolicyRequest, iam.CreatePolicyResponse>()(
    ["PolicyName", "Path", "PolicyDocument", "Description", "Tags"],
    (context, input) => {
      checkName(input.PolicyName, "policyName", 128);
      const path = input.Path ?? "/";
      checkPath(path);
      const arn = `arn:${context.partition}:iam::${context.account}:policy${path}${input.PolicyName}`;
      parsePolicyDocument(input.PolicyDocument, "managed");
      if (isNameUsed(context, policies, input.PolicyName))
        throw new AwsError(
          "EntityAlreadyExists",
          `A policy called ${input.PolicyName} already exists. Duplicate names are not allowed.`,
          409,
        );
      if (context.in(policies).all().length >= context.settings.quotas.policies) {
        throw new AwsError(
          "LimitExceeded",
          `Cannot exceed quota for PoliciesPerAccount: ${context.settings.quotas.policies}`,
          409,
        );
      }
      const row = context.in(policies).put(arn, {
        arn,
        name: input.PolicyName,
        id: `ANPA${context.hex(17).toUpperCase()}`,
        path,
        versions: [{ id: "v1", document: input.PolicyDocument, created: context.now }],
        defaultVersion: "v1",
        tags: tagMap(input.Tags),
        created: context.now,
        updated: context.now,
        ...(input.Description === undefined ? {} : { description: input.Description }),
      });
      return { Policy: describe(context, row) };
    },
  ),

  GetPolicy: operation<iam.GetPolicyRequest, iam.GetPolicyResponse>()(
    ["PolicyArn"],
    (context, input) => ({
      Policy: describe(context, requirePolicyOrAwsManaged(context, input.PolicyArn)),
    }),
  ),

  DeletePolicy: operation<iam.DeletePolicyRequest, object>()(["PolicyArn"], (context, input) => {
    const row = requirePolicy(context, input.PolicyArn);
    if (countAttachments(context, row.arn) > 0)
      throw conflict("Cannot delete a policy attached to entities.");
    if (countBoundaryUses(context, row.arn) > 0)
      throw conflict("Cannot delete a policy used as a permissions boundary.");
    if (row.versions.length > 1)
      throw conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions.",
      );
    context.in(policies).delete(row.arn);
    return {};
  }),

  ListPolicies: operation<iam.ListPoliciesRequest, iam.ListPoliciesResponse>()(
    ["Scope", "OnlyAttached", "PathPrefix", "Marker", "MaxItems"],
    (context, input) => {
      const customerPolicies = input.Scope === "AWS" ? [] : context.in(policies).all();
      const awsPolicies =
        input.Scope === "Local"
          ? []
          : [...awsManagedPolicies.keys()].flatMap(
              (name) =>
                findAwsManagedPolicy(`arn:${context.partition}:iam::aws:policy/${name}`) ?? [],
            );
      const rows = [...customerPolicies, ...awsPolicies].filter(
        (row) =>
          row.path.startsWith(input.PathPrefix ?? "/") &&
          (input.OnlyAttached !== true || countAttachments(context, row.arn) > 0),
      );
      const { items, next } = page(rows, input.MaxItems ?? 100, input.Marker);
      return {
        Policies: items.map((row) => {
          const { Tags: _tags, Description: _description, ...listed } = describe(context, row);
          return listed;
        }),
        IsTruncated: next !== undefined,
        ...(next === undefined ? {} : { Marker: next }),
      };
    },
  ),

  ListEntitiesForPolicy: operation<
    iam.ListEntitiesForPolicyRequest,
    iam.ListEntitiesForPolicyResponse
  >()(["PolicyArn"], (context, input) => {
    const { arn } = requirePolicyOrAwsManaged(context, input.PolicyArn);
    return {
      PolicyRoles: context
        .in(roles)
        .filter((row) => row.attached.includes(arn))
        .map((row) => ({ RoleName: row.name, RoleId: row.id })),
      PolicyUsers: context
        .in(users)
        .filter((row) => row.attached.includes(arn))
        .map((row) => ({ UserName: row.name, UserId: row.id })),
      PolicyGroups: [],
      IsTruncated: false,
    };
  }),

  CreatePolicyVersion: operation<iam.CreatePolicyVersionRequest, iam.CreatePolicyVersionResponse>()(
    ["PolicyArn", "PolicyDocument", "SetAsDefault"],
    (context, input) => {
      const row = requirePolicy(context, input.PolicyArn);
      parsePolicyDocument(input.PolicyDocument, "managed");
      if (row.versions.length >= 5) {
        throw new AwsError(
          "LimitExceeded",
          "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
          409,
        );
      }
      const lastNumber = Math.max(
        ...row.versions.map((policyVersion) => Number(policyVersion.id.slice(1))),
      );
      const version = {
        id: `v${lastNumber + 1}`,
        document: input.PolicyDocument,
        created: context.now,
      };
      const changed = context.in(policies).put(row.arn, {
        ...row,
        versions: [...row.versions, version],
        updated: context.now,
        defaultVersion: input.SetAsDefault === true ? version.id : row.defaultVersion,
      });
      return { PolicyVersion: describeVersion(changed, version) };
    },
  ),

  GetPolicyVersion: operation<iam.GetPolicyVersionRequest, iam.GetPolicyVersionResponse>()(
    ["PolicyArn", "VersionId"],
    (context, input) => {
      const row = requirePolicyOrAwsManaged(context, input.PolicyArn);
      return { PolicyVersion: describeVersion(row, requireVersion(row, input.VersionId)) };
    },
  ),

  ListPolicyVersions: operation<iam.ListPolicyVersionsRequest, iam.ListPolicyVersionsResponse>()(
    ["PolicyArn", "Marker", "MaxItems"],
    (context, input) => {
      const row = requirePolicyOrAwsManaged(context, input.PolicyArn);
      const { items, next } = page(row.versions.toReversed(), input.MaxItems ?? 100, input.Marker);
      return {
        Versions: items.map((item) => describeVersion(row, item)),
        IsTruncated: next !== undefined,
        ...(next === undefined ? {} : { Marker: next }),
      };
    },
  ),

  SetDefaultPolicyVersion: operation<iam.SetDefaultPolicyVersionRequest, object>()(
    ["PolicyArn", "VersionId"],
    (context, input) => {
      const row = requirePolicy(context, input.PolicyArn);
      const { id } = requireVersion(row, input.VersionId);
      context.in(policies).put(row.arn, { ...row, defaultVersion: id, updated: context.now });
      return {};
    },
  ),

  DeletePolicyVersion: operation<iam.DeletePolicyVersionRequest, object>()(
    ["PolicyArn", "VersionId"],
    (context, input) => {
      const row = requirePolicy(context, input.PolicyArn);
      const { id } = requireVersion(row, input.VersionId);
      if (id === row.defaultVersion)
        throw conflict("Cannot delete the default version of a policy.");
      context
        .in(policies)
        .put(row.arn, { ...row, versions: row.versions.filter((version) => version.id !== id) });
      return {};
    },
  ),

  TagPolicy: operation<iam.TagPolicyRequest, object>()(["PolicyArn", "Tags"], (context, input) => {
    const row = requirePolicy(context, input.PolicyArn);
    context.in(policies).put(row.arn, {
      ...row,
      tags: addTags(iamTagRules, "TagPolicy", row.tags, tagMap(input.Tags)),
    });
    return {};
  }),

  UntagPolicy: operation<iam.UntagPolicyRequest, object>()(
    ["PolicyArn", "TagKeys"],
    (context, input) => {
      const row = requirePolicy(context, input.PolicyArn);
      context.in(policies).put(row.arn, { ...row, tags: without(row.tags, input.TagKeys) });
      return {};
    },
  ),

  ListPolicyTags: operation<iam.ListPolicyTagsRequest, iam.ListPolicyTagsResponse>()(
    ["PolicyArn"],
    (context, input) => ({
      Tags: tagList(requirePolicyOrAwsManaged(context, input.PolicyArn).tags),
      IsTruncated: false,
    }),
  ),
};
