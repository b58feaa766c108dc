import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

const invalidTag = (message: string) => tagError("InvalidTagParameterException", message);

const LENGTHS =
  "An invalid parameter has been specified. Tag keys can have a maximum character length of 128 characters, and tag values can have a maximum length of 256 characters.";

/** Source: Amazon ECR API Reference, TagResource, InvalidTagParameterException and TooManyTagsException. */
export const ecrTagRules: TagRules = {
  reserved: invalidTag(RESERVED_KEY_MESSAGE),
  duplicate: invalidTag("The specified tags have duplicate keys."),
  count: tagError(
    "TooManyTagsException",
    "The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is 50.",
  ),
  emptyKey: invalidTag(LENGTHS),
  longKey: invalidTag(LENGTHS),
  longValue: invalidTag(LENGTHS),
};
