import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

/** Source: Amazon CloudWatch Logs API Reference, TagResource and TooManyTagsException. */
export const logsTagRules: TagRules = {
  reserved: tagError("InvalidParameterException", RESERVED_KEY_MESSAGE),
  count: tagError("TooManyTagsException", "A resource can have no more than 50 tags."),
};
