import type * as sns from "@aws-sdk/client-sns";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { AwsError } from "../../protocol/errors.ts";
import { findTopic, type Topic, topics } from "./tables.ts";
import { snsTagRules } from "./tag-rules.ts";

/** @throws AwsError ResourceNotFound. Source: Amazon SNS API Reference, TagResource */
function requireResource(context: Context, arn: string): Topic {
  const topic = findTopic(context, arn);
  if (!topic) throw new AwsError("ResourceNotFound", "Resource does not exist", 404);
  return topic;
}

export const taggingOperations: Operations = {
  TagResource: operation<sns.TagResourceRequest, object>()(
    ["ResourceArn", "Tags"],
    (context, input) => {
      const topic = requireResource(context, input.ResourceArn);
      const tags = addTags(snsTagRules, "TagResource", topic.tags, tagMap(input.Tags));
      context.in(topics).put(topic.name, { ...topic, tags });
      return {};
    },
  ),

  UntagResource: operation<sns.UntagResourceRequest, object>()(
    ["ResourceArn", "TagKeys"],
    (context, input) => {
      const topic = requireResource(context, input.ResourceArn);
      const tags = without(topic.tags, input.TagKeys);
      context.in(topics).put(topic.name, { ...topic, tags });
      return {};
    },
  ),

  ListTagsForResource: operation<sns.ListTagsForResourceRequest, sns.ListTagsForResourceResponse>()(
    ["ResourceArn"],
    (context, input) => ({
      Tags: tagList(requireResource(context, input.ResourceArn).tags),
    }),
  ),
};
