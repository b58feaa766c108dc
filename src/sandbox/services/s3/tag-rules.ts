import type { Input } from "../../core/service.ts";
import { tagEntries, tagError, type TagRules, USUAL_CHARACTERS } from "../../core/tags.ts";
import { AwsError } from "../../protocol/errors.ts";

/** True for operations that set the tags of an object. */
const isOfObject = (operation: string): boolean => operation.includes("Object");

const invalidTag = (message: string | ((key: string) => string)) => tagError("InvalidTag", message);

/**
 * Source: Amazon S3 User Guide, "Categorizing your objects using tags" and "Using cost allocation S3 bucket tags". Seen at
 * AWS: getmoto/moto, `tests/test_s3/test_s3_tagging.py` (prefix, duplicate), versity/versitygw#1232 (key),
 * hashicorp/terraform#12127 (value), boto/boto3#1213 (number of tags), alphagov/govuk-infrastructure#1175 (characters).
 */
export const s3TagRules: TagRules = {
  tagsIn: ({ Tagging: tagging, CreateBucketConfiguration: configuration }) => [
    typeof tagging === "string"
      ? [...new URLSearchParams(tagging)]
      : tagEntries((tagging as Input | undefined)?.["TagSet"]), // a structure by its model
    tagEntries((configuration as Input | undefined)?.["Tags"]),
  ],
  limit: (operation) => (isOfObject(operation) ? 10 : 50),
  reserved: ({ operation }) =>
    new AwsError(
      "InvalidTag",
      isOfObject(operation)
        ? "Your TagKey cannot be prefixed with aws:"
        : "System tags cannot be added/updated by requester",
    ),
  duplicate: invalidTag("Cannot provide multiple Tags with the same key"),
  count: ({ operation }) =>
    new AwsError(
      "BadRequest",
      isOfObject(operation)
        ? "Object tags cannot be greater than 10"
        : "Bucket tag count cannot be greater than 50",
    ),
  emptyKey: invalidTag("The TagKey you have provided is invalid"),
  longKey: invalidTag("The TagKey you have provided is invalid"),
  longValue: invalidTag("The TagValue you have provided is invalid"),
  characters: {
    pattern: USUAL_CHARACTERS,
    key: invalidTag("The TagKey you have provided is invalid"),
    value: invalidTag("The TagValue you have provided is invalid"),
  },
};
