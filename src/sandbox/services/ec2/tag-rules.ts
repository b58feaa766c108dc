import { tagError, type TagRules } from "../../core/tags.ts";
import { AwsError } from "../../protocol/errors.ts";

/**
 * Source: Amazon EC2 User Guide, "Tag your Amazon EC2 resources"; "Error codes for the Amazon EC2 API" (TagLimitExceeded,
 * InvalidTagKey.Malformed). Seen at AWS: cloud-custodian/cloud-custodian#3792 (duplicate) and #5975 (CreateTags),
 * jcjorel/ec2-spot-converter#13 (tags of a new resource).
 */
export const ec2TagRules: TagRules = {
  reserved: ({ operation, key }) =>
    new AwsError(
      "InvalidParameterValue",
      (operation === "CreateTags" || operation === "DeleteTags"
        ? `Value ( ${key} ) for parameter key is invalid. `
        : "") + "Tag keys starting with 'aws:' are reserved for internal use",
    ),
  duplicate: tagError("InvalidParameterValue", (key) => `Duplicate tag key '${key}' specified.`),
  count: tagError(
    "TagLimitExceeded",
    "The maximum number of Tags for a resource has been reached.",
  ),
  emptyKey: tagError(
    "InvalidTagKey.Malformed",
    "The specified tag key is not valid. Tag keys cannot be empty or null, and cannot start with aws:.",
  ),
  longKey: tagError(
    "InvalidParameterValue",
    "Tag key exceeds the maximum length of 128 characters",
  ),
  longValue: tagError(
    "InvalidParameterValue",
    "Tag value exceeds the maximum length of 256 characters",
  ),
};
