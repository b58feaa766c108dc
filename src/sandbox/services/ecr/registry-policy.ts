import type * as ecr from "@aws-sdk/client-ecr";
import { parseResourcePolicy } from "../../authorization/policy-documents.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError } from "../../protocol/errors.ts";

const policies: TableKey<{ readonly document: string }> = table("ecr/registry-policy");

/** An account has one registry in a region. */
const ONLY_ROW = "registry";

/** The permissions policy of the registry; undefined if the registry has no policy. */
export const registryPolicy = (context: Context): string | undefined =>
  context.in(policies).get(ONLY_ROW)?.document;

function requirePolicy(context: Context): string {
  const document = registryPolicy(context);
  if (document !== undefined) return document;
  throw new AwsError(
    "RegistryPolicyNotFoundException",
    `Registry policy does not exist in the registry with id '${context.account}'`,
  );
}

export const registryPolicyOperations: Operations = {
  PutRegistryPolicy: operation<ecr.PutRegistryPolicyRequest, ecr.PutRegistryPolicyResponse>()(
    ["policyText"],
    (context, { policyText }) => {
      parseResourcePolicy(context, policyText, "registry");
      context.in(policies).put(ONLY_ROW, { document: policyText });
      return { registryId: context.account, policyText };
    },
  ),

  GetRegistryPolicy: operation<ecr.GetRegistryPolicyRequest, ecr.GetRegistryPolicyResponse>()(
    [],
    (context) => ({ registryId: context.account, policyText: requirePolicy(context) }),
  ),

  DeleteRegistryPolicy: operation<
    ecr.DeleteRegistryPolicyRequest,
    ecr.DeleteRegistryPolicyResponse
  >()([], (context) => {
    const policyText = requirePolicy(context);
    context.in(policies).delete(ONLY_ROW);
    return { registryId: context.account, policyText };
  }),
};
