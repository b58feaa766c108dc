import { runInNewContext } from "node:vm";
import type * as ssm from "@aws-sdk/client-ssm";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { ssmPermissions } from "./permissions.ts";
import { addTags, tagMap } from "../../core/tags.ts";
import { findKey, ensureManagedKey, requireUsableKey, encryptText } from "../kms/keys.ts";
import { BY_PATH_KEYS, DESCRIBE_KEYS, filterParameters, isBelow } from "./filters.ts";
import { labelOperations } from "./labels.ts";
import {
  checkNewName,
  checkRequestedName,
  describeVersion,
  findParameter,
  readParameter,
  requireOwnParameter,
  versionsOf,
} from "./parameters.ts";
import { isPublicPath, publicParametersBelow } from "./public-parameters.ts";
import { type Parameter, parameters, type ParameterVersion } from "./tables.ts";
import { ssmTagRules } from "./tag-rules.ts";

const describe = (row: Parameter): ssm.ParameterMetadata => ({
  Name: row.name,
  ARN: row.arn,
  ...describeMetadata(row),
});

/** The members that ParameterMetadata and ParameterHistory share. */
const describeMetadata = (version: ParameterVersion) => ({
  Type: version.type,
  Version: version.version,
  Tier: version.tier,
  DataType: version.dataType,
  Policies: [],
  LastModifiedDate: version.modified,
  LastModifiedUser: version.modifiedBy,
  ...(version.keyId === undefined ? {} : { KeyId: version.keyId }),
  ...(version.description === undefined ? {} : { Description: version.description }),
  ...(version.allowedPattern === undefined ? {} : { AllowedPattern: version.allowedPattern }),
});

/** Maximum number of bytes in a standard parameter. Source: AWS Systems Manager User Guide, "Managing parameter tiers". */
const STANDARD_BYTES = 4096;
/** Maximum number of bytes in an advanced parameter. */
const ADVANCED_BYTES = 8192;

/** The tier that a value is stored in. Source: AWS Systems Manager User Guide, "Managing parameter tiers". */
function tierOf(
  requested: ssm.ParameterTier | undefined,
  existing: Parameter | undefined,
  value: string,
): ssm.ParameterTier {
  const bytes = Buffer.byteLength(value);
  if (requested === "Standard" && existing?.tier === "Advanced") {
    throw new AwsError(
      "ValidationException",
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  const isAdvanced =
    requested === "Advanced" ||
    existing?.tier === "Advanced" ||
    (requested === "Intelligent-Tiering" && bytes > STANDARD_BYTES);
  if (!isAdvanced && bytes > STANDARD_BYTES) {
    throw new AwsError(
      "ValidationException",
      `Standard tier parameters support a maximum parameter value of ${STANDARD_BYTES} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
    );
  }
  if (bytes > ADVANCED_BYTES) {
    throw new AwsError(
      "ValidationException",
      `Advanced tier parameters support a maximum parameter value of ${ADVANCED_BYTES} characters.`,
    );
  }
  return isAdvanced ? "Advanced" : "Standard";
}

/** Source: AWS Systems Manager API Reference, PutParameter: DataType. */
const DATA_TYPES: ReadonlySet<string> = new Set(["text", "aws:ec2:image", "aws:ssm:integration"]);

/** Maximum number of versions of a parameter. Source: AWS Systems Manager User Guide, "Working with parameter versions". */
const MAX_VERSIONS = 100;

/**
 * The versions that remain when a parameter gets another version: the oldest is deleted, unless it has a label.
 *
 * @throws AwsError ParameterMaxVersionLimitExceeded
 */
function versionsToKeep(existing: Parameter | undefined): ParameterVersion[] {
  if (existing === undefined) return [];
  const { name: _name, arn: _arn, tags: _tags, earlier, ...latest } = existing;
  if (earlier.length + 1 < MAX_VERSIONS) return [...earlier, latest];
  const [oldest, ...others] = earlier;
  if (oldest !== undefined && oldest.labels.length > 0) {
    throw new AwsError(
      "ParameterMaxVersionLimitExceeded",
      `You attempted to create a new version of ${existing.name} by calling the PutParameter API with the overwrite flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  return [...others, latest];
}

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
  // Source of the text: binxio/aws-ssm-copy#10.
  if (!key)
    throw new AwsError(
      "InvalidKeyId",
      `Key '${keyId}' does not exist (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: ${context.uuid()}; Proxy: null)`,
    );
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

/** The errors for which GetParameters lists a name in InvalidParameters. */
const NOT_FOUND: ReadonlySet<string> = new Set(["ParameterNotFound", "ParameterVersionNotFound"]);

export const service: Service = {
  name: "ssm",
  tagRules: ssmTagRules,
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
        checkNewName(input.Name);
        // The model has no minimum. Source: ministryofjustice/modernisation-platform#8116.
        if (input.Value === "")
          throw new AwsError(
            "ValidationException",
            "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
          );
        const existing = findParameter(context, input.Name);
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
        // Sources of the rule: AWS Systems Manager API Reference, PutParameter: KeyId; stackshy/cloudemu#748. No source of the
        // text is known that can be cited.
        if (input.KeyId !== undefined && type !== "SecureString")
          throw new AwsError(
            "ValidationException",
            "KeyId is required for SecureString type parameter only.",
          );
        const dataType = input.DataType ?? existing?.dataType ?? "text";
        if (!DATA_TYPES.has(dataType)) {
          throw new AwsError(
            "ValidationException",
            `The following data type is not supported: ${dataType} (Data type names are all lowercase.)`,
          );
        }
        // Source: AWS Systems Manager API Reference, PutParameter: Value. No source of the text is known that can be cited.
        // It is not known whether AWS also rejects brackets in different lines.
        if (/\{\{.*\}\}/.test(input.Value))
          throw new AwsError(
            "ValidationException",
            'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.',
          );
        const tier = tierOf(input.Tier, existing, input.Value);
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
          name: existing?.name ?? input.Name,
          arn: context.arn("ssm", `parameter/${input.Name.replace(/^\//, "")}`),
          type,
          ...storedValue(context, type, input.KeyId ?? existing?.keyId, input.Value),
          tier,
          dataType,
          version: (existing?.version ?? 0) + 1,
          tags: existing?.tags ?? tagMap(input.Tags),
          modified: context.now,
          modifiedBy: context.caller.arn,
          labels: [],
          earlier: versionsToKeep(existing),
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
        Parameter: readParameter(context, input.Name, input.WithDecryption),
      }),
    ),

    GetParameters: operation<ssm.GetParametersRequest, ssm.GetParametersResult>()(
      ["Names", "WithDecryption"],
      (context, input) => {
        const found: ssm.Parameter[] = [];
        const invalid: string[] = [];
        for (const name of input.Names) {
          try {
            found.push(readParameter(context, name, input.WithDecryption));
          } catch (error) {
            if (!(error instanceof AwsError) || !NOT_FOUND.has(error.code)) throw error;
            invalid.push(name);
          }
        }
        return { Parameters: found, InvalidParameters: invalid };
      },
    ),

    GetParametersByPath: operation<ssm.GetParametersByPathRequest, ssm.GetParametersByPathResult>()(
      ["Path", "Recursive", "ParameterFilters", "WithDecryption", "MaxResults", "NextToken"],
      (context, input) => {
        if (!/^\/[\w./-]*$/.test(input.Path))
          throw new AwsError(
            "ValidationException",
            'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
          );
        const candidates = isPublicPath(input.Path)
          ? publicParametersBelow(context, input.Path)
          : context.in(parameters).all();
        const rows = candidates.filter(({ name }) =>
          isBelow(name, input.Path, input.Recursive === true),
        );
        const { items, next } = page(
          filterParameters(rows, input.ParameterFilters, BY_PATH_KEYS),
          input.MaxResults ?? 10,
          input.NextToken,
        );
        return {
          Parameters: items.map((row) => describeVersion(context, row, row, input.WithDecryption)),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    GetParameterHistory: operation<ssm.GetParameterHistoryRequest, ssm.GetParameterHistoryResult>()(
      ["Name", "WithDecryption", "MaxResults", "NextToken"],
      (context, input) => {
        checkRequestedName(input.Name);
        const row = requireOwnParameter(context, input.Name);
        const { items, next } = page(versionsOf(row), input.MaxResults ?? 50, input.NextToken);
        return {
          Parameters: items.map((version) => ({
            Name: row.name,
            ...describeMetadata(version),
            Value: describeVersion(context, row, version, input.WithDecryption).Value,
            Labels: [...version.labels],
          })),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    ...labelOperations,

    DescribeParameters: operation<ssm.DescribeParametersRequest, ssm.DescribeParametersResult>()(
      ["ParameterFilters", "MaxResults", "NextToken"],
      (context, input) => {
        const publicPath = input.ParameterFilters?.find(({ Key }) => Key === "Path")?.Values?.find(
          isPublicPath,
        );
        const rows = filterParameters(
          publicPath === undefined
            ? context.in(parameters).all()
            : publicParametersBelow(context, publicPath),
          input.ParameterFilters,
          DESCRIBE_KEYS,
        );
        const { items, next } = page(rows, input.MaxResults ?? 50, input.NextToken);
        return {
          Parameters: items.map(describe),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    DeleteParameter: operation<ssm.DeleteParameterRequest, object>()(["Name"], (context, input) => {
      context.in(parameters).delete(requireOwnParameter(context, input.Name).name);
      return {};
    }),

    DeleteParameters: operation<ssm.DeleteParametersRequest, ssm.DeleteParametersResult>()(
      ["Names"],
      (context, input) => {
        const find = (name: string): Parameter | undefined =>
          isPublicPath(name) ? undefined : findParameter(context, name);
        const DeletedParameters = input.Names.filter((name) => find(name) !== undefined);
        const InvalidParameters = input.Names.filter((name) => !DeletedParameters.includes(name));
        for (const name of DeletedParameters)
          context.in(parameters).delete(find(name)?.name ?? name);
        return { DeletedParameters, InvalidParameters };
      },
    ),

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
        context.in(parameters).put(row.name, {
          ...row,
          tags: addTags(ssmTagRules, "AddTagsToResource", row.tags, tagMap(input.Tags)),
        });
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
    input.ResourceType === "Parameter" && !isPublicPath(input.ResourceId)
      ? findParameter(context, input.ResourceId)
      : undefined;
  if (!row)
    throw new AwsError(
      "InvalidResourceId",
      `The resource ID ${input.ResourceId} is not valid. Verify that you entered the correct ID and try again.`,
    );
  return row;
}
