import type * as iam from "@aws-sdk/client-iam";
import { policyQuota, policySize } from "../../../iam/index.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import type { TableKey } from "../../core/tables.ts";
import { tagList } from "../../core/tags.ts";
import { awsManagedPolicy } from "../../../aws/index.ts";
import { type ManagedPolicy, policies, type Role, roles, type User, users } from "./tables.ts";

/** Error codes and texts: IAM API Reference, each operation's "Errors". */
export const noSuchEntity = (message: string): AwsError =>
  new AwsError("NoSuchEntity", message, 404);

export const alreadyExists = (entity: string): AwsError =>
  new AwsError("EntityAlreadyExists", `${entity} already exists.`, 409);

/**
 * Whether a row has a name. IAM does not distinguish names by case: a role "Web" cannot be created beside a role "web". Lookups need the
 * exact name. Sources: IAM API Reference, CreateRole, CreatePolicy and CreateUser; IAM User Guide, "IAM and AWS STS quotas".
 */
export const isNameUsed = <Row extends { readonly name: string }>(
  context: Context,
  key: TableKey<Row>,
  name: string,
): boolean =>
  context.in(key).find((row) => row.name.toLowerCase() === name.toLowerCase()) !== undefined;

export const conflict = (message: string): AwsError => new AwsError("DeleteConflict", message, 409);

/** The tags of a role or user in a response; absent if there are none. */
export const describeTags = ({ tags }: Role | User): { Tags?: iam.Tag[] } =>
  Object.keys(tags).length === 0 ? {} : { Tags: tagList(tags) };

/** The permissions boundary of a role or user in a response. */
export const describeBoundary = ({
  boundary,
}: Role | User): { PermissionsBoundary?: iam.AttachedPermissionsBoundary } =>
  boundary === undefined
    ? {}
    : {
        PermissionsBoundary: {
          // IAM returns Policy. The SDK's type has PermissionsBoundaryPolicy.
          PermissionsBoundaryType: "Policy" as iam.PermissionsBoundaryAttachmentType,
          PermissionsBoundaryArn: boundary,
        },
      };

export function requireRole(context: Context, name: string): Role {
  const row = context.in(roles).get(name);
  if (!row) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return row;
}

export function requireUser(context: Context, name: string): User {
  const row = context.in(users).get(name);
  if (!row) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return row;
}

export function requirePolicy(context: Context, arn: string): ManagedPolicy {
  const row = context.in(policies).get(arn);
  if (!row) throw noSuchEntity(`Policy ${arn} was not found.`);
  return row;
}

/** The document of a customer-managed or AWS-managed policy. */
export function documentOf(context: Context, arn: string): string | undefined {
  const row = context.in(policies).get(arn);
  return row
    ? row.versions.find((version) => version.id === row.defaultVersion)?.document
    : awsManagedPolicy(arn)?.document;
}

/** Requires that a policy can be attached: a customer-managed policy, or an AWS-managed policy that the sandbox has. */
export function checkAttachable(context: Context, arn: string): void {
  if (context.in(policies).has(arn) || awsManagedPolicy(arn) !== undefined) return;
  if (/^arn:[^:]+:iam::aws:policy\//.test(arn)) {
    throw notImplemented(`the AWS managed policy ${arn}`);
  }
  throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
}

/** Checks the total number of characters of all inline policies. Source: IAM User Guide, "IAM and AWS STS quotas". */
export function checkInlineSize(
  inline: Readonly<Record<string, string>>,
  kind: "role" | "user",
  name: string,
): void {
  const limit = policyQuota(kind) ?? Infinity;
  const size = Object.values(inline).reduce((sum, text) => sum + policySize(text), 0);
  if (size > limit) {
    throw new AwsError(
      "LimitExceeded",
      `Maximum policy size of ${limit} bytes exceeded for ${kind} ${name}`,
      409,
    );
  }
}

/** Seconds until a change in IAM has propagated to other services. AWS documents no number. The sandbox uses this one. */
const PROPAGATION_SECONDS = 8;

/** Whether a role's last change has propagated to other services. */
export const isPropagated = (context: Context, { changed }: Role): boolean =>
  context.settings.iam === "strong" ||
  context.now.getTime() >= changed.getTime() + PROPAGATION_SECONDS * 1000;
