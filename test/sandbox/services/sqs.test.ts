import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const QueueUrl = "https://sqs.us-east-1.amazonaws.com/111122223333/jobs";
const client = (): SQSClient => new SQSClient(fixture.clientOptions);
const create = (QueueName: string, Attributes: Record<string, string> = {}) =>
  client().send(new CreateQueueCommand({ QueueName, Attributes }));
const attributes = async () =>
  (await client().send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] })))
    .Attributes;

const INVALID_POLICY = "InvalidAttributeValue: Invalid value for the parameter Policy.";
const policy = (changes: object): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: "*",
        ...changes,
      },
    ],
  });

const invalidAction = (action: string): string =>
  `InvalidParameterValue: Value ${action} for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions.`;
const ACTIONS = [
  "sqs:ChangeMessageVisibility",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:GetQueueUrl",
  "sqs:ListQueueTags",
  "sqs:PurgeQueue",
  "sqs:ReceiveMessage",
  "sqs:SendMessage",
];

describe("SQS", () => {
  it("creates, changes and deletes a queue", async () => {
    expect(await create("jobs", { DelaySeconds: "5", Policy: policy({}) })).toMatchObject({
      QueueUrl,
    });
    expect((await create("jobs", { DelaySeconds: "5" })).QueueUrl).toBe(QueueUrl);
    expect((await client().send(new GetQueueUrlCommand({ QueueName: "jobs" }))).QueueUrl).toBe(
      QueueUrl,
    );
    await client().send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "60" } }),
    );
    expect(await attributes()).toMatchObject({
      QueueArn: "arn:aws:sqs:us-east-1:111122223333:jobs",
      DelaySeconds: "5",
      VisibilityTimeout: "60",
      MessageRetentionPeriod: "345600",
      SqsManagedSseEnabled: "true",
    });
    expect((await client().send(new ListQueuesCommand({}))).QueueUrls).toEqual([QueueUrl]);
    const elsewhere = QueueUrl.replace("us-east-1", "eu-west-1");
    expect(
      await fixture.errorOf(() =>
        client().send(new GetQueueAttributesCommand({ QueueUrl: elsewhere })),
      ),
    ).toBe("QueueDoesNotExist: The specified queue does not exist.");
    await client().send(new DeleteQueueCommand({ QueueUrl }));
    expect(await fixture.errorOf(attributes)).toBe(
      "QueueDoesNotExist: The specified queue does not exist.",
    );
  });

  it("returns the error codes of the query protocol in a header", async () => {
    const error = await client()
      .send(new GetQueueAttributesCommand({ QueueUrl }))
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      name: "QueueDoesNotExist",
      Error: { Code: "AWS.SimpleQueueService.NonExistentQueue", Type: "Sender" },
    });
  });

  it("connects a queue with its dead-letter queue", async () => {
    const redrive = JSON.stringify({
      deadLetterTargetArn: "arn:aws:sqs:us-east-1:111122223333:dead",
      maxReceiveCount: 3,
    });
    const createSource = () => create("jobs", { RedrivePolicy: redrive });
    expect(await fixture.errorOf(createSource)).toContain("Dead letter target does not exist");
    const { QueueUrl: dead } = await create("dead");
    await createSource();
    expect(
      (await client().send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }))).queueUrls,
    ).toEqual([QueueUrl]);
  });

  it("keeps tags", async () => {
    await create("jobs");
    await client().send(new TagQueueCommand({ QueueUrl, Tags: { team: "a", stage: "b" } }));
    await client().send(new UntagQueueCommand({ QueueUrl, TagKeys: ["team"] }));
    expect((await client().send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({
      stage: "b",
    });
  });

  it.each(["SQS:SendMessage", "sqs:*", "sqs:Describe*", "*", ACTIONS.slice(1)])(
    "accepts a policy with the action %s",
    async (Action) => {
      await expect(create("jobs", { Policy: policy({ Action }) })).resolves.toBeDefined();
    },
  );

  it.each([
    { redrivePermission: "denyAll" },
    { redrivePermission: "allowAll", sourceQueueArns: null },
    {},
    { redrivePermission: "byQueue", sourceQueueArns: ["arn:aws:sqs:us-east-1:111122223333:jobs"] },
  ])("accepts the redrive allow policy %j", async (policy) => {
    const RedriveAllowPolicy = JSON.stringify(policy);
    await create("jobs", { RedriveAllowPolicy });
    expect(await attributes()).toMatchObject({ RedriveAllowPolicy });
  });

  it.each([
    ["a b", {}, "Can only include alphanumeric characters, hyphens, or underscores"],
    ["jobs", { FifoQueue: "true" }, "must end with .fifo suffix"],
    ["jobs", { DelaySeconds: "901" }, "Invalid value for the parameter DelaySeconds."],
    ["jobs", { RedrivePolicy: "{}" }, "does not contain mandatory attribute: deadLetterTargetArn."],
    [
      "jobs",
      {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: "arn:aws:sqs:us-east-1:111122223333:dead",
          maxReceiveCount: 1001,
        }),
      },
      "maxReceiveCount must be an integer from 1 to 1000.",
    ],
    ["jobs", { Color: "red" }, "Unknown Attribute Color."],
    [
      "jobs",
      { KmsMasterKeyId: "alias/aws/sqs", SqsManagedSseEnabled: "true" },
      "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    ],
    [
      "jobs",
      { RedriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue" }) },
      "Invalid value for the parameter RedriveAllowPolicy.",
    ],
    ["jobs", { Policy: policy({ Principal: undefined }) }, INVALID_POLICY],
    [
      "jobs",
      { Policy: policy({ Principal: { AWS: "arn:aws:iam::111122223333:role/none" } }) },
      INVALID_POLICY,
    ],
    ["jobs", { Policy: policy({ Action: "sqs:Foo" }) }, invalidAction("sqs:Foo")],
    ["jobs", { Policy: policy({ Action: "sns:Publish" }) }, invalidAction("sns:Publish")],
    [
      "jobs",
      { Policy: policy({ Action: "sqs:SendMessageBatch" }) },
      invalidAction("sqs:SendMessageBatch"),
    ],
    [
      "jobs",
      { Policy: policy({ Action: ACTIONS }) },
      "OverLimit: 8 actions were found in a statement from the submitted policy, max allowed is 7",
    ],
    [
      "jobs",
      { Policy: policy({ Sid: "x".repeat(8192) }) },
      "OverLimit: Submitted policy is over max allowed size.",
    ],
    ["jobs", { ContentBasedDeduplication: "true" }, "Unknown Attribute ContentBasedDeduplication."],
  ])("rejects %s with %j", async (name, values, message) => {
    expect(await fixture.errorOf(() => create(name, values))).toContain(message);
  });

  it("rejects a queue with other attributes, and messages", async () => {
    await create("jobs", { DelaySeconds: "5" });
    expect(await fixture.errorOf(() => create("jobs", { DelaySeconds: "6" }))).toContain(
      "A queue already exists with the same name and a different value for attribute DelaySeconds",
    );
    expect(
      await fixture.errorOf(() =>
        client().send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" })),
      ),
    ).toContain("NotImplemented");
  });
});
