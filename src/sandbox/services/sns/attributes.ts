import { parseArn } from "../../../aws/index.ts";
import { isObject } from "../../../shared/index.ts";
import type { Context } from "../../core/operation.ts";
import { ownProperty } from "../../core/own-property.ts";
import { parseResourcePolicy } from "../../authorization/policy-documents.ts";
import { defaultTopicPolicy } from "./policy.ts";
import { invalid, type Topic } from "./tables.ts";

const jsonObject = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // the caller reports the invalid value
  }
};

const oneOf =
  (...values: readonly string[]) =>
  (value: string): boolean =>
    values.includes(value);

const isJson = (value: string): boolean => jsonObject(value) !== undefined;
const isRole = (value: string): boolean => parseArn(value)?.service === "iam";
const isPercentage = (value: string): boolean => /^(\d{1,2}|100)$/.test(value);

/** The attributes of the delivery status of each protocol. */
const DELIVERY_STATUS = ["HTTP", "Application", "Lambda", "SQS", "Firehose"].flatMap(
  (protocol) =>
    [
      [`${protocol}SuccessFeedbackRoleArn`, isRole],
      [`${protocol}SuccessFeedbackSampleRate`, isPercentage],
      [`${protocol}FailureFeedbackRoleArn`, isRole],
    ] as const,
);

/**
 * The attributes that a request can set, with the check of a value. SNS does not check that a KMS key exists: it uses
 * the key when a message is published.
 *
 * Source: Amazon SNS API Reference, SetTopicAttributes.
 */
const SETTABLE: Readonly<Record<string, (value: string) => boolean>> = {
  DisplayName: (value) => value.length <= 100,
  DeliveryPolicy: isJson,
  KmsMasterKeyId: () => true,
  Policy: () => true, // parseResourcePolicy has its own errors
  SignatureVersion: oneOf("1", "2"),
  TracingConfig: oneOf("PassThrough", "Active"),
  ArchivePolicy: isJson,
  ContentBasedDeduplication: oneOf("true", "false"),
  FifoThroughputScope: oneOf("Topic", "MessageGroup"),
  ...Object.fromEntries(DELIVERY_STATUS),
};

/** Attributes that only FIFO topics have. */
const FIFO_ONLY = new Set(["ArchivePolicy", "ContentBasedDeduplication", "FifoThroughputScope"]);

export const isFifo = ({ attributes }: Pick<Topic, "attributes">): boolean =>
  attributes["FifoTopic"] === "true";

/**
 * Sets an attribute. An empty value removes it.
 *
 * @throws AwsError InvalidParameter
 */
export function withAttribute(context: Context, topic: Topic, name: string, value: string): Topic {
  const isValid = ownProperty(SETTABLE, name);
  if (isValid === undefined || (FIFO_ONLY.has(name) && !isFifo(topic)))
    throw invalid("AttributeName");
  const { [name]: _, ...others } = topic.attributes;
  if (value === "") return { ...topic, attributes: others };
  if (name === "Policy") parseResourcePolicy(context, value, "topic", topic.arn);
  if (!isValid(value)) throw invalid(name);
  return { ...topic, attributes: { ...others, [name]: value } };
}

/** The retry policy of HTTP endpoints. Source: Amazon SNS Developer Guide, "Amazon SNS message delivery retries". */
const DEFAULT_DELIVERY = {
  defaultHealthyRetryPolicy: {
    minDelayTarget: 20,
    maxDelayTarget: 20,
    numRetries: 3,
    numMaxDelayRetries: 0,
    numNoDelayRetries: 0,
    numMinDelayRetries: 0,
    backoffFunction: "linear",
  },
  disableSubscriptionOverrides: false,
  defaultRequestPolicy: { headerContentType: "text/plain; charset=UTF-8" },
};

function effectiveDeliveryPolicy(policy: string | undefined): string {
  const { http } = jsonObject(policy ?? "{}") ?? {};
  return JSON.stringify({ http: { ...DEFAULT_DELIVERY, ...(isObject(http) ? http : {}) } });
}

/** All attributes of a topic. Source: Amazon SNS API Reference, GetTopicAttributes. */
export const describeTopic = (context: Context, topic: Topic): Record<string, string> => ({
  TopicArn: topic.arn,
  Owner: context.account,
  Policy: defaultTopicPolicy(context, topic.arn),
  DisplayName: "",
  SubscriptionsPending: "0",
  SubscriptionsConfirmed: "0",
  SubscriptionsDeleted: "0",
  EffectiveDeliveryPolicy: effectiveDeliveryPolicy(topic.attributes["DeliveryPolicy"]),
  ...(isFifo(topic) ? { ContentBasedDeduplication: "false" } : {}),
  ...topic.attributes,
});
