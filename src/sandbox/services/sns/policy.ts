import type { Context } from "../../core/operation.ts";

/** The actions of the policy that SNS gives new topics. */
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
