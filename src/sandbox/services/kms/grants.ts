import type * as kms from "@aws-sdk/client-kms";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { type Key, requireKey, requireUsableKey } from "./keys.ts";

interface Grant {
  readonly id: string;
  readonly token: string;
  readonly keyId: string;
  readonly grantee: string;
  readonly retiring?: string;
  readonly operations: readonly kms.GrantOperation[];
  readonly constraints?: kms.GrantConstraints;
  readonly name?: string;
  readonly issuer: string;
  readonly created: Date;
}

export const grants: TableKey<Grant> = table("kms/grant");

const describe = (context: Context, row: Grant): kms.GrantListEntry => ({
  KeyId: context.arn("kms", `key/${row.keyId}`),
  GrantId: row.id,
  Name: row.name ?? "",
  CreationDate: row.created,
  GranteePrincipal: row.grantee,
  IssuingAccount: row.issuer,
  Operations: [...row.operations],
  ...(row.retiring === undefined ? {} : { RetiringPrincipal: row.retiring }),
  ...(row.constraints ? { Constraints: row.constraints } : {}),
});

type EncryptionContext = Readonly<Record<string, string>>;

function satisfiesConstraints(
  constraints: kms.GrantConstraints | undefined,
  encryptionContext: EncryptionContext,
): boolean {
  const includes = (pairs: EncryptionContext | undefined): boolean =>
    Object.entries(pairs ?? {}).every(([key, value]) => encryptionContext[key] === value);
  const requiredContext = constraints?.EncryptionContextEquals;
  return (
    includes(constraints?.EncryptionContextSubset) &&
    (requiredContext === undefined ||
      (includes(requiredContext) &&
        Object.keys(requiredContext).length === Object.keys(encryptionContext).length))
  );
}

/** Whether a grant allows an operation with a key to a principal. Source: AWS KMS Developer Guide, "Grants in AWS KMS". */
export const isGranted = (
  context: Context,
  key: Key,
  principal: string,
  grantedOperation: string,
  encryptionContext: EncryptionContext,
): boolean =>
  context
    .in(grants)
    .find(
      (row) =>
        row.keyId === key.id &&
        row.grantee === principal &&
        row.operations.some((operation) => operation === grantedOperation) &&
        satisfiesConstraints(row.constraints, encryptionContext),
    ) !== undefined;

function requireGrant(context: Context, keyId: string, id: string): Grant {
  const row = context.in(grants).get(id);
  if (row?.keyId === keyId) return row;
  throw new AwsError("NotFoundException", `Grant ID ${id} not found`);
}

export const grantOperations: Operations = {
  CreateGrant: operation<kms.CreateGrantRequest, kms.CreateGrantResponse>()(
    ["KeyId", "GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "Name"],
    (context, input) => {
      const key = requireUsableKey(context, input.KeyId);
      if (input.GranteePrincipal === undefined)
        throw new AwsError("ValidationException", "A GranteePrincipal is required.");
      for (const arn of [input.GranteePrincipal, input.RetiringPrincipal ?? "arn:"])
        if (!arn.startsWith("arn:"))
          throw new AwsError(
            "InvalidArnException",
            `ARN does not refer to a valid principal: ${arn}`,
          );
      // A name makes the request idempotent. Source: AWS KMS API Reference, CreateGrant.
      const existing = context
        .in(grants)
        .find((row) => input.Name !== undefined && row.name === input.Name && row.keyId === key.id);
      if (existing) return { GrantId: existing.id, GrantToken: existing.token };
      const row: Grant = {
        id: context.hex(64),
        token: context.hex(64),
        keyId: key.id,
        grantee: input.GranteePrincipal,
        operations: input.Operations,
        issuer: `arn:${context.partition}:iam::${context.account}:root`,
        created: context.now,
        ...(input.RetiringPrincipal === undefined ? {} : { retiring: input.RetiringPrincipal }),
        ...(input.Constraints === undefined ? {} : { constraints: input.Constraints }),
        ...(input.Name === undefined ? {} : { name: input.Name }),
      };
      context.in(grants).put(row.id, row);
      return { GrantId: row.id, GrantToken: row.token };
    },
  ),

  ListGrants: operation<kms.ListGrantsRequest, kms.ListGrantsResponse>()(
    ["KeyId", "GrantId", "GranteePrincipal", "Limit", "Marker"],
    (context, input) => {
      const key = requireKey(context, input.KeyId);
      const rows = context
        .in(grants)
        .filter(
          (row) =>
            row.keyId === key.id &&
            (input.GrantId === undefined || row.id === input.GrantId) &&
            (input.GranteePrincipal === undefined || row.grantee === input.GranteePrincipal),
        );
      const { items, next } = page(rows, input.Limit ?? 50, input.Marker);
      return {
        Grants: items.map((row) => describe(context, row)),
        Truncated: next !== undefined,
        ...(next === undefined ? {} : { NextMarker: next }),
      };
    },
  ),

  RevokeGrant: operation<kms.RevokeGrantRequest, object>()(
    ["KeyId", "GrantId"],
    (context, input) => {
      const row = requireGrant(context, requireKey(context, input.KeyId).id, input.GrantId);
      context.in(grants).delete(row.id);
      return {};
    },
  ),

  RetireGrant: operation<kms.RetireGrantRequest, object>()(
    ["GrantToken", "KeyId", "GrantId"],
    (context, input) => {
      const row =
        input.GrantToken === undefined
          ? requireGrant(context, requireKey(context, input.KeyId ?? "").id, input.GrantId ?? "")
          : context.in(grants).find((grant) => grant.token === input.GrantToken);
      if (!row) throw new AwsError("InvalidGrantTokenException", "The grant token is not valid.");
      context.in(grants).delete(row.id);
      return {};
    },
  ),
};
