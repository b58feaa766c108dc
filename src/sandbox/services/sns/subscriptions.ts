import type * as sns from "@aws-sdk/client-sns";
import { parseArn } from "../../../aws/index.ts";
import { isObject } from "../../../shared/index.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { patternProblem } from "../../core/event-pattern.ts";
import { ownProperty } from "../../core/own-property.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError } from "../../protocol/errors.ts";
import { isFifo } from "./attributes.ts";
import { invalid, requireTopic, type Topic } from "./tables.ts";

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** True until the owner of the endpoint has confirmed the subscription. */
  readonly isPending: boolean;
  /** The attributes that a request has set, by name. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Subscriptions by ARN. */
export const subscriptions: TableKey<Subscription> = table("sns/subscription");

const PAGE_SIZE = 100;

const isArnOf = (service: string, endpoint: string): boolean =>
  parseArn(endpoint)?.service === service;

/**
 * The protocols, each with the check of an endpoint, the error for another one, and whether the owner of the endpoint must
 * confirm the subscription.
 *
 * Sources: Amazon SNS API Reference, Subscribe: Endpoint; of the texts, argoproj/argo-events#414 (http, https),
 * aws-samples/aws-sagemaker-build#4 (sms). No public source of the other texts is known.
 */
const PROTOCOLS: Readonly<
  Record<
    string,
    {
      readonly accepts: (endpoint: string) => boolean;
      readonly error: (endpoint: string) => AwsError;
      readonly confirms: boolean;
    }
  >
> = {
  http: {
    accepts: (endpoint) => /^http:\/\/./.test(endpoint),
    error: () => invalid("Endpoint must match the specified protocol"),
    confirms: true,
  },
  https: {
    accepts: (endpoint) => /^https:\/\/./.test(endpoint),
    error: () => invalid("Endpoint must match the specified protocol"),
    confirms: true,
  },
  email: {
    accepts: (endpoint) => /^[^@\s]+@[^@\s]+$/.test(endpoint),
    error: () => invalid("Endpoint must be an email address"),
    confirms: true,
  },
  "email-json": {
    accepts: (endpoint) => /^[^@\s]+@[^@\s]+$/.test(endpoint),
    error: () => invalid("Endpoint must be an email address"),
    confirms: true,
  },
  sms: {
    accepts: (endpoint) => /^\+?[\d\s().-]{3,20}$/.test(endpoint),
    error: (endpoint) => new AwsError("InvalidParameter", `Invalid SMS endpoint: ${endpoint}`),
    confirms: false,
  },
  sqs: {
    accepts: (endpoint) => isArnOf("sqs", endpoint),
    error: () => invalid("Endpoint must be the ARN of an Amazon SQS queue"),
    confirms: false,
  },
  lambda: {
    accepts: (endpoint) => isArnOf("lambda", endpoint),
    error: () => invalid("Endpoint must be the ARN of a Lambda function"),
    confirms: false,
  },
  application: {
    accepts: (endpoint) => isArnOf("sns", endpoint),
    error: () => invalid("Endpoint must be the ARN of a platform endpoint"),
    confirms: false,
  },
  firehose: {
    accepts: (endpoint) => isArnOf("firehose", endpoint),
    error: () => invalid("Endpoint must be the ARN of a Firehose delivery stream"),
    confirms: false,
  },
};

function isJson(value: string): boolean {
  try {
    return isObject(JSON.parse(value));
  } catch {
    return false; // the caller reports the invalid value
  }
}

/** The attributes that a request can set. Source: Amazon SNS API Reference, SetSubscriptionAttributes. */
const SETTABLE: Readonly<Record<string, (value: string) => boolean>> = {
  DeliveryPolicy: isJson,
  FilterPolicy: isJson,
  FilterPolicyScope: (value) => value === "MessageAttributes" || value === "MessageBody",
  RawMessageDelivery: (value) => value === "true" || value === "false",
  RedrivePolicy: isJson,
  ReplayPolicy: isJson,
  SubscriptionRoleArn: (value) => isArnOf("iam", value),
};

/** The protocols that can deliver raw messages. Source: Amazon SNS Developer Guide, "Amazon SNS raw message delivery". */
const RAW_PROTOCOLS: ReadonlySet<string> = new Set(["firehose", "http", "https", "sqs"]);

function checkFilterPolicy(text: string): void {
  const policy: unknown = JSON.parse(text);
  const problem = isObject(policy) ? patternProblem(policy) : undefined;
  if (problem !== undefined) throw invalid(`FilterPolicy: ${problem}`);
}

function withAttribute(subscription: Subscription, name: string, value: string): Subscription {
  const isValid = ownProperty(SETTABLE, name);
  if (isValid === undefined) throw invalid("AttributeName");
  const { [name]: _, ...others } = subscription.attributes;
  if (value === "") return { ...subscription, attributes: others };
  if (!isValid(value)) throw invalid(name);
  if (name === "FilterPolicy") checkFilterPolicy(value);
  // Sources of the text: aws-controllers-k8s/community#2192; the tests of ballerina-platform/module-ballerinax-aws.sns.
  if (
    name === "RawMessageDelivery" &&
    value === "true" &&
    !RAW_PROTOCOLS.has(subscription.protocol)
  )
    throw invalid(
      `Attributes Reason: Delivery protocol [${subscription.protocol}] does not support raw message delivery.`,
    );
  return { ...subscription, attributes: { ...others, [name]: value } };
}

/**
 * Sources: Amazon SNS Developer Guide, "Message delivery for FIFO topics"; of the text for a FIFO topic,
 * hashicorp/terraform-provider-aws#38441. No public source of the other texts is known.
 */
function checkEndpoint(topic: Topic, protocol: string, endpoint = ""): void {
  const rules = ownProperty(PROTOCOLS, protocol);
  if (rules === undefined) throw invalid(`Protocol Reason: ${protocol} is not a protocol of SNS`);
  if (!rules.accepts(endpoint)) throw rules.error(endpoint);
  if (protocol !== "sqs") {
    if (isFifo(topic)) throw invalid(`Invalid protocol type: ${protocol}`);
  } else if (endpoint.endsWith(".fifo") && !isFifo(topic))
    throw invalid("Endpoint Reason: A FIFO queue can't be subscribed to a standard topic");
}

function requireSubscription(context: Context, arn: string): Subscription {
  if (parseArn(arn)?.service !== "sns") throw invalid("SubscriptionArn");
  const subscription = context.in(subscriptions).get(arn);
  if (!subscription) throw new AwsError("NotFound", "Subscription does not exist", 404);
  return subscription;
}

/** The subscription of a request. A request that repeats an existing subscription returns it. */
function subscribe(
  context: Context,
  topic: Topic,
  {
    Protocol,
    Endpoint = "",
    Attributes = {},
  }: Omit<sns.SubscribeInput, "Protocol"> & { readonly Protocol: string },
): Subscription {
  const requested = Object.entries(Attributes).reduce<Subscription>(
    (subscription, [name, value]) => withAttribute(subscription, name, value),
    {
      arn: `${topic.arn}:${context.uuid()}`,
      topicArn: topic.arn,
      protocol: Protocol,
      endpoint: Endpoint,
      isPending: PROTOCOLS[Protocol]?.confirms ?? true,
      attributes: {},
    },
  );
  const existing = context
    .in(subscriptions)
    .find(
      ({ topicArn, protocol, endpoint }) =>
        topicArn === topic.arn && protocol === Protocol && endpoint === Endpoint,
    );
  if (existing === undefined) return context.in(subscriptions).put(requested.arn, requested);
  const differs = Object.entries(requested.attributes).some(
    ([name, value]) => existing.attributes[name] !== value,
  );
  // Source of the text: anomalyco/sst#4259.
  if (differs)
    throw invalid("Attributes Reason: Subscription already exists with different attributes");
  return existing;
}

/** A subscription in a list. Source: Amazon SNS API Reference, Subscription. */
const describe = (context: Context, subscription: Subscription): sns.Subscription => ({
  SubscriptionArn: subscription.isPending ? "PendingConfirmation" : subscription.arn,
  Owner: context.account,
  Protocol: subscription.protocol,
  Endpoint: subscription.endpoint,
  TopicArn: subscription.topicArn,
});

function list(
  context: Context,
  selected: readonly Subscription[],
  token: string | undefined,
): sns.ListSubscriptionsResponse {
  const { items, next } = page(selected, PAGE_SIZE, token);
  return {
    Subscriptions: items.map((subscription) => describe(context, subscription)),
    ...(next === undefined ? {} : { NextToken: next }),
  };
}

/** Deletes the subscriptions of a topic. Source: Amazon SNS API Reference, DeleteTopic. */
export function deleteSubscriptionsOf(context: Context, topicArn: string): void {
  for (const { arn } of context
    .in(subscriptions)
    .filter((subscription) => subscription.topicArn === topicArn))
    context.in(subscriptions).delete(arn);
}

/** The numbers of subscriptions in the attributes of a topic. */
export function subscriptionCounts(context: Context, topicArn: string): Record<string, string> {
  const ofTopic = context
    .in(subscriptions)
    .filter((subscription) => subscription.topicArn === topicArn);
  const pending = ofTopic.filter(({ isPending }) => isPending).length;
  return {
    SubscriptionsPending: String(pending),
    SubscriptionsConfirmed: String(ofTopic.length - pending),
  };
}

export const subscriptionOperations: Operations = {
  // The sandbox sends no requests to confirm a subscription: one by email or HTTP stays pending.
  Subscribe: operation<sns.SubscribeInput, sns.SubscribeResponse>()(
    ["TopicArn", "Protocol", "Endpoint", "Attributes", "ReturnSubscriptionArn"],
    (context, input) => {
      const topic = requireTopic(context, input.TopicArn);
      checkEndpoint(topic, input.Protocol, input.Endpoint);
      const { arn, isPending } = subscribe(context, topic, input);
      return {
        SubscriptionArn:
          isPending && input.ReturnSubscriptionArn !== true ? "pending confirmation" : arn,
      };
    },
  ),

  GetSubscriptionAttributes: operation<
    sns.GetSubscriptionAttributesInput,
    sns.GetSubscriptionAttributesResponse
  >()(["SubscriptionArn"], (context, input) => {
    const subscription = requireSubscription(context, input.SubscriptionArn);
    const { attributes } = subscription;
    return {
      Attributes: {
        SubscriptionArn: subscription.arn,
        TopicArn: subscription.topicArn,
        Protocol: subscription.protocol,
        Endpoint: subscription.endpoint,
        Owner: context.account,
        SubscriptionPrincipal: context.caller.arn,
        ConfirmationWasAuthenticated: String(!subscription.isPending),
        PendingConfirmation: String(subscription.isPending),
        RawMessageDelivery: "false",
        ...(attributes["FilterPolicy"] === undefined
          ? {}
          : { FilterPolicyScope: "MessageAttributes" }),
        ...attributes,
      },
    };
  }),

  SetSubscriptionAttributes: operation<sns.SetSubscriptionAttributesInput, object>()(
    ["SubscriptionArn", "AttributeName", "AttributeValue"],
    (context, { SubscriptionArn, AttributeName, AttributeValue = "" }) => {
      const subscription = requireSubscription(context, SubscriptionArn);
      context
        .in(subscriptions)
        .put(subscription.arn, withAttribute(subscription, AttributeName, AttributeValue));
      return {};
    },
  ),

  ListSubscriptions: operation<sns.ListSubscriptionsInput, sns.ListSubscriptionsResponse>()(
    ["NextToken"],
    (context, input) => list(context, context.in(subscriptions).all(), input.NextToken),
  ),

  ListSubscriptionsByTopic: operation<
    sns.ListSubscriptionsByTopicInput,
    sns.ListSubscriptionsByTopicResponse
  >()(["TopicArn", "NextToken"], (context, input) => {
    const { arn } = requireTopic(context, input.TopicArn);
    const ofTopic = context.in(subscriptions).filter(({ topicArn }) => topicArn === arn);
    return list(context, ofTopic, input.NextToken);
  }),

  // A subscription that does not exist is not an error. Source of the text: the AWS provider of Terraform, which matches it.
  Unsubscribe: operation<sns.UnsubscribeInput, object>()(["SubscriptionArn"], (context, input) => {
    if (parseArn(input.SubscriptionArn)?.service !== "sns") throw invalid("SubscriptionArn");
    const subscription = context.in(subscriptions).get(input.SubscriptionArn);
    if (subscription?.isPending === true)
      throw invalid(
        "SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation",
      );
    context.in(subscriptions).delete(input.SubscriptionArn);
    return {};
  }),
};
