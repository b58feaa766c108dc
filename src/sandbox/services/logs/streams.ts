import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import { AwsError, notImplemented, invalidParameter } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import {
  type LogEvent,
  type LogGroup,
  logStreams,
  type LogStream,
  requireGroup,
  putStream,
  streamsOf,
} from "./tables.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;

/**
 * Additional bytes for each message, and maximum bytes of a batch. Source: Amazon CloudWatch Logs API Reference,
 * PutLogEvents.
 */
const BYTES_PER_EVENT = 26;
const MAX_BATCH_BYTES = 1_048_576;

function requireStream(context: Context, group: string, name: string): LogStream {
  requireGroup(context, group);
  const row = context.in(logStreams).get(`${group}:${name}`);
  if (row) return row;
  throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
}

/** The log group of a request, by name or ARN. */
function groupOf(
  context: Context,
  name: string | undefined,
  identifier: string | undefined,
): LogGroup {
  if ((name === undefined) === (identifier === undefined))
    throw invalidParameter("Exactly one of logGroupName and logGroupIdentifier must be given.");
  const from = /:log-group:([^:]+)/.exec(identifier ?? "")?.[1] ?? identifier;
  return requireGroup(context, name ?? from ?? "", name ?? identifier);
}

const isWithinRetention = (context: Context, group: LogGroup, event: LogEvent): boolean =>
  group.retentionDays === undefined ||
  context.now.getTime() - event.at < group.retentionDays * DAY_MS;

/**
 * Validates a batch and separates the accepted events from the rejected ones. Source: Amazon CloudWatch Logs API
 * Reference, PutLogEvents.
 */
function acceptEvents(
  context: Context,
  group: LogGroup,
  events: readonly logs.InputLogEvent[],
): { readonly acceptedEvents: LogEvent[]; readonly rejected: logs.RejectedLogEventsInfo } {
  const size = events.reduce(
    (sum, { message = "" }) => sum + Buffer.byteLength(message) + BYTES_PER_EVENT,
    0,
  );
  if (size > MAX_BATCH_BYTES)
    throw invalidParameter(`Upload too large: ${size} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
  if (events.some(({ timestamp = 0 }, index) => timestamp < (events[index - 1]?.timestamp ?? 0)))
    throw invalidParameter(
      "Log events in a single PutLogEvents request must be in chronological order.",
    );
  // Source of the text: aws/amazon-cloudwatch-logs-for-fluent-bit#29.
  if ((events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0) > DAY_MS)
    throw invalidParameter(
      "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    );
  const now = context.now.getTime();
  const rejected: logs.RejectedLogEventsInfo = {};
  const acceptedEvents: LogEvent[] = [];
  for (const [index, { timestamp = 0, message = "" }] of events.entries()) {
    const event = { id: context.hex(32), at: timestamp, arrived: now, message };
    if (timestamp < now - 14 * DAY_MS) rejected.tooOldLogEventEndIndex = index + 1;
    else if (!isWithinRetention(context, group, event))
      rejected.expiredLogEventEndIndex = index + 1;
    else if (timestamp > now + 2 * HOUR_MS) rejected.tooNewLogEventStartIndex ??= index;
    else acceptedEvents.push(event);
  }
  return { acceptedEvents, rejected };
}

const isInTimeRange = (
  event: LogEvent,
  {
    startTime = 0,
    endTime = Infinity,
  }: { startTime?: number | undefined; endTime?: number | undefined },
): boolean => event.at >= startTime && event.at < endTime;

/**
 * A filter of terms: a line must contain all terms without prefix, at least one term with "?", and no term with "-".
 *
 * Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax".
 */
export function filterFor(pattern: string): (line: string) => boolean {
  const trimmed = pattern.trim();
  if (/^[{[%]/.test(trimmed)) {
    throw notImplemented("filter patterns for JSON, fields or regular expressions");
  }
  const terms = (trimmed.match(/[?-]?"[^"]*"|\S+/g) ?? []).map((term) => {
    const sign = /^[?-]/.exec(term)?.[0] ?? "";
    return { sign, text: term.slice(sign.length).replace(/^"(.*)"$/, "$1") };
  });
  const textsWithSign = (sign: string): string[] =>
    terms.filter((term) => term.sign === sign).map((term) => term.text);
  const [requiredTerms, anyOfTerms, excludedTerms] = [
    textsWithSign(""),
    textsWithSign("?"),
    textsWithSign("-"),
  ];
  return (line) =>
    requiredTerms.every((text) => line.includes(text)) &&
    (anyOfTerms.length === 0 || anyOfTerms.some((text) => line.includes(text))) &&
    !excludedTerms.some((text) => line.includes(text));
}

const token = (direction: "f" | "b", position: number): string => `${direction}/${position}`;

function positionOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const match = /^[fb]\/(\d+)$/.exec(given);
  if (!match) throw invalidParameter("The specified nextToken is invalid.");
  return Number(match[1]);
}

export const streamOperations: Operations = {
  CreateLogStream: operation<logs.CreateLogStreamRequest, object>()(
    ["logGroupName", "logStreamName"],
    (context, input) => {
      const group = requireGroup(context, input.logGroupName);
      if (context.in(logStreams).has(`${group.name}:${input.logStreamName}`))
        throw new AwsError(
          "ResourceAlreadyExistsException",
          "The specified log stream already exists",
        );
      putStream(context, group, input.logStreamName);
      return {};
    },
  ),

  DeleteLogStream: operation<logs.DeleteLogStreamRequest, object>()(
    ["logGroupName", "logStreamName"],
    (context, input) => {
      const row = requireStream(context, input.logGroupName, input.logStreamName);
      context.in(logStreams).delete(`${row.group}:${row.name}`);
      return {};
    },
  ),

  DescribeLogStreams: operation<logs.DescribeLogStreamsRequest, logs.DescribeLogStreamsResponse>()(
    [
      "logGroupName",
      "logGroupIdentifier",
      "logStreamNamePrefix",
      "orderBy",
      "descending",
      "limit",
      "nextToken",
    ],
    (context, input) => {
      const group = groupOf(context, input.logGroupName, input.logGroupIdentifier);
      const byTime = input.orderBy === "LastEventTime";
      if (byTime && input.logStreamNamePrefix !== undefined)
        throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
      const last = (row: LogStream): number => row.events.at(-1)?.at ?? 0;
      const rows = streamsOf(context, group.name)
        .filter((row) => row.name.startsWith(input.logStreamNamePrefix ?? ""))
        .sort((a, b) => (byTime ? last(a) - last(b) : a.name < b.name ? -1 : 1));
      if (input.descending === true) rows.reverse();
      const { items, next } = page(rows, input.limit ?? 50, input.nextToken);
      return {
        logStreams: items.map((row) => {
          const [first, newest] = [row.events[0], row.events.at(-1)];
          return {
            logStreamName: row.name,
            arn: row.arn,
            creationTime: row.created.getTime(),
            storedBytes: 0,
            ...(first && newest
              ? {
                  firstEventTimestamp: first.at,
                  lastEventTimestamp: newest.at,
                  lastIngestionTime: newest.arrived,
                }
              : {}),
          };
        }),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    },
  ),

  PutLogEvents: operation<logs.PutLogEventsRequest, logs.PutLogEventsResponse>()(
    ["logGroupName", "logStreamName", "logEvents", "sequenceToken"],
    (context, input) => {
      const row = requireStream(context, input.logGroupName, input.logStreamName);
      const group = requireGroup(context, input.logGroupName);
      const { acceptedEvents, rejected } = acceptEvents(context, group, input.logEvents);
      const events = [...row.events, ...acceptedEvents].sort((a, b) => a.at - b.at);
      context.in(logStreams).put(`${row.group}:${row.name}`, { ...row, events });
      return {
        nextSequenceToken: context.hex(56),
        ...(Object.keys(rejected).length > 0 ? { rejectedLogEventsInfo: rejected } : {}),
      };
    },
  ),

  GetLogEvents: operation<logs.GetLogEventsRequest, logs.GetLogEventsResponse>()(
    [
      "logGroupName",
      "logGroupIdentifier",
      "logStreamName",
      "startTime",
      "endTime",
      "startFromHead",
      "limit",
      "nextToken",
    ],
    (context, input) => {
      const group = groupOf(context, input.logGroupName, input.logGroupIdentifier);
      const row = requireStream(context, group.name, input.logStreamName);
      const events = row.events.filter(
        (event) => isInTimeRange(event, input) && isWithinRetention(context, group, event),
      );
      const limit = input.limit ?? 10_000;
      const given = positionOf(input.nextToken);
      const isBack = input.nextToken?.startsWith("b/") === true;
      const newest = Math.max(0, events.length - limit);
      const start =
        given === undefined
          ? input.startFromHead === true
            ? 0
            : newest
          : isBack
            ? Math.max(0, given - limit)
            : given;
      const end = isBack && given !== undefined ? given : Math.min(events.length, start + limit);
      return {
        events: events.slice(start, end).map((event) => ({
          timestamp: event.at,
          ingestionTime: event.arrived,
          message: event.message,
        })),
        nextForwardToken: token("f", end),
        nextBackwardToken: token("b", start),
      };
    },
  ),

  FilterLogEvents: operation<logs.FilterLogEventsRequest, logs.FilterLogEventsResponse>()(
    [
      "logGroupName",
      "logGroupIdentifier",
      "logStreamNames",
      "logStreamNamePrefix",
      "startTime",
      "endTime",
      "filterPattern",
      "limit",
      "nextToken",
      "interleaved",
    ],
    (context, input) => {
      const group = groupOf(context, input.logGroupName, input.logGroupIdentifier);
      if (group.class !== "STANDARD")
        throw new AwsError(
          "InvalidOperationException",
          `The log group ${group.name} is of log-group-class ${group.class}. FilterLogEvents is not supported for this log class.`,
        );
      const fits = filterFor(input.filterPattern ?? "");
      const found = streamsOf(context, group.name)
        .filter(
          (row) =>
            (input.logStreamNames?.includes(row.name) ?? true) &&
            row.name.startsWith(input.logStreamNamePrefix ?? ""),
        )
        .flatMap((row) => row.events.map((event) => ({ ...event, stream: row.name })))
        .filter(
          (event) =>
            isInTimeRange(event, input) &&
            isWithinRetention(context, group, event) &&
            fits(event.message),
        )
        .sort((a, b) => a.at - b.at);
      const { items, next } = page(found, input.limit ?? 10_000, input.nextToken);
      return {
        events: items.map((event) => ({
          eventId: event.id,
          logStreamName: event.stream,
          timestamp: event.at,
          ingestionTime: event.arrived,
          message: event.message,
        })),
        searchedLogStreams: [],
        ...(next === undefined ? {} : { nextToken: next }),
      };
    },
  ),
};
