import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { clientOptions } from "../../support/clients.ts";

const ACCOUNT = "111122223333";
const TopicArn = `arn:aws:sns:us-east-1:${ACCOUNT}:alarms`;

let sandbox: Sandbox;
let sns: SNSClient;

beforeEach(async () => {
  sandbox = await startSandbox();
  sns = new SNSClient(clientOptions(sandbox.url, "us-east-1"));
});
afterEach(() => sandbox.close());

const create = (Name: string, Attributes: Record<string, string> = {}): Promise<unknown> =>
  sns.send(new CreateTopicCommand({ Name, Attributes }));

const attributes = async (arn = TopicArn): Promise<Record<string, string> | undefined> =>
  (await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }))).Attributes;

const set = (AttributeName: string, AttributeValue: string, arn = TopicArn): Promise<unknown> =>
  sns.send(new SetTopicAttributesCommand({ TopicArn: arn, AttributeName, AttributeValue }));

const policy = (Action: string, AWS = "*", Resource: unknown = TopicArn): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS }, Action, Resource }],
  });

describe("SNS", () => {
  it("creates, lists and deletes a topic", async () => {
    expect(await sns.send(new CreateTopicCommand({ Name: "alarms" }))).toMatchObject({ TopicArn });
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn }]);
    expect(sandbox.contents()).toMatchObject([{ kind: "sns/topic", ids: ["alarms"] }]);
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([]);
    await expect(attributes()).rejects.toMatchObject({
      name: "NotFoundException",
      message: "Topic does not exist",
      $metadata: { httpStatusCode: 404 },
    });
  });

  it("lists 100 topics in a page", async () => {
    for (let index = 0; index <= 100; index++)
      sandbox.invoke("sns", "CreateTopic", { Name: `topic-${index}` });
    const first = await sns.send(new ListTopicsCommand({}));
    expect(first.Topics).toHaveLength(100);
    const second = await sns.send(new ListTopicsCommand({ NextToken: first.NextToken }));
    expect(second.Topics).toEqual([{ TopicArn: `arn:aws:sns:us-east-1:${ACCOUNT}:topic-100` }]);
    expect(second.NextToken).toBeUndefined();
  });

  it("has the attributes of a new topic", async () => {
    await create("alarms");
    const { Policy = "", EffectiveDeliveryPolicy = "", ...others } = (await attributes()) ?? {};
    expect(others).toEqual({
      TopicArn,
      Owner: ACCOUNT,
      DisplayName: "",
      SubscriptionsPending: "0",
      SubscriptionsConfirmed: "0",
      SubscriptionsDeleted: "0",
    });
    expect(JSON.parse(Policy)).toMatchObject({
      Id: "__default_policy_ID",
      Statement: [{ Condition: { StringEquals: { "AWS:SourceOwner": ACCOUNT } } }],
    });
    expect(JSON.parse(EffectiveDeliveryPolicy)).toMatchObject({
      http: { defaultHealthyRetryPolicy: { numRetries: 3 } },
    });
  });

  it.each([
    ["DisplayName", "Alarms"],
    ["KmsMasterKeyId", "alias/aws/sns"],
    ["SignatureVersion", "2"],
    ["TracingConfig", "Active"],
    ["DeliveryPolicy", '{"http":{"disableSubscriptionOverrides":true}}'],
    ["SQSSuccessFeedbackSampleRate", "100"],
    ["LambdaFailureFeedbackRoleArn", `arn:aws:iam::${ACCOUNT}:role/feedback`],
    ["Policy", policy("SNS:Publish")],
    ["Policy", policy("sns:ListTagsForResource", "*", "arn:aws:sns:*:*:alarms")],
  ])("sets and removes %s", async (name, value) => {
    await create("alarms");
    const before = await attributes();
    await set(name, value);
    expect((await attributes())?.[name]).toBe(value);
    await set(name, "");
    expect(await attributes()).toEqual(before);
  });

  it("merges a delivery policy with the default", async () => {
    await create("alarms");
    await set("DeliveryPolicy", '{"http":{"disableSubscriptionOverrides":true}}');
    expect(JSON.parse((await attributes())?.["EffectiveDeliveryPolicy"] ?? "")).toMatchObject({
      http: { disableSubscriptionOverrides: true, defaultHealthyRetryPolicy: { numRetries: 3 } },
    });
  });

  it.each([
    ["Unknown", "x", "AttributeName"],
    ["FifoTopic", "true", "AttributeName"],
    ["ContentBasedDeduplication", "true", "AttributeName"],
    ["TracingConfig", "Off", "TracingConfig"],
    ["SignatureVersion", "3", "SignatureVersion"],
    ["HTTPSuccessFeedbackSampleRate", "101", "HTTPSuccessFeedbackSampleRate"],
    ["HTTPSuccessFeedbackRoleArn", "role", "HTTPSuccessFeedbackRoleArn"],
    ["DeliveryPolicy", "{", "DeliveryPolicy"],
    ["Policy", "{", "Policy Error: null"],
    ["Policy", '{"Statement":[]}', "Policy Error: null"],
    ["Policy", policy("sns:*"), "Policy statement action out of service scope!"],
    ["Policy", policy("sns:Publish", "*", [TopicArn, `${TopicArn}-2`]), "Policy Error: null"],
    ["Policy", policy("sqs:SendMessage"), "Policy statement action out of service scope!"],
    [
      "Policy",
      policy("sns:Publish", `arn:aws:iam::${ACCOUNT}:role/none`),
      "Policy Error: PrincipalNotFound",
    ],
  ])("rejects the value of %s: %s", async (name, value, what) => {
    await create("alarms");
    const before = await attributes();
    await expect(set(name, value)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: `Invalid parameter: ${what}`,
    });
    expect(await attributes()).toEqual(before);
  });

  it("rejects an ARN that is not a topic of the region", async () => {
    for (const arn of [
      "alarms",
      "arn:aws:sqs:us-east-1:111122223333:alarms",
      TopicArn.replace("east", "west"),
    ])
      await expect(attributes(arn)).rejects.toThrow("Invalid parameter: TopicArn");
  });

  it("creates FIFO topics, whose names end with .fifo", async () => {
    await create("orders.fifo", { FifoTopic: "true", FifoThroughputScope: "MessageGroup" });
    const arn = `arn:aws:sns:us-east-1:${ACCOUNT}:orders.fifo`;
    expect(await attributes(arn)).toMatchObject({
      FifoTopic: "true",
      FifoThroughputScope: "MessageGroup",
      ContentBasedDeduplication: "false",
    });
    await set("ContentBasedDeduplication", "true", arn);
    expect(await attributes(arn)).toMatchObject({ ContentBasedDeduplication: "true" });
    const wrongNames = [
      create("orders", { FifoTopic: "true" }),
      create("orders.fifo"),
      create("orders.fifo", { FifoTopic: "false" }),
      create("with space"),
      create("a".repeat(257)),
    ];
    for (const result of wrongNames)
      await expect(result).rejects.toThrow("Invalid parameter: Topic Name");
  });

  it("returns an existing topic, and rejects other attributes and tags", async () => {
    const request = {
      Name: "alarms",
      Attributes: { DisplayName: "a" },
      Tags: [{ Key: "k", Value: "v" }],
    };
    await sns.send(new CreateTopicCommand(request));
    expect(await sns.send(new CreateTopicCommand(request))).toMatchObject({ TopicArn });
    expect(await create("alarms")).toMatchObject({ TopicArn });
    await expect(create("alarms", { DisplayName: "b" })).rejects.toThrow(
      "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
    );
    await expect(
      sns.send(new CreateTopicCommand({ ...request, Tags: [{ Key: "k", Value: "w" }] })),
    ).rejects.toThrow("Invalid parameter: Tags Reason: Topic already exists with different tags");
  });

  it("tags a topic", async () => {
    await sns.send(new CreateTopicCommand({ Name: "alarms", Tags: [{ Key: "a", Value: "1" }] }));
    const tags = async (): Promise<unknown> =>
      (await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }))).Tags;
    await sns.send(
      new TagResourceCommand({ ResourceArn: TopicArn, Tags: [{ Key: "b", Value: "2" }] }),
    );
    await sns.send(new UntagResourceCommand({ ResourceArn: TopicArn, TagKeys: ["a"] }));
    expect(await tags()).toEqual([{ Key: "b", Value: "2" }]);
    const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: "" }));
    await expect(
      sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: many })),
    ).rejects.toMatchObject({
      name: "TagLimitExceededException",
      message: "Could not complete request: tag quota of per resource exceeded",
    });
    const twice = [
      { Key: "c", Value: "1" },
      { Key: "c", Value: "2" },
    ];
    await expect(
      sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: twice })),
    ).rejects.toThrow("Invalid parameter: Duplicated keys are not allowed.");
    await expect(
      sns.send(new ListTagsForResourceCommand({ ResourceArn: `${TopicArn}-2` })),
    ).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Resource does not exist",
    });
    expect(await tags()).toEqual([{ Key: "b", Value: "2" }]);
  });

  it("does not publish or subscribe", async () => {
    await create("alarms");
    const requests = [sns.send(new PublishCommand({ TopicArn, Message: "hello" }))];
    for (const request of requests)
      await expect(request).rejects.toMatchObject({ name: "NotImplemented" });
  });

  it("authorizes calls by identity policies, tags and the policy of the topic", async () => {
    const invoke = (service: string, operation: string, input: object) =>
      sandbox.invoke(service, operation, { ...input });
    invoke("iam", "CreateUser", { UserName: "alice" });
    invoke("iam", "PutUserPolicy", {
      UserName: "alice",
      PolicyName: "sns",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "sns:CreateTopic", Resource: "*" },
          {
            Effect: "Allow",
            Action: "sns:DeleteTopic",
            Resource: "*",
            Condition: { StringEquals: { "aws:ResourceTag/team": "a" } },
          },
        ],
      }),
    });
    const { AccessKey } = invoke("iam", "CreateAccessKey", { UserName: "alice" }) as {
      AccessKey: { AccessKeyId: string; SecretAccessKey: string };
    };
    const alice = new SNSClient({
      ...clientOptions(sandbox.url, "us-east-1"),
      credentials: {
        accessKeyId: AccessKey.AccessKeyId,
        secretAccessKey: AccessKey.SecretAccessKey,
      },
    });
    await alice.send(new CreateTopicCommand({ Name: "alarms" }));
    const tagged = { Name: "tagged", Tags: [{ Key: "team", Value: "a" }] };
    await expect(alice.send(new CreateTopicCommand(tagged))).rejects.toMatchObject({
      name: "AuthorizationErrorException",
      message: expect.stringContaining("is not authorized to perform: sns:TagResource"),
      $metadata: { httpStatusCode: 403 },
    });
    await expect(alice.send(new DeleteTopicCommand({ TopicArn }))).rejects.toThrow(
      `is not authorized to perform: sns:DeleteTopic on resource: ${TopicArn}`,
    );
    await expect(alice.send(new GetTopicAttributesCommand({ TopicArn }))).rejects.toThrow(
      "sns:GetTopicAttributes",
    );
    await set("Policy", policy("sns:GetTopicAttributes", `arn:aws:iam::${ACCOUNT}:user/alice`));
    expect(
      (await alice.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes,
    ).toMatchObject({ TopicArn });
    await sns.send(
      new TagResourceCommand({ ResourceArn: TopicArn, Tags: [{ Key: "team", Value: "a" }] }),
    );
    await alice.send(new DeleteTopicCommand({ TopicArn }));
  });
});
