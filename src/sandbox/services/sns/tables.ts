import { partsOfArn } from "../../authorization/request-members.ts";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError } from "../../protocol/errors.ts";

export interface Topic {
  readonly name: string;
  readonly arn: string;
  /** The attributes that a request has set, by name. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Topics by name. */
export const topics: TableKey<Topic> = table("sns/topic");

/** The error for an invalid parameter. Source: Amazon SNS API Reference, "Common Errors" and each operation's "Errors". */
export const invalid = (what: string): AwsError =>
  new AwsError("InvalidParameter", `Invalid parameter: ${what}`);

/** The topic with an ARN; undefined if the account and region of the request do not have it. */
export function findTopic(context: Context, arn: string): Topic | undefined {
  const { service, region, account, name } = partsOfArn(arn);
  if (service !== "sns" || !/^[\w.-]+$/.test(name) || region !== context.region)
    throw invalid("TopicArn");
  return account === context.account ? context.in(topics).get(name) : undefined;
}

/**
 * The topic with an ARN.
 *
 * @throws AwsError NotFound. Source: Amazon SNS API Reference, GetTopicAttributes
 */
export function requireTopic(context: Context, arn: string): Topic {
  const topic = findTopic(context, arn);
  if (!topic) throw new AwsError("NotFound", "Topic does not exist", 404);
  return topic;
}
