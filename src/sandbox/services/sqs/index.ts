import type * as sqs from "@aws-sdk/client-sqs";
import { text } from "../../authorization/request-members.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { addTags, tagError, type TagRules, without } from "../../core/tags.ts";
import { AwsError } from "../../protocol/errors.ts";
import {
  deadLetterTargetOf,
  describeQueue,
  differingAttribute,
  isAttributeName,
  withAttributes,
} from "./attributes.ts";
import {
  invalidValue,
  nameIn,
  nonExistentQueue,
  type Queue,
  queues,
  requireQueue,
  urlOf,
} from "./tables.ts";

/** Source: Amazon SQS Developer Guide, "Amazon SQS cost allocation tags". No public source of the texts is known. */
const tagRules: TagRules = {
  reserved: tagError(
    "InvalidParameterValue",
    (key) => `Tag key ${key} has the reserved prefix aws:.`,
  ),
  count: tagError("InvalidParameterValue", "Too many tags added for queue."),
  emptyKey: tagError(
    "InvalidParameterValue",
    "Tag keys must be between 1 and 128 characters in length.",
  ),
  longKey: tagError(
    "InvalidParameterValue",
    "Tag keys must be between 1 and 128 characters in length.",
  ),
  longValue: tagError(
    "InvalidParameterValue",
    "Tag values must be between 0 and 256 characters in length.",
  ),
};

const DEFAULT_PAGE = 1000;

/** Source: Amazon SQS API Reference, CreateQueue: QueueName. */
function checkName(name: string, isFifo: boolean): void {
  if (isFifo && !name.endsWith(".fifo"))
    throw invalidValue(
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
    );
  if (!(isFifo ? /^[\w-]{1,75}\.fifo$/ : /^[\w-]{1,80}$/).test(name))
    throw invalidValue(
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
}

function createQueue(context: Context, input: sqs.CreateQueueRequest, name: string): Queue {
  const attributes = input.Attributes ?? {};
  const isFifo = attributes["FifoQueue"] === "true";
  checkName(name, isFifo);
  const existing = context.in(queues).get(name);
  if (existing) {
    const differing = differingAttribute(existing, attributes);
    if (differing !== undefined)
      throw new AwsError(
        "QueueAlreadyExists",
        `A queue already exists with the same name and a different value for attribute ${differing}`,
      );
    return existing;
  }
  const queue: Queue = {
    name,
    arn: context.arn("sqs", name),
    attributes: isFifo ? { FifoQueue: "true" } : {},
    tags: input.tags ?? {},
    created: context.now,
    changed: context.now,
  };
  return context.in(queues).put(name, withAttributes(context, queue, attributes));
}

const operations: Operations = {
  CreateQueue: operation<sqs.CreateQueueRequest, sqs.CreateQueueResult>()(
    ["QueueName", "Attributes", "tags"],
    (context, input) => ({
      QueueUrl: urlOf(context, createQueue(context, input, input.QueueName).name),
    }),
  ),

  GetQueueUrl: operation<sqs.GetQueueUrlRequest, sqs.GetQueueUrlResult>()(
    ["QueueName", "QueueOwnerAWSAccountId"],
    (context, input) => {
      const isOwn = (input.QueueOwnerAWSAccountId ?? context.account) === context.account;
      const queue = isOwn ? context.in(queues).get(input.QueueName) : undefined;
      if (!queue) throw nonExistentQueue("The specified queue does not exist.");
      return { QueueUrl: urlOf(context, queue.name) };
    },
  ),

  GetQueueAttributes: operation<sqs.GetQueueAttributesRequest, sqs.GetQueueAttributesResult>()(
    ["QueueUrl", "AttributeNames"],
    (context, input) => {
      const queue = requireQueue(context, input.QueueUrl);
      const names: readonly string[] = input.AttributeNames ?? [];
      const unknown = names.find((name) => name !== "All" && !isAttributeName(queue, name));
      if (unknown !== undefined)
        throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
      return {
        Attributes: Object.fromEntries(
          Object.entries(describeQueue(queue)).filter(
            ([name]) => names.includes("All") || names.includes(name),
          ),
        ),
      };
    },
  ),

  SetQueueAttributes: operation<sqs.SetQueueAttributesRequest, object>()(
    ["QueueUrl", "Attributes"],
    (context, input) => {
      const queue = requireQueue(context, input.QueueUrl);
      context.in(queues).put(queue.name, withAttributes(context, queue, input.Attributes));
      return {};
    },
  ),

  ListQueues: operation<sqs.ListQueuesRequest, sqs.ListQueuesResult>()(
    ["QueueNamePrefix", "NextToken", "MaxResults"],
    (context, { QueueNamePrefix: prefix = "", NextToken, MaxResults }) => {
      const names = context
        .in(queues)
        .all()
        .map(({ name }) => name)
        .filter((name) => name.startsWith(prefix));
      // Without MaxResults there is no token. Source: Amazon SQS API Reference, ListQueues.
      const { items, next } = page(names, MaxResults ?? DEFAULT_PAGE, NextToken);
      return {
        QueueUrls: items.map((name) => urlOf(context, name)),
        ...(next === undefined || MaxResults === undefined ? {} : { NextToken: next }),
      };
    },
  ),

  ListDeadLetterSourceQueues: operation<
    sqs.ListDeadLetterSourceQueuesRequest,
    sqs.ListDeadLetterSourceQueuesResult
  >()(["QueueUrl", "NextToken", "MaxResults"], (context, input) => {
    const { arn } = requireQueue(context, input.QueueUrl);
    const sources = context.in(queues).filter((queue) => deadLetterTargetOf(queue) === arn);
    const { items, next } = page(sources, input.MaxResults ?? DEFAULT_PAGE, input.NextToken);
    return {
      queueUrls: items.map(({ name }) => urlOf(context, name)),
      ...(next === undefined ? {} : { NextToken: next }),
    };
  }),

  DeleteQueue: operation<sqs.DeleteQueueRequest, object>()(["QueueUrl"], (context, input) => {
    context.in(queues).delete(requireQueue(context, input.QueueUrl).name);
    return {};
  }),

  TagQueue: operation<sqs.TagQueueRequest, object>()(["QueueUrl", "Tags"], (context, input) => {
    const queue = requireQueue(context, input.QueueUrl);
    const tags = addTags(tagRules, "TagQueue", queue.tags, input.Tags);
    context.in(queues).put(queue.name, { ...queue, tags });
    return {};
  }),

  UntagQueue: operation<sqs.UntagQueueRequest, object>()(
    ["QueueUrl", "TagKeys"],
    (context, input) => {
      const queue = requireQueue(context, input.QueueUrl);
      context.in(queues).put(queue.name, { ...queue, tags: without(queue.tags, input.TagKeys) });
      return {};
    },
  ),

  ListQueueTags: operation<sqs.ListQueueTagsRequest, sqs.ListQueueTagsResult>()(
    ["QueueUrl"],
    (context, input) => ({ Tags: { ...requireQueue(context, input.QueueUrl).tags } }),
  ),
};

export const service: Service = {
  name: "sqs",
  tagRules,
  operations,
  // Source: Service Authorization Reference, "Amazon SQS".
  permissions: {
    resources: (context, _operation, input) => {
      const name = text(input["QueueName"]) ?? text(input["QueueUrl"]);
      return name === undefined ? [] : [context.arn("sqs", nameIn(name))];
    },
    tagAction: () => "sqs:TagQueue",
  },
  resources: {
    tags: (context, arn) => context.in(queues).get(nameIn(arn))?.tags,
    policy: (context, arn) => ({
      document: context.in(queues).get(nameIn(arn))?.attributes["Policy"],
    }),
  },
};
