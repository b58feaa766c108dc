import { isObject } from "../../../shared/index.ts";
import { parseResourcePolicy } from "../../authorization/policy-documents.ts";
import type { Context } from "../../core/operation.ts";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError } from "../../protocol/errors.ts";
import { invalidValue, nameIn, nonExistentQueue, type Queue, queues } from "./tables.ts";

type Attributes = Readonly<Record<string, string>>;

const between =
  (minimum: number, maximum: number) =>
  (value: string): boolean =>
    /^\d+$/.test(value) && Number(value) >= minimum && Number(value) <= maximum;
const oneOf =
  (...values: readonly string[]) =>
  (value: string): boolean =>
    values.includes(value);

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // the caller reports the invalid value
  }
}

const isJson = (value: string): boolean => value === "" || jsonObject(value) !== undefined;
const isBoolean = oneOf("true", "false");

/** The attributes of a queue that can be set, with the check of a value. Source: Amazon SQS API Reference, SetQueueAttributes. */
const SETTABLE: Readonly<Record<string, (value: string) => boolean>> = {
  DelaySeconds: between(0, 900),
  MaximumMessageSize: between(1024, 1_048_576),
  MessageRetentionPeriod: between(60, 1_209_600),
  Policy: isJson,
  ReceiveMessageWaitTimeSeconds: between(0, 20),
  VisibilityTimeout: between(0, 43_200),
  RedrivePolicy: isJson,
  RedriveAllowPolicy: isJson,
  KmsMasterKeyId: () => true, // SQS uses the key when a message is sent
  KmsDataKeyReusePeriodSeconds: between(60, 86_400),
  SqsManagedSseEnabled: isBoolean,
  ContentBasedDeduplication: isBoolean,
  DeduplicationScope: oneOf("messageGroup", "queue"),
  FifoThroughputLimit: oneOf("perQueue", "perMessageGroupId"),
  FifoQueue: isBoolean,
};

/** Attributes that only FIFO queues have. */
const FIFO_ONLY = new Set([
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
]);

/** Attributes that SQS removes if their value is empty. */
const REMOVABLE = new Set(["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"]);

/** Attributes of a queue that no request has set. Source: as for SETTABLE. */
const DEFAULTS: Attributes = {
  DelaySeconds: "0",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  ReceiveMessageWaitTimeSeconds: "0",
  VisibilityTimeout: "30",
};
const FIFO_DEFAULTS: Attributes = {
  ContentBasedDeduplication: "false",
  DeduplicationScope: "queue",
  FifoThroughputLimit: "perQueue",
};

const isFifo = ({ attributes }: Pick<Queue, "attributes">): boolean =>
  attributes["FifoQueue"] === "true";

/**
 * Sources: of the rules, Amazon SQS API Reference, SetQueueAttributes: RedrivePolicy; of the texts,
 * crossplane-contrib/provider-aws#443 (missing attribute), serverless/serverless#5215 (no such queue), byu-oit/handel#253
 * (another type). No public source of the text for maxReceiveCount is known.
 */
function checkRedrivePolicy(context: Context, queue: Queue, text: string): void {
  const policy = jsonObject(text) ?? {};
  const head = `Value ${text} for parameter RedrivePolicy is invalid. Reason: `;
  const missing = (attribute: string): AwsError =>
    invalidValue(`${head}Redrive policy does not contain mandatory attribute: ${attribute}.`);
  const { deadLetterTargetArn: target, maxReceiveCount } = policy;
  if (typeof target !== "string") throw missing("deadLetterTargetArn");
  if (maxReceiveCount === undefined) throw missing("maxReceiveCount");
  const count = Number(maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > 1000)
    throw invalidValue(`${head}maxReceiveCount must be an integer from 1 to 1000.`);
  const deadLetters = context.in(queues).get(nameIn(target));
  if (!deadLetters || deadLetters.arn !== target)
    throw nonExistentQueue(`${head}Dead letter target does not exist.`);
  if (isFifo(deadLetters) !== isFifo(queue))
    throw invalidValue(`${head}Dead-letter queue must be same type of queue as the source.`);
}

const invalidAttribute = (name: string): AwsError =>
  new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);

/** Source: Amazon SQS API Reference, SetQueueAttributes: RedriveAllowPolicy. */
function isAllowPolicy(text: string): boolean {
  const { redrivePermission: permission = "allowAll", sourceQueueArns: sources } =
    jsonObject(text) ?? {};
  const count = Array.isArray(sources) ? sources.length : 0;
  return permission === "byQueue"
    ? count > 0 && count <= 10
    : (permission === "allowAll" || permission === "denyAll") && count === 0;
}

/**
 * Sets attributes of a queue.
 *
 * @throws AwsError InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue or
 *   AWS.SimpleQueueService.NonExistentQueue. Source: Amazon SQS API Reference, SetQueueAttributes
 */
export function withAttributes(context: Context, queue: Queue, requested: Attributes): Queue {
  const attributes = { ...queue.attributes };
  for (const [name, value] of Object.entries(requested)) {
    const isValid = ownProperty(SETTABLE, name);
    if (isValid === undefined || (FIFO_ONLY.has(name) && !isFifo(queue)))
      throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
    if (!isValid(value)) throw invalidAttribute(name);
    if (REMOVABLE.has(name) && value === "") {
      delete attributes[name];
      continue;
    }
    if (name === "RedrivePolicy") checkRedrivePolicy(context, queue, value);
    if (name === "RedriveAllowPolicy" && !isAllowPolicy(value)) throw invalidAttribute(name);
    if (name === "Policy") parseResourcePolicy(context, value, "queue");
    attributes[name] = value;
  }
  // A queue has one kind of encryption. Sources: SetQueueAttributes, SqsManagedSseEnabled; of the text,
  // ansible-collections/community.aws#2433.
  if (requested["KmsMasterKeyId"] && requested["SqsManagedSseEnabled"] === "true")
    throw new AwsError(
      "InvalidAttributeName",
      "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    );
  if (requested["KmsMasterKeyId"]) attributes["SqsManagedSseEnabled"] = "false";
  else if (requested["SqsManagedSseEnabled"] === "true") delete attributes["KmsMasterKeyId"];
  return { ...queue, attributes, changed: context.now };
}

const seconds = (time: Date): string => String(Math.floor(time.getTime() / 1000));

/** All attributes of a queue. Source: Amazon SQS API Reference, GetQueueAttributes. */
export const describeQueue = (queue: Queue): Record<string, string> => ({
  QueueArn: queue.arn,
  ApproximateNumberOfMessages: "0",
  ApproximateNumberOfMessagesNotVisible: "0",
  ApproximateNumberOfMessagesDelayed: "0",
  CreatedTimestamp: seconds(queue.created),
  LastModifiedTimestamp: seconds(queue.changed),
  ...DEFAULTS,
  ...(isFifo(queue) ? FIFO_DEFAULTS : {}),
  ...(queue.attributes["KmsMasterKeyId"] === undefined
    ? { SqsManagedSseEnabled: "true" }
    : { KmsDataKeyReusePeriodSeconds: "300" }),
  ...queue.attributes,
});

/** The first of the requested attributes that a queue has with another value. */
export const differingAttribute = (queue: Queue, requested: Attributes): string | undefined => {
  const described = describeQueue(queue);
  return Object.keys(requested).find((name) => described[name] !== requested[name]);
};

/** The ARN of a queue's dead-letter queue. */
export const deadLetterTargetOf = ({ attributes }: Queue): unknown =>
  jsonObject(attributes["RedrivePolicy"] ?? "{}")?.["deadLetterTargetArn"];

/** Names of attributes that a request may ask for. */
export const isAttributeName = (queue: Queue, name: string): boolean =>
  Object.hasOwn(SETTABLE, name) || Object.hasOwn(describeQueue(queue), name);
