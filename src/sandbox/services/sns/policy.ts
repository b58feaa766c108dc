import { parsePolicyDocument, parseResourcePolicy } from "../../authorization/policy-documents.ts";
import type { Context } from "../../core/operation.ts";
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

/**
 * Checks the policy of a topic.
 *
 * @throws AwsError InvalidParameter. Source of the texts: SNS's own errors, as in aws/serverless-application-model#1591,
 *   hashicorp/terraform-provider-aws#26041 and getmoto/moto, `moto/sns/models.py`
 */
export function checkTopicPolicy(context: Context, text: string): void {
  const { statements } = parsePolicyDocument(text, "topic");
  const isAllowed = (action: string): boolean => ALLOWED_ACTIONS.has(action.toLowerCase());
  if (!statements.every(({ actions }) => actions?.every(isAllowed) ?? true))
    throw invalid("Policy statement action out of service scope!");
  parseResourcePolicy(context, text, "topic");
}
