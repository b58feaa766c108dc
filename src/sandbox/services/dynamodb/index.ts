import type { Service } from "../../core/service.ts";
import { tagError, type TagRules } from "../../core/tags.ts";
import { AwsError } from "../../protocol/errors.ts";
import { partsOfTypes, tagOperations } from "../../resource-store/service-parts.ts";
import { tableDefinitionOperations } from "./operations.ts";
import { tableType } from "./tables.ts";

/** Source: Amazon DynamoDB Developer Guide, "Adding tags and labels to resources". The texts have no public source. */
const tagRules: TagRules = {
  reserved: tagError(
    "ValidationException",
    (key) => `One or more tag keys specified are reserved: ${key}`,
  ),
  duplicate: tagError("ValidationException", "Duplicate tag keys are not allowed"),
  count: tagError("ValidationException", "Too many tags: a table can have at most 50 tags"),
};

const types = [tableType];

/** Actions for a table whose request has its name. Source: Service Authorization Reference, "Amazon DynamoDB". */
const onTable = new Set([
  "DescribeTimeToLive",
  "UpdateTimeToLive",
  "DescribeContinuousBackups",
  "UpdateContinuousBackups",
]);

export const service: Service = {
  name: "dynamodb",
  tagRules,
  operations: {
    ...tableDefinitionOperations,
    ...tagOperations(types, {
      rules: tagRules,
      notFound: (arn) =>
        new AwsError(
          "ResourceNotFoundException",
          `Requested resource not found: ResourcArn: ${arn} not found`,
        ),
      arn: "ResourceArn",
      add: "TagResource",
      remove: "UntagResource",
      list: "ListTagsOfResource",
      result: "Tags",
    }),
  },
  ...partsOfTypes(types, {
    resources: (context, operation, input) =>
      onTable.has(operation)
        ? [tableType.arn(context, String(input["TableName"]))]
        : (tableType.arnsFor(context, operation, input) ?? []),
    tagAction: () => "dynamodb:TagResource",
  }),
};
