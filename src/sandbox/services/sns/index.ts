import { arnsFrom, partsOfArn } from "../../authorization/request-members.ts";
import type { Service } from "../../core/service.ts";
import { AwsError } from "../../protocol/errors.ts";
import { taggingOperations } from "./tagging.ts";
import { subscriptionOperations } from "./subscriptions.ts";
import { topics } from "./tables.ts";
import { topicOperations } from "./topics.ts";
import { snsTagRules } from "./tag-rules.ts";

export const service: Service = {
  name: "sns",
  tagRules: snsTagRules,
  operations: { ...taggingOperations, ...topicOperations, ...subscriptionOperations },
  // Source: Service Authorization Reference, "Amazon SNS"; Amazon SNS API Reference, "Common Errors".
  permissions: {
    resources: (context, _operation, input) => [
      ...arnsFrom(input["Name"], (name) => context.arn("sns", name)),
      ...arnsFrom(input["TopicArn"], String),
      // The resource of a subscription is its topic.
      ...arnsFrom(input["SubscriptionArn"], String).map((arn) => arn.replace(/:[^:]*$/, "")),
    ],
    tagAction: () => "sns:TagResource",
    denied: (message) => new AwsError("AuthorizationError", message, 403),
  },
  resources: {
    tags: (context, arn) => context.in(topics).get(partsOfArn(arn).name)?.tags,
    policy: (context, arn) => {
      const topic = context.in(topics).get(partsOfArn(arn).name);
      return { document: topic?.attributes["Policy"] };
    },
  },
};
