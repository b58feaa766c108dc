import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

/** Source: AWS Cloud Map API Reference, TagResource and TooManyTagsException. */
export const cloudMapTagRules: TagRules = {
  reserved: tagError("InvalidInput", RESERVED_KEY_MESSAGE),
  duplicate: tagError("InvalidInput", "The specified tags have duplicate keys."),
  count: tagError(
    "TooManyTagsException",
    "The list of tags on the resource is over the quota. The maximum number of tags that can be applied to a resource is 50.",
  ),
};
