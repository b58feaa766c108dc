import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import { parseArn, nameProblem, retentionDays, dnsSuffix } from "../../../aws/index.ts";
import { evaluate, parsePolicy } from "../../../iam/index.ts";
import { AwsError, invalidParameter } from "../../protocol/errors.ts";
import { type Context, operation } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { addTags, without } from "../../core/tags.ts";
import { findKey } from "../kms/keys.ts";
import { deleteFilters, filterOperations, metricFilterCount } from "./filters.ts";
import { resourcePolicyOperations } from "./resource-policies.ts";
import {
  DELIVERY_RETENTION_DAYS,
  type LogGroup,
  requireRetainedClass,
  logGroups,
  logStreams,
  requireGroup,
  putGroup,
  streamsOf,
} from "./tables.ts";
import { streamOperations } from "./streams.ts";
import { logsPermissions } from "./permissions.ts";
import { logsTagRules } from "./tag-rules.ts";

/** A log group by its ARN, with or without the trailing :*. */
function requireGroupByArn(context: Context, arn: string): LogGroup {
  const name = parseArn(arn)
    ?.resource.replace(/^log-group:/, "")
    .replace(/:\*$/, "");
  if (name === undefined) throw new AwsError("ValidationException", `${arn} is not an ARN`);
  return requireGroup(context, name, arn);
}

/**
 * CloudWatch Logs rejects a key whose policy does not allow its service principal to use the key for this log group.
 *
 * Source: Amazon CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
 */
function checkKey(context: Context, keyName: string, groupArn: string): string {
  const key = findKey(context, keyName);
  const principal = { service: `logs.${context.region}.${dnsSuffix(context.partition)}` };
  const mayUse =
    key?.state === "Enabled" &&
    ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"].every(
      (action) =>
        evaluate(parsePolicy(key.policy), {
          principal,
          action,
          resource: key.arn,
          context: { "kms:EncryptionContext:aws:logs:arn": groupArn },
        }).effect === "allow",
    );
  if (!key || !mayUse) {
    throw new AwsError(
      "AccessDeniedException",
      `The specified KMS key does not exist or is not allowed to be used with Arn '${groupArn}'`,
    );
  }
  return key.arn;
}

const describe = (context: Context, group: LogGroup): logs.LogGroup => ({
  logGroupName: group.name,
  arn: `${group.arn}:*`,
  logGroupArn: group.arn,
  creationTime: group.created.getTime(),
  metricFilterCount: metricFilterCount(context, group.name),
  storedBytes: 0,
  logGroupClass: group.class,
  deletionProtectionEnabled: group.deletionProtection,
  ...(group.retentionDays === undefined ? {} : { retentionInDays: group.retentionDays }),
  ...(group.keyArn === undefined ? {} : { kmsKeyId: group.keyArn }),
});

export const service: Service = {
  name: "logs",
  tagRules: logsTagRules,
  permissions: logsPermissions,
  operations: {
    ...streamOperations,
    ...filterOperations,
    ...resourcePolicyOperations,

    CreateLogGroup: operation<logs.CreateLogGroupRequest, object>()(
      ["logGroupName", "kmsKeyId", "tags", "logGroupClass", "deletionProtectionEnabled"],
      (context, input) => {
        const name = input.logGroupName;
        const problem = nameProblem("logGroup", name);
        if (problem !== undefined) {
          throw new AwsError(
            "InvalidParameterException",
            `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: ${problem}`,
          );
        }
        // Source: Amazon CloudWatch Logs API Reference, CreateLogGroup. No public source of the text is known.
        if (name.startsWith("aws/"))
          throw new AwsError(
            "InvalidParameterException",
            "The name of a log group cannot begin with aws/.",
          );
        if (context.in(logGroups).has(name)) {
          throw new AwsError(
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
          );
        }
        const arn = context.arn("logs", `log-group:${name}`);
        putGroup(context, {
          name,
          arn,
          class: input.logGroupClass ?? "STANDARD",
          deletionProtection: input.deletionProtectionEnabled ?? false,
          tags: input.tags ?? {},
          created: context.now,
          ...(input.logGroupClass === "DELIVERY" ? { retentionDays: DELIVERY_RETENTION_DAYS } : {}),
          ...(input.kmsKeyId === undefined
            ? {}
            : { keyArn: checkKey(context, input.kmsKeyId, arn) }),
        });
        return {};
      },
    ),

    DeleteLogGroup: operation<logs.DeleteLogGroupRequest, object>()(
      ["logGroupName"],
      (context, input) => {
        const group = requireGroup(context, input.logGroupName);
        if (group.deletionProtection) {
          throw new AwsError(
            "ValidationException",
            "The log group cannot be deleted because deletion protection is enabled.",
          );
        }
        for (const { name } of streamsOf(context, group.name))
          context.in(logStreams).delete(`${group.name}:${name}`);
        deleteFilters(context, group.name);
        context.in(logGroups).delete(group.name);
        return {};
      },
    ),

    DescribeLogGroups: operation<logs.DescribeLogGroupsRequest, logs.DescribeLogGroupsResponse>()(
      ["logGroupNamePrefix", "logGroupNamePattern", "limit", "nextToken"],
      (context, input) => {
        const hasPattern = input.logGroupNamePattern !== undefined;
        // Source: Amazon CloudWatch Logs API Reference, DescribeLogGroups. No public source of the text is known.
        if (hasPattern && input.logGroupNamePrefix !== undefined)
          throw invalidParameter(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
          );
        const rows = context
          .in(logGroups)
          .filter(
            (group) =>
              group.name.startsWith(input.logGroupNamePrefix ?? "") &&
              group.name.includes(input.logGroupNamePattern ?? ""),
          )
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        // The token is the name of the last log group of a page; a token that is no such name gives no log groups.
        // Source: getmoto/moto#3398.
        const token = input.nextToken;
        const last = rows.findIndex(({ name }) => name === token);
        const following = token === undefined ? rows : last < 0 ? [] : rows.slice(last + 1);
        const items = following.slice(0, input.limit ?? 50);
        const next = items.length < following.length ? items.at(-1)?.name : undefined;
        return {
          logGroups: items.map((group) => {
            const { arn, creationTime, logGroupName, ...others } = describe(context, group);
            // With a pattern, AWS returns only these members.
            return { arn, creationTime, logGroupName, ...(hasPattern ? {} : others) };
          }),
          ...(next === undefined ? {} : { nextToken: next }),
        };
      },
    ),

    PutRetentionPolicy: operation<logs.PutRetentionPolicyRequest, object>()(
      ["logGroupName", "retentionInDays"],
      (context, input) => {
        const group = requireGroup(context, input.logGroupName);
        requireRetainedClass(group);
        if (input.retentionInDays === 0 || !retentionDays.includes(input.retentionInDays)) {
          throw new AwsError(
            "InvalidParameterException",
            `Invalid retention value ${input.retentionInDays}`,
          );
        }
        putGroup(context, { ...group, retentionDays: input.retentionInDays });
        return {};
      },
    ),

    DeleteRetentionPolicy: operation<logs.DeleteRetentionPolicyRequest, object>()(
      ["logGroupName"],
      (context, input) => {
        const { retentionDays: _, ...group } = requireGroup(context, input.logGroupName);
        requireRetainedClass(group);
        putGroup(context, group);
        return {};
      },
    ),

    AssociateKmsKey: operation<logs.AssociateKmsKeyRequest, object>()(
      ["logGroupName", "kmsKeyId"],
      (context, input) => {
        const group = requireGroup(context, input.logGroupName ?? "");
        putGroup(context, { ...group, keyArn: checkKey(context, input.kmsKeyId, group.arn) });
        return {};
      },
    ),

    DisassociateKmsKey: operation<logs.DisassociateKmsKeyRequest, object>()(
      ["logGroupName"],
      (context, input) => {
        const { keyArn: _, ...group } = requireGroup(context, input.logGroupName ?? "");
        putGroup(context, group);
        return {};
      },
    ),

    ListTagsForResource: operation<
      logs.ListTagsForResourceRequest,
      logs.ListTagsForResourceResponse
    >()(["resourceArn"], (context, input) => ({
      tags: { ...requireGroupByArn(context, input.resourceArn).tags },
    })),

    TagResource: operation<logs.TagResourceRequest, object>()(
      ["resourceArn", "tags"],
      (context, input) => {
        const group = requireGroupByArn(context, input.resourceArn);
        putGroup(context, {
          ...group,
          tags: addTags(logsTagRules, "TagResource", group.tags, input.tags),
        });
        return {};
      },
    ),

    UntagResource: operation<logs.UntagResourceRequest, object>()(
      ["resourceArn", "tagKeys"],
      (context, input) => {
        const group = requireGroupByArn(context, input.resourceArn);
        putGroup(context, { ...group, tags: without(group.tags, input.tagKeys) });
        return {};
      },
    ),
  },
};
