import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
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

export function requireGroup(context: Context, name: string): LogGroup {
  const group = context.in(logGroups).get(name);
  if (group) return group;
  throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
}

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
