import { documentViolation, parsePolicy } from "../../../iam/index.ts";
import type { Context } from "../../core/operation.ts";
import { roles, users } from "../iam/tables.ts";
import { invalid } from "./tables.ts";

/** The actions that the policy of a topic may have. Source: Amazon SNS Developer Guide, "Amazon SNS API permissions". */
const TOPIC_ACTIONS = [
  "GetTopicAttributes",
  "SetTopicAttributes",
  "AddPermission",
  "RemovePermission",
  "DeleteTopic",
  "Subscribe",
  "ListSubscriptionsByTopic",
  "Publish",
];

const ALLOWED_ACTIONS = new Set(
  [...TOPIC_ACTIONS, "Receive", "GetDataProtectionPolicy", "PutDataProtectionPolicy"].map((name) =>
    `sns:${name}`.toLowerCase(),
  ),
);

/** The policy of a topic without one. Source: Amazon SNS Developer Guide, "Overview of managing access in Amazon SNS". */
export const defaultTopicPolicy = (context: Context, arn: string): string =>
  JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: TOPIC_ACTIONS.map((name) => `SNS:${name}`),
        Resource: arn,
        Condition: { StringEquals: { "AWS:SourceOwner": context.account } },
      },
    ],
  });

/** Whether a role or user of the account exists. Principals of other accounts are not known. */
function principalExists(context: Context, principal: string): boolean {
  const [, account, kind, path = ""] =
    /^arn:[^:]+:iam::(\d{12}):(role|user)\/(.+)$/.exec(principal) ?? [];
  const name = path.split("/").pop() ?? "";
  if (account !== context.account) return true;
  return kind === "role" ? context.in(roles).has(name) : context.in(users).has(name);
}

/**
 * Checks the policy of a topic.
 *
 * @throws AwsError InvalidParameter. Source of the texts: SNS's own errors, as in aws/serverless-application-model#1591,
 *   hashicorp/terraform-provider-aws#26041 and getmoto/moto, `moto/sns/models.py`
 */
export function checkTopicPolicy(context: Context, text: string): void {
  // The rules of the elements are those of every resource-based policy with a Principal and a Resource.
  if (documentViolation(text, "bucket") !== undefined) throw invalid("Policy Error: null");
  for (const { actions, principals } of parsePolicy(text).statements) {
    if (actions?.some((action) => !ALLOWED_ACTIONS.has(action.toLowerCase())) === true)
      throw invalid("Policy statement action out of service scope!");
    const named = principals === undefined || principals === "*" ? [] : (principals.AWS ?? []);
    if (!named.every((principal) => principalExists(context, principal)))
      throw invalid("Policy Error: PrincipalNotFound");
  }
}
