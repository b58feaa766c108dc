import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError } from "../../protocol/errors.ts";

export interface Queue {
  readonly name: string;
  readonly arn: string;
  /** The attributes that a request has set, by name. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  readonly changed: Date;
}

/** Queues by name. */
export const queues: TableKey<Queue> = table("sqs/queue");

/** Source: Amazon SQS API Reference, "Common Errors". */
export const invalidValue = (message: string): AwsError =>
  new AwsError("InvalidParameterValue", message);

/** Source: Amazon SQS Developer Guide, "Amazon SQS queue and message identifiers". */
export const urlOf = (context: Context, name: string): string =>
  `https://sqs.${context.region}.amazonaws.com${context.partition === "aws-cn" ? ".cn" : ""}/${context.account}/${name}`;

/** The name of a queue in its URL or ARN. */
export const nameIn = (urlOrArn: string): string => urlOrArn.split(/[/:]/).at(-1) ?? "";

/** The queue with a URL. The host of a URL of AWS has the region; other hosts lead to the sandbox. */
export function queueOfUrl(context: Context, url: string): Queue | undefined {
  const [name = "", account] = url.split("/").reverse();
  const [, region = context.region] = /^https:\/\/sqs\.([^.]+)\.amazonaws\.com/.exec(url) ?? [];
  return region === context.region && account === context.account
    ? context.in(queues).get(name)
    : undefined;
}

/**
 * The queue with a URL.
 *
 * @throws AwsError AWS.SimpleQueueService.NonExistentQueue. Source: Amazon SQS API Reference, GetQueueAttributes
 */
export function requireQueue(context: Context, url: string): Queue {
  const queue = queueOfUrl(context, url);
  if (!queue) throw nonExistentQueue("The specified queue does not exist.");
  return queue;
}

export const nonExistentQueue = (message: string): AwsError =>
  new AwsError("AWS.SimpleQueueService.NonExistentQueue", message);
