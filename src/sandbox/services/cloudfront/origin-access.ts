import type * as cloudfront from "@aws-sdk/client-cloudfront";
import type { Context, Operations } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";
import { ResourceType, type StoredResource } from "../../resource-store/resource-type.ts";
import { arnOf, checkVersion, newId, type Versioned } from "./versions.ts";

interface AccessControlMembers extends Partial<cloudfront.OriginAccessControl>, Versioned {}
interface IdentityMembers extends Partial<cloudfront.CloudFrontOriginAccessIdentity>, Versioned {}

/** Source of the texts of this file: Amazon CloudFront API Reference, errors of the operations. */
export const accessControls: ResourceType<AccessControlMembers> =
  new ResourceType<AccessControlMembers>({
    service: "cloudfront",
    table: "cloudfront/origin-access-control",
    scope: "account",
    structure: "OriginAccessControl",
    identifier: "Id",
    arn: (context, id) => arnOf(context, `origin-access-control/${id}`),
    notFound: () =>
      new AwsError("NoSuchOriginAccessControl", "The origin access control does not exist.", 404),
  });

export const accessIdentities: ResourceType<IdentityMembers> = new ResourceType<IdentityMembers>({
  service: "cloudfront",
  table: "cloudfront/origin-access-identity",
  scope: "account",
  structure: "CloudFrontOriginAccessIdentity",
  identifier: "Id",
  arn: (context, id) => arnOf(context, `origin-access-identity/${id}`),
  notFound: () =>
    new AwsError(
      "NoSuchCloudFrontOriginAccessIdentity",
      "The specified origin access identity does not exist.",
      404,
    ),
});

const describeControl = (
  context: Context,
  resource: StoredResource<AccessControlMembers>,
): object => ({
  OriginAccessControl: accessControls.describe(context, resource),
  ETag: resource.members.etag,
});
const describeIdentity = (context: Context, resource: StoredResource<IdentityMembers>): object => ({
  CloudFrontOriginAccessIdentity: accessIdentities.describe(context, resource),
  ETag: resource.members.etag,
});

/** Names of origin access controls are unique. Source: Amazon CloudFront API Reference, OriginAccessControlConfig. */
function checkName(context: Context, name: string | undefined, own: string | undefined): void {
  const isTaken = accessControls
    .in(context)
    .find(({ id, members }) => id !== own && members.OriginAccessControlConfig?.Name === name);
  if (isTaken)
    throw new AwsError(
      "OriginAccessControlAlreadyExists",
      "An origin access control with the specified parameters already exists.",
      409,
    );
}

/** The operations for origin access. `isUsed`: whether a distribution uses an origin access control. */
export const originAccessOperations = (
  isUsed: (context: Context, id: string) => boolean,
): Operations => ({
  ...accessControls.create<cloudfront.CreateOriginAccessControlRequest>(
    "CreateOriginAccessControl",
    {
      id: newId,
      values: (context, input) => {
        checkName(context, input.OriginAccessControlConfig.Name, undefined);
        return { etag: newId(context) };
      },
      respond: describeControl,
    },
  ),
  ...accessControls.read<cloudfront.GetOriginAccessControlRequest>("GetOriginAccessControl", {
    respond: describeControl,
  }),
  ...accessControls.change<cloudfront.UpdateOriginAccessControlRequest>(
    "UpdateOriginAccessControl",
    {
      supports: ["IfMatch"],
      values: (context, input, { id, members }) => {
        checkVersion(members, input.IfMatch);
        checkName(context, input.OriginAccessControlConfig.Name, id);
        return { etag: newId(context) };
      },
      respond: describeControl,
    },
  ),
  ...accessControls.delete<cloudfront.DeleteOriginAccessControlRequest>(
    "DeleteOriginAccessControl",
    {
      supports: ["IfMatch"],
      check: (context, input, { id, members }) => {
        checkVersion(members, input.IfMatch);
        if (isUsed(context, id))
          throw new AwsError(
            "OriginAccessControlInUse",
            "Cannot delete the origin access control because it's in use by one or more distributions.",
            409,
          );
      },
      respond: () => ({}),
    },
  ),

  ...accessIdentities.create<cloudfront.CreateCloudFrontOriginAccessIdentityRequest>(
    "CreateCloudFrontOriginAccessIdentity",
    {
      id: newId,
      values: (context) => ({ etag: newId(context), S3CanonicalUserId: context.hex(64) }),
      respond: describeIdentity,
    },
  ),
  ...accessIdentities.read<cloudfront.GetCloudFrontOriginAccessIdentityRequest>(
    "GetCloudFrontOriginAccessIdentity",
    { respond: describeIdentity },
  ),
  ...accessIdentities.change<cloudfront.UpdateCloudFrontOriginAccessIdentityRequest>(
    "UpdateCloudFrontOriginAccessIdentity",
    {
      supports: ["IfMatch"],
      values: (context, input, { members }) => {
        checkVersion(members, input.IfMatch);
        return { etag: newId(context) };
      },
      respond: describeIdentity,
    },
  ),
  ...accessIdentities.delete<cloudfront.DeleteCloudFrontOriginAccessIdentityRequest>(
    "DeleteCloudFrontOriginAccessIdentity",
    {
      supports: ["IfMatch"],
      check: (_context, input, { members }) => checkVersion(members, input.IfMatch),
      respond: () => ({}),
    },
  ),
});
