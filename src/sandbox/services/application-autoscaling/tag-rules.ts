import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

/** Source: Application Auto Scaling API Reference, TagResource. */
export const scalingTagRules: TagRules = {
  reserved: tagError("ValidationException", RESERVED_KEY_MESSAGE),
  count: tagError(
    "TooManyTagsException",
    "The request contains too many tags. Try the request again with fewer tags.",
  ),
};
