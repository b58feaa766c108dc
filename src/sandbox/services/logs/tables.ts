import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { isNamedBy } from "../../core/named-by.ts";
import { table, type TableKey } from "../../core/tables.ts";

export interface LogGroup {
  readonly name: string;
  readonly arn: string;
  readonly class: logs.LogGroupClass;
  readonly retentionDays?: number;
  readonly keyArn?: string;
  readonly deletionProtection: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

export interface LogEvent {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly arrived: number;
  readonly message: string;
  /** Set for an event of a simulated program. */
  readonly isSimulated?: true;
}

export interface LogStream {
  readonly group: string;
  readonly name: string;
  readonly arn: string;
  readonly created: Date;
  readonly events: readonly LogEvent[];
}

export const logGroups: TableKey<LogGroup> = table("logs/log-group");
export const logStreams: TableKey<LogStream> = table("logs/log-stream", { exists: () => false });

/**
 * Finds a log group.
 *
 * @param nameOrArn the name or the ARN in the request. An ARN can end with `:*`. @default the name
 * @throws AwsError ResourceNotFoundException
 */
export function requireGroup(context: Context, name: string, nameOrArn: string = name): LogGroup {
  const group = context.in(logGroups).get(name);
  const arn = context.arn("logs", `log-group:${name}`);
  if (group && isNamedBy({ arn }, nameOrArn.replace(/:\*$/, ""))) return group;
  throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
}

/**
 * Rejects a log group of a class that does not support the operation.
 *
 * Source: Amazon CloudWatch Logs User Guide, "Log classes"; turbot/steampipe-plugin-aws#2758 and
 * hashicorp/terraform-provider-aws#42657 (messages).
 */
export function requireStandardClass(group: LogGroup): void {
  if (group.class === "DELIVERY") throw notForDelivery();
  if (group.class !== "STANDARD")
    throw new AwsError(
      "ValidationException",
      "This operation is only supported on the Standard log class.",
    );
}

const notForDelivery = (): AwsError =>
  new AwsError("ValidationException", "This operation is not supported for Delivery log class");

/** Rejects a log group of the class DELIVERY, which AWS keeps for two days. */
export function requireRetainedClass(group: LogGroup): void {
  if (group.class === "DELIVERY") throw notForDelivery();
}

/** Days that a log group of the class DELIVERY is kept. */
export const DELIVERY_RETENTION_DAYS = 2;

export const putGroup = (context: Context, group: LogGroup): LogGroup =>
  context.in(logGroups).put(group.name, group);

export const streamsOf = (context: Context, group: string): LogStream[] =>
  context.in(logStreams).filter((logStream) => logStream.group === group);

export function putStream(context: Context, group: LogGroup, name: string): LogStream {
  return context.in(logStreams).put(`${group.name}:${name}`, {
    group: group.name,
    name,
    arn: `${group.arn}:log-stream:${name}`,
    created: context.now,
    events: [],
  });
}
