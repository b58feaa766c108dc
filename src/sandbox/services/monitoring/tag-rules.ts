import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

const invalidTags = (message: string) => tagError("InvalidParameterValue", message);

/** Source: Amazon CloudWatch API Reference, TagResource and Tag. */
export const cloudWatchTagRules: TagRules = {
  reserved: invalidTags(RESERVED_KEY_MESSAGE),
  duplicate: invalidTags("The specified tags have duplicate keys."),
  count: invalidTags("A resource can have at most 50 tags."),
};
