import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

/** Source: AWS Systems Manager API Reference, AddTagsToResource and TooManyTagsError. */
export const ssmTagRules: TagRules = {
  reserved: tagError("ValidationException", RESERVED_KEY_MESSAGE),
  duplicate: tagError("ValidationException", "The specified tags have duplicate keys."),
  count: tagError(
    "TooManyTagsError",
    "The Targets parameter includes too many tags. Remove one or more tags and try the command again.",
  ),
};
