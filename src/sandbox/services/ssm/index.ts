import { runInNewContext } from "node:vm";
import type * as ssm from "@aws-sdk/client-ssm";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { tagMap } from "../../core/tags.ts";
import { type Parameter, parameterName, parameters } from "./tables.ts";
import {
  findKey,
  ensureManagedKey,
  requireUsableKey,
  encryptText,
  decryptText,
} from "../kms/keys.ts";
import { ssmPermissions } from "./permissions.ts";

function requireParameter(context: Context, name: string): Parameter {
  const row = context.in(parameters).get(parameterName(name));
  if (!row) throw new AwsError("ParameterNotFound", `Parameter ${name} not found.`);
  return row;
}

const describeValue = (
  context: Context,
  row: Parameter,
  decrypt: boolean | undefined,
): ssm.Parameter => ({
  Name: row.name,
  ARN: row.arn,
  Type: row.type,
  Value:
    row.type === "SecureString" && decrypt === true ? decryptText(context, row.stored) : row.stored,
  Version: row.version,
  DataType: row.dataType,
  LastModifiedDate: row.modified,
});

const describe = (row: Parameter): ssm.ParameterMetadata => ({
  Name: row.name,
  ARN: row.arn,
  Type: row.type,
  Version: row.version,
  Tier: row.tier,
  DataType: row.dataType,
  Policies: [],
  LastModifiedDate: row.modified,
  ...(row.keyId === undefined ? {} : { KeyId: row.keyId }),
  ...(row.description === undefined ? {} : { Description: row.description }),
  ...(row.allowedPattern === undefined ? {} : { AllowedPattern: row.allowedPattern }),
});

/** Maximum number of bytes in a standard parameter. Source: AWS Systems Manager User Guide, "Managing parameter tiers". */
const STANDARD_BYTES = 4096;

function storedValue(
  context: Context,
  type: ssm.ParameterType,
  keyId: string | undefined,
  value: string,
): { stored: string; keyId?: string } {
  if (type !== "SecureString") return { stored: value };
  if (keyId === undefined || keyId === "alias/aws/ssm") {
    return { stored: encryptText(ensureManagedKey(context, "ssm"), value), keyId: "alias/aws/ssm" };
  }
  const key = findKey(context, keyId);
  if (!key)
    throw new AwsError("InvalidKeyId", `NotFoundException: the key '${keyId}' does not exist`);
  return { stored: encryptText(requireUsableKey(context, keyId), value), keyId };
}

/** Milliseconds that the evaluation of a client's pattern can take. Without a limit, some patterns never end for a short text. */
const PATTERN_TIMEOUT_MS = 200;

/**
 * Whether a value matches the pattern of the client.
 *
 * Source: AWS Systems Manager API Reference, PutParameter: AllowedPattern, InvalidAllowedPatternException.
 */
function matchesPattern(pattern: string, value: string): boolean {
  const invalid = new AwsError(
    "InvalidAllowedPatternException",
    `The allowed pattern is not a regular expression that can be evaluated: ${pattern}`,
  );
  try {
    new RegExp(pattern);
  } catch {
    throw invalid;
  }
  try {
    const code = "new RegExp(pattern).test(value)";
    return runInNewContext(code, { pattern, value }, { timeout: PATTERN_TIMEOUT_MS }) === true;
  } catch {
    throw invalid;
  }
}

export const service: Service = {
  name: "ssm",
  permissions: ssmPermissions,
  operations: {
    PutParameter: operation<ssm.PutParameterRequest, ssm.PutParameterResult>()(
      [
        "Name",
        "Description",
        "Value",
        "Type",
        "KeyId",
        "Overwrite",
        "AllowedPattern",
        "Tags",
        "Tier",
        "DataType",
      ],
      (context, input) => {
        const existing = context.in(parameters).get(input.Name);
        if (existing && input.Overwrite !== true) {
          throw new AwsError(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
          );
        }
        if (existing && input.Tags) {
          throw new AwsError(
            "ValidationException",
            "Invalid request: tags and overwrite can't be used together.",
          );
        }
        const type = input.Type ?? existing?.type;
        if (type === undefined)
          throw new AwsError(
            "ValidationException",
            "A parameter type is required when you create a parameter.",
          );
        if (/^\/?(aws|ssm)(\/|$)/i.test(input.Name)) {
          throw new AwsError(
            "ValidationException",
            `Parameter name must not start with "aws" or "ssm" (case-insensitive).`,
          );
        }
        const tier = input.Tier ?? "Standard";
        if (tier === "Standard" && Buffer.byteLength(input.Value) > STANDARD_BYTES) {
          throw new AwsError(
            "ValidationException",
            `Standard tier parameters support a maximum parameter value of ${STANDARD_BYTES} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
          );
        }
        if (
          input.AllowedPattern !== undefined &&
          input.AllowedPattern !== "" &&
          !matchesPattern(input.AllowedPattern, input.Value)
        ) {
          throw new AwsError(
            "ParameterPatternMismatchException",
            `Parameter value, cannot be validated against allowedPattern: ${input.AllowedPattern}`,
          );
        }
        const row: Parameter = {
          name: input.Name,
          arn: context.arn("ssm", `parameter/${input.Name.replace(/^\//, "")}`),
          type,
          ...storedValue(context, type, input.KeyId ?? existing?.keyId, input.Value),
          tier,
          dataType: input.DataType ?? "text",
          version: (existing?.version ?? 0) + 1,
          tags: existing?.tags ?? tagMap(input.Tags),
          modified: context.now,
          ...(input.Description === undefined ? {} : { description: input.Description }),
          ...(input.AllowedPattern === undefined ? {} : { allowedPattern: input.AllowedPattern }),
        };
        context.in(parameters).put(row.name, row);
        return { Version: row.version, Tier: row.tier };
      },
    ),

    GetParameter: operation<ssm.GetParameterRequest, ssm.GetParameterResult>()(
      ["Name", "WithDecryption"],
      (context, input) => ({
        Parameter: describeValue(
          context,
          requireParameter(context, input.Name),
          input.WithDecryption,
        ),
      }),
    ),

    GetParameters: operation<ssm.GetParametersRequest, ssm.GetParametersResult>()(
      ["Names", "WithDecryption"],
      (context, input) => ({
        Parameters: input.Names.flatMap((name) => {
          const row = context.in(parameters).get(parameterName(name));
          return row ? [describeValue(context, row, input.WithDecryption)] : [];
        }),
        InvalidParameters: input.Names.filter(
          (name) => !context.in(parameters).has(parameterName(name)),
        ),
      }),
    ),

    GetParametersByPath: operation<ssm.GetParametersByPathRequest, ssm.GetParametersByPathResult>()(
      ["Path", "Recursive", "WithDecryption", "MaxResults", "NextToken"],
      (context, input) => {
        const path = input.Path.replace(/\/?$/, "/");
        if (!path.startsWith("/"))
          throw new AwsError(
            "ValidationException",
            'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".',
          );
        const rows = context
          .in(parameters)
          .filter(
            ({ name }) =>
              name.startsWith(path) &&
              (input.Recursive === true || !name.slice(path.length).includes("/")),
          );
        const { items, next } = page(rows, input.MaxResults ?? 10, input.NextToken);
        return {
          Parameters: items.map((row) => describeValue(context, row, input.WithDecryption)),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    DeleteParameters: operation<ssm.DeleteParametersRequest, ssm.DeleteParametersResult>()(
      ["Names"],
      (context, input) => {
        const exists = (name: string): boolean => context.in(parameters).has(parameterName(name));
        const InvalidParameters = input.Names.filter((name) => !exists(name));
        const DeletedParameters = input.Names.filter(exists);
        for (const name of DeletedParameters) context.in(parameters).delete(parameterName(name));
        return { DeletedParameters, InvalidParameters };
      },
    ),

    DescribeParameters: operation<ssm.DescribeParametersRequest, ssm.DescribeParametersResult>()(
      ["ParameterFilters", "MaxResults", "NextToken"],
      (context, input) => {
        let rows = context.in(parameters).all();
        for (const { Key, Option = "Equals", Values = [] } of input.ParameterFilters ?? []) {
          if (Key !== "Name" || !["Equals", "BeginsWith"].includes(Option)) {
            throw notImplemented(`the parameter filter ${Key} ${Option}`);
          }
          rows = rows.filter((row) =>
            Values.some((value) =>
              Option === "Equals" ? row.name === value : row.name.startsWith(value),
            ),
          );
        }
        const { items, next } = page(rows, input.MaxResults ?? 50, input.NextToken);
        return {
          Parameters: items.map(describe),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    DeleteParameter: operation<ssm.DeleteParameterRequest, object>()(["Name"], (context, input) => {
      context.in(parameters).delete(requireParameter(context, input.Name).name);
      return {};
    }),

    ListTagsForResource: operation<ssm.ListTagsForResourceRequest, ssm.ListTagsForResourceResult>()(
      ["ResourceType", "ResourceId"],
      (context, input) => ({
        TagList: Object.entries(requireTaggedParameter(context, input).tags).map(
          ([Key, Value]) => ({
            Key,
            Value,
          }),
        ),
      }),
    ),

    AddTagsToResource: operation<ssm.AddTagsToResourceRequest, object>()(
      ["ResourceType", "ResourceId", "Tags"],
      (context, input) => {
        const row = requireTaggedParameter(context, input);
        context
          .in(parameters)
          .put(row.name, { ...row, tags: { ...row.tags, ...tagMap(input.Tags) } });
        return {};
      },
    ),

    RemoveTagsFromResource: operation<ssm.RemoveTagsFromResourceRequest, object>()(
      ["ResourceType", "ResourceId", "TagKeys"],
      (context, input) => {
        const row = requireTaggedParameter(context, input);
        const remainingTags = Object.entries(row.tags).filter(
          ([key]) => !input.TagKeys.includes(key),
        );
        context.in(parameters).put(row.name, { ...row, tags: Object.fromEntries(remainingTags) });
        return {};
      },
    ),
  },
};

function requireTaggedParameter(
  context: Context,
  input: { readonly ResourceType: string; readonly ResourceId: string },
): Parameter {
  const row =
    input.ResourceType === "Parameter"
      ? context.in(parameters).get(parameterName(input.ResourceId))
      : undefined;
  if (!row)
    throw new AwsError(
      "InvalidResourceId",
      `The resource ID ${input.ResourceId} is not valid. Verify that you entered the correct ID and try again.`,
    );
  return row;
}
