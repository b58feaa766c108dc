import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

const invalidTags = (message: string) => tagError("ValidationException", message);

/** Source: EventBridge Scheduler API Reference, TagResource. */
export const schedulerTagRules: TagRules = {
  reserved: invalidTags(RESERVED_KEY_MESSAGE),
  duplicate: invalidTags("The specified tags have duplicate keys."),
  count: invalidTags("A resource can have at most 50 tags."),
};
