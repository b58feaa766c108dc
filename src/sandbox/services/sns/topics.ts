import type * as sns from "@aws-sdk/client-sns";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { tagMap } from "../../core/tags.ts";
import { describeTopic, withAttribute } from "./attributes.ts";
import { deleteSubscriptionsOf, subscriptionCounts } from "./subscriptions.ts";
import { findTopic, invalid, requireTopic, type Topic, topics } from "./tables.ts";

/** Source: Amazon SNS API Reference, CreateTopic. */
const NAME = /^[\w-]{1,256}$/;
const FIFO_NAME = /^[\w-]{1,251}\.fifo$/;

/** Topics in an answer of ListTopics. Source: Amazon SNS API Reference, ListTopics. */
const PAGE_SIZE = 100;

function newTopic(
  context: Context,
  name: string,
  attributes: Readonly<Record<string, string>>,
  tags: Readonly<Record<string, string>>,
): Topic {
  const { FifoTopic = "false", ...others } = attributes;
  if (FifoTopic !== "true" && FifoTopic !== "false") throw invalid("FifoTopic");
  if (!(FifoTopic === "true" ? FIFO_NAME : NAME).test(name)) throw invalid("Topic Name");
  return Object.entries(others).reduce<Topic>(
    (topic, [attribute, value]) => withAttribute(context, topic, attribute, value),
    {
      name,
      arn: context.arn("sns", name),
      // A standard topic has no attribute FifoTopic.
      attributes: FifoTopic === "true" ? { FifoTopic } : {},
      tags,
    },
  );
}

/** Whether a request to create a topic that exists has the same values as the topic. Others of the topic are not compared. */
const isSubset = (
  requested: Readonly<Record<string, string>>,
  existing: Readonly<Record<string, string>>,
): boolean => Object.entries(requested).every(([name, value]) => existing[name] === value);

export const topicOperations: Operations = {
  CreateTopic: operation<sns.CreateTopicInput, sns.CreateTopicResponse>()(
    ["Name", "Attributes", "Tags"],
    (context, input) => {
      const topic = newTopic(context, input.Name, input.Attributes ?? {}, tagMap(input.Tags));
      const existing = context.in(topics).get(topic.name);
      if (existing === undefined) context.in(topics).put(topic.name, topic);
      else if (!isSubset(topic.attributes, describeTopic(context, existing)))
        throw invalid("Attributes Reason: Topic already exists with different attributes");
      else if (!isSubset(topic.tags, existing.tags))
        throw invalid("Tags Reason: Topic already exists with different tags");
      return { TopicArn: topic.arn };
    },
  ),

  GetTopicAttributes: operation<sns.GetTopicAttributesInput, sns.GetTopicAttributesResponse>()(
    ["TopicArn"],
    (context, input) => {
      const topic = requireTopic(context, input.TopicArn);
      return {
        Attributes: { ...describeTopic(context, topic), ...subscriptionCounts(context, topic.arn) },
      };
    },
  ),

  SetTopicAttributes: operation<sns.SetTopicAttributesInput, object>()(
    ["TopicArn", "AttributeName", "AttributeValue"],
    (context, input) => {
      const topic = requireTopic(context, input.TopicArn);
      const { AttributeName, AttributeValue = "" } = input;
      context
        .in(topics)
        .put(topic.name, withAttribute(context, topic, AttributeName, AttributeValue));
      return {};
    },
  ),

  ListTopics: operation<sns.ListTopicsInput, sns.ListTopicsResponse>()(
    ["NextToken"],
    (context, input) => {
      const { items, next } = page(context.in(topics).all(), PAGE_SIZE, input.NextToken);
      return {
        Topics: items.map(({ arn }) => ({ TopicArn: arn })),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  ),

  // A topic that does not exist is not an error. Source: Amazon SNS API Reference, DeleteTopic.
  DeleteTopic: operation<sns.DeleteTopicInput, object>()(["TopicArn"], (context, input) => {
    const topic = findTopic(context, input.TopicArn);
    if (topic) {
      context.in(topics).delete(topic.name);
      deleteSubscriptionsOf(context, topic.arn);
    }
    return {};
  }),
};
