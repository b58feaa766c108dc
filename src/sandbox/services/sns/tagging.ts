import type * as sns from "@aws-sdk/client-sns";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { tagList, tagMap, without } from "../../core/tags.ts";
import { AwsError } from "../../protocol/errors.ts";
import { findTopic, invalid, type Topic, topics } from "./tables.ts";

/** Source: Amazon SNS Developer Guide, "Amazon SNS topic tagging". */
const MAXIMUM_TAGS = 50;

/** Checks the tags of a request. */
export function checkTags(tags: readonly sns.Tag[]): void {
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length)
    throw invalid("Duplicated keys are not allowed.");
  checkCount(tags.length);
}

function checkCount(count: number): void {
  if (count > MAXIMUM_TAGS)
    throw new AwsError(
      "TagLimitExceeded",
      "Could not complete request: tag quota of per resource exceeded",
    );
}

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
      checkTags(input.Tags);
      const tags = { ...topic.tags, ...tagMap(input.Tags) };
      checkCount(Object.keys(tags).length);
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
