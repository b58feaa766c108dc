import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import { parseArn } from "../../../aws/index.ts";
import { evaluate, parsePolicy } from "../../../iam/index.ts";
import { AwsError, invalidParameter, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import type { Table } from "../../core/table.ts";
import { visibleRole } from "../iam/identity-policies.ts";
import { type LogGroup, requireGroup, requireStandardClass } from "./tables.ts";

interface MetricFilter {
  readonly group: string;
  readonly name: string;
  readonly pattern: string;
  readonly transformations: readonly logs.MetricTransformation[];
  readonly created: Date;
}

interface SubscriptionFilter {
  readonly group: string;
  readonly name: string;
  readonly pattern: string;
  readonly destinationArn: string;
  readonly roleArn?: string;
  readonly distribution: logs.Distribution;
  readonly created: Date;
}

/** Metric filters. The sandbox stores them; it has no metrics that they could count. */
export const metricFilters: TableKey<MetricFilter> = table("logs/metric-filter");
/** Subscription filters. The sandbox stores them; it has none of the services that they deliver to. */
export const subscriptionFilters: TableKey<SubscriptionFilter> = table("logs/subscription-filter");

/** Filters of one log group. Source: Amazon CloudWatch Logs User Guide, "CloudWatch Logs quotas". */
const MAX_METRIC_FILTERS = 100;
const MAX_SUBSCRIPTION_FILTERS = 2;
/** Dimensions of a metric. Source: Amazon CloudWatch Logs API Reference, MetricTransformation. */
const MAX_DIMENSIONS = 3;

const limitExceeded = (): AwsError =>
  new AwsError("LimitExceededException", "Resource limit exceeded.");

/** Filters have unique names in their log group. */
const keyOf = (group: string, name: string): string => `${group}:${name}`;

interface Filter {
  readonly group: string;
  readonly name: string;
}

/** Deletes the filters of a log group. */
export function deleteFilters(context: Context, group: string): void {
  for (const filters of [context.in(metricFilters), context.in(subscriptionFilters)])
    for (const { name } of filters.filter((row) => row.group === group))
      filters.delete(keyOf(group, name));
}

/** The number of metric filters of a log group. */
export const metricFilterCount = (context: Context, group: string): number =>
  context.in(metricFilters).filter((row) => row.group === group).length;

/** Puts a filter, unless the log group has the maximum already. */
function putFilter<Row extends Filter & { readonly created: Date }>(
  filters: Table<Row>,
  row: Row,
  maximum: number,
): void {
  const key = keyOf(row.group, row.name);
  const existing = filters.get(key);
  if (!existing && filters.filter(({ group }) => group === row.group).length >= maximum)
    throw limitExceeded();
  filters.put(key, existing ? { ...row, created: existing.created } : row);
}

function deleteFilter(
  filters: Table<Filter>,
  group: string,
  name: string,
  kind: "metric" | "subscription",
): void {
  if (!filters.has(keyOf(group, name)))
    throw new AwsError("ResourceNotFoundException", `The specified ${kind} filter does not exist.`);
  filters.delete(keyOf(group, name));
}

/** Whether a pattern selects fields of JSON or of space-delimited events. Other patterns are terms. */
const hasFields = (pattern: string): boolean => /^[{[]/.test(pattern.trim());

/** Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, …". */
function checkPattern(pattern: string): void {
  const text = pattern.trim();
  const isClosed =
    (text.startsWith("{") ? text.endsWith("}") : true) &&
    (text.startsWith("[") ? text.endsWith("]") : true) &&
    (text.startsWith("%") ? text.length > 1 && text.endsWith("%") : true) &&
    (text.match(/(?<!\\)"/g) ?? []).length % 2 === 0;
  if (!isClosed) throw invalidParameter("Invalid filter pattern");
}

/**
 * Source: Amazon CloudWatch Logs API Reference, MetricTransformation. Messages: hashicorp/terraform-provider-aws#28881,
 * aws-solutions-library-samples/guidance-for-claude-code-with-amazon-bedrock#632.
 */
function checkTransformation(
  pattern: string,
  { metricValue = "", dimensions = {}, defaultValue }: logs.MetricTransformation,
): void {
  const count = Object.keys(dimensions).length;
  if (count > 0 && defaultValue !== undefined)
    throw invalidParameter(
      "Invalid metric transformation: dimensions and default value are mutually exclusive properties",
    );
  if (count > MAX_DIMENSIONS)
    throw invalidParameter(
      `Invalid metric transformation: at most ${MAX_DIMENSIONS} dimensions are supported`,
    );
  if (count > 0 && !hasFields(pattern))
    throw invalidParameter("The specified filter pattern does not support dimensions");
  if (
    !metricValue.startsWith("$") &&
    (metricValue.trim() === "" || Number.isNaN(Number(metricValue)))
  )
    throw invalidParameter(
      "Invalid metric transformation: the metric value must be a number or a field of the filter pattern",
    );
}

/** Parameters that have an effect only with a log transformer, which the sandbox does not have. */
function checkTransformed(isTransformed: boolean | undefined): void {
  if (isTransformed === true) throw notImplemented("applyOnTransformedLogs of a log group");
}

const NOUNS: Readonly<Record<string, string>> = { kinesis: "Kinesis", firehose: "Firehose" };

/**
 * Checks the destination of a subscription filter, and the role that CloudWatch Logs assumes. Whether the destination
 * exists is not known: the sandbox has none of these services.
 *
 * Sources: Amazon CloudWatch Logs API Reference, PutSubscriptionFilter; localstack/localstack#10198 (message).
 */
function checkDestination(
  context: Context,
  group: LogGroup,
  {
    destinationArn,
    roleArn,
  }: Pick<logs.PutSubscriptionFilterRequest, "roleArn"> & { destinationArn: string },
): void {
  const destination = parseArn(destinationArn);
  const service = destination?.service ?? "";
  if (!["kinesis", "firehose", "lambda", "logs"].includes(service))
    throw invalidParameter(
      `PutSubscriptionFilter operation cannot work with destinationArn for vendor ${service}`,
    );
  const isOwn = destination?.account === context.account;
  if (service !== "logs" && (destination?.region !== context.region || !isOwn))
    throw invalidParameter(
      `The destination ${destinationArn} must be in the account and region of the log group.`,
    );
  const noun = NOUNS[service];
  if (noun === undefined) {
    if (service === "lambda" && roleArn !== undefined)
      throw invalidParameter("destinationArn for vendor lambda cannot be used with roleArn");
    return;
  }
  if (roleArn === undefined)
    throw invalidParameter(`destinationArn for vendor ${service} cannot be used without roleArn`);
  const role = visibleRole(context, roleArn);
  const trust = role
    ? evaluate(parsePolicy(role.trust), {
        principal: { service: "logs.amazonaws.com" },
        action: "sts:AssumeRole",
        resource: roleArn,
        context: { "aws:SourceAccount": context.account, "aws:SourceArn": `${group.arn}:*` },
      }).effect
    : "deny";
  if (trust !== "allow")
    throw invalidParameter(
      `Could not deliver test message to specified ${noun} stream. Check if the given ${noun} stream is in ACTIVE state.`,
    );
}

const byName = (a: Filter, b: Filter): number =>
  keyOf(a.name, a.group) < keyOf(b.name, b.group) ? -1 : 1;

const describeMetricFilter = (row: MetricFilter): logs.MetricFilter => ({
  filterName: row.name,
  filterPattern: row.pattern,
  metricTransformations: [...row.transformations],
  creationTime: row.created.getTime(),
  logGroupName: row.group,
  applyOnTransformedLogs: false,
});

const describeSubscriptionFilter = (row: SubscriptionFilter): logs.SubscriptionFilter => ({
  filterName: row.name,
  logGroupName: row.group,
  filterPattern: row.pattern,
  destinationArn: row.destinationArn,
  ...(row.roleArn === undefined ? {} : { roleArn: row.roleArn }),
  distribution: row.distribution,
  applyOnTransformedLogs: false,
  creationTime: row.created.getTime(),
});

export const filterOperations: Operations = {
  PutMetricFilter: operation<logs.PutMetricFilterRequest, object>()(
    [
      "logGroupName",
      "filterName",
      "filterPattern",
      "metricTransformations",
      "applyOnTransformedLogs",
    ],
    (context, input) => {
      const group = requireGroup(context, input.logGroupName);
      requireStandardClass(group);
      checkTransformed(input.applyOnTransformedLogs);
      checkPattern(input.filterPattern);
      for (const transformation of input.metricTransformations)
        checkTransformation(input.filterPattern, transformation);
      putFilter(
        context.in(metricFilters),
        {
          group: group.name,
          name: input.filterName,
          pattern: input.filterPattern,
          transformations: input.metricTransformations,
          created: context.now,
        },
        MAX_METRIC_FILTERS,
      );
      return {};
    },
  ),

  DescribeMetricFilters: operation<
    logs.DescribeMetricFiltersRequest,
    logs.DescribeMetricFiltersResponse
  >()(
    ["logGroupName", "filterNamePrefix", "metricName", "metricNamespace", "limit", "nextToken"],
    (context, input) => {
      const { metricName, metricNamespace } = input;
      for (const [given, missing] of [
        ["metricName", "metricNamespace"],
        ["metricNamespace", "metricName"],
      ] as const)
        if (input[given] !== undefined && input[missing] === undefined)
          throw invalidParameter(
            `1 validation error detected: Value 'null' at '${missing}' failed to satisfy constraint: If you include the ${given} parameter in your request, you must also include the ${missing} parameter.`,
          );
      if (input.logGroupName !== undefined)
        requireStandardClass(requireGroup(context, input.logGroupName));
      const rows = context
        .in(metricFilters)
        .filter(
          (row) =>
            (input.logGroupName === undefined || row.group === input.logGroupName) &&
            row.name.startsWith(input.filterNamePrefix ?? "") &&
            (metricName === undefined ||
              row.transformations.some(
                (transformation) =>
                  transformation.metricName === metricName &&
                  transformation.metricNamespace === metricNamespace,
              )),
        )
        .sort(byName);
      const { items, next } = page(rows, input.limit ?? 50, input.nextToken);
      return {
        metricFilters: items.map(describeMetricFilter),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    },
  ),

  DeleteMetricFilter: operation<logs.DeleteMetricFilterRequest, object>()(
    ["logGroupName", "filterName"],
    (context, input) => {
      const group = requireGroup(context, input.logGroupName);
      deleteFilter(context.in(metricFilters), group.name, input.filterName, "metric");
      return {};
    },
  ),

  PutSubscriptionFilter: operation<logs.PutSubscriptionFilterRequest, object>()(
    [
      "logGroupName",
      "filterName",
      "filterPattern",
      "destinationArn",
      "roleArn",
      "distribution",
      "applyOnTransformedLogs",
    ],
    (context, input) => {
      const group = requireGroup(context, input.logGroupName);
      requireStandardClass(group);
      checkTransformed(input.applyOnTransformedLogs);
      checkPattern(input.filterPattern);
      checkDestination(context, group, input);
      putFilter(
        context.in(subscriptionFilters),
        {
          group: group.name,
          name: input.filterName,
          pattern: input.filterPattern,
          destinationArn: input.destinationArn,
          ...(input.roleArn === undefined ? {} : { roleArn: input.roleArn }),
          distribution: input.distribution ?? "ByLogStream",
          created: context.now,
        },
        MAX_SUBSCRIPTION_FILTERS,
      );
      return {};
    },
  ),

  DescribeSubscriptionFilters: operation<
    logs.DescribeSubscriptionFiltersRequest,
    logs.DescribeSubscriptionFiltersResponse
  >()(["logGroupName", "filterNamePrefix", "limit", "nextToken"], (context, input) => {
    const group = requireGroup(context, input.logGroupName);
    requireStandardClass(group);
    const rows = context
      .in(subscriptionFilters)
      .filter(
        (row) => row.group === group.name && row.name.startsWith(input.filterNamePrefix ?? ""),
      )
      .sort(byName);
    const { items, next } = page(rows, input.limit ?? 50, input.nextToken);
    return {
      subscriptionFilters: items.map(describeSubscriptionFilter),
      ...(next === undefined ? {} : { nextToken: next }),
    };
  }),

  DeleteSubscriptionFilter: operation<logs.DeleteSubscriptionFilterRequest, object>()(
    ["logGroupName", "filterName"],
    (context, input) => {
      const group = requireGroup(context, input.logGroupName);
      deleteFilter(context.in(subscriptionFilters), group.name, input.filterName, "subscription");
      return {};
    },
  ),
};
