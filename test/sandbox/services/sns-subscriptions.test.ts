import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { beforeEach, describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const TopicArn = "arn:aws:sns:us-east-1:111122223333:alarms";
const queue = "arn:aws:sqs:us-east-1:111122223333:jobs";
const client = (): SNSClient => new SNSClient(fixture.clientOptions);
const subscribe = (
  Protocol: string,
  Endpoint: string,
  Attributes: Record<string, string> = {},
  ReturnSubscriptionArn = false,
) =>
  client().send(
    new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn }),
  );
const listed = async () =>
  (await client().send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions;

beforeEach(async () => {
  await client().send(new CreateTopicCommand({ Name: "alarms" }));
});

describe("subscriptions of an SNS topic", () => {
  it("are created, changed and deleted", async () => {
    const { SubscriptionArn = "" } = await subscribe("sqs", queue, { RawMessageDelivery: "true" });
    expect(SubscriptionArn).toMatch(/^arn:aws:sns:us-east-1:111122223333:alarms:[0-9a-f-]{36}$/);
    expect((await subscribe("sqs", queue)).SubscriptionArn).toBe(SubscriptionArn);
    await client().send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn,
        AttributeName: "FilterPolicy",
        AttributeValue: '{"a":["b"]}',
      }),
    );
    expect(
      (await client().send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes,
    ).toMatchObject({
      TopicArn,
      Protocol: "sqs",
      Endpoint: queue,
      RawMessageDelivery: "true",
      FilterPolicy: '{"a":["b"]}',
      FilterPolicyScope: "MessageAttributes",
      PendingConfirmation: "false",
    });
    expect(await listed()).toEqual([
      { SubscriptionArn, Owner: "111122223333", Protocol: "sqs", Endpoint: queue, TopicArn },
    ]);
    await client().send(new UnsubscribeCommand({ SubscriptionArn }));
    expect(await listed()).toEqual([]);
  });

  it("by email stay pending", async () => {
    expect((await subscribe("email", "me@example.com")).SubscriptionArn).toBe(
      "pending confirmation",
    );
    const { SubscriptionArn } = await subscribe("email", "me@example.com", {}, true);
    expect(await listed()).toMatchObject([{ SubscriptionArn: "PendingConfirmation" }]);
    expect(
      (await client().send(new GetTopicAttributesCommand({ TopicArn }))).Attributes,
    ).toMatchObject({ SubscriptionsPending: "1", SubscriptionsConfirmed: "0" });
    expect(
      await fixture.errorOf(() => client().send(new UnsubscribeCommand({ SubscriptionArn }))),
    ).toContain("Cannot unsubscribe a subscription that is pending confirmation");
  });

  it("are deleted with the topic", async () => {
    await subscribe("sqs", queue);
    await client().send(new DeleteTopicCommand({ TopicArn }));
    expect((await client().send(new ListSubscriptionsCommand({}))).Subscriptions).toEqual([]);
  });

  it.each([
    ["smoke", "x", {}, "Protocol Reason: smoke is not a protocol of SNS"],
    ["email", "no-address", {}, "Invalid parameter: Endpoint must be an email address"],
    ["sqs", "jobs", {}, "Invalid parameter: Endpoint must be the ARN of an Amazon SQS queue"],
    ["sms", "x-1", {}, "InvalidParameterException: Invalid SMS endpoint: x-1"],
    ["https", "http://example.com", {}, "Endpoint must match the specified protocol"],
    ["sqs", `${queue}.fifo`, {}, "A FIFO queue can't be subscribed to a standard topic"],
    ["sqs", queue, { RawMessageDelivery: "yes" }, "Invalid parameter: RawMessageDelivery"],
    ["sqs", queue, { Color: "red" }, "Invalid parameter: AttributeName"],
    ["sqs", queue, { FilterPolicy: '{"a":"b"}' }, '"a" must be an object or an array'],
    ["sqs", queue, { FilterPolicy: '{"a":[]}' }, "Empty arrays are not allowed"],
    ["sqs", queue, { FilterPolicy: '{"a":[{"like":1}]}' }, "Unrecognized match type like"],
    ["email", "me@example.com", { RawMessageDelivery: "true" }, "does not support raw message"],
  ])("reject %s %s %j", async (protocol, endpoint, values, message) => {
    expect(await fixture.errorOf(() => subscribe(protocol, endpoint, values))).toContain(message);
  });

  it("reject other attributes for the same endpoint", async () => {
    await subscribe("sqs", queue);
    expect(
      await fixture.errorOf(() => subscribe("sqs", queue, { RawMessageDelivery: "true" })),
    ).toContain("Subscription already exists with different attributes");
  });
});
