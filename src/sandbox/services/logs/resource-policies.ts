import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import { type Policy, parsePolicy, PolicySyntaxError } from "../../../iam/index.ts";
import { AwsError, invalidParameter } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";

interface ResourcePolicy {
  readonly name: string;
  readonly document: string;
  readonly updated: Date;
}

/** Resource policies of the account in a region. */
export const resourcePolicies: TableKey<ResourcePolicy> = table("logs/resource-policy");

/** Sources: Amazon CloudWatch Logs User Guide, "CloudWatch Logs quotas"; API Reference, PutResourcePolicy. */
const MAX_POLICIES = 10;
const MAX_CHARACTERS = 5120;

/**
 * A resource policy has a principal in each statement: services and account IDs, but no ARNs.
 *
 * Message: hashicorp/terraform-provider-aws#32260; aws/aws-cdk#19640 (ARNs).
 *
 * @throws AwsError InvalidParameterException
 */
function checkDocument(document: string): void {
  if (document.length > MAX_CHARACTERS)
    throw invalidParameter(
      `1 validation error detected: Value at 'policyDocument' failed to satisfy constraint: Member must have length less than or equal to ${MAX_CHARACTERS}`,
    );
  let policy: Policy;
  try {
    policy = parsePolicy(document);
  } catch (error) {
    if (error instanceof PolicySyntaxError)
      throw invalidParameter("Could not convert to persistable policy.");
    throw error;
  }
  const isValid = policy.statements.every(
    ({ principals }) =>
      principals === "*" ||
      (principals !== undefined &&
        (principals.AWS ?? []).every((value) => value === "*" || /^\d{12}$/.test(value))),
  );
  if (!isValid) throw invalidParameter("Could not convert to persistable policy.");
}

const describe = (row: ResourcePolicy): logs.ResourcePolicy => ({
  policyName: row.name,
  policyDocument: row.document,
  lastUpdatedTime: row.updated.getTime(),
  policyScope: "ACCOUNT",
});

export const resourcePolicyOperations: Operations = {
  PutResourcePolicy: operation<logs.PutResourcePolicyRequest, logs.PutResourcePolicyResponse>()(
    ["policyName", "policyDocument"],
    (context: Context, { policyName, policyDocument }) => {
      if (policyName === undefined || policyDocument === undefined)
        throw invalidParameter("policyName and policyDocument must be specified.");
      checkDocument(policyDocument);
      const policies = context.in(resourcePolicies);
      if (!policies.has(policyName) && policies.all().length >= MAX_POLICIES)
        throw new AwsError("LimitExceededException", "Resource limit exceeded.");
      const row = policies.put(policyName, {
        name: policyName,
        document: policyDocument,
        updated: context.now,
      });
      return { resourcePolicy: describe(row) };
    },
  ),

  DescribeResourcePolicies: operation<
    logs.DescribeResourcePoliciesRequest,
    logs.DescribeResourcePoliciesResponse
  >()(["limit", "nextToken"], (context, input) => {
    const { items, next } = page(
      context.in(resourcePolicies).all(),
      input.limit ?? 50,
      input.nextToken,
    );
    return {
      resourcePolicies: items.map(describe),
      ...(next === undefined ? {} : { nextToken: next }),
    };
  }),

  DeleteResourcePolicy: operation<logs.DeleteResourcePolicyRequest, object>()(
    ["policyName"],
    (context, { policyName = "" }) => {
      if (!context.in(resourcePolicies).has(policyName))
        throw new AwsError(
          "ResourceNotFoundException",
          `Policy with name [${policyName}] does not exist`,
        );
      context.in(resourcePolicies).delete(policyName);
      return {};
    },
  ),
};
