import type { Context } from "../../core/operation.ts";
import type { Permission } from "../../core/service.ts";
import { findKey } from "./keys.ts";

/**
 * Permissions for a customer managed key that a service uses on behalf of the caller. Source: AWS KMS Developer Guide,
 * "How AWS services use AWS KMS".
 */
export function keyPermissions(
  context: Context,
  service: string,
  actions: readonly string[],
  keyId: unknown,
): Permission[] {
  const key = typeof keyId === "string" ? findKey(context, keyId) : undefined;
  if (!key || key.managedBy !== undefined) return [];
  const via = `${service}.${context.region}.amazonaws.com`;
  return actions.map((action) => ({
    action,
    resource: key.arn,
    conditions: { "kms:ViaService": via },
    isNew: false,
  }));
}
